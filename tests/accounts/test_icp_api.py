"""The customer profile over the API."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from abmops.lib.choices import Role
from accounts.models import Account, ChangeSet, IcpModel, IcpProposal
from accounts.services.account import adopt_icp
from tests.accounts import make
from tests.api.caller import Caller
from tests.api.conftest import caller_of

pytestmark = pytest.mark.django_db
STEEL = {"field": "industry", "weight": 60, "any_of": ["Steel"], "label": "Makes steel"}
SIZE = {"field": "employees", "weight": 40, "at_least": 500}


@pytest.fixture
def revops() -> Caller:
    """A key of RevOps."""
    return caller_of(Role.REVOPS)


def world() -> Account:
    """A profile and two accounts; gives the one whose size is not known."""
    make.account("Big", "big.example", industry="Optics", employees=900)
    unknown = make.account("Unknown", "unknown.example", industry="Steel")
    adopt_icp(name="First", criteria=[STEEL, SIZE], now=timezone.now())
    unknown.refresh_from_db()
    return unknown


def test_before_the_first_profile_nothing_is_in_force(revops: Caller) -> None:
    assert revops.get("icp/").json() == {"in_force": None, "versions": []}


def test_adopting_answers_with_the_version_as_sentences(revops: Caller) -> None:
    world()
    sent = {"name": "Second", "reason": "Size counts.", "criteria": [SIZE], "instead_of": 1}
    answer = revops.post("icp/", sent)
    assert answer.status_code == 201
    body = answer.json()
    assert (body["number"], body["name"], body["reason"]) == (2, "Second", "Size counts.")
    assert body["criteria"][0]["sentence"] == "It has at least 500 employees."
    assert body["criteria"][0]["points"] == 100
    assert set(Account.objects.values_list("name", "fit")) == {("Big", 100.0), ("Unknown", 0.0)}
    whole = revops.get("icp/").json()
    assert whole["in_force"] == body
    assert [one["number"] for one in whole["versions"]] == [2, 1]
    assert ChangeSet.objects.get(reason="Size counts.").via == "api"


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        pytest.param({"reason": ""}, 400, "/reason", id="no reason"),
        pytest.param(
            {"criteria": [{"field": "colour", "weight": 1}]}, 400, "/criteria/0/field", id="no such field"
        ),
        pytest.param({"criteria": [{**STEEL, "weight": 101}]}, 400, "from 0 to 100", id="too heavy"),
        pytest.param({"criteria": [{**STEEL, "weight": "x"}]}, 400, "Must be a number", id="no number"),
        pytest.param(
            {"criteria": [{**SIZE, "any_of": ["x"]}]},
            400,
            "employees takes at_least",
            id="words for a number",
        ),
        pytest.param(
            {"criteria": [{**SIZE, "at_most": 3}]}, 400, "no number is both", id="bounds the wrong way"
        ),
        pytest.param({"criteria": [SIZE] * 41}, 400, "at most 40", id="too many"),
        pytest.param({"instead_of": 0}, 409, "came into force", id="somebody was first"),
        pytest.param({"criteria": [STEEL, SIZE]}, 422, "nothing to adopt", id="the same again"),
    ],
)
def test_what_cannot_be_adopted_is_refused_in_words(
    revops: Caller, change: dict[str, Any], status: int, words: str
) -> None:
    world()
    sent = {"name": "Second", "reason": "Why not.", "criteria": [SIZE], "instead_of": 1}
    answer = revops.post("icp/", sent | change)
    assert answer.status_code == status
    assert words in answer.content.decode()
    assert IcpModel.objects.count() == 1


def test_a_preview_counts_and_changes_nothing(revops: Caller) -> None:
    world()
    before = list(Account.objects.order_by("id").values())
    body = revops.post("icp/preview/", {"criteria": [SIZE]}).json()
    assert (body["accounts"], body["changed"], body["arriving"], body["leaving"]) == (2, 2, 1, 0)
    assert body["crossed"] == [
        {"before": "weak", "after": "strong", "count": 1},
        {"before": "moderate", "after": "weak", "count": 1},
    ]
    assert (sum(body["now"]), sum(body["then"]), len(body["now"])) == (2, 2, 20)
    assert list(Account.objects.order_by("id").values()) == before
    assert revops.post("icp/preview/", {"criteria": [{"field": "industry", "weight": 1}]}).status_code == 400


def test_a_key_that_only_reads_may_preview(revops: Caller) -> None:
    reader = caller_of(Role.INTEGRATION, ("read",))
    assert reader.post("icp/preview/", {"criteria": [SIZE]}).status_code == 200


def test_an_account_explains_its_fit(revops: Caller) -> None:
    unknown = world()
    body = revops.get(f"accounts/{unknown.pk}/fit/").json()
    assert (body["value"], body["stored"], body["name"], body["could_be"]) == (60, 60, "moderate", 100)
    assert [(one["label"], one["points"], one["is_known"]) for one in body["contributions"]] == [
        ("Makes steel", 60, True),
        ("Number of employees", 0, False),
    ]
    assert revops.get("accounts/999999/fit/").status_code == 404


def test_a_proposal_over_the_api(revops: Caller) -> None:
    world()
    answer = revops.post("icp-proposals/")
    assert (answer.status_code, answer.json()["state"]) == (202, "running")
    assert revops.post("icp-proposals/").status_code == 409
    number = answer.json()["id"]
    IcpProposal.objects.update(state="open", criteria=[SIZE], evidence={"deals": 60})
    sent = {"name": "Learned", "reason": "It tells."}
    body = revops.post(f"icp-proposals/{number}/adopt/", sent).json()
    assert (body["state"], body["adopted_as"]) == ("adopted", 2)
    assert revops.post(f"icp-proposals/{number}/dismiss/").status_code == 409
    other = IcpProposal.objects.create(made_at=timezone.now())
    assert revops.post(f"icp-proposals/{other.pk}/dismiss/").json()["state"] == "dismissed"
    assert [one["id"] for one in revops.get("icp-proposals/").json()["results"]] == [other.pk, number]


def test_the_queries_do_not_grow_with_the_rows(revops: Caller) -> None:
    unknown = world()
    addresses = ["icp/", "icp-proposals/", f"accounts/{unknown.pk}/fit/"]

    def counts() -> list[int]:
        found = []
        for address in addresses:
            with CaptureQueriesContext(connection) as caught:
                assert revops.get(address).status_code == 200
            found.append(len(caught))
        return found

    revops.get("icp/")
    before = counts()
    for number in range(5):
        adopt_icp(
            name=f"N {number}", criteria=[{**SIZE, "weight": number + 1}], now=timezone.now(), by=make.user()
        )
        IcpProposal.objects.create(made_at=timezone.now(), made_by=make.user())
    assert counts() == before
