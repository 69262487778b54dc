"""What is put up for a decision: one occasion on one account."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from accounts.models import AccountEvent, User
from plays.domain.definition import Occasion
from plays.selectors.evidence import Evidence
from plays.selectors.library import Listed
from signals.models import Crossing


@dataclass(frozen=True, slots=True)
class Case:
    """One occasion on one account, to be decided."""

    account_id: int
    occasion: Occasion
    crossing: Crossing | None = None
    event: AccountEvent | None = None
    evidence: Evidence = field(default_factory=Evidence)
    by: User | None = None
    reason: str = ""
    overridden: frozenset[str] = frozenset()
    only: Listed | None = None
    happened_since: frozenset[str] = frozenset()
    ran_since: frozenset[str] = frozenset()

    @property
    def happened(self) -> datetime | None:
        """When it happened; None for a start by hand."""
        if self.crossing is not None:
            return self.crossing.crossed_at
        return self.event.at if self.event is not None else None


def crossing_case(crossing: Crossing, evidence: Evidence) -> Case:
    """A crossing as an occasion."""
    said = f": {evidence.words}" if evidence.words else ""
    return Case(
        account_id=crossing.account_id,
        occasion=Occasion(
            kind="crossing",
            words=f"{crossing.threshold.name}{said}"[:300],
            threshold=crossing.threshold.slug,
            hand_raise=crossing.hand_raise or evidence.hand_raise,
            urgency=crossing.urgency,
            score=crossing.score,
        ),
        crossing=crossing,
        evidence=evidence,
    )


def event_case(event: AccountEvent) -> Case:
    """An account event as an occasion."""
    payload = event.payload
    tier = payload.get("to") if event.kind == AccountEvent.Kind.CHANGED_TIER else payload.get("tier")
    contact = payload.get("contact")
    return Case(
        account_id=event.account_id,
        occasion=Occasion(
            kind=event.kind,
            words=_words(event),
            tier=tier if isinstance(tier, int) else None,
            stage=str(payload.get("stage") or ""),
            score=payload.get("score"),
            score_was=payload.get("was"),
        ),
        event=event,
        evidence=Evidence(contact_id=contact if isinstance(contact, int) else None),
    )


def _words(event: AccountEvent) -> str:
    payload = event.payload
    match event.kind:
        case "score_risen":
            return f"The score rose from {payload.get('was', 0):.0f} to {payload.get('score', 0):.0f}"
        case "joined_list":
            return f"Joined the target list in tier {payload.get('tier')}"
        case "changed_tier":
            return f"Moved from tier {payload.get('from')} to tier {payload.get('to')}"
        case "opportunity_stage":
            return f"An opportunity reached {payload.get('stage') or 'a new stage'}"[:300]
        case _:
            return event.get_kind_display()
