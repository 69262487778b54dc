"""Taking changes back: exactly, whole, and only while nothing newer stands on them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection

from abmops.lib.errors import Conflict, Refused
from accounts.domain.records import AccountRecord, ContactRecord, ListChangeRecord, OpportunityRecord
from accounts.models import Account, AccountDomain, ChangeSet, Contact, ListMembership, Via
from accounts.services.account import upsert_accounts
from accounts.services.changes import acting
from accounts.services.contact import upsert_contacts
from accounts.services.membership import Place, change_list, place_many, place_on_list
from accounts.services.opportunity import upsert_opportunities
from accounts.services.undoing import plan, undo
from tests.accounts import make

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
TABLES = (
    "accounts_account",
    "accounts_accountdomain",
    "accounts_accountexternalid",
    "accounts_contact",
    "accounts_contactoptout",
    "accounts_opportunity",
    "accounts_opportunitystage",
    "accounts_opportunityamount",
    "accounts_listmembership",
)
pytestmark = pytest.mark.django_db


def dump() -> dict[str, list[Any]]:
    """Every row of the graph, but for the moment that it was last saved."""
    found = {}
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(
                f"SELECT to_jsonb(t) - '{{updated_at,list_refreshed_at}}'::text[] FROM {table} t ORDER BY id"
            )
            found[table] = cursor.fetchall()
    return found


def test_an_import_over_everything_is_taken_back_exactly() -> None:
    person = make.user()
    upsert_accounts(
        records={0: AccountRecord(domain="a.example", name="A", industry="Steel", technologies=["SAP"])},
        now=NOW,
    )
    upsert_contacts(records={0: ContactRecord(email="x@a.example", name="X")}, now=NOW)
    upsert_opportunities(
        records={
            0: OpportunityRecord(external_id="o1", account_domain="a.example", stage="one", opened_at=NOW)
        },
        now=NOW,
    )
    day = NOW - timedelta(days=9)
    change_list(
        records={
            0: ListChangeRecord(account_domain="a.example", tier=2, at=day, side="sales", reason="fits")
        },
        by=person,
        now=NOW,
    )
    before = dump()
    with acting(by=person, via=Via.IMPORT, what="Import 1") as said:
        upsert_accounts(
            records={
                0: AccountRecord(
                    domain="a.example", industry="Software", technologies=[], domains=["aa.example"]
                ),
                1: AccountRecord(domain="b.example", name="B", external_ids={"crm": "7"}),
            },
            now=NOW,
        )
        upsert_accounts(records={0: AccountRecord(domain="a.example", industry="Paper")}, now=NOW)
        upsert_contacts(
            records={
                0: ContactRecord(email="x@a.example", title="CFO", do_not_contact=True),
                1: ContactRecord(
                    email="y@b.example", name="Y", opt_outs=[{"channel": "email", "source": "form"}]
                ),
            },
            now=NOW,
        )
        upsert_opportunities(
            records={
                0: OpportunityRecord(external_id="o1", stage="two", stages=[{"stage": "two", "at": NOW}]),
                1: OpportunityRecord(
                    external_id="o2", account_domain="b.example", stage="one", opened_at=NOW
                ),
            },
            now=NOW,
        )
        change_list(
            records={
                0: ListChangeRecord(
                    account_domain="a.example",
                    tier=None,
                    at=day + timedelta(days=2),
                    side="sales",
                    reason="no",
                ),
                1: ListChangeRecord(
                    account_domain="a.example", tier=1, at=day - timedelta(days=2), side="sales", reason="yes"
                ),
                2: ListChangeRecord(account_domain="b.example", tier=3, at=day, side="sales", reason="yes"),
            },
            by=person,
            now=NOW,
        )
    assert dump() != before
    assert plan(change_set=said).blocked == ()
    undone = undo(change_set=said, by=person, now=LATER)
    assert dump() == before
    assert ChangeSet.objects.get(pk=undone).undoes_id == said
    with pytest.raises(Conflict):
        undo(change_set=said, by=person, now=LATER)


def test_an_undo_can_be_undone() -> None:
    upsert_accounts(records={0: AccountRecord(domain="a.example", industry="Steel")}, now=NOW)
    with acting() as said:
        upsert_accounts(
            records={
                0: AccountRecord(domain="a.example", industry="Paper"),
                1: AccountRecord(domain="b.example"),
            },
            now=NOW,
        )
    then = dump()
    back = undo(change_set=said, by=None, now=LATER)
    undo(change_set=back, by=None, now=LATER)
    assert dump() == then


@pytest.mark.parametrize(
    ("newer", "why"),
    [
        (lambda: Account.objects.filter(domain="a.example").update(industry="Glass"), "changed again"),
        (lambda: make.contact(Account.objects.get(domain="b.example"), "n@b.example"), "1 contacts since"),
        (lambda: AccountDomain.objects.filter(domain="b.example").delete(), "removed again"),
    ],
)
def test_what_is_newer_holds_it_all_back(newer: Any, why: str) -> None:
    upsert_accounts(records={0: AccountRecord(domain="a.example", industry="Steel")}, now=NOW)
    with acting(via=Via.IMPORT) as said:
        upsert_accounts(
            records={
                0: AccountRecord(domain="a.example", industry="Paper"),
                1: AccountRecord(domain="b.example"),
            },
            now=NOW,
        )
    newer()
    before = dump()
    assert any(why in blocked.why for blocked in plan(change_set=said).blocked)
    with pytest.raises(Refused, match="can't be taken back"):
        undo(change_set=said, by=None, now=LATER)
    assert dump() == before


def test_a_newer_change_of_another_field_stays_and_holds_nothing_back() -> None:
    upsert_accounts(records={0: AccountRecord(domain="a.example", industry="Steel")}, now=NOW)
    with acting() as said:
        upsert_accounts(records={0: AccountRecord(domain="a.example", industry="Paper")}, now=NOW)
    Account.objects.update(region="North")
    undo(change_set=said, by=None, now=LATER)
    account = Account.objects.get()
    assert (account.industry, account.region) == ("Steel", "North")


def test_a_bulk_action_on_the_list_is_taken_back_by_new_changes() -> None:
    person = make.user()
    first, second = make.account("A", "a.example"), make.account("B", "b.example")
    place_on_list(account=first, tier=2, side="sales", reason="fits", by=person, now=NOW - timedelta(days=1))
    with acting(by=person, via=Via.PAGE) as said:
        place_many(
            places=[Place(first.pk, 1, "sales", "hot"), Place(second.pk, 1, "sales", "hot")],
            by=person,
            now=NOW,
        )
    undo(change_set=said, by=person, now=LATER)
    assert list(Account.objects.order_by("name").values_list("tier", flat=True)) == [2, None]
    rows = ListMembership.objects.filter(account=first).order_by("valid_from").values_list("tier", "reason")
    assert list(rows) == [(2, "fits"), (1, "hot"), (2, "Taken back: hot")]


def test_a_bulk_action_on_the_list_holds_once_an_account_moved_again() -> None:
    person, account = make.user(), make.account()
    with acting(via=Via.PAGE) as said:
        place_many(places=[Place(account.pk, 1, "sales", "hot")], by=person, now=NOW)
    place_on_list(account=account, tier=3, side="sales", reason="cold", by=person, now=LATER)
    with pytest.raises(Refused, match="moved again"):
        undo(change_set=said, by=person, now=LATER + timedelta(hours=1))


def test_a_plan_asks_the_same_however_many_rows(django_assert_max_num_queries: Any) -> None:
    with acting() as said:
        upsert_accounts(records={n: AccountRecord(domain=f"d{n}.example") for n in range(300)}, now=NOW)
    with django_assert_max_num_queries(60):
        assert plan(change_set=said).rows == 600
    with django_assert_max_num_queries(140):
        undo(change_set=said, by=None, now=LATER)
    assert not Account.objects.exists()
    assert not Contact.objects.exists()
