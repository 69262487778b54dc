"""Meetings that are not what was recorded: never booked, taken back, called off, or on another day.

What was recorded stays, with who said what of it and why in a `meeting_changed` event of its own. What follows from
it for plays, bursts and signals is theirs: they read that event.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from abmops.lib import touching
from abmops.lib.choices import Channel
from abmops.lib.errors import Conflict, FieldErrors, Refused
from accounts.domain.meeting import (
    CALLED_OFF,
    ENDS,
    FARTHEST,
    MOVED,
    NOT_BOOKED,
    TAKEN_BACK,
    WITHDRAWN_WITHIN,
)
from accounts.models import AccountEvent, Touch, User
from accounts.services import events

OWN: Final = "task:"
"""What the external ids of touches begin with that our own tasks logged: a task can be done again."""


@transaction.atomic
def withdraw_meeting(
    *, event: AccountEvent, reason: str, by: User, now: datetime, with_touch: bool = False
) -> AccountEvent:
    """Say that a meeting was never booked; the `meeting_changed` that tells of it. The caller has locked the account.

    Nothing counts it from now on. A touch that was logged as this meeting goes, and any other with `with_touch`; what
    it said stays in the event. Refused after a week, Conflict where it is taken back already.
    """
    # The touch before the event, as whoever writes touches locks them.
    touch = Touch.objects.select_for_update().filter(pk=event.payload.get("touch")).first()
    fresh = _locked(event)
    if now - fresh.at > WITHDRAWN_WITHIN:
        raise Refused("This meeting was recorded more than a week ago, and what followed rests on it by now.")
    AccountEvent.objects.filter(pk__in=[row.pk for row in same_meeting(fresh)]).update(withdrawn_at=now)
    said: dict[str, Any] = {}
    key = f"{NOT_BOOKED}:{fresh.pk}"
    if touch is not None and (with_touch or touch.channel == Channel.MEETING):
        said["was"] = {
            "subject": touch.subject,
            "channel": touch.channel,
            "at": touch.occurred_at.isoformat(),
            "external_id": touch.external_id,
        }
        if touch.external_id and not touch.external_id.startswith(OWN):
            key = withdrawn_key(touch.external_id)
        touch.delete()
        touching.recount([fresh.account_id], now=now)
    return _tell(fresh, NOT_BOOKED, reason, key=key, by=by, now=now, **said)


@transaction.atomic
def take_back_meetings(*, reasons: Mapping[int, str], by: User | None, now: datetime) -> list[AccountEvent]:
    """Where these meetings (event -> why) came from they are none any more; the `meeting_changed` of each.

    Nothing counts them from now on. Those that do not stand, and what is no meeting, are left alone.
    """
    found = AccountEvent.objects.standing().filter(pk__in=reasons, kind=AccountEvent.Kind.MEETING_BOOKED)
    rows = list(found.select_for_update().order_by("pk"))
    AccountEvent.objects.filter(pk__in=[row.pk for row in rows]).update(withdrawn_at=now)
    told = (
        change_of(row, TAKEN_BACK, reasons[row.pk], key=f"{TAKEN_BACK}:{row.pk}", by=by, now=now)
        for row in rows
    )
    return events.record(told, now=now)


@transaction.atomic
def call_off_meeting(*, event: AccountEvent, reason: str, by: User, now: datetime) -> AccountEvent:
    """Say that a meeting will not take place. It was booked, and counts as that."""
    fresh = _locked(event)
    _must_have_day(fresh)
    if fresh.payload.get("off"):
        raise Conflict("This meeting has been called off already.")
    fresh.payload["off"] = now.isoformat()
    fresh.save(update_fields=["payload"])
    key = f"{CALLED_OFF}:{fresh.pk}:{now.isoformat()}"
    return _tell(fresh, CALLED_OFF, reason, key=key, by=by, now=now)


@transaction.atomic
def move_meeting(
    *, event: AccountEvent, on: datetime, reason: str = "", by: User, now: datetime
) -> AccountEvent:
    """Say that a meeting is at another time; one that was called off is on again."""
    fresh = _locked(event)
    _must_have_day(fresh)
    if not now < on <= now + FARTHEST:
        raise FieldErrors.one("/on", "Choose a moment that lies ahead, within a year.")
    was = fresh.payload["on"]
    if datetime.fromisoformat(was) == on and not fresh.payload.get("off"):
        raise Conflict("The meeting is at this time already.")
    fresh.payload = {name: value for name, value in fresh.payload.items() if name != "off"}
    fresh.payload["on"] = on.isoformat()
    fresh.save(update_fields=["payload"])
    key = f"{MOVED}:{fresh.pk}:{now.isoformat()}"
    return _tell(fresh, MOVED, reason, key=key, by=by, now=now, was=was)


def same_meeting(event: AccountEvent) -> list[AccountEvent]:
    """The event, and what else was written of its touch: a task on a meeting books by its outcome and by its touch."""
    rows = AccountEvent.objects.standing().filter(
        account=event.account_id, kind=AccountEvent.Kind.MEETING_BOOKED
    )
    touch = event.payload.get("touch")
    return [row for row in rows if row.pk == event.pk or (touch and row.payload.get("touch") == touch)]


def withdrawn_key(external_id: str) -> str:
    """What a withdrawn touch of another system is remembered by."""
    return f"{NOT_BOOKED}:touch:{hashlib.sha256(external_id.encode()).hexdigest()}"


def withdrawn_of(external_ids: Iterable[str]) -> set[str]:
    """Of these ids of touches those that somebody here said were no meetings."""
    keys = {withdrawn_key(one): one for one in external_ids}
    known = AccountEvent.objects.filter(dedup_key__in=keys).values_list("dedup_key", flat=True)
    return {keys[key] for key in known}


def _locked(event: AccountEvent) -> AccountEvent:
    fresh = AccountEvent.objects.select_for_update().get(pk=event.pk)
    if fresh.kind != AccountEvent.Kind.MEETING_BOOKED:
        raise Refused("This is no meeting.")
    if fresh.withdrawn_at is not None:
        raise Conflict("Somebody has said already that this meeting was not booked.")
    return fresh


def _must_have_day(event: AccountEvent) -> None:
    if not event.payload.get("on"):
        raise Refused(
            "This meeting came from another system. Change it there; the next reading brings it here."
        )


def _tell(
    event: AccountEvent, how: str, reason: str, *, key: str, by: User, now: datetime, **said: Any
) -> AccountEvent:
    if how in ENDS and not reason.strip():
        raise FieldErrors.one("/reason", "Say why; it stands in the account's history.")
    (written,) = events.record([change_of(event, how, reason, key=key, by=by, now=now, **said)], now=now)
    return written


def change_of(
    event: AccountEvent, how: str, reason: str, *, key: str, by: User | None, now: datetime, **said: Any
) -> events.NewEvent:
    """The `meeting_changed` that tells what became of a meeting; not written yet."""
    payload = {
        "event": event.pk,
        "how": how,
        "on": event.payload.get("on"),
        "task": event.payload.get("task"),
        "touch": event.payload.get("touch"),
        "reason": reason.strip()[:300],
        "by": by.pk if by else None,
        "name": by.name if by else "",
    }
    return events.NewEvent(
        account_id=event.account_id,
        kind=AccountEvent.Kind.MEETING_CHANGED,
        at=now,
        dedup_key=key,
        payload=payload | said,
    )
