"""Merging: everything comes along, nothing is lost, and taken apart again everything is as it was."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection

from abmops.lib import merging
from abmops.lib.choices import Role, Side
from abmops.lib.errors import Conflict, FieldErrors, NotKnown, Refused
from abmops.work import services as work
from accounts.domain.merging import Said, one_history
from accounts.domain.records import AccountRecord, ListChangeRecord
from accounts.models import (
    Account,
    AccountAlias,
    AccountDomain,
    AccountExternalId,
    Change,
    ChangeSet,
    Contact,
    DuplicatePair,
    GapAssignment,
    ListMembership,
    Merge,
    Nomination,
    Opportunity,
    Quarantine,
    TierProposal,
    Touch,
    User,
)
from accounts.services.account import upsert_accounts
from accounts.services.membership import change_list
from accounts.services.merging import merge_accounts, preview, undo_merge
from accounts.services.reacting import evaluate_later
from accounts.services.undoing import undo
from governance.models import Escalation, EscalationLink
from plays.models import Decision, Enrollment, EnrollmentEvent, StepRun, Task
from plays.services.decision.deciding import decide_crossings
from signals.models import AccountState, Crossing, Signal
from signals.services.recompute import recompute
from tests.accounts import make
from tests.plays import make as plays

NOW = datetime(2026, 11, 18, 10, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)

# Logs, work to do, and what is worked out anew.
_NOT_COMPARED = {
    "accounts_change", "accounts_changeset", "accounts_merge", "work_workitem", "work_outcome", "signals_accountstate",
    "signals_accountmemory", "plays_accounttreatment",
}  # fmt: skip


def world() -> dict[str, list[dict[str, Any]]]:
    """Every row of every table, without what any write changes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.tables "
            "WHERE table_schema = 'public' AND table_type = 'BASE TABLE' "
            "AND table_name ~ '^(accounts|signals|plays|governance|scoreboard)_' AND table_name !~ '^signals_signal_'"
        )
        tables = sorted(name for (name,) in cursor.fetchall() if name not in _NOT_COMPARED)
    return {
        table: sorted(
            (
                {key: value for key, value in row.items() if key != "updated_at"}
                for row in merging.read_rows(table, "TRUE", [])
            ),
            key=str,
        )
        for table in tables
    }


