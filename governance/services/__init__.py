"""What happens in governance. `open_escalation` is the hook for whatever finds that a decision cannot
wait.
"""

from governance.services.escalation import (
    Subject,
    comment,
    open_escalation,
    resolve_escalation,
    withdraw_escalation,
)
from governance.services.rating import rate_component

__all__ = [
    "Subject",
    "comment",
    "open_escalation",
    "rate_component",
    "resolve_escalation",
    "withdraw_escalation",
]
