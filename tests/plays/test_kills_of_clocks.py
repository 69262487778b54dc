"""What the clock does, killed at every commit boundary and run again: reminders, breaches, hand-ons, absences, a
leaving, bursts, pauses that end, digests, another version, held crossings. The rows of a life without faults."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction

from abmops.work import crash
from abmops.work import services as work
from accounts.models import Absence, Account, User
from plays import audits, services
from plays.models import Enrollment, Pause, Play, Task
from plays.services.calendar import bursts
from plays.services.notice.digests import put_digests
from plays.services.play.migrating import ask_to_migrate
from plays.services.staff.away import hand_over_absences
from plays.services.staff.leaving import leave
from plays.services.staff.sharing import Heirs
from tests import database
from tests.plays.killing import lived, rows_of
from tests.plays.make import CALL, EMAIL, NOW, a_crossing, a_play, a_threshold, a_user, an_account
from tests.plays.test_kills import ROWS

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.fault]

DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
MONDAY = datetime(2026, 11, 23, tzinfo=NOW.tzinfo)
NOON = MONDAY + 12 * HOUR + 30 * MINUTE
OF_CLOCKS = ROWS | {
    "bursts": "SELECT a.name, b.begun_at, b.left_at, b.left_reason FROM plays_burstaccount b "
    "JOIN accounts_account a ON a.id = b.account_id",
    "versions": "SELECT a.name, p.slug, v.number FROM plays_enrollment e "
    "JOIN accounts_account a ON a.id = e.account_id "
    "JOIN plays_play p ON p.id = e.play_id JOIN plays_playversion v ON v.id = e.version_id",
    "departures": "SELECT u.name, d.at, d.reason FROM plays_departure d JOIN accounts_user u ON u.id = d.user_id",
    "absences": "SELECT u.name, a.handed_at FROM accounts_absence a JOIN accounts_user u ON u.id = a.user_id",
    "owners": "SELECT a.name, u.name FROM accounts_account a LEFT JOIN accounts_user u ON u.id = a.owner_id",
    "people": "SELECT name, is_active FROM accounts_user",
    "waiting": "SELECT a.name, w.look_at, w.until FROM plays_waiting w JOIN accounts_account a ON a.id = w.account_id",
    "attempts": "SELECT t.number, t.summary, t.made_at FROM plays_attempt t",
    # A message goes again where its sender was killed before it could say so: what was sent is compared, not how often.
    "deliveries": "SELECT u.name, d.type, d.state, d.body->>'text' FROM plays_delivery d "
    "LEFT JOIN accounts_user u ON u.id = d.user_id",
    "digests": "SELECT u.name, w.digested_at FROM plays_noticewishes w JOIN accounts_user u ON u.id = w.user_id",
    "pending": "SELECT kind, run_at FROM work_workitem WHERE kind IN ('step_due', 'task_due', 'enrollment_stall', "
    "'pause_over', 'task_reminder', 'task_overdue', 'migrate_play', 'burst_begins', 'deliver')",
    "live work": "SELECT kind, state FROM work_workitem WHERE state IN ('leased', 'dead')",
}


def person(name: str) -> User:
    return User.objects.get(name=name)


def drain(at: datetime) -> Callable[[], object]:
    return lambda: work.drain_all(at)


def whole(act: Callable[[], object]) -> Callable[[], object]:
    """An act of a clock, with the boundary of its own transaction."""

    def once() -> None:
        with transaction.atomic():
            act()
            crash.point("act.before_commit")

    return once


def setup() -> None:
    ann, bo = a_user(name="Ann"), a_user(name="Bo")
    a_user(name="Ruth", role="revops", job="")
    cy = a_user(name="Cy")
    a_play("long", name="Long", steps=[CALL, EMAIL, CALL | {"key": "again", "wait_days": 9}], priority=90)
    a_play("alone", name="Alone", steps=[CALL], throttle={"live_per_account": 1}, priority=50)
    threshold = a_threshold(urgency="normal")
    for name, owner in (("Acme", ann), ("Beta", bo)):
        account = an_account(name=name, owner=owner)
        for _ in range(2):
            work.put(kind="decide", subject_id=a_crossing(account, threshold).pk, run_at=NOW)
    Absence.objects.create(user=bo, starts_on=MONDAY.date(), ends_on=date(2026, 11, 27), stand_in=cy)


def owed(account: str, play: str = "long") -> Task:
    return Task.objects.unfinished().get(account__name=account, enrollment__play__slug=play)


def plans_a_burst() -> None:
    bursts.plan_burst(
        fields={
            "name": "Ads", "channel": "ad", "starts_on": MONDAY.date(), "ends_on": date(2026, 11, 27),
            "audience": {"tiers": [2]},
        },
        by=person("Ruth"),
        now=NOW,
    )  # fmt: skip


def pauses_behind_the_clocks() -> None:
    """A pause that a start has overtaken: its row is there and the clocks run."""
    Pause.objects.create(
        account=Account.objects.get(name="Beta"), reason="Fair", started_at=MONDAY + 12 * HOUR
    )


def another_version() -> None:
    a_play(
        "long",
        name="Long",
        steps=[CALL | {"key": "letter"}, CALL | {"key": "again", "wait_days": 1}],
        priority=90,
    )


def leaves() -> None:
    leave(
        user=person("Cy"),
        heirs=Heirs(things=person("Ruth")),
        by=person("Ruth"),
        reason="Last day",
        now=MONDAY + 14 * HOUR,
    )


def stops(account: str, at: datetime) -> None:
    run = Enrollment.objects.live().get(account__name=account, play__slug="long")
    services.cancel_enrollment(enrollment=run, by=person("Ann"), reason="A slip", now=at)


LIFE: tuple[tuple[str, Callable[[], object]], ...] = (
    ("decide", drain(NOW)),
    ("plan a burst", whole(plans_a_burst)),
    ("done", lambda: services.complete_task(task=owed("Beta"), by=person("Bo"), now=NOW + HOUR)),
    ("reminder", drain(NOW + 6 * HOUR + 30 * MINUTE)),
    ("breach", drain(NOW + DAY + MINUTE)),
    (
        "pause",
        lambda: services.pause(
            subject=owed("Acme").account, by=person("Ann"), reason="Fair", until=NOW + DAY + 3 * HOUR,
            now=NOW + DAY + 2 * HOUR,
        ),
    ),
    ("pause over", drain(NOW + DAY + 3 * HOUR)),
    ("hand on", drain(NOW + 2 * DAY + 3 * HOUR)),
    ("digest", whole(lambda: put_digests(now=NOW + 2 * DAY + 3 * HOUR))),
    ("digest sent", drain(NOW + 2 * DAY + 3 * HOUR)),
    ("absence", whole(lambda: hand_over_absences(now=MONDAY + MINUTE))),
    ("burst", drain(MONDAY + 9 * HOUR + MINUTE)),
    ("a pause behind the clocks", whole(pauses_behind_the_clocks)),
    ("settled", whole(lambda: list(audits.clocks_follow_the_pauses(MONDAY + 12 * HOUR)))),
    ("another version", whole(another_version)),
    (
        "asked to migrate",
        lambda: ask_to_migrate(play=Play.objects.get(slug="long"), by=person("Ruth"), now=NOON),
    ),
    ("migrate", drain(NOON)),
    ("leaves", leaves),
    ("stop", lambda: stops("Acme", MONDAY + 15 * HOUR)),
    ("reconsider", drain(MONDAY + 15 * HOUR)),
    ("the rest", drain(MONDAY + 3 * DAY)),
    ("what waited its turn", drain(MONDAY + 3 * DAY + 5 * MINUTE)),
)  # fmt: skip

POINTS = {
    "after_claim", "before_effect", "after_effect", "before_commit", "after_commit", "act.before_commit",
    "decide.before_commit", "complete_task.before_commit", "task_reminder.before_commit", "task_due.before_commit",
    "task_overdue.before_commit", "pause.before_commit", "resume.before_commit", "digest.before_commit",
    "deliver.before_take", "deliver.before_send", "deliver.after_send", "deliver.before_settle",
    "absence.before_commit", "burst.before_commit", "migrate.before_commit", "leave.before_commit",
    "cancel.before_commit", "decide_again.before_commit", "step_due.before_commit",
}  # fmt: skip


def live(points: set[str]) -> tuple[list[tuple[str, str]], dict[str, list[tuple[Any, ...]]]]:
    """The whole life in a fresh database: where it died, and what it left."""
    database.restore()
    setup()
    return lived(LIFE, points, since=NOW), rows_of(OF_CLOCKS)


def test_clocks_that_are_killed_leave_the_rows_of_clocks_that_are_not(settings: Any) -> None:
    settings.EMAIL_IS_SET_UP = True
    deaths, expected = live(set())
    assert deaths == []
    assert {row[1] for row in expected["notices"]} >= {
        "task_reminder",
        "task_breached",
        "task_handed_on",
        "tasks_passed_on",
    }
    moves = {row[3] for row in expected["moves"]}
    assert moves >= {"enroll", "begin", "pause", "resume", "migrate", "cancel"}
    assert [row for row in expected["bursts"] if row[1] is not None]
    assert expected["absences"][0][1] is not None
    assert expected["attempts"]
    assert [row for row in expected["deliveries"] if row[2] == "sent"]
    assert [row for row in expected["steps"] if row[7] is not None], "nothing rests"

    deaths, found = live(POINTS)
    assert {point for _, point in deaths} == POINTS, "the life never passes some point"
    for name, rows in expected.items():
        assert found[name] == rows, name
