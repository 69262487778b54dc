"""Touches that are meetings: what is told of them when they come, and put right when they change or go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from django.db import transaction

from abmops.lib.choices import Channel
from accounts.domain.meeting import MOVED
from accounts.models import AccountEvent, Touch, User
from accounts.services import events
from accounts.services.meeting import change_of, take_back_meetings

AT_ONCE = 1_000
STILL = timedelta(hours=1)
"""A meeting of which both days lie further back has been, whatever day it is said to have been on."""


def tell_of_meetings(touches: Iterable[Touch], *, now: datetime) -> None:
    """Write `meeting_booked` for the meetings among these new touches, once each, whoever asked for the meeting."""
    told = (_booked(touch, f"meeting:{touch.pk}") for touch in touches if touch.channel == Channel.MEETING)
    events.record(told, now=now)


@transaction.atomic
def settle_meetings(*, touches: Mapping[int, int | None], now: datetime, by: User | None = None) -> None:
    """Put right what is told of these touches (each with the account it was on), which were changed or removed.

    A meeting that is told and is none any more, or is another account's, is taken back; one at another time has moved;
    one of which nothing stands is told. Touches that a task made of another channel are no meetings themselves. Three
    statements a thousand touches, and those that write.
    """
    ids = sorted(touches)
    for start in range(0, len(ids), AT_ONCE):
        _settle({pk: touches[pk] for pk in ids[start : start + AT_ONCE]}, by=by, now=now)


def _settle(touches: Mapping[int, int | None], *, by: User | None, now: datetime) -> None:
    stored = Touch.objects.in_bulk(touches)
    accounts = {row.account_id for row in stored.values()} | set(touches.values())
    told = AccountEvent.objects.filter(
        account__in=accounts - {None}, kind=AccountEvent.Kind.MEETING_BOOKED, payload__touch__in=list(touches)
    ).exclude(payload__has_key="task")
    standing: set[int] = set()
    last: dict[int, int] = {}
    gone: dict[int, str] = {}
    moved: list[tuple[AccountEvent, datetime]] = []
    for event in told.order_by("pk"):
        pk = event.payload["touch"]
        last[pk] = event.pk
        if event.withdrawn_at is not None:
            continue
        touch = stored.get(pk)
        why_not = _why_not(event, touch)
        if touch is None or why_not:
            gone[event.pk] = why_not
            continue
        standing.add(pk)
        if _day(event) != touch.occurred_at and now < max(_day(event), touch.occurred_at) + STILL:
            moved.append((event, touch.occurred_at))
    take_back_meetings(reasons=gone, by=by, now=now)
    _move(moved, by=by, now=now)
    events.record(
        (
            _booked(touch, f"meeting:{pk}" + (f":after:{last[pk]}" if pk in last else ""))
            for pk, touch in sorted(stored.items())
            if touch.channel == Channel.MEETING and pk not in standing
        ),
        now=now,
    )


def _why_not(event: AccountEvent, touch: Touch | None) -> str:
    if touch is None:
        return "It was removed where it came from."
    if touch.account_id != event.account_id:
        return "It was found to be another account's."
    if touch.channel != Channel.MEETING:
        return f"It is logged as {touch.get_channel_display()} now, and not as a meeting."
    return ""


def _day(event: AccountEvent) -> datetime:
    """The day of the touch, as it was told last."""
    return datetime.fromisoformat(event.payload["day"]) if "day" in event.payload else event.at


def _move(moved: Iterable[tuple[AccountEvent, datetime]], *, by: User | None, now: datetime) -> None:
    rows, told = [], []
    for event, day in moved:
        was, event.payload["day"] = _day(event), day.isoformat()
        key = f"{MOVED}:{event.pk}:{now.isoformat()}"
        rows.append(event)
        told.append(
            change_of(event, MOVED, "", key=key, by=by, now=now, on=day.isoformat(), was=was.isoformat())
        )
    AccountEvent.objects.bulk_update(rows, ["payload"])
    events.record(told, now=now)


def _booked(touch: Touch, key: str) -> events.NewEvent:
    return events.NewEvent(
        account_id=touch.account_id,
        kind=AccountEvent.Kind.MEETING_BOOKED,
        at=touch.occurred_at,
        dedup_key=key,
        payload={"touch": touch.pk},
    )
