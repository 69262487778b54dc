"""List drift and re-tier proposals over the API."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.client import BOUNDARY, MULTIPART_CONTENT, encode_multipart
from django.utils import timezone

from abmops.lib.choices import Role
from abmops.work import services as work
from accounts.models import Account, ListMembership, SidecarReading, TierProposal
from signals.services.tiering import propose_tiers
from tests.accounts import make
from tests.api.caller import Caller
from tests.api.conftest import caller_of
from tests.signals.test_tiering import hot

pytestmark = pytest.mark.django_db
HEADER = ["Domain", "Tier"]


def crm(revops: Caller) -> None:
    """A system."""
    answer = revops.post("sidecars/", {"name": "CRM", "kind": "crm", "tiers": [1, 2]})
    assert answer.status_code == 201, answer.json()


def test_a_system_is_defined_and_changed(revops: Caller) -> None:
    make.user(Role.MARKETER, email="ann@ours.example")
    crm(revops)
    assert revops.patch("sidecars/crm/", {"owner": "Ann@ours.example"}).json() == {
        "id": revops.get("sidecars/crm/").json()["id"], "slug": "crm", "name": "CRM", "kind": "crm",
        "owner": "ann@ours.example", "tiers": [1, 2],
    }  # fmt: skip
    answer = revops.patch("sidecars/crm/", {"owner": "nobody@ours.example"})
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "/owner")


def test_a_reading_is_posted_and_its_findings_are_read(revops: Caller) -> None:
    for name, tier in (("Alpha", 1), ("Beta", 2), ("Gamma", 3)):
        of = make.account(name, f"{name.lower()}.example")
        ListMembership.objects.create(
            account=of, tier=tier, valid_from=timezone.now(), side="sales", reason="Fits."
        )
    crm(revops)
    body = {
        "header": HEADER,
        "rows": [["alpha.example", "Tier 2"], ["gamma.example", "Tier 3"], ["x.example", "1"]],
    }
    answer = caller_of(Role.INTEGRATION).post("sidecars/crm/readings/", body)
    assert answer.status_code == 201, answer.json()
    counts = ("held", "right", "missing", "extra", "wrong_tier", "wrong_owner", "unknown")
    assert [answer.json()[name] for name in counts] == [3, 0, 1, 1, 1, 0, 1]
    reading = SidecarReading.objects.get()
    assert [one["id"] for one in revops.get("sidecar-readings/?sidecar=crm").json()["results"]] == [
        reading.pk
    ]
    assert revops.get("sidecar-readings/?sidecar=other").json()["results"] == []
    found = revops.get(f"sidecar-findings/?reading={reading.pk}").json()["results"]
    assert {(one["kind"], one["account_domain"], one["line"]) for one in found} == {
        ("wrong_tier", "alpha.example", 2), ("extra", "gamma.example", 3), ("unknown", None, 4),
        ("missing", "beta.example", None),
    }  # fmt: skip
    extra = revops.get(f"sidecar-findings/?reading={reading.pk}&kind=extra").json()["results"]
    assert [(one["theirs"], one["ours"], one["cells"]) for one in extra] == [
        ("Tier 3", "tier 3", ["gamma.example", "Tier 3"])
    ]


@pytest.mark.parametrize(("body", "pointer"), [
    ({"header": HEADER}, "/rows"),
    ({"header": ["Colour"], "rows": []}, "/columns"),
    ({"header": HEADER, "rows": [["a", 1]]}, "/rows/0/1"),
    ({"header": HEADER, "rows": [], "columns": {"account_domain": 7}}, "/columns/account_domain"),
    ({"header": HEADER, "rows": [], "columns": {"colour": 1}}, "/columns/colour"),
])  # fmt: skip
def test_a_reading_that_cannot_be_is_refused(revops: Caller, body: dict[str, object], pointer: str) -> None:
    crm(revops)
    answer = revops.post("sidecars/crm/readings/", body)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert not SidecarReading.objects.exists()


def proposed() -> TierProposal:
    """One that is open."""
    hot("Alpha", tier=3, now=timezone.now())
    propose_tiers(now=timezone.now())
    return TierProposal.objects.get()


def test_proposals_are_read_with_their_evidence(revops: Caller) -> None:
    row = proposed()
    (one,) = revops.get("tier-proposals/?state=open&from_tier=3&to_tier=2").json()["results"]
    assert one["id"] == row.pk
    assert one["evidence"][0]["kind"] == "score"
    assert revops.get("tier-proposals/?state=rejected").json()["results"] == []


def test_a_proposal_is_accepted_once(revops: Caller) -> None:
    row = proposed()
    answer = revops.post(f"tier-proposals/{row.pk}/accept/", {"decision": "Agreed."})
    assert (answer.status_code, answer.json()["state"]) == (200, "accepted")
    assert Account.objects.get().tier == 2
    assert revops.post(f"tier-proposals/{row.pk}/accept/", {}).status_code == 409


def test_a_rejection_wants_its_reason(revops: Caller) -> None:
    row = proposed()
    assert revops.post(f"tier-proposals/{row.pk}/reject/", {}).status_code == 400
    answer = revops.post(f"tier-proposals/{row.pk}/reject/", {"decision": "Too small."})
    assert answer.json()["decision"] == "Too small."


def test_a_file_of_what_a_system_holds_is_brought_and_read(revops: Caller) -> None:
    of = make.account("Alpha", "alpha.example")
    ListMembership.objects.create(account=of, tier=1, valid_from=timezone.now(), side="sales", reason="Fits.")
    crm(revops)
    said = {"kind": "sidecar", "system": "crm", "mapping": '{"0": "account_domain", "1": "tier"}'}

    def bring(**more: str) -> Any:
        file = SimpleUploadedFile("held.csv", b"Web,Rank\nalpha.example,Tier 2\nx.example,1\n")
        form = encode_multipart(BOUNDARY, said | more | {"file": file})
        return revops.post("imports/", form, content_type=MULTIPART_CONTENT)

    for more, pointer in (({"system": "none"}, "/system"), ({"mapping": '{"x": "tier"}'}, "/mapping")):
        answer = bring(**more)
        assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, pointer)
    answer = bring()
    assert (answer.status_code, answer.json()["state"]) == (201, "running"), answer.json()
    pk = answer.json()["id"]
    work.drain_all()
    assert revops.get(f"imports/{pk}/").json()["state"] == "done"
    found = revops.get("sidecar-readings/?sidecar=crm").json()["results"][0]
    assert (found["held"], found["wrong_tier"], found["unknown"]) == (2, 1, 1)
    for act in ("check", "run", "undo"):
        assert revops.post(f"imports/{pk}/{act}/", {}).json()["code"] == "only_read"
