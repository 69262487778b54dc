"""Nominations, quarantine and capacity as a program sees them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from abmops.lib.choices import Role
from accounts.models import ListMembership, Nomination, Opportunity, TierPolicy
from tests.accounts import make
from tests.api.conftest import caller_of

pytestmark = pytest.mark.django_db
WISH = {"account_domain": "acme.example", "side": "marketing", "tier": 1, "reason": "Intent is up"}


def test_a_nomination_from_its_birth_to_the_list() -> None:
    account = make.account()
    caller, revops = caller_of(Role.INTEGRATION), caller_of(Role.REVOPS)
    made = caller.post("nominations/", WISH)
    assert made.status_code == 201
    body = made.json()
    assert (body["account"], body["state"], body["tier"], body["list_change"]) == (
        account.pk,
        "open",
        1,
        None,
    )
    assert caller.post("nominations/", WISH).status_code == 409
    assert caller.post(f"nominations/{body['id']}/accept/", {"decision": "Yes"}).status_code == 403
    done = revops.post(f"nominations/{body['id']}/accept/", {"decision": "Yes", "tier": 2})
    assert done.status_code == 200
    row = ListMembership.objects.get()
    assert (done.json()["state"], done.json()["list_change"], row.tier) == ("accepted", row.pk, 2)
    found = caller.get("nominations/?state=accepted&side=marketing&account_domain=acme.example").json()
    assert [one["id"] for one in found["results"]] == [body["id"]]
    assert caller.get("nominations/?state=open").json()["results"] == []


@pytest.mark.parametrize(("change", "status", "pointer"), [
    ({"tier": 4}, 400, "/tier"), ({"side": "legal"}, 400, "/side"), ({"reason": ""}, 400, "/reason"),
    ({"account_domain": "unknown.example"}, 400, "/account_domain"), ({"account_domain": None}, 400, "/account_domain"),
    ({"mood": "good"}, 400, "/mood"),
])  # fmt: skip
def test_what_is_wrong_is_named(change: dict[str, object], status: int, pointer: str) -> None:
    make.account()
    answer = caller_of(Role.INTEGRATION).post("nominations/", WISH | change)
    assert answer.status_code == status
    assert pointer in [error["pointer"] for error in answer.json()["errors"]]
    assert not Nomination.objects.exists()


def test_reject_and_withdraw() -> None:
    make.account()
    caller, revops = caller_of(Role.INTEGRATION), caller_of(Role.REVOPS)
    first = caller.post("nominations/", WISH).json()["id"]
    assert revops.post(f"nominations/{first}/reject/", {}).status_code == 400
    assert revops.post(f"nominations/{first}/reject/", {"decision": "Small"}).json()["state"] == "rejected"
    assert revops.post(f"nominations/{first}/reject/", {"decision": "Small"}).status_code == 409
    second = caller.post("nominations/", WISH).json()["id"]
    assert caller.post(f"nominations/{second}/withdraw/", {}).json()["state"] == "withdrawn"


def test_a_rule_in_the_way_has_a_code_of_its_own() -> None:
    TierPolicy.objects.update_or_create(tier=1, defaults={"least": 0, "most": 0})
    make.account()
    caller, revops = caller_of(Role.INTEGRATION), caller_of(Role.REVOPS)
    pk = caller.post("nominations/", WISH).json()["id"]
    refused = revops.post(f"nominations/{pk}/accept/", {"decision": "Yes"})
    assert (refused.status_code, refused.json()["code"]) == (422, "needs_override")
    assert "Tier 1 would hold 1 of at most 0." in refused.json()["detail"]
    done = revops.post(f"nominations/{pk}/accept/", {"decision": "Yes", "override": "Board"})
    assert done.status_code == 200
    change = revops.get("list-changes/").json()["results"][0]
    assert (change["override"], change["passed_over"]) == ("Board", ["Tier 1 would hold 1 of at most 0."])


def test_bulk_changes_are_taken_as_they_come_and_warn() -> None:
    TierPolicy.objects.update_or_create(tier=1, defaults={"least": 0, "most": 0})
    make.account()
    record = {"account_domain": "acme.example", "tier": 1, "at": timezone.now().isoformat(), "side": "sales"}
    caller = caller_of(Role.INTEGRATION)
    answer = caller.post("list-changes/bulk/", {"records": [record | {"reason": "CRM"}]})
    assert answer.status_code == 200
    assert answer.json()["warnings"] == ["Tier 1 holds 1 of at most 0."]
    assert (
        "warnings" not in caller.post("list-changes/bulk/", {"records": [record | {"reason": "CRM"}]}).json()
    )
    (change,) = caller.get("list-changes/").json()["results"]
    assert (change["override"], change["passed_over"]) == ("", ["Tier 1 holds 1 of at most 0."])


def test_holds_are_written_lifted_and_read_with_those_of_deals() -> None:
    first, second = make.account(), make.account("Other", "other.example")
    now = timezone.now()
    Opportunity.objects.create(external_id="d", account=second, name="Big", opened_at=now - timedelta(days=1))
    caller = caller_of(Role.REVOPS)
    until = (now + timedelta(days=9)).isoformat()
    made = caller.post("quarantines/", {"account_domain": "acme.example", "until": until, "reason": "Merger"})
    assert made.status_code == 201
    held = caller.get("held-back/").json()["results"]
    assert [(row["account"], [hold["kind"] for hold in row["holds"]]) for row in held] == [
        (first.pk, ["person"]), (second.pk, ["open_deal"]),
    ]  # fmt: skip
    assert len(caller.get("held-back/?kind=open_deal").json()["results"]) == 1
    assert caller.get("held-back/?kind=mood").status_code == 400
    assert caller.post(f"quarantines/{made.json()['id']}/lift/").status_code == 200
    assert len(caller.get("held-back/").json()["results"]) == 1
    assert len(caller.get("quarantines/?is_lifted=true").json()["results"]) == 1
    assert caller.get("quarantines/?is_lifted=false").json()["results"] == []
    past = {"account_domain": "acme.example", "until": "2020-01-01T00:00:00Z", "reason": "Merger"}
    assert caller.post("quarantines/", past).status_code == 422


def test_capacity_by_tier_and_owner() -> None:
    owner = make.user(Role.REP, name="Ann")
    account = make.account(owner=owner)
    ListMembership.objects.create(
        account=account, tier=1, valid_from=timezone.now(), side="sales", reason="In"
    )
    body = caller_of(Role.EXECUTIVE).get("list/capacity/").json()
    assert body["size"] == 1
    assert body["tiers"][0] == {
        "tier": 1, "held": 1, "least": 25, "most": 50, "most_per_owner": None, "band": "under",
    }  # fmt: skip
    assert body["owners"] == [
        {"owner": owner.pk, "name": "Ann", "tiers": {"1": 1, "2": 0, "3": 0}, "warnings": []}
    ]
