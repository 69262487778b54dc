"""What rests now: for decisions, for the clocks, and for the pages that show it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef, Q

from plays.domain.resting import Rest
from plays.models import Enrollment, Pause


@dataclass(frozen=True, slots=True)
class Resting:
    """The active pauses that concern some accounts, by scope and id."""

    accounts: dict[int, Rest] = field(default_factory=dict)
    plays: dict[int, Rest] = field(default_factory=dict)
    enrollments: dict[int, Rest] = field(default_factory=dict)
    people: dict[int, Rest] = field(default_factory=dict)

    def of(self, enrollment: Enrollment) -> Rest | None:
        """Why this enrollment rests."""
        return (
            self.enrollments.get(enrollment.pk)
            or self.accounts.get(enrollment.account_id)
            or self.plays.get(enrollment.play_id)
        )


def rest_of(pause: Pause) -> Rest:
    """A pause as it is told; its `by` is loaded."""
    return Rest(
        scope=pause.scope,
        since=pause.started_at,
        until=pause.until,
        by=str(pause.by) if pause.by else "",
        reason=pause.reason,
    )


def resting(account_ids: Collection[int]) -> Resting:
    """What rests of these accounts, and every play and person that does; one query."""
    found = Resting()
    by_scope = {
        "account": found.accounts,
        "play": found.plays,
        "person": found.people,
        "enrollment": found.enrollments,
    }
    rows = Pause.objects.active().filter(
        Q(account__in=account_ids)
        | Q(enrollment__account__in=account_ids)
        | Q(play__isnull=False)
        | Q(person__isnull=False)
    )
    for pause in rows.select_related("by"):
        by_scope[pause.scope][pause.subject_id] = rest_of(pause)
    return found


def accounts_at_rest(account_ids: Collection[int]) -> dict[int, Rest]:
    """Which of these accounts rest; one query."""
    rows = Pause.objects.active().filter(account__in=account_ids).select_related("by")
    return {pause.subject_id: rest_of(pause) for pause in rows}


def plays_at_rest() -> dict[int, Rest]:
    """Which plays rest; one query."""
    rows = Pause.objects.active().filter(play__isnull=False).select_related("by")
    return {pause.subject_id: rest_of(pause) for pause in rows}


def covering_task() -> Exists:
    """Whether some pause makes the clock of a task stand: of its account, play, enrollment or owner."""
    return Exists(
        Pause.objects.active().filter(
            Q(account=OuterRef("account"))
            | Q(person=OuterRef("owner"))
            | Q(enrollment=OuterRef("enrollment"))
            | Q(play=OuterRef("enrollment__play"))
        )
    )


def covering_run() -> Exists:
    """Whether some pause makes the wait of a step stand: of its account, play or enrollment."""
    return Exists(
        Pause.objects.active().filter(
            Q(account=OuterRef("enrollment__account"))
            | Q(enrollment=OuterRef("enrollment"))
            | Q(play=OuterRef("enrollment__play"))
        )
    )


def person_rests() -> Exists:
    """Whether a user is paused: nothing new goes to them."""
    return Exists(Pause.objects.active().filter(person=OuterRef("pk")))


def of_thing(*, scope: str, pk: int) -> Pause | None:
    """The pause of one thing that is on now."""
    return Pause.objects.active().filter(**{scope: pk}).select_related("by").first()


def of_enrollment(enrollment: Enrollment) -> list[Pause]:
    """What makes an enrollment rest now, the nearest first."""
    rows = Pause.objects.active().filter(
        Q(enrollment=enrollment.pk) | Q(account=enrollment.account_id) | Q(play=enrollment.play_id)
    )
    order = {"enrollment": 0, "account": 1, "play": 2}
    return sorted(rows.select_related("by"), key=lambda pause: order[pause.scope])