def differences(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """What is not as it was, by table."""
    return {
        table: {"lost": [row for row in before[table] if row not in after[table]],
                "new": [row for row in after[table] if row not in before[table]]}
        for table in before
        if before[table] != after[table]
    }  # fmt: skip


def full_account(name: str, domain: str, by: User, **fields: Any) -> Account:
    """An account with a row in every table that can hold one."""
    account = make.account(name, domain, external_id=f"crm-{domain}", **fields)
    AccountDomain.objects.create(account=account, domain=f"more-{domain}")
    jane = make.contact(account, f"jane@{domain}", role="champion")
    make.contact(account, f"joe@{domain}", reports_to=jane)
    deal = Opportunity.objects.create(
        account=account, external_id=f"deal-{domain}", name="Deal", opened_at=NOW - timedelta(days=20)
    )
    Touch.objects.create(
        account=account, contact=jane, side=Side.SALES, channel="call", occurred_at=NOW - timedelta(days=3)
    )
    Nomination.objects.create(
        account=account, side=Side.SALES, tier=1, reason="Field knowledge.", by=by, at=NOW
    )
    Quarantine.objects.create(account=account, starts_at=NOW, reason="Lost a deal.", by=by, opportunity=deal)
    TierProposal.objects.create(account=account, from_tier=2, to_tier=1, at=NOW)
    GapAssignment.objects.create(account=account, field="industry", to=by, by=by, at=NOW)
    plays.a_signal(account, contact=jane, at=NOW - timedelta(days=2))
    plays.a_signal(account, at=NOW - timedelta(days=1))
    make.account(f"Child of {name}", f"child-{domain}", parent=account)
    return account


@pytest.fixture
def revops(db: None) -> User:
    """Who merges."""
    return make.user(Role.REVOPS)


@pytest.fixture
def pair(revops: User) -> tuple[Account, Account]:
    """Two accounts of one company, each with everything, on the list in different tiers, both in one play."""
    plays.a_play("welcome", audience={"tiers": [1, 2, 3]}, steps=[plays.AD])
    ours = full_account("Acme GmbH", "acme.example", revops, country="DE", industry="Steel")
    theirs = full_account("ACME", "acme-de.example", revops, country="DE", employees=50, owner=revops)
    other = make.account("Zenith", "zenith.example")
    for account, tier, days in ((ours, 2, 100), (theirs, 1, 60)):
        change_list(
            records={0: ListChangeRecord(
                account_domain=str(account.domain), tier=tier, at=NOW - timedelta(days=days), side="revops",
                reason="Fits.",
            )},
            by=revops, now=NOW,
        )  # fmt: skip
        # A raised hand: an open deal and a hold keep cold plays away.
        crossing = plays.a_crossing(account, evidence=Signal.objects.filter(account=account), hand_raise=True)
        Crossing.objects.filter(pk=crossing.pk).update(sequence=1)
        decide_crossings(crossing_ids=[crossing.pk], now=NOW)
    second = plays.a_play("second")
    assert second.current is not None
    Enrollment.objects.create(
        account=theirs, play=second, version=second.current, enrolled_at=NOW, state="holdout"
    )
    DuplicatePair.objects.create(first=ours, second=theirs, likeness=0.95, found_at=NOW)
    DuplicatePair.objects.create(first=theirs, second=other, likeness=0.85, found_at=NOW)
    escalation = Escalation.objects.create(
        title="Whose is Acme?",
        why="Two teams call.",
        opened_at=NOW,
        deadline=(NOW + timedelta(days=7)).date(),
        opened_by=revops,
    )
    for account in (ours, theirs):
        EscalationLink.objects.create(escalation=escalation, kind="account", target_id=account.pk)
    recompute(now=NOW)
    ours.refresh_from_db()
    theirs.refresh_from_db()
    return ours, theirs


def test_every_table_that_points_to_accounts_goes_along(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.conrelid::regclass::text, a.attname FROM pg_constraint c "
            "JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1] "
            "WHERE c.contype = 'f' AND c.confrelid = 'accounts_account'::regclass"
        )
        pointing = set(cursor.fetchall())
    assert pointing - merging.tables() == set()
    assert ("signals_signal", "account_id") in merging.tables()


def test_everything_comes_along(pair: tuple[Account, Account], revops: User) -> None:
    ours, theirs = pair
    shown = preview(winner=ours, loser=theirs, now=LATER)
    counted = {name: count for name, count, _ in shown.counts}
    assert counted["signals"] == 2
    assert counted["contacts"] == 2
    assert counted["domains"] == 2
    said = " ".join(shown.conflicts)
    assert "Acme GmbH in tier 2 and ACME in tier 1" in said
    assert "The same play is running on both (1)" in said
    assert "nominated by the same side (1)" in said
    assert "two records" in said
    assert shown.asks_reason == ""

    before = {
        model: model._default_manager.filter(account__in=pair).count()
        for model in (Contact, Touch, Opportunity)
    }
    merge = merge_accounts(winner=ours.pk, loser=theirs.pk, by=revops, now=LATER, reason="One company.")

    assert not Account.objects.filter(pk=theirs.pk).exists()
    for model, count in before.items():
        assert model._default_manager.filter(account=ours).count() == count
    assert Signal.objects.filter(account=ours).count() == 4
    assert set(AccountDomain.objects.filter(account=ours).values_list("domain", flat=True)) == {
        "acme.example", "more-acme.example", "acme-de.example", "more-acme-de.example",
    }  # fmt: skip
    assert AccountExternalId.objects.filter(account=ours).count() == 2
    assert AccountAlias.objects.get(old_id=theirs.pk).account_id == ours.pk
    assert Account.objects.filter(parent=ours).count() == 2
    stays = Account.objects.get(pk=ours.pk)
    assert (stays.tier, stays.industry, stays.employees, stays.owner) == (1, "Steel", 50, revops)
    assert stays.name == "Acme GmbH"
    assert merge.fields["name"] == ["Acme GmbH", "ACME"]
    assert [row.tier for row in ListMembership.objects.filter(account=ours).order_by("valid_from")] == [2, 1]
    state = AccountState.objects.get(account=ours)
    assert state.signals_seen == 4
    assert sorted(Crossing.objects.filter(account=ours).values_list("sequence", flat=True)) == [1, 2]
    assert Decision.objects.filter(account=ours).count() == 2
    assert Enrollment.objects.live().filter(account=ours, play__slug="welcome").count() == 1
    assert Enrollment.objects.get(account=ours, state="cancelled").end_reason.startswith(
        "ACME became part of Acme"
    )
    assert Task.objects.unfinished().filter(account=ours).count() == 1
    assert Nomination.objects.filter(account=ours, state="open").count() == 1
    assert GapAssignment.objects.filter(account=ours, closed_at=None).count() == 1
    assert not DuplicatePair.objects.exists()
    assert EscalationLink.objects.get().target_id == ours.pk
    assert (
        ChangeSet.objects.filter(
            what="Merge of ACME into Acme GmbH", by=revops, reason="One company."
        ).count()
        == 1
    )


def test_taken_apart_everything_is_as_it_was(pair: tuple[Account, Account], revops: User) -> None:
    ours, theirs = pair
    before = world()
    states = {
        row.account_id: (bytes(row.account.memory.state), row.armed) for row in AccountState.objects.all()
    }
    merge = merge_accounts(winner=ours.pk, loser=theirs.pk, by=revops, now=LATER, picks={"domain": "loser"})
    assert Account.objects.get(pk=ours.pk).domain == "acme-de.example"
    assert differences(before, world())
    undo_merge(merge=merge.pk, by=revops, now=LATER + timedelta(hours=1))
    assert differences(before, world()) == {}
    assert {
        row.account_id: (bytes(row.account.memory.state), row.armed) for row in AccountState.objects.all()
    } == states
    merge.refresh_from_db()
    assert merge.undone_by == revops
    with pytest.raises(Conflict):
        undo_merge(merge=merge.pk, by=revops, now=LATER)
    # And it can be done again.
    merge_accounts(winner=ours.pk, loser=theirs.pk, by=revops, now=LATER + timedelta(hours=2))


def test_what_came_after_the_merge_stays_with_the_winner(pair: tuple[Account, Account], revops: User) -> None:
    ours, theirs = pair
    merge = merge_accounts(winner=ours.pk, loser=theirs.pk, by=revops, now=LATER)
    late = make.contact(Account.objects.get(pk=ours.pk), "late@acme-de.example")
    change_list(
        records={0: ListChangeRecord(
            account_domain="acme-de.example", tier=3, at=LATER, side="revops", reason="Cooled."
        )},
        by=revops, now=LATER,
    )  # fmt: skip
    undo_merge(merge=merge.pk, by=revops, now=LATER + timedelta(hours=1))
    late.refresh_from_db()
    assert late.account_id == ours.pk
    assert Account.objects.get(pk=ours.pk).tier == 3
    assert Account.objects.get(pk=theirs.pk).tier == 1
    assert [row.tier for row in ListMembership.objects.filter(account=ours).order_by("valid_from")] == [2, 3]
    assert ListMembership.objects.get(account=theirs).valid_to is None


def test_what_cannot_be_undone_exactly_is_refused_in_words(
    pair: tuple[Account, Account], revops: User
) -> None:
    ours, theirs = pair
    zenith = Account.objects.get(name="Zenith")
    merge = merge_accounts(winner=ours.pk, loser=theirs.pk, by=revops, now=LATER)
    contact = Contact.objects.get(email="jane@acme-de.example")
    Contact.objects.filter(pk=contact.pk).update(account=zenith)
    with pytest.raises(Refused, match="1 contact that came from ACME to Acme GmbH since went elsewhere"):
        undo_merge(merge=merge.pk, by=revops, now=LATER)
    assert not Account.objects.filter(pk=theirs.pk).exists()
    Contact.objects.filter(pk=contact.pk).update(account=ours)
    Account.objects.filter(pk=ours.pk).update(employees=60)
    with pytest.raises(Refused, match="had its employees changed"):
        undo_merge(merge=merge.pk, by=revops, now=LATER)
    Account.objects.filter(pk=ours.pk).update(employees=50)
    newer = merge_accounts(winner=ours.pk, loser=zenith.pk, by=revops, now=LATER)
    with pytest.raises(Refused, match="Undo that merge first"):
        undo_merge(merge=merge.pk, by=revops, now=LATER)
    undo_merge(merge=newer.pk, by=revops, now=LATER)
    undo_merge(merge=merge.pk, by=revops, now=LATER)
    assert Account.objects.filter(pk__in=(ours.pk, theirs.pk, zenith.pk)).count() == 3


def test_a_chain_of_merges_keeps_every_old_id_leading(revops: User) -> None:
    one, two, three = (make.account(name, f"{name.lower()}.example") for name in ("One", "Two", "Three"))
    first = merge_accounts(winner=two.pk, loser=one.pk, by=revops, now=NOW)
    second = merge_accounts(winner=three.pk, loser=two.pk, by=revops, now=NOW)
    assert dict(AccountAlias.objects.values_list("old_id", "account_id")) == {
        one.pk: three.pk,
        two.pk: three.pk,
    }
    with pytest.raises(Refused, match="Undo that merge first"):
        undo_merge(merge=first.pk, by=revops, now=NOW)
    undo_merge(merge=second.pk, by=revops, now=NOW)
    undo_merge(merge=first.pk, by=revops, now=NOW)
    assert AccountAlias.objects.count() == 0
    assert Account.objects.count() == 3


def test_keys_of_the_loser_find_the_winner_afterwards(revops: User) -> None:
    ours = make.account("Acme", "acme.example")
    theirs = make.account("ACME", "acme-de.example", external_id="42")
    merge_accounts(winner=ours.pk, loser=theirs.pk, by=revops, now=NOW)
    for record in (AccountRecord(domain="acme-de.example"), AccountRecord(external_ids={"crm": "42"})):
        assert upsert_accounts(records={0: record}, now=NOW).created == 0
    assert Account.objects.count() == 1


def test_countries_ask_for_a_reason(revops: User) -> None:
    ours = make.account("Acme", "acme.example", country="DE")
    theirs = make.account("Acme", "acme.test", country="US")
    with pytest.raises(Refused, match="never merged on their names alone"):
        merge_accounts(winner=ours.pk, loser=theirs.pk, by=revops, now=NOW, reason="  ")
    merge_accounts(winner=ours.pk, loser=theirs.pk, by=revops, now=NOW, reason="Same board, same site.")


def test_who_may_and_what_makes_no_sense(revops: User) -> None:
    ours, theirs = make.account("Acme", "acme.example"), make.account("ACME", "acme.test")
    rep = make.user(Role.REP)
    with pytest.raises(Refused, match="You may not change"):
        merge_accounts(winner=ours.pk, loser=theirs.pk, by=rep, now=NOW)
    with pytest.raises(Refused, match="with itself"):
        merge_accounts(winner=ours.pk, loser=ours.pk, by=revops, now=NOW)
    with pytest.raises(NotKnown):
        merge_accounts(winner=ours.pk, loser=10**9, by=revops, now=NOW)
    for picks in ({"shoe_size": "winner"}, {"name": "both"}, {"name": "nobody"}):
        with pytest.raises(FieldErrors):
            merge_accounts(winner=ours.pk, loser=theirs.pk, by=revops, now=NOW, picks=picks)
    assert Account.objects.count() == 2


def test_parents_and_children_never_close_a_circle(revops: User) -> None:
    top = make.account("Top", "top.example")
    parent = make.account("Parent", "parent.example", parent=top)
    middle = make.account("Middle", "middle.example", parent=parent)
    child = make.account("Child", "child.example", parent=middle)
    before = world()
    # The child takes its ancestor's place.
    merge = merge_accounts(winner=child.pk, loser=parent.pk, by=revops, now=NOW)
    assert Account.objects.get(pk=child.pk).parent_id == top.pk
    assert Account.objects.get(pk=middle.pk).parent_id == child.pk
    undo_merge(merge=merge.pk, by=revops, now=NOW)
    assert differences(before, world()) == {}
    # The direct parent, too.
    merge = merge_accounts(winner=middle.pk, loser=parent.pk, by=revops, now=NOW)
    assert Account.objects.get(pk=middle.pk).parent_id == top.pk
    undo_merge(merge=merge.pk, by=revops, now=NOW)
    # An ancestor may not take the parent of its descendant.
    with pytest.raises(Refused, match="its own ancestor"):
        merge_accounts(winner=parent.pk, loser=child.pk, by=revops, now=NOW, picks={"parent": "loser"})
    merge_accounts(winner=parent.pk, loser=child.pk, by=revops, now=NOW)
    assert Account.objects.get(pk=parent.pk).parent_id == top.pk


def test_chosen_fields_are_taken_from_whom_they_are_chosen(revops: User) -> None:
    ours = make.account(
        "Acme", "acme.example", technologies=["sap"], annual_revenue=Decimal(5), currency="EUR"
    )
    theirs = make.account(
        "ACME Corp",
        "acme.test",
        technologies=["aws"],
        annual_revenue=Decimal(7),
        currency="USD",
        region="West",
    )
    merge = merge_accounts(
        winner=ours.pk,
        loser=theirs.pk,
        by=revops,
        now=NOW,
        picks={"name": "loser", "annual_revenue": "loser"},
    )
    stays = Account.objects.get()
    assert (stays.name, stays.name_key) == ("ACME Corp", "acme")
    assert (stays.annual_revenue, stays.currency, stays.region) == (Decimal(7), "USD", "West")
    assert stays.technologies == ["aws", "sap"]
    assert merge.fields["annual_revenue"] == ["7 USD", "5 EUR"]
    assert merge.fields["name"] == ["ACME Corp", "Acme"]


HISTORIES = [
    # (the winner's, the loser's, together) as (day, tier)
    ([(1, 2)], [], [(1, 2)]),
    ([], [(1, 2)], [(1, 2)]),
    ([(1, 2)], [(5, 1)], [(1, 2), (5, 1)]),
    ([(1, 1)], [(5, 3)], [(1, 1), (5, 1)]),
    ([(1, 1), (9, None)], [(5, 3)], [(1, 1), (5, 1), (9, 3)]),
    ([(1, 1)], [(5, 3), (9, None)], [(1, 1), (5, 1), (9, 1)]),
    ([(1, 3), (5, None)], [(3, 2), (5, None)], [(1, 3), (3, 2), (5, 2), (5, None)]),
]


@pytest.mark.parametrize(("ours", "theirs", "together"), HISTORIES)
def test_two_histories_make_one(
    ours: list[tuple[int, int | None]],
    theirs: list[tuple[int, int | None]],
    together: list[tuple[int, int | None]],
) -> None:
    points = [
        Said(number, NOW + timedelta(days=day), tier, of_winner)
        for number, (day, tier, of_winner) in enumerate(
            [*((day, tier, True) for day, tier in ours), *((day, tier, False) for day, tier in theirs)]
        )
    ]
    history = one_history(points)
    assert [((point.at - NOW).days, point.tier) for point in history] == together
    assert len({point.at for point in history}) == len(history)


def test_the_merge_tells_the_work_list_to_judge_the_account_again(
    pair: tuple[Account, Account], revops: User
) -> None:
    ours, theirs = pair
    evaluate_later([ours.pk, theirs.pk])
    work.drain_all()
    crossed = Crossing.objects.count()
    merge_accounts(winner=ours.pk, loser=theirs.pk, by=revops, now=LATER)
    work.drain_all()
    assert Crossing.objects.count() == crossed, "what has crossed for one of them does not cross again"
    assert Merge.objects.get().winner_id == ours.pk
    assert not Change.objects.filter(table="accounts_account", op="D").exclude(row_id=theirs.pk).exists()
    assert StepRun.objects.exists()
    assert EnrollmentEvent.objects.exists()


def test_the_change_log_leaves_the_undo_of_a_merge_to_the_merge(revops: User) -> None:
    ours, theirs = make.account("Acme", "acme.example"), make.account("ACME", "acme.test")
    merge = merge_accounts(winner=ours.pk, loser=theirs.pk, by=revops, now=NOW)
    [act] = ChangeSet.objects.filter(what="Merge of ACME into Acme")
    with pytest.raises(Refused, match="This is a merge of accounts"):
        undo(change_set=act.pk, by=revops, now=NOW)
    undo_merge(merge=merge.pk, by=revops, now=NOW)
    [back] = ChangeSet.objects.filter(what="Undo of the merge of ACME into Acme")
    with pytest.raises(Refused, match="This is a merge of accounts"):
        undo(change_set=back.pk, by=revops, now=NOW)
