"""What is decided, by whom, until when. One module a noun; import from here."""

from governance.models.escalation import Escalation, EscalationEvent, EscalationLink
from governance.models.rating import GovernanceRating

__all__ = ["Escalation", "EscalationEvent", "EscalationLink", "GovernanceRating"]
