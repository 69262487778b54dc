"""Which signals are meant: chosen one by one, or all that fit an account, a source, a type, a person or a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from abmops.lib.errors import FieldErrors
from abmops.lib.ids import first_uuid7
from signals.models import Signal

# Ids know the millisecond of their receipt.
TICK = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Selection:
    """Signals by what they have in common, `since` and `until` by when they were received (half-open).

    `ids` are signals chosen one by one, `moments` those of receipt, of a file that was taken in piece by piece;
    together with the rest they narrow.
    """

    account: int | None = None
    source: int | None = None
    type: int | None = None
    contact: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    ids: tuple[UUID, ...] = ()
    moments: tuple[datetime, ...] = ()
    file: int | None = None

    def check(self) -> None:
        """Refuse what would mean every signal there is."""
        if not (self.account or self.source or self.type or self.contact or self.ids or self.moments):
            raise FieldErrors.one(
                "/account", "Say whose signals: choose an account, a source, a type or a person."
            )
        if self.since and self.until and self.since >= self.until:
            raise FieldErrors.one("/until", "Must be after the beginning.")

    def signals(self, *, asked_at: datetime, after: UUID | None = None) -> QuerySet[Signal]:
        """The signals meant, in the order of their ids: those named, of a file, or those received before it was asked.

        Ids carry the moment of receipt, so that only the partitions of the time are read.
        """
        until = self.until if self.ids or self.moments else min(self.until or asked_at, asked_at)
        rows = Signal.objects.order_by("id")
        if until is not None:
            rows = rows.filter(id__lt=first_uuid7(until))
        if self.since is not None:
            rows = rows.filter(id__gte=first_uuid7(self.since))
        if after is not None:
            rows = rows.filter(id__gt=after)
        wanted = {
            "account_id": self.account,
            "source_id": self.source,
            "type_id": self.type,
            "contact_id": self.contact,
        }
        rows = rows.filter(**{name: value for name, value in wanted.items() if value is not None})
        if self.ids:
            rows = rows.filter(id__in=self.ids, id__gte=min(self.ids), id__lte=max(self.ids))
        if self.moments:
            first, last = min(self.moments), max(self.moments) + TICK
            rows = rows.filter(id__gte=first_uuid7(first), id__lt=first_uuid7(last))
            rows = rows.filter(received_at__in=self.moments)
        return rows

    def to_json(self) -> dict[str, Any]:
        """For the run's row: what a person chose. Ids are told by their number; they go with the work."""
        said = {
            "account": self.account,
            "source": self.source,
            "type": self.type,
            "contact": self.contact,
            "since": self.since.isoformat() if self.since else None,
            "until": self.until.isoformat() if self.until else None,
            "ids": len(self.ids) or None,
            "file": self.file,
            "moments": [moment.isoformat() for moment in self.moments] or None,
        }
        return {name: value for name, value in said.items() if value is not None}

    @classmethod
    def of_json(cls, said: Mapping[str, Any]) -> Selection:
        """What `to_json` wrote, for a selection without ids."""
        return cls(
            account=said.get("account"),
            source=said.get("source"),
            type=said.get("type"),
            contact=said.get("contact"),
            since=datetime.fromisoformat(said["since"]) if "since" in said else None,
            until=datetime.fromisoformat(said["until"]) if "until" in said else None,
            file=said.get("file"),
            moments=tuple(datetime.fromisoformat(moment) for moment in said.get("moments", ())),
        )
