"""What rests now: for decisions, for the clocks, and for the pages that show it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils import timezone

from abmops.lib.choices import Role
from accounts.models import Account, User
from plays.domain import enrollment as life
from plays.domain.resting import Rest
from plays.models import Enrollment, Pause
from plays.models.pause import SCOPES

SCOPE_NAMES = {
    "play": "Play",
    "account": "Account",
    "person": "Person",
    "enrollment": "One play on one account",
}


@dataclass(frozen=True, slots=True)
class Resting:
    """The active pauses that concern some accounts, by scope and id."""

    accounts: dict[int, Rest] = field(default_factory=dict)
    plays: dict[int, Rest] = field(default_factory=dict)
    enrollments: dict[int, Rest] = field(default_factory=dict)
    people: dict[int, Rest] = field(default_factory=dict)

    def of(self, enrollment: Enrollment) -> Rest | None:
        """The pause that holds this enrollment: its own, else its account's, else its play's; None for none."""
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
        until=pause.until.astimezone(timezone.get_current_timezone()) if pause.until else None,
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
    for subject, rest in _rests(_ANY, account_ids):
        by_scope[rest.scope][subject] = rest
    return found


def accounts_at_rest(account_ids: Collection[int]) -> dict[int, Rest]:
    """Which of these accounts rest; one query."""
    return dict(_rests("p.account_id = ANY(%(ids)s::bigint[])", account_ids)) if account_ids else {}


def plays_at_rest() -> dict[int, Rest]:
    """Each paused play with why and until when. One query."""
    return dict(_rests("p.play_id IS NOT NULL", ()))


def _rests(which: str, account_ids: Collection[int]) -> Iterator[tuple[int, Rest]]:
    """Active pauses of which this is true, each with what it is of; in SQL, since every decision asks."""
    zone = timezone.get_current_timezone()
    with connection.cursor() as cursor:
        cursor.execute(f"{_RESTS} AND ({which})", {"ids": list(account_ids)})
        for *subjects, since, until, by, reason in cursor.fetchall():
            scope, subject = next(
                (scope, pk) for scope, pk in zip(SCOPES, subjects, strict=True) if pk is not None
            )
            yield subject, Rest(scope, since, until.astimezone(zone) if until else None, by, reason)


_RESTS = f"""
SELECT {", ".join(f"p.{scope}_id" for scope in SCOPES)}, p.started_at, p.until,
    coalesce(nullif(u.name, ''), u.email, ''), p.reason
FROM plays_pause p LEFT JOIN accounts_user u ON u.id = p.by_id WHERE p.ended_at IS NULL
"""  # noqa: S608  (our own constants)
_ANY = """
p.play_id IS NOT NULL OR p.person_id IS NOT NULL OR p.account_id = ANY(%(ids)s::bigint[])
OR p.enrollment_id IN (SELECT e.id FROM plays_enrollment e WHERE e.account_id = ANY(%(ids)s::bigint[]))
"""


def people_at_rest() -> frozenset[int]:
    """The people who are paused: nothing new goes to them. One query."""
    rows = Pause.objects.active().filter(person__isnull=False)
    return frozenset(pause.subject_id for pause in rows)


def may_resume(user: User, shown: Collection[Pause]) -> set[int]:
    """Which of these pauses the reader may end; two queries however many there are."""
    if user.has_role(Role.REVOPS):
        return {pause.pk for pause in shown}
    accounts = {pause.account_id for pause in shown if pause.account_id}
    enrollments = {pause.enrollment_id for pause in shown if pause.enrollment_id}
    mine = set(Account.objects.editable_by(user).filter(pk__in=accounts).values_list("pk", flat=True))
    runs = set(Enrollment.objects.editable_by(user).filter(pk__in=enrollments).values_list("pk", flat=True))
    return {
        pause.pk
        for pause in shown
        if pause.account_id in mine or pause.enrollment_id in runs or pause.person_id == user.pk
    }


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


def covering_enrollment() -> Exists:
    """Whether some pause makes an enrollment rest: of its account, its play or itself."""
    return Exists(
        Pause.objects.active().filter(
            Q(account=OuterRef("account")) | Q(enrollment=OuterRef("pk")) | Q(play=OuterRef("play"))
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


@dataclass(frozen=True, slots=True)
class Control:
    """What a page needs to show that a thing rests, or to let somebody pause it."""

    scope: str
    subject: int
    pause: Pause | None
    may: bool

    @property
    def sentence(self) -> str:
        """Why and until when it rests."""
        return rest_of(self.pause).sentence if self.pause else ""


def control(user: User, *, scope: str, pk: int) -> Control:
    """The pause of one thing that is on now, and whether the reader may pause and resume it; at most two queries."""
    found = Pause.objects.active().filter(**{scope: pk}).select_related("by").first()
    return Control(scope=scope, subject=pk, pause=found, may=may_pause(user, scope, pk))


def may_pause(user: User, scope: str, pk: int) -> bool:
    """RevOps pause everything; others the accounts that they may edit, what runs there, and themselves."""
    if user.has_role(Role.REVOPS):
        return True
    match scope:
        case "account":
            return Account.objects.editable_by(user).filter(pk=pk).exists()
        case "enrollment":
            return Enrollment.objects.editable_by(user).filter(pk=pk).exists()
        case "person":
            return pk == user.pk
        case _:
            return False


def with_pauses(rows: QuerySet[Enrollment]) -> QuerySet[Enrollment]:
    """The enrollments with what makes them rest now, for `pauses_on`; three queries however many there are."""
    active = Pause.objects.active().select_related("by")
    return rows.prefetch_related(
        *(Prefetch(f"{of}pauses", active, to_attr="active_pauses") for of in ("", "account__", "play__"))
    )


def pauses_on(enrollment: Enrollment) -> list[Pause]:
    """What makes an enrollment of `with_pauses` rest now, the nearest first; what has ended rests no more."""
    if enrollment.state not in life.LIVE:
        return []
    near: Any = (enrollment, enrollment.account, enrollment.play)
    return [pause for one in near for pause in one.active_pauses]


def of_enrollment(enrollment: Enrollment) -> list[Pause]:
    """What makes an enrollment rest now, the nearest first."""
    rows = Pause.objects.active().filter(
        Q(enrollment=enrollment.pk) | Q(account=enrollment.account_id) | Q(play=enrollment.play_id)
    )
    order = {"enrollment": 0, "account": 1, "play": 2}
    return sorted(rows.select_related("by"), key=lambda pause: order[pause.scope])
