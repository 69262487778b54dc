"""Escalations that somebody decides: a seat among the deciders is never left with somebody who has gone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from abmops.lib import owning
from abmops.lib.owning import Kind, Thing, by_heir
from governance.models import Escalation

_Seat = Escalation.deciders.through


def register() -> None:
    """Called from the app's `ready()`."""
    owning.register_kind(Kind("escalations", "open escalations", _things, _hand, _back))


def _things(user_id: int, now: datetime) -> Sequence[Thing]:
    del now
    rows = Escalation.objects.still_open().filter(deciders=user_id)
    return [Thing(one.pk, one.title[:120], one.get_absolute_url()) for one in rows]


def _hand(user_id: int, given: Mapping[int, int], by_id: int) -> Mapping[int, int]:
    """The seat goes to the heir; where the heir decides it already, the seat is gone: 0."""
    del by_id
    beside = {
        row for row, user in _Seat.objects.filter(escalation__in=given).values_list("escalation", "user")
        if user == given[row]
    }  # fmt: skip
    seats = _Seat.objects.filter(user=user_id)
    seats.filter(escalation__in=beside).delete()
    for heir, ids in by_heir({row: heir for row, heir in given.items() if row not in beside}).items():
        seats.filter(escalation__in=ids).update(user_id=heir)
    return {row: 0 if row in beside else heir for row, heir in given.items()}


def _back(user_id: int, given: Mapping[int, int], by_id: int) -> None:
    """The seat goes back where the escalation is still open and the heir still decides it."""
    del by_id
    still = set(Escalation.objects.still_open().filter(pk__in=given).values_list("pk", flat=True))
    theirs = set(
        _Seat.objects.filter(escalation__in=still, user=user_id).values_list("escalation", flat=True)
    )
    for heir, rows in by_heir({row: heir for row, heir in given.items() if row in still - theirs}).items():
        if heir:
            _Seat.objects.filter(escalation__in=rows, user=heir).update(user_id=user_id)
        else:
            _Seat.objects.bulk_create(_Seat(escalation_id=row, user_id=user_id) for row in rows)
