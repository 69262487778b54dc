"""A deal that is gone where it came from: its signals, what it ended and started, and the phase, at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from abmops.lib.choices import Role
from abmops.lib.errors import Conflict
from abmops.work import services as work
from abmops.work.models import WorkItem
from accounts.models import Account, AccountEvent, ChangeSet, Opportunity
from accounts.services.changes import acting
from accounts.services.opportunity import upsert_opportunities
from accounts.services.opportunity_removal import remove_opportunity
from accounts.services.undoing import undo
from plays import services
from plays.models import Enrollment, Task
from signals.domain import starter
from signals.models import AccountState, RemovalRun, Signal
from signals.services import crm, definitions
from tests.api.conftest import caller_of
from tests.plays.killing import child, leases_run_out
from tests.plays.make import CALL, EMAIL, a_play, a_user, an_account

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def world() -> Account:
    """An account with a play that an open deal ends, and one that a proposal starts; a CRM that tells of deals."""
    now, owner = timezone.now(), a_user()
    account = an_account(owner=owner)
    cold = a_play("cold", steps=[CALL, EMAIL], exits=["opportunity_opened", "opportunity_won"])
    a_play("late", trigger={"stage": ["Proposal"]}, steps=[EMAIL])
    services.start_play(play=cold, account=account, by=owner, reason="They asked.", now=now - DAY)
    definitions.put_source(slug="crm", fields={"name": "CRM", "kind": "crm"})
    for one in starter.TYPES:
        fields = dict(one)
        definitions.put_signal_type(slug=str(fields.pop("slug")), fields=fields)
    return account


def told(account: Account, **more: Any) -> None:
    """A deal that has reached a proposal an hour ago and was won since."""
    now = timezone.now()
    record: Any = {
        "external_id": "D-1", "account_domain": account.domain, "name": "Acme's first order", "stage": "Won",
        "opened_at": now - 3 * HOUR, "closed_at": now - HOUR / 2, "outcome": "won",
        "stages": [
            {"stage": "Proposal", "at": now - HOUR}, {"stage": "Won", "at": now - HOUR / 2},
        ],
    } | more  # fmt: skip
    with acting(by=None, what="An import"):
        assert not upsert_opportunities(records={0: record}, now=now).errors


def turn() -> None:
    """What the first turn makes due is taken by the second."""
    for _ in range(3):
        work.drain_all()


def deleted(account: Account) -> None:
    path = f"opportunities/{Opportunity.objects.get().pk}/"
    assert caller_of(Role.INTEGRATION).send("DELETE", path).status_code == 204


def undone(account: Account) -> None:
    undo(change_set=ChangeSet.objects.get(what="An import").pk, by=None, now=timezone.now())


def of_another_account(account: Account) -> None:
    other = Account.objects.exclude(pk=account.pk).first() or an_account(name="Other", domain="other.example")
    record: Any = {"external_id": "D-1", "account_domain": other.domain}
    assert not upsert_opportunities(records={0: record}, now=timezone.now()).errors


Way = Callable[[Account], None]
WAYS: dict[str, tuple[Way, str]] = {
    "deleted over REST": (deleted, "It was removed where it came from"),
    "its import is undone": (undone, "It was removed where it came from"),
    "another account's": (of_another_account, "It was found to be another account's"),
}


def stands(account: Account) -> None:
    """What the deal has done."""
    assert Enrollment.objects.get(play__slug="cold").state == "exited"
    assert Enrollment.objects.get(play__slug="late").state == "waiting"
    assert list(Signal.objects.filter(account=account).values_list("type__slug", flat=True)) == [
        "deal-advanced"
    ]
    account.refresh_from_db()
    assert account.phase == "expand"


def gone(account: Account) -> None:
    """As if it had never been."""
    cold = Enrollment.objects.get(play__slug="cold")
    assert (cold.state, Task.objects.get(enrollment=cold).state) == ("active", "open")
    assert Enrollment.objects.get(play__slug="late", account=account).state == "cancelled"
    assert not Signal.objects.filter(account=account).exists()
    account.refresh_from_db()
    assert account.phase == "awareness"
    assert not WorkItem.objects.filter(state="dead").exists()


@pytest.mark.django_db
@pytest.mark.parametrize(("goes", "reason"), WAYS.values(), ids=WAYS)
def test_its_signals_go_at_once_and_whoever_acted_on_it_hears(goes: Way, reason: str) -> None:
    account = world()
    told(account)
    turn()
    stands(account)
    before = AccountState.objects.get(account=account).score
    goes(account)
    turn()
    gone(account)
    assert AccountState.objects.get(account=account).score < before
    assert RemovalRun.objects.get().reason == "The deal or meeting that it told of was taken back."
    event = AccountEvent.objects.get(kind="opportunity_removed")
    assert (event.account_id, event.payload["reason"]) == (account.pk, reason + ".")
    client = Client()
    client.force_login(a_user(role="revops", job=""))
    page = client.get(reverse("accounts:account", args=[account.pk])).content.decode().replace("&#x27;", "'")
    assert "Acme's first order was taken back: it counts no more" in page
    assert reason in page
    assert crm.retract(now=timezone.now()) == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.fault
@pytest.mark.parametrize(("goes", "reason"), WAYS.values(), ids=WAYS)
def test_killed_in_the_middle_it_all_happens_or_nothing(goes: Way, reason: str) -> None:
    account = world()
    told(account)
    turn()
    stands(account)
    assert child(partial(goes, account), {"events.before_work"}) == "events.before_work"
    stands(account)
    assert not AccountEvent.objects.filter(kind="opportunity_removed").exists()
    assert not AccountEvent.objects.filter(withdrawn_at__isnull=False).exists()
    child(partial(goes, account), ())
    points = {
        "meeting_taken_back.before_commit",
        "crm_facts_back.before_commit",
        "account_event.before_commit",
    }
    while died := child(work.drain_all, points):
        points.remove(died)
        leases_run_out(timezone.now() - HOUR)
    assert not points, "a way that did not happen"
    turn()
    gone(account)


@pytest.mark.django_db
def test_a_signal_on_its_way_is_looked_for_a_second_time() -> None:
    account = world()
    told(account)
    crm.take_facts(list(WorkItem.objects.filter(kind=crm.KIND)), timezone.now())
    deleted(account)
    first = WorkItem.objects.filter(kind=crm.KIND_BACK).exclude(dedup_key__endswith=":again")
    crm.take_back(list(first), timezone.now())
    first.delete()
    turn()
    work.drain_all(timezone.now() + crm.ON_ITS_WAY)
    assert not Signal.objects.exists()


@pytest.mark.django_db
def test_a_deal_deleted_before_anybody_heard_of_it_does_nothing() -> None:
    account = world()
    told(account)
    deleted(account)
    turn()
    assert Enrollment.objects.get().state == "active"
    assert not Signal.objects.exists()
    account.refresh_from_db()
    assert account.phase == "awareness"


@pytest.mark.django_db
def test_what_comes_back_counts_again() -> None:
    account = world()
    told(account)
    turn()
    with acting(by=None, what="A slip"):
        deleted(account)
    turn()
    gone(account)
    slip = ChangeSet.objects.filter(changes__table="accounts_opportunity", changes__op="D").first()
    assert slip is not None
    undo(change_set=slip.pk, by=None, now=timezone.now())
    turn()
    standing = AccountEvent.objects.standing().filter(kind="opportunity_stage")
    assert list(standing.order_by("at").values_list("payload__stage", flat=True)) == ["Proposal", "Won"]
    assert [one.type.slug for one in Signal.objects.filter(account=account)] == ["deal-advanced"]
    assert Enrollment.objects.get(play__slug="cold").state == "exited"
    account.refresh_from_db()
    assert account.phase == "expand"


@pytest.mark.django_db
def test_a_deal_that_moves_there_and_back_is_told_where_it_is() -> None:
    account = world()
    told(account)
    for _ in range(2):
        of_another_account(account)
        turn()
        assert not Signal.objects.filter(account=account).exists()
        assert Signal.objects.get().account_id == Account.objects.get(domain="other.example").pk
        back: Any = {"external_id": "D-1", "account_domain": account.domain}
        assert not upsert_opportunities(records={0: back}, now=timezone.now()).errors
        turn()
        assert Signal.objects.get().account_id == account.pk


def linked_to(account: Account | None) -> None:
    record: Any = {"external_id": "D-1", "account_domain": account.domain if account else None}
    assert not upsert_opportunities(records={0: record}, now=timezone.now()).errors


@pytest.mark.django_db
@pytest.mark.parametrize("comes_back", [True, False])
def test_a_deal_that_was_nobodys_for_a_while_is_told_where_it_is_linked_again(comes_back: bool) -> None:
    account = world()
    other = an_account(name="Other", domain="other.example")
    told(account)
    turn()
    linked_to(None)
    turn()
    gone(account)
    event = AccountEvent.objects.get(kind="opportunity_removed")
    assert (event.account_id, event.payload["reason"]) == (account.pk, "It is linked to no account any more.")
    for _ in range(2):
        where = account if comes_back else other
        linked_to(where)
        turn()
        standing = AccountEvent.objects.standing().filter(kind="opportunity_stage")
        assert list(standing.order_by("at").values_list("account", "payload__stage")) == [
            (where.pk, "Proposal"),
            (where.pk, "Won"),
        ]
        assert [one.account_id for one in Signal.objects.all()] == [where.pk]
        assert Enrollment.objects.get(play__slug="cold").state == ("exited" if comes_back else "active")
        where.refresh_from_db()
        assert where.phase == "expand"
        linked_to(None)
        turn()
        gone(account)


@pytest.mark.django_db
def test_an_undone_import_that_only_moved_a_deal_takes_the_move_back_alone() -> None:
    account = world()
    now = timezone.now()
    first: Any = {
        "external_id": "D-1", "account_domain": account.domain, "name": "Acme's first order", "stage": "Demo",
        "opened_at": now - 100 * DAY,
    }  # fmt: skip
    assert not upsert_opportunities(records={0: first}, now=now - 2 * DAY).errors
    turn()
    told(account)
    turn()
    stands(account)
    undone(account)
    turn()
    gone(account)
    standing = AccountEvent.objects.standing().filter(kind="opportunity_stage")
    assert [one.payload["stage"] for one in standing] == ["Demo"]
    client = Client()
    client.force_login(a_user(role="revops", job=""))
    page = client.get(reverse("accounts:account", args=[account.pk])).content.decode().replace("&#x27;", "'")
    assert "Acme's first order did not enter Proposal, Won: that was taken back" in page
    assert "What had told so was undone" in page
    again: Any = {"external_id": "D-1", "stages": [{"stage": "Proposal", "at": now - DAY}]}
    with acting(by=None, what="Stages alone"):
        assert not upsert_opportunities(records={0: again}, now=timezone.now()).errors
    undo(change_set=ChangeSet.objects.get(what="Stages alone").pk, by=None, now=timezone.now())
    assert [one.payload["stage"] for one in standing.all()] == ["Demo"]


@pytest.mark.django_db
def test_a_stage_of_long_ago_that_was_heard_of_this_week_is_taken_back_whole() -> None:
    account = world()
    told(account)
    turn()
    AccountEvent.objects.filter(kind="opportunity_stage").update(
        at=F("at") - 8 * DAY, created_at=F("created_at") - 3 * DAY
    )
    deleted(account)
    turn()
    gone(account)


@pytest.mark.django_db
def test_a_signal_that_came_after_all_looking_goes_at_night() -> None:
    account = world()
    told(account)
    crm.take_facts(list(WorkItem.objects.filter(kind=crm.KIND)), timezone.now())
    of_another_account(account)
    WorkItem.objects.filter(kind=crm.KIND_BACK).delete()
    turn()
    assert Signal.objects.filter(account=account).count() == 1
    assert crm.retract(now=timezone.now()) == 1
    assert crm.retract(now=timezone.now()) == 0
    assert [one.account_id for one in Signal.objects.all()] == [
        Account.objects.get(domain="other.example").pk
    ]


def waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid) "
            "WHERE NOT l.granted AND a.datname = current_database()"
        )
        return bool(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
def test_a_deal_deleted_while_the_crm_moves_it_goes_whole() -> None:
    account = world()
    other = an_account(name="Other", domain="other.example")
    told(account)
    turn()
    deal, errors = Opportunity.objects.get(), []

    def delete() -> None:
        try:
            remove_opportunity(opportunity=deal, by=None, now=timezone.now())
        except Exception as error:  # noqa: BLE001  (told to the test)
            errors.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=delete)
    with transaction.atomic():
        told(other, stages=[{"stage": "Demo", "at": timezone.now() - 2 * HOUR}])
        thread.start()
        while thread.is_alive() and not waits_for_a_lock():
            thread.join(0.01)
    thread.join()
    assert not errors
    assert not Opportunity.objects.exists()
    assert not AccountEvent.objects.standing().filter(kind="opportunity_stage").exists()
    with pytest.raises(Conflict):
        remove_opportunity(opportunity=deal, by=None, now=timezone.now())


@pytest.mark.django_db
def test_the_migration_can_begin_again_and_its_way_back_counts_nothing_twice() -> None:
    account = world()
    told(account)
    of_another_account(account)
    stages = AccountEvent.objects.filter(kind="opportunity_stage")
    was = set(stages.standing().values_list("pk", flat=True))
    assert len(was) == 2
    assert stages.count() == 4
    loader = MigrationLoader(connection)
    migration = loader.get_migration("accounts", "0024_deals_are_taken_back")
    before = loader.project_state([("accounts", "0023_meetings_are_taken_back")])
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with connection.schema_editor(atomic=False) as editor:
        migration.unapply(before.clone(), editor)
        assert not stages.filter(withdrawn_at__isnull=False).exists()
        assert set(stages.standing().values_list("pk", flat=True)) == was
        for _ in range(2):
            migration.apply(before.clone(), editor)
    assert set(stages.standing().values_list("pk", flat=True)) == was
    assert stages.filter(withdrawn_at__isnull=False).count() == 2


@pytest.mark.django_db
def test_another_deal_keeps_what_the_first_had_ended() -> None:
    account = world()
    told(account)
    told(account, external_id="D-2")
    turn()
    path = f"opportunities/{Opportunity.objects.get(external_id='D-1').pk}/"
    caller_of(Role.INTEGRATION).send("DELETE", path)
    turn()
    assert Enrollment.objects.get(play__slug="cold").state == "exited"
    assert Signal.objects.count() == 1
    account.refresh_from_db()
    assert account.phase == "expand"


@pytest.mark.django_db
def test_many_deals_cost_as_many_statements_as_one() -> None:
    account = world()
    counts = []
    for number in (1, 30):
        with acting(by=None, what=f"Import {number}"):
            records: Any = {
                index: {
                    "external_id": f"N-{number}-{index}",
                    "account_domain": account.domain,
                    "stage": "Proposal",
                }
                for index in range(number)
            }
            upsert_opportunities(records=records, now=timezone.now())
        change_set = ChangeSet.objects.get(what=f"Import {number}").pk
        with CaptureQueriesContext(connection) as asked:
            undo(change_set=change_set, by=None, now=timezone.now())
        counts.append(len(asked))
    assert counts[0] == counts[1]
    assert AccountEvent.objects.filter(withdrawn_at__isnull=False).count() == 31
