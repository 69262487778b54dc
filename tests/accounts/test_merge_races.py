"""Merging while signals arrive and the list changes: nothing is lost, nothing points to an account that is gone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from abmops.lib.choices import Role
from abmops.lib.errors import AbmopsError
from abmops.work import services as work
from accounts.domain.records import ListChangeRecord, TouchRecord
from accounts.models import (
    Account,
    AccountAlias,
    AccountDomain,
    AccountExternalId,
    ListMembership,
    Touch,
    User,
)
from accounts.services.membership import change_list
from accounts.services.merging import merge_accounts, undo_merge
from accounts.services.touch import upsert_touches
from signals.models import AccountState, Signal
from signals.services import ingest
from signals.services.recompute import recompute
from tests.accounts import make
from tests.accounts.racing import at_once
from tests.api.caller import Caller
from tests.api.conftest import caller_of
from tests.signals.make import record, site

NOW = datetime(2026, 11, 18, 10, 0, tzinfo=UTC)


def orphans() -> int:
    """Signals whose account is gone."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM signals_signal s WHERE s.account_id IS NOT NULL "
            "AND NOT EXISTS (SELECT FROM accounts_account a WHERE a.id = s.account_id)"
        )
        return int(cursor.fetchone()[0])


def intervals_are_whole() -> bool:
    """No gap, no overlap, one open row, and the account's flag equal to it."""
    for account in Account.objects.all():
        rows = list(ListMembership.objects.filter(account=account).order_by("valid_from"))
        ends = [row.valid_to for row in rows]
        if rows and (ends[-1] is not None or ends[:-1] != [row.valid_from for row in rows[1:]]):
            return False
        if account.tier != (rows[-1].tier if rows else None):
            return False
    return True


@pytest.fixture
def revops(transactional_db: None) -> User:
    """Who merges."""
    return make.user(Role.REVOPS)


@pytest.mark.django_db(transaction=True)
def test_signals_that_arrive_meanwhile_end_with_the_winner(revops: User) -> None:
    source = site().source
    for turn in range(4):
        ours = make.account("Acme", f"acme{turn}.example")
        theirs = make.account("ACME", f"acme{turn}.test")
        for number in range(30):
            ingest.accept_records(
                records=[(source.pk, record(
                    NOW, account_domain=f"acme{turn}.{'test' if number % 3 else 'example'}",
                    message_id=f"{turn}-{number}",
                ))],
                now=NOW,
            )  # fmt: skip

        def merge(winner: int = ours.pk, loser: int = theirs.pk) -> None:
            merge_accounts(winner=winner, loser=loser, by=revops, now=NOW)

        assert at_once([work.drain_all, merge, work.drain_all]) == []
        work.drain_all()
        assert orphans() == 0
        assert Signal.objects.filter(account=ours).count() == 30
        assert not Account.objects.filter(pk=theirs.pk).exists()
    assert recompute(now=NOW).largest_difference < 1e-9
    assert AccountState.objects.count() == 4


@pytest.mark.django_db(transaction=True)
def test_list_changes_and_touches_meanwhile_leave_one_whole_history(revops: User) -> None:
    for turn in range(4):
        ours = make.account("Acme", f"acme{turn}.example")
        theirs = make.account("ACME", f"acme{turn}.test")

        def change(domain: str, tier: int, minute: int) -> None:
            change_list(
                records={0: ListChangeRecord(
                    account_domain=domain, tier=tier, at=NOW + timedelta(minutes=minute), side="revops", reason="Fits.",
                )},
                by=revops, now=NOW,
            )  # fmt: skip

        def touch(turn: int = turn) -> None:
            upsert_touches(
                records={0: TouchRecord(
                    external_id=f"t{turn}", account_domain=f"acme{turn}.test", side="sales", channel="call",
                    occurred_at=NOW,
                )},
                now=NOW,
            )  # fmt: skip

        def merge(winner: int = ours.pk, loser: int = theirs.pk) -> None:
            merge_accounts(winner=winner, loser=loser, by=revops, now=NOW)

        change(f"acme{turn}.test", 2, 0)
        errors = at_once([
            lambda turn=turn: change(f"acme{turn}.test", 1, 1),  # type: ignore[misc]
            merge,
            lambda turn=turn: change(f"acme{turn}.example", 3, 2),  # type: ignore[misc]
            touch,
        ])  # fmt: skip
        assert [error for error in errors if not isinstance(error, AbmopsError)] == []
        assert intervals_are_whole()
        assert Touch.objects.get(external_id=f"t{turn}").account_id == ours.pk
        assert Account.objects.get(pk=ours.pk).tier is not None
    assert orphans() == 0


