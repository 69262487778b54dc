"""What the house has written down is kept in the process, and as fresh as if each decision read it anew."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Absence, Holiday, ListPolicy, User
from plays.models import Endpoint, GuardrailNumbers, Pause, Play, RoutingRule
from plays.selectors.house import House, in_force
from tests.plays.make import CALL, NOW, a_play, a_user

pytestmark = pytest.mark.django_db
TODAY = NOW.date()


def house() -> House:
    return in_force(now=NOW)


def test_what_has_not_changed_is_asked_for_in_one_query() -> None:
    a_play("calls", steps=[CALL])
    first = house()
    with CaptureQueriesContext(connection) as asked:
        again = house()
    assert len(asked) == 1
    assert again.written is first.written


def renamed(play: Play, person: User) -> None:
    Play.objects.filter(pk=play.pk).update(name="Another name")


def paused(play: Play, person: User) -> None:
    Pause.objects.create(play=play, reason="moving", started_at=NOW, by=person)


def person_paused(play: Play, person: User) -> None:
    Pause.objects.create(person=person, reason="ill", started_at=NOW)


def numbers(play: Play, person: User) -> None:
    GuardrailNumbers.objects.create(
        awareness_days=3, awareness_days_familiar=1, qualifying_signals=2, qualifying_days=30, touches_per_week=4,
        touches_per_contact=2, day_opens=8, day_closes=18, reason="to see", at=NOW,
    )  # fmt: skip


def quarantine(play: Play, person: User) -> None:
    ListPolicy.objects.update_or_create(pk=1, defaults={"quarantine_days": 17})


def left(play: Play, person: User) -> None:
    User.objects.filter(pk=person.pk).update(is_active=False)


def away(play: Play, person: User) -> None:
    Absence.objects.create(user=person, starts_on=TODAY, ends_on=TODAY)


def holiday(play: Play, person: User) -> None:
    Holiday.objects.create(day=TODAY + timedelta(days=30), name="A feast")


def routed(play: Play, person: User) -> None:
    RoutingRule.objects.create(
        position=900, name="One line", target="person", person=person, reason="to see", changed_at=NOW
    )


def retired(play: Play, person: User) -> None:
    Play.objects.filter(pk=play.pk).update(status=Play.Status.RETIRED)


CHANGES = [
    renamed, paused, person_paused, numbers, quarantine, left, away, holiday, routed, retired,
]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_seen_at_once_and_gone_with_its_rollback(change: Callable[[Play, User], None]) -> None:
    play, person = a_play("calls", steps=[CALL]), a_user()
    before = house().written
    point = transaction.savepoint()
    change(play, person)
    changed = house().written
    assert changed != before
    transaction.savepoint_rollback(point)
    assert house().written == before
    change(play, person)
    assert house().written.plays == changed.plays


def test_two_plays_that_change_places_are_seen() -> None:
    one, two = a_play("one", steps=[CALL]), a_play("two", steps=[CALL])
    seen = []
    for resting, active in ((one, two), (two, one)):
        Play.objects.filter(pk=resting.pk).update(status=Play.Status.PAUSED)
        Play.objects.filter(pk=active.pk).update(status=Play.Status.ACTIVE)
        seen.append({listed.play_id for listed in house().written.plays if listed.candidate.is_active})
    assert seen == [{two.pk}, {one.pk}]


def test_an_emptied_table_is_empty() -> None:
    Holiday.objects.create(day=TODAY, name="A feast")
    assert TODAY in house().written.holidays[None]
    Holiday.objects.all().delete()
    assert house().written.holidays == {}


def test_the_installations_numbers_hold_until_somebody_writes_some(settings: object) -> None:
    usual = house().written.policy.touches_per_week
    settings.GUARDRAILS = {"touches_per_week": usual + 1}  # type: ignore[attr-defined]
    assert house().written.policy.touches_per_week == usual + 1


def test_a_rest_is_told_in_the_readers_zone() -> None:
    play = a_play("calls", steps=[CALL])
    midnight = NOW.replace(hour=23, minute=30)
    Pause.objects.create(play=play, reason="moving", started_at=NOW, until=midnight)
    said = []
    for zone in ("UTC", "Europe/Berlin"):
        with timezone.override(zone):
            (listed,) = house().written.plays
            said.append(listed.candidate.paused)
    assert "18 November" in said[0]
    assert "19 November" in said[1]


def test_who_listens_is_as_it_is_now() -> None:
    assert not house().heard
    endpoint = Endpoint.objects.create(
        slug="hook", name="Hook", surface=Endpoint.Surface.WEBHOOK, types=["task.due", "crossing.created"],
        created_at=NOW, updated_at=NOW,
    )  # fmt: skip
    assert house().heard == {"task.due", "crossing.created"}
    Endpoint.objects.filter(pk=endpoint.pk).update(disabled_at=NOW, disabled_reason="no more")
    assert not house().heard
