"""What else changed of a threshold beside what it says: put on and off, renamed, given to somebody, reasoned anew."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from accounts.models import User
from signals.models import Threshold, ThresholdEdit, ThresholdMove

SHOWN = 50
EXCERPT = 200


@dataclass(frozen=True, slots=True)
class Changed:
    """One change: of which field, from what to what, by whom and why; `words` say it as a person reads it."""

    at: datetime
    by: User | None
    field: str
    before: str
    after: str
    reason: str
    words: str


def history_of(threshold: Threshold) -> list[Changed]:
    """The newest 50 changes, newest first. Two queries."""
    moves = threshold.moves.select_related("by")[:SHOWN]
    edits = threshold.edits.select_related("by")[:SHOWN]
    found = [*map(_moved, moves), *map(_edited, edits)]
    return sorted(found, key=lambda one: one.at, reverse=True)[:SHOWN]


def _moved(row: ThresholdMove) -> Changed:
    words = f"{row.get_before_display()} to {row.get_after_display().lower()}"
    return Changed(row.at, row.by, "status", row.before, row.after, row.reason, words)


def _edited(row: ThresholdEdit) -> Changed:
    return Changed(row.at, row.by, row.field, row.before, row.after, row.reason, _words(row))


def _words(row: ThresholdEdit) -> str:
    match row.field:
        case ThresholdEdit.Field.NAME:
            return f"Renamed from “{row.before}” to “{row.after}”"
        case ThresholdEdit.Field.OWNER:
            return f"Owner changed from {row.before or 'nobody'} to {row.after or 'nobody'}"
        case _:
            cut = row.before if len(row.before) <= EXCERPT else f"{row.before[:EXCERPT].rstrip()}…"
            return (
                f"Why it matters was rewritten; before it said “{cut}”"
                if cut
                else "Why it matters was written"
            )
