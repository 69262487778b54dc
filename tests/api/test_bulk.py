"""Bulk upserts: what a stranger's importer relies on."""

from typing import Any

import pytest

from accounts.models import Account, AccountEvent, Contact, ListMembership, Opportunity, Touch
from tests.accounts import make
from tests.accounts.tables import dump
from tests.api.caller import Caller

NOTHING = {"created": 0, "updated": 0, "unchanged": 0, "errors": []}

CALLS: dict[str, list[dict[str, Any]]] = {
    "accounts": [
        {
            "name": "Acme",
            "domain": "https://www.acme.co.uk/about",
            "domains": ["acme.example"],
            "external_ids": {"crm": "A-1", "Billing": "77"},
            "industry": "Software",
            "employees": 250,
            "annual_revenue": "1200000.50",
            "currency": "eur",
            "country": "United Kingdom",
            "region": "EMEA",
            "technologies": ["Kafka", "Postgres"],
            "lifecycle": "prospect",
            "owner": "AE@ours.example",
        },
        {"name": "Acme Labs", "external_ids": {"crm": "A-2"}, "parent_domain": "acme.co.uk"},
    ],
    "contacts": [
        {"email": "boss@acme.co.uk", "name": "Boss", "role": "economic_buyer", "influence": 5},
        {
            "email": "Jane@Acme.co.uk",
            "name": "Jane",
            "account_domain": "acme.example",
            "reports_to": "boss@acme.co.uk",
            "do_not_contact": True,
            "opt_outs": ["email", {"channel": "call", "at": "2026-01-02T03:04:05Z", "source": "web form"}],
            "external_ids": {"crm": "C-1"},
        },
    ],
    "opportunities": [
        {
            "external_id": "O-1",
            "account_domain": "acme.co.uk",
            "name": "Big deal",
            "stage": "won",
            "amount": "1054.00",
            "currency": "USD",
            "opened_at": "2026-01-05T00:00:00Z",
            "closed_at": "2026-03-01T00:00:00Z",
            "outcome": "won",
            "owner": "ae@ours.example",
            "stages": [
                {"stage": "prospecting", "at": "2026-01-05T00:00:00Z"},
                {"stage": "won", "at": "2026-03-01T00:00:00Z"},
            ],
        },
        {"external_id": "O-2", "stage": "prospecting"},
        {
            "external_id": "O-3",
            "account_external_id": "A-2",
            "stage": "proposal",
            "amount": 12,
            "currency": "USD",
        },
    ],
    "touches": [
        {
            "external_id": "T-1",
            "account_domain": "acme.co.uk",
            "contact_email": "JANE@acme.co.uk",
            "side": "sales",
            "channel": "meeting",
            "direction": "outbound",
            "occurred_at": "2026-02-01T10:00:00+01:00",
            "person": "ae@ours.example",
            "programmed": True,
            "subject": "Demo",
        },
        {
            "external_id": "T-2",
            "contact_email": "boss@acme.co.uk",
            "side": "marketing",
            "channel": "ad",
            "occurred_at": "2026-02-02T10:00:00Z",
        },
    ],
    "list-changes": [
        {
            "account_domain": "acme.co.uk",
            "tier": 2,
            "at": "2026-01-01T00:00:00Z",
            "side": "marketing",
            "reason": "Fit",
        },
        {
            "account_domain": "acme.example",
            "tier": 1,
            "at": "2026-02-01T00:00:00Z",
            "side": "sales",
            "reason": "Ask",
        },
        {
            "account_external_id": "A-2",
            "tier": None,
            "at": "2026-02-01T00:00:00Z",
            "side": "revops",
            "reason": "Small",
        },
    ],
}


def send_everything(api: Caller) -> dict[str, dict[str, Any]]:
    """All five calls, in the order that the records need each other."""
    return {resource: api.bulk(resource, *records) for resource, records in CALLS.items()}


