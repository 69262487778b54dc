"""What a CRM tells of an account, as a named event that the catalogue's rules can match.

`Stage: Proposal` for a deal that entered a stage, `Opportunity Won` and `Opportunity Lost` for its end, `Meeting
Booked` for a meeting. Rules see the same words as properties: {"event": "Stage: *", "property": {"stage": "Proposal"}}.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

# What lies further back when we learn of it is history: it would fire nothing, and next to nothing of it is left.
NEWS = timedelta(days=90)
STAGE, REMOVED = "opportunity_stage", "opportunity_removed"
MEETING, MEETING_CHANGED = "meeting_booked", "meeting_changed"
MEETING_TYPE = "meeting-booked"
"""The signal type that is a booked meeting: whatever source tells of it, it ends cold plays like one of the CRM."""
FACT = "fact:"
"""How the message ids of signals begin that account events have become."""
KINDS = frozenset({STAGE, MEETING})
_ENDS = {"won": "Opportunity Won", "lost": "Opportunity Lost"}


def event_of(kind: str, payload: Mapping[str, Any]) -> dict[str, Any] | None:
    """The event of an account event, as Segment would say it; None for one that a CRM does not tell."""
    if kind == MEETING:
        return {"type": "track", "event": "Meeting Booked", "properties": dict(payload)}
    if kind != STAGE:
        return None
    stage, outcome = str(payload.get("stage") or "").strip(), payload.get("outcome")
    name = _ENDS.get(str(outcome)) or (f"Stage: {stage}" if stage else "")
    return {"type": "track", "event": name, "properties": dict(payload)} if name else None
