"""Touches that are written after the fact, changed or taken out: what they held back is asked again at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from abmops.lib import touching
from abmops.lib.choices import Role
from abmops.work import services as work
from abmops.work.models import WorkItem
from accounts.models import Account, AccountEvent, ChangeSet, Opportunity, Touch
from accounts.services.changes import acting
from accounts.services.meeting import withdraw_meeting
from accounts.services.touch import log_touch, remove_touch, upsert_touches
from accounts.services.undoing import undo
from plays.models import Attempt, Decision, Enrollment, StepHold, StepRun, Task, Waiting
from plays.services.decision.deciding import decide_crossings
from plays.services.enrollment.ending import react_to_events
from tests.accounts.make import user
from tests.plays.make import (
    CALL,
    NOW,
    a_crossing,
    a_play,
    a_signal,
    a_signal_type,
    a_user,
    an_account,
    an_event,
)

pytestmark = pytest.mark.django_db
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
SOON = NOW + HOUR


def imported(account: Account, *numbers: int, **more: Any) -> None:
    records: Any = {
        number: {
            "external_id": f"T-{account.pk}-{number}", "account_domain": account.domain, "side": "marketing",
            "channel": "email", "occurred_at": NOW - DAY,
        } | more
        for number in numbers
    }  # fmt: skip
    with acting(by=None, what="An import"):
        assert not upsert_touches(records=records, now=NOW).errors


def capped() -> Account:
    """An account with as many touches this week as may be, and a play that waits for room."""
    account = an_account(owner=a_user())
    imported(account, *range(5))
    a_play("sales", steps=[CALL])
    decide_crossings(crossing_ids=[a_crossing(account).pk], now=NOW)
    assert Decision.objects.get(account=account).candidates[0]["rule"] == "touch_cap"
    assert Waiting.objects.filter(account=account).exists()
    return account


def early() -> Account:
    """A tier-1 account that marketing has not touched for long enough, as far as anybody knows."""
    account = an_account(tier=1, owner=a_user())
    for name in ("pricing-page", "demo-page"):
        a_signal(account, type_=a_signal_type(name), at=NOW - HOUR)
    a_play("sales", steps=[CALL])
    decide_crossings(crossing_ids=[a_crossing(account).pk], now=NOW)
    assert Decision.objects.get(account=account).candidates[0]["rule"] == "awareness"
    return account


def deleted(account: Account) -> None:
    remove_touch(touch=Touch.objects.filter(account=account).latest("pk"), by=None, now=SOON)


def undone(account: Account) -> None:
    undo(change_set=ChangeSet.objects.get(what="An import").pk, by=None, now=SOON)


def older(account: Account) -> None:
    records: Any = {0: {"external_id": f"T-{account.pk}-0", "occurred_at": NOW - 20 * DAY}}
    assert not upsert_touches(records=records, now=SOON).errors


def another_accounts(account: Account) -> None:
    other = an_account()
    records: Any = {0: {"external_id": f"T-{account.pk}-0", "account_domain": other.domain}}
    assert not upsert_touches(records=records, now=SOON).errors


def never_booked(account: Account) -> None:
    touch = Touch.objects.filter(account=account).latest("pk")
    event = an_event(account, "meeting_booked", touch=touch.pk)
    withdraw_meeting(event=event, reason="A slip.", by=user(Role.REVOPS), now=SOON, with_touch=True)


def old_ones_imported(account: Account) -> None:
    imported(account, 0, occurred_at=NOW - 40 * DAY)


def an_old_one_logged(account: Account) -> None:
    log_touch(account=account, side="marketing", channel="email", occurred_at=NOW - 40 * DAY, now=SOON)


WAYS: list[tuple[Callable[[], Account], Callable[[Account], None]]] = [
    (capped, deleted), (capped, undone), (capped, older), (capped, another_accounts), (capped, never_booked),
    (early, old_ones_imported), (early, an_old_one_logged),
]  # fmt: skip


@pytest.mark.parametrize(("held", "way"), WAYS, ids=[way.__name__ for _, way in WAYS])
def test_a_held_decision_is_looked_at_again_at_once(
    held: Callable[[], Account], way: Callable[[Account], None]
) -> None:
    account = held()
    way(account)
    for _ in range(2):
        work.drain_all(SOON)
    assert Enrollment.objects.get(account=account).enrolled_at == SOON
    assert Attempt.objects.get().candidates[0]["verdict"] == "chosen"
    assert Task.objects.filter(account=account).exists()


def test_a_held_step_is_looked_at_again_at_once() -> None:
    account = an_account(owner=a_user())
    a_play("sales", steps=[CALL | {"wait_days": 1}])
    decide_crossings(crossing_ids=[a_crossing(account).pk], now=NOW - DAY)
    imported(account, *range(5))
    work.drain_all(NOW)
    assert StepHold.objects.get().rule == "touch_cap"
    deleted(account)
    for _ in range(2):
        work.drain_all(SOON)
    assert StepRun.objects.get().state == "open"
    assert StepHold.objects.get().ended_at == SOON


def test_a_deal_that_is_closed_lifts_its_quarantine_at_once() -> None:
    account = an_account(owner=a_user())
    deal = Opportunity.objects.create(account=account, external_id="D-1", stage="Demo", opened_at=NOW - DAY)
    a_play("sales", steps=[CALL])
    decide_crossings(crossing_ids=[a_crossing(account).pk], now=NOW)
    assert Decision.objects.get().candidates[0]["rule"] == "quarantine"
    Opportunity.objects.filter(pk=deal.pk).delete()
    event: AccountEvent = an_event(account, "opportunity_removed", at=SOON, deal="D-1", events=[], reason="")
    react_to_events(event_ids=[event.pk], now=SOON)
    work.drain_all(SOON)
    assert Enrollment.objects.get().enrolled_at == SOON


def test_what_waits_for_nothing_is_left_alone() -> None:
    account = an_account(owner=a_user())
    imported(account, 0)
    deleted(account)
    assert not WorkItem.objects.filter(kind__in=("decide_again", "marketing_look")).exists()


def test_a_thousand_accounts_cost_as_much_as_one() -> None:
    one, counts = capped(), []
    others = [an_account() for _ in range(9)]
    for asked in ([one.pk], [one.pk, *(other.pk for other in others)]):
        with CaptureQueriesContext(connection) as queries:
            touching.recount(asked, now=SOON)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 3