@pytest.fixture
def _owner(db: None) -> None:
    make.user(email="ae@ours.example", name="Ann")


@pytest.mark.usefixtures("_owner")
def test_everything_goes_in_and_the_same_again_changes_nothing(api: Caller) -> None:
    answers = send_everything(api)
    assert answers == {name: {**NOTHING, "created": len(records)} for name, records in CALLS.items()}
    before = dump()
    answers = send_everything(api)
    assert answers == {name: {**NOTHING, "unchanged": len(records)} for name, records in CALLS.items()}
    assert dump() == before


@pytest.mark.usefixtures("_owner")
def test_what_went_in_is_what_is_stored(api: Caller) -> None:
    send_everything(api)
    acme, labs = Account.objects.order_by("id")
    assert (acme.domain, acme.country, acme.currency, str(acme.annual_revenue)) == (
        "acme.co.uk",
        "GB",
        "EUR",
        "1200000.5000",
    )
    assert acme.owner is not None
    assert acme.owner.email == "ae@ours.example"
    assert sorted(acme.domains.values_list("domain", flat=True)) == ["acme.co.uk", "acme.example"]
    assert set(acme.external_ids.values_list("system", "value")) == {("crm", "A-1"), ("billing", "77")}
    assert labs.parent == acme
    assert (acme.tier, acme.is_target, labs.tier, labs.is_target) == (1, True, None, False)
    jane = Contact.objects.get(email="jane@acme.co.uk")
    assert jane.account == acme
    assert jane.reports_to is not None
    assert jane.reports_to.email == "boss@acme.co.uk"
    assert jane.do_not_contact
    assert set(jane.opt_outs.values_list("channel", flat=True)) == {"email", "call"}
    deal = Opportunity.objects.get(external_id="O-1")
    assert (deal.stage, str(deal.amount), list(deal.stages.values_list("stage", flat=True))) == (
        "won", "1054.0000", ["prospecting", "won"],
    )  # fmt: skip
    assert Opportunity.objects.get(external_id="O-2").account is None
    assert Opportunity.objects.get(external_id="O-3").account == labs
    assert Touch.objects.get(external_id="T-2").account == acme
    assert set(AccountEvent.objects.values_list("kind", flat=True)) == {
        "joined_list", "changed_tier", "opportunity_stage", "meeting_booked",
    }  # fmt: skip
    assert list(
        ListMembership.objects.filter(account=acme).order_by("valid_from").values_list("tier", flat=True)
    ) == [2, 1]


def test_good_records_stay_and_each_failed_one_is_named(api: Caller) -> None:
    answer = api.bulk(
        "accounts",
        {"name": "Good", "domain": "good.example"},
        {"name": "Bad", "domain": "gmail.com", "employees": -1, "emplyees": 3},
        "not an object",
        {"name": "Keyless"},
        {"name": "Better", "domain": "better.example", "owner": "nobody@ours.example"},
        {"name": "Child", "domain": "child.example", "parent_domain": "better.example"},
    )
    assert (answer["created"], answer["updated"], answer["unchanged"]) == (1, 0, 0)
    assert [(error["index"], error["pointer"]) for error in answer["errors"]] == [
        (1, "/domain"),
        (1, "/employees"),
        (1, "/emplyees"),
        (2, ""),
        (3, ""),
        (4, "/owner"),
        (5, "/parent_domain"),
    ]
    assert "Did you mean employees?" in answer["errors"][2]["detail"]
    assert list(Account.objects.values_list("name", flat=True)) == ["Good"]


def test_fields_left_out_keep_and_null_clears(api: Caller) -> None:
    api.bulk("accounts", {"name": "A", "domain": "a.example", "employees": 5, "industry": "Steel"})
    assert api.bulk("accounts", {"domain": "a.example", "industry": "Iron"})["updated"] == 1
    assert Account.objects.values_list("name", "employees", "industry").get() == ("A", 5, "Iron")
    assert api.bulk("accounts", {"domain": "a.example", "employees": None})["updated"] == 1
    assert Account.objects.get().employees is None


