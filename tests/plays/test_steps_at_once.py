"""Many steps that come due at once: as many queries for forty as for ten, and each opened once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from abmops.work.models import WorkItem
from plays import services
from plays.models import StepRun, Task
from plays.services.decision.deciding import decide_crossings
from tests.plays.make import EMAIL, NOW, a_contact, a_crossing, a_play, a_threshold, a_user, an_account

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


def waiting(count: int, slug: str) -> list[int]:
    """So many first steps that wait two days."""
    a_play(slug, steps=[EMAIL], trigger={"crossing": [slug]})
    threshold = a_threshold(slug)
    crossings = []
    for _ in range(count):
        account = an_account(owner=a_user())
        a_contact(account)
        crossings.append(a_crossing(account, threshold).pk)
    decide_crossings(crossing_ids=crossings, now=NOW)
    return list(StepRun.objects.filter(enrollment__play__slug=slug).values_list("pk", flat=True))


def test_opening_steps_takes_as_many_queries_for_forty_as_for_ten() -> None:
    counts = []
    for count in (10, 40):
        runs = waiting(count, f"of-{count}")
        with CaptureQueriesContext(connection) as seen:
            services.open_due_steps(run_ids=runs, now=NOW + 2 * DAY)
        counts.append(len(seen))
        assert Task.objects.filter(step_run__in=runs, state="open").count() == count
    assert counts[0] == counts[1]


def test_asked_twice_each_opens_once_and_has_one_clock() -> None:
    runs = waiting(5, "twice")
    for _ in range(2):
        services.open_due_steps(run_ids=runs, now=NOW + 2 * DAY)
    assert Task.objects.count() == 5
    assert WorkItem.objects.filter(kind="task_due").count() == 5


def test_deciding_takes_as_many_queries_for_forty_crossings_as_for_ten() -> None:
    counts = []
    a_play(steps=[EMAIL])
    threshold = a_threshold()
    for count in (10, 40):
        crossings = [a_crossing(an_account(owner=a_user()), threshold).pk for _ in range(count)]
        with CaptureQueriesContext(connection) as seen:
            decide_crossings(crossing_ids=crossings, now=NOW)
        counts.append(len(seen))
    assert counts[0] == counts[1]
