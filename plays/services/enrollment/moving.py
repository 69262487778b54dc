"""Moving enrollments along their table of states, many at once, each move kept as an event."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max

from abmops.lib.errors import Conflict
from accounts.models import User
from accounts.services import storing
from plays.domain import enrollment as life
from plays.models import Enrollment, EnrollmentEvent
from plays.services.decision import waiting
from plays.services.outbox import announcing


@dataclass(frozen=True, slots=True)
class Move:
    """One move of one enrollment and its cause in words."""

    enrollment: Enrollment
    name: str
    cause: str = ""
    by: User | None = None


def record_first(enrollments: Iterable[Enrollment], *, now: datetime) -> list[EnrollmentEvent]:
    """The first event of fresh enrollments, not yet saved."""
    return [
        EnrollmentEvent(
            enrollment=enrollment,
            seq=1,
            move="hold_out" if enrollment.state == life.HOLDOUT else "enroll",
            to_state=enrollment.state,
            cause=enrollment.why,
            at=now,
        )
        for enrollment in enrollments
    ]


def move_all(moves: Sequence[Move], *, now: datetime) -> None:
    """Make the moves by compare-and-set, a statement per kind of move; several of one enrollment go in their order.

    Raises IllegalMove where the table has none, Conflict where an enrollment is no longer in the state it was read in.
    The enrollments given are kept equal to their rows.
    """
    if not moves:
        return
    ids = {move.enrollment.pk for move in moves}
    last = dict(
        EnrollmentEvent.objects.filter(enrollment__in=ids)
        .values_list("enrollment")
        .annotate(Max("seq"))
        .order_by()
    )
    events: list[EnrollmentEvent] = []
    for wave in _waves(moves):
        groups: dict[tuple[str, str, str], list[Enrollment]] = defaultdict(list)
        for move in wave:
            enrollment = move.enrollment
            before = enrollment.state
            target = life.after(before, move.name)
            end = move.cause if target in life.FINISHED else ""
            groups[before, target, end].append(enrollment)
            last[enrollment.pk] = last.get(enrollment.pk, 0) + 1
            events.append(
                EnrollmentEvent(
                    enrollment=enrollment,
                    seq=last[enrollment.pk],
                    move=move.name,
                    from_state=before,
                    to_state=target,
                    cause=move.cause[:300],
                    by=move.by,
                    at=now,
                )
            )
        for (before, target, end), enrollments in groups.items():
            _set(enrollments, before=before, target=target, end=end, now=now)
    storing.insert(events, now=now)
    announcing.enrollments_finished({move.enrollment.pk: move.enrollment for move in moves}.values(), now=now)
    ended = {move.enrollment.account_id for move in moves if move.enrollment.state in life.FINISHED}
    waiting.wake(ended, now=now)


def _waves(moves: Sequence[Move]) -> Iterable[list[Move]]:
    """Moves that can be made together: the first of each enrollment, then the second of each, and so on."""
    left = list(moves)
    while left:
        wave: list[Move] = []
        rest: list[Move] = []
        taken: set[int] = set()
        for move in left:
            (rest if move.enrollment.pk in taken else wave).append(move)
            taken.add(move.enrollment.pk)
        yield wave
        left = rest


def _set(enrollments: list[Enrollment], *, before: str, target: str, end: str, now: datetime) -> None:
    finished_at = now if target in life.FINISHED else None
    changes: dict[str, object] = {"state": target, "finished_at": finished_at, "end_reason": end[:300]}
    if target == life.STALLED and before != target:
        changes["stalled_at"] = now
    ids = [enrollment.pk for enrollment in enrollments]
    if Enrollment.objects.filter(pk__in=ids, state=before).update(**changes) != len(ids):
        raise Conflict("This enrollment has changed; look again.")
    for enrollment in enrollments:
        for name, value in changes.items():
            setattr(enrollment, name, value)