def test_a_second_system_and_a_new_domain_are_learnt(api: Caller) -> None:
    api.bulk("accounts", {"name": "A", "external_ids": {"crm": "1"}})
    assert api.bulk("accounts", {"external_ids": {"crm": "1"}, "domain": "a.example"})["updated"] == 1
    assert api.bulk("accounts", {"external_ids": {"erp": "9"}, "domain": "a.example"})["updated"] == 1
    assert Account.objects.get().domain == "a.example"
    assert api.bulk("accounts", {"external_ids": {"erp": "9"}})["unchanged"] == 1


def test_two_keys_of_two_accounts_are_an_error(api: Caller) -> None:
    api.bulk("accounts", {"name": "A", "external_ids": {"crm": "1"}}, {"name": "B", "domain": "b.example"})
    before = dump()
    answer = api.bulk("accounts", {"name": "C", "external_ids": {"crm": "1"}, "domain": "b.example"})
    assert [error["pointer"] for error in answer["errors"]] == ["/domain", "/external_ids/crm"]
    assert "belongs to A" in answer["errors"][1]["detail"]
    assert dump() == before


@pytest.mark.parametrize(
    ("second", "counts", "named"),
    [
        pytest.param({"name": "A", "domain": "a.example"}, (1, 0, 1), [], id="an exact repeat is unchanged"),
        pytest.param(
            {"name": "B", "domain": "a.example"}, (1, 0, 0), [1], id="another record of the key is refused"
        ),
        pytest.param(
            {"name": "B", "domain": "b.example", "domains": ["a.example"]}, (1, 0, 0), [1], id="by any key"
        ),
    ],
)
def test_a_key_is_spoken_for_once_a_call(
    api: Caller, second: dict[str, Any], counts: tuple[int, int, int], named: list[int]
) -> None:
    answer = api.bulk("accounts", {"name": "A", "domain": "a.example"}, second)
    assert (answer["created"], answer["updated"], answer["unchanged"]) == counts
    assert [error["index"] for error in answer["errors"]] == named
    assert Account.objects.get().name == "A"


@pytest.mark.parametrize(
    "records",
    [
        pytest.param([{"domain": "a.example", "parent_domain": "a.example"}], id="its own parent"),
        pytest.param(
            [
                {"domain": "a.example", "parent_domain": "b.example"},
                {"domain": "b.example", "parent_domain": "a.example"},
            ],
            id="two of one call",
        ),
        pytest.param([{"domain": "top.example", "parent_domain": "leaf.example"}], id="over stored ones"),
    ],
)
def test_parents_never_close_a_circle(api: Caller, records: list[dict[str, Any]]) -> None:
    api.bulk(
        "accounts",
        {"domain": "top.example"},
        {"domain": "mid.example", "parent_domain": "top.example"},
        {"domain": "leaf.example", "parent_domain": "mid.example"},
    )
    before = dump()
    answer = api.bulk("accounts", *records)
    assert {error["pointer"] for error in answer["errors"]} == {"/parent_domain"}
    assert len(answer["errors"]) == len(records)
    assert dump() == before


def test_ndjson_with_a_broken_line_in_the_middle(api: Caller) -> None:
    body = b'{"name": "A", "domain": "a.example"}\n{"name": \n\n{"name": "C", "domain": "c.example"}\n'
    response = api.post("accounts/bulk/", body, content_type="application/x-ndjson")
    answer = response.json()
    assert (response.status_code, answer["created"]) == (207, 2)
    assert [(error["index"], error["pointer"]) for error in answer["errors"]] == [(1, "")]


def test_ten_thousand_and_one_records_are_too_many(api: Caller) -> None:
    response = api.post("accounts/bulk/", {"records": [{}] * 10_001})
    assert (response.status_code, response.json()["code"]) == (413, "too_large")
