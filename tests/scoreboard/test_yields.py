"""What plays yield, worked out by hand."""

from datetime import datetime, timedelta

import pytest
from django.utils import timezone

from abmops.lib.choices import Role
from accounts.models import Account, AccountEvent, ListMembership, Opportunity
from accounts.services.apikey import create_key
from plays.models import Enrollment, Play, PlayVersion
from scoreboard.domain.figures import Scope
from scoreboard.selectors.yields import Arm, PlayYield, play_yields
from tests.accounts import make
from tests.api.caller import Caller

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
TICK = timedelta(microseconds=1)


def play(slug: str, outcome: str, days: int, now: datetime) -> PlayVersion:
    """A play with its contract."""
    row = Play.objects.create(slug=slug, name=slug.title(), created_at=now)
    version = PlayVersion.objects.create(
        play=row, number=1, trigger={}, steps=[], contract={"outcome": outcome, "days": days}, created_at=now
    )
    Play.objects.filter(pk=row.pk).update(current=version)
    return version


def enroll(version: PlayVersion, at: datetime, *, holdout: bool = False) -> Account:
    """A fresh account in the play."""
    number = Account.objects.count()
    account = make.account(f"Account {number}", f"a{number}.example")
    state = "holdout" if holdout else "active"
    Enrollment.objects.create(
        account=account, play=version.play, version=version, state=state, enrolled_at=at
    )
    return account


def met(account: Account, at: datetime) -> None:
    AccountEvent.objects.create(
        account=account, kind="meeting_booked", at=at, dedup_key=f"{account.pk}:{at.isoformat()}"
    )


def only(now: datetime, scope: Scope | None = None) -> PlayYield:
    found = play_yields(now, scope or Scope())
    assert len(found) == 1
    return found[0]


def test_only_passed_windows_count_and_only_outcomes_inside_them(now: datetime) -> None:
    version = play("pricing", "meeting_booked", 30, now)
    start = now - 30 * DAY
    met(enroll(version, start), start)
    met(enroll(version, start), now - TICK)
    met(enroll(version, start), now)
    met(enroll(version, start), start - TICK)
    met(enroll(version, start + TICK), now - DAY)
    assert only(now).run == Arm(runs=4, hits=2)
    assert only(now + TICK).run == Arm(runs=5, hits=3)


@pytest.mark.parametrize(
    ("outcome", "closed", "won", "hit"),
    [
        pytest.param("opportunity_created", False, False, True, id="opened inside"),
        pytest.param("deal_won", False, False, False, id="opened is not won"),
        pytest.param("deal_won", True, False, False, id="lost"),
        pytest.param("deal_won", True, True, True, id="won inside"),
    ],
)
def test_other_outcomes(now: datetime, outcome: str, closed: bool, won: bool, hit: bool) -> None:
    start = now - 90 * DAY
    account = enroll(play("late", outcome, 60, now), start)
    Opportunity.objects.create(
        external_id="1",
        account=account,
        opened_at=start + DAY,
        closed_at=start + 2 * DAY if closed else None,
        outcome=("won" if won else "lost") if closed else None,
    )
    assert only(now).run == Arm(1, int(hit))


def test_the_lift_is_over_the_plays_own_holdout(now: datetime) -> None:
    """3 of 4 against 1 of 4: lift 0.5, and too few to be sure of it."""
    version, start = play("pricing", "meeting_booked", 10, now), now - 20 * DAY
    for place in range(4):
        account, held = enroll(version, start), enroll(version, start, holdout=True)
        if place < 3:
            met(account, start + DAY)
        if place < 1:
            met(held, start + DAY)
    found = only(now)
    assert (found.run.share, found.holdout.share, found.lift) == (0.75, 0.25, 0.5)
    assert found.lift_interval is not None
    assert found.lift_interval.holds(0)


def test_no_holdout_no_lift(now: datetime) -> None:
    version = play("pricing", "meeting_booked", 10, now)
    enroll(version, now - 20 * DAY)
    assert (only(now).lift, only(now).lift_interval) == (None, None)


def test_the_best_comes_first_and_a_tier_may_be_asked_for(now: datetime) -> None:
    good, poor = play("good", "meeting_booked", 10, now), play("poor", "meeting_booked", 10, now)
    listed = enroll(good, now - 20 * DAY)
    met(listed, now - 19 * DAY)
    enroll(poor, now - 20 * DAY)
    ListMembership.objects.create(
        account=listed, tier=2, valid_from=now - 30 * DAY, side="revops", reason="Test."
    )
    assert [each.name for each in play_yields(now, Scope())] == ["Good", "Poor"]
    assert [each.name for each in play_yields(now, Scope(tier=2))] == ["Good"]


@pytest.mark.parametrize("by_id", [False, True])
def test_over_rest_by_slug_and_by_id(by_id: bool) -> None:
    now = timezone.now()
    version = play("pricing", "meeting_booked", 10, now)
    met(enroll(version, now - 20 * DAY), now - 19 * DAY)
    _, key = create_key(name="reader", role=Role.INTEGRATION, scopes=("read",), now=now)
    answer = Caller(key).get(f"plays/{version.play_id if by_id else 'pricing'}/yield/")
    assert answer.status_code == 200, answer.content
    body = answer.json()
    assert (body["value"], body["numerator"], body["denominator"]) == (1.0, 1, 1)
    assert (body["outcome"], body["days"], body["lift"]) == ("meeting_booked", 10, None)
    assert body["interval"][1] == 1.0


def test_over_rest_a_play_without_runs_has_no_data_and_an_unknown_one_is_not_there() -> None:
    play("idle", "meeting_booked", 10, timezone.now())
    _, key = create_key(name="reader", role=Role.INTEGRATION, scopes=("read",), now=timezone.now())
    assert Caller(key).get("plays/idle/yield/").json()["value"] is None
    assert Caller(key).get("plays/nonsense/yield/").status_code == 404
    assert Caller(key).get("plays/idle/yield/?as_of=2026-11-18T10:00:00").status_code == 400