@pytest.mark.django_db(transaction=True)
def test_merges_of_the_same_accounts_at_once_happen_once(revops: User) -> None:
    one, two, three = (make.account(name, f"{name.lower()}.example") for name in ("One", "Two", "Three"))

    def merge(winner: int, loser: int) -> None:
        merge_accounts(winner=winner, loser=loser, by=revops, now=NOW)

    errors = at_once([
        lambda: merge(one.pk, two.pk), lambda: merge(two.pk, one.pk), lambda: merge(two.pk, three.pk),
        lambda: merge(three.pk, one.pk),
    ])  # fmt: skip
    assert all(isinstance(error, AbmopsError) for error in errors), errors
    left = set(Account.objects.values_list("pk", flat=True))
    assert len(left) + AccountAlias.objects.count() == 3
    assert set(AccountAlias.objects.values_list("account_id", flat=True)) <= left
    assert AccountDomain.objects.count() == 3


@pytest.fixture
def caller(db: None) -> Caller:
    """RevOps over the API."""
    return caller_of(Role.REVOPS)


@pytest.mark.django_db
def test_over_the_api_an_old_id_answers_with_the_winner(caller: Caller) -> None:
    ours = make.account("Acme", "acme.example", country="DE")
    theirs = make.account("ACME", "acme.test", country="US", external_id="42")
    body = {"winner": ours.pk, "loser": theirs.pk}
    shown = caller.post("merges/preview/", body).json()
    assert {"name": "domains", "count": 1} in shown["moves"]
    assert shown["asks_reason"]
    assert caller.post("merges/", body).status_code == 422
    made = caller.post("merges/", body | {"reason": "One board.", "fields": {"name": "loser"}})
    assert made.status_code == 201
    assert made.json()["fields_chosen"]["name"] == ["ACME", "Acme"]
    for address in (f"accounts/{theirs.pk}/", f"accounts/{ours.pk}/"):
        assert caller.get(address).json()["id"] == ours.pk
    assert caller.get(f"accounts/{theirs.pk}/timeline/").status_code == 200
    assert caller.patch(f"accounts/{theirs.pk}/", {"industry": "Steel"}).json()["id"] == ours.pk
    assert caller.send("DELETE", f"accounts/{theirs.pk}/").status_code == 404
    assert AccountExternalId.objects.get(value="42").account_id == ours.pk
    assert caller.get("merges/?is_undone=false").json()["results"][0]["loser"] == theirs.pk
    assert caller.post(f"merges/{made.json()['id']}/undo/", {}).status_code == 200
    assert caller.get(f"accounts/{theirs.pk}/").json()["id"] == theirs.pk
    assert caller.get("merges/?is_undone=false").json()["results"] == []
    assert caller.post(f"merges/{made.json()['id']}/undo/", {}).status_code == 409
    assert caller.post("merges/preview/", {"winner": ours.pk, "loser": 2_000_000_000}).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_two_undo_the_same_merge_and_one_does(revops: User) -> None:
    ours, theirs = make.account("Acme", "acme.example"), make.account("ACME", "acme.test")
    merge = merge_accounts(winner=ours.pk, loser=theirs.pk, by=revops, now=NOW)

    def undo() -> None:
        undo_merge(merge=merge.pk, by=revops, now=NOW)

    errors = at_once([undo, undo])
    assert len(errors) == 1
    assert isinstance(errors[0], AbmopsError)
    assert Account.objects.count() == 2
