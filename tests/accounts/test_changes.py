"""The change log: nothing written goes unsaid, by whichever way it comes."""

from datetime import UTC, datetime

import pytest
from django.db import connection, transaction
from django.test import Client

from abmops.lib.choices import Role
from accounts.models import Account, Change, ChangeSet, Contact, Via
from accounts.services.account import upsert_accounts
from accounts.services.changes import acting
from tests.accounts import make

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def test_a_bulk_update_says_for_each_row_what_was_and_what_is() -> None:
    first, second = make.account("A", "a.example"), make.account("B", "b.example", industry="Steel")
    person = make.user()
    with acting(by=person, via=Via.PAGE, what="Clean-up", reason="It's 100 % 'wrong'") as said:
        Account.objects.filter(pk__in=(first.pk, second.pk)).update(industry="Steel")
    change = Change.objects.get(change_set=said)
    assert (change.table, change.row_id, change.account_id, change.op) == (
        "accounts_account",
        first.pk,
        first.pk,
        "U",
    )
    assert (change.before, change.after) == ({"industry": ""}, {"industry": "Steel"})
    act = ChangeSet.objects.get(pk=said)
    assert (act.by, act.via, act.what, act.reason) == (person, "page", "Clean-up", "It's 100 % 'wrong'")


def test_set_based_writes_of_a_thousand_rows_are_in_the_log_one_by_one() -> None:
    records = {n: {"domain": f"d{n}.example", "name": f"D {n}"} for n in range(1_500)}
    with acting(via=Via.IMPORT) as said:
        upsert_accounts(records=records, now=NOW)  # type: ignore[arg-type]
    logged = Change.objects.filter(change_set=said)
    assert logged.filter(table="accounts_account", op="I").count() == 1_500
    assert logged.filter(table="accounts_accountdomain", op="I").count() == 1_500


def test_what_the_program_derives_is_no_change() -> None:
    account = make.account()
    Change.objects.all().delete()
    Account.objects.filter(pk=account.pk).update(fit=12, updated_at=NOW)
    assert not Change.objects.exists()


def test_a_write_that_nobody_announced_is_in_the_log_without_a_name() -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        account = make.account()
        cursor.execute("UPDATE accounts_account SET region = 'North' WHERE id = %s", [account.pk])
    change = Change.objects.filter(account_id=account.pk, op="U").get()
    assert (change.after, change.change_set.by, change.change_set.via) == ({"region": "North"}, None, "")


def test_an_act_inside_another_is_a_set_of_its_own_by_the_same_person() -> None:
    person = make.user()
    with acting(by=person, via=Via.API, what="outer") as outer:
        make.account("A", "a.example")
        with acting(reason="because") as inner:
            make.account("B", "b.example")
        make.account("C", "c.example")
    assert ChangeSet.objects.get(pk=inner).by == person
    assert set(
        Change.objects.filter(change_set=outer, table="accounts_account").values_list(
            "after__name", flat=True
        )
    ) == {"A", "C"}
    assert Change.objects.get(change_set=inner, table="accounts_account").after["name"] == "B"  # type: ignore[index]


def test_what_is_rolled_back_leaves_no_line() -> None:
    with acting(via=Via.PAGE) as said, transaction.atomic():
        make.account()
        transaction.set_rollback(True)
    assert not Change.objects.filter(change_set=said).exists()
    assert not ChangeSet.objects.filter(pk=said).exists()


def test_a_row_taken_away_is_kept_whole_in_the_log() -> None:
    person = make.contact(make.account(), title="CFO")
    Contact.objects.filter(pk=person.pk).delete()
    gone = Change.objects.get(table="accounts_contact", op="D")
    assert gone.before is not None
    assert (gone.before["title"], gone.before["email"]) == ("CFO", "jane@acme.example")


def test_a_page_and_the_admin_and_the_api_say_who(client: Client, revops_browser: Client) -> None:
    rep = make.user(Role.REP)
    account = make.account(owner=rep)
    client.force_login(rep, backend="django.contrib.auth.backends.ModelBackend")
    address = f"/accounts/{account.pk}/tier/"
    client.post(address, {"tier": "1", "side": "sales", "reason": "They asked."})
    change = Change.objects.get(table="accounts_listmembership")
    assert (change.change_set.by, change.change_set.via, change.change_set.what) == (
        rep,
        "page",
        f"POST {address}",
    )
    assert change.after is not None
    assert (change.after["tier"], change.after["reason"]) == (1, "They asked.")
