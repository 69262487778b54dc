"""How a pause is said, on every page and in every decision."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

NOUNS: Final = {
    "play": "This play",
    "account": "The account",
    "person": "The person",
    "enrollment": "This play here",
}


@dataclass(frozen=True, slots=True)
class Rest:
    """One pause as it is told: what rests, since and until when, by whom and why."""

    scope: str
    since: datetime
    until: datetime | None
    by: str
    reason: str

    @property
    def sentence(self) -> str:
        """`The account is paused until 3 December 2026 by Ruth Okafor: they are moving offices.`"""
        until = f"until {self.until:%-d %B %Y}" if self.until else "until somebody resumes it"
        by = f" by {self.by}" if self.by else ""
        reason = self.reason.strip().rstrip(".")
        return f"{NOUNS[self.scope]} is paused {until}{by}: {reason}."
