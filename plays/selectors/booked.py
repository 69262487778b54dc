"""One booked meeting with what its page shows: what it ended, what was said of it since, and what may be said now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.utils.dateparse import parse_datetime

from abmops.lib.choices import Role
from accounts.domain.meeting import WITHDRAWN_WITHIN
from accounts.models import Account, AccountEvent, User
from plays.models import Enrollment, Task


@dataclass(frozen=True, slots=True)
class Booked:
    """A meeting. `on`: its day, where we know it; `changes`: what was said of it, the newest first."""

    event: AccountEvent
    on: datetime | None
    off_at: datetime | None
    task: Task | None
    ended: tuple[Enrollment, ...]
    started: tuple[Enrollment, ...]
    changes: tuple[AccountEvent, ...]
    may_act: bool
    is_recent: bool

    @property
    def stands(self) -> bool:
        """Nobody has said that it was not booked."""
        return self.event.withdrawn_at is None

    @property
    def may_withdraw(self) -> bool:
        """Whether the reader can say now that it was not booked."""
        return self.may_act and self.stands and self.is_recent

    @property
    def may_move(self) -> bool:
        """Whether the reader can give it another day: it is ours, not another system's."""
        return self.may_act and self.stands and self.on is not None


def booked(
    event: AccountEvent, *, reader: User, task: Task | None, ended: list[Enrollment], now: datetime
) -> Booked:
    """All that a meeting's page shows: its changes, the plays it ended and began, and what the reader may do."""
    changes = [
        row
        for row in AccountEvent.objects.filter(
            account=event.account_id, kind=AccountEvent.Kind.MEETING_CHANGED
        ).order_by("-at", "-pk")
        if row.payload.get("event") == event.pk
    ]
    return Booked(
        event=event,
        on=parse_datetime(str(event.payload.get("on") or "")),
        off_at=parse_datetime(str(event.payload.get("off") or "")),
        task=task,
        ended=tuple(ended),
        started=tuple(event.enrollments.select_related("play").order_by("pk")),
        changes=tuple(changes),
        may_act=may_say(reader, event.account_id, task),
        is_recent=now - event.at <= WITHDRAWN_WITHIN,
    )


def may_say(reader: User, account_id: int, task: Task | None) -> bool:
    """Whoever may work the account, or the task that booked it."""
    if not reader.has_role(Role.REP, Role.MARKETER, Role.REVOPS, Role.INTEGRATION):
        return False
    if Account.objects.editable_by(reader).filter(pk=account_id).exists():
        return True
    return task is not None and Task.objects.editable_by(reader).filter(pk=task.pk).exists()
