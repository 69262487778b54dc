"""What the scoreboard keeps. One module a noun; import from here."""

from scoreboard.models.band import NumberBand
from scoreboard.models.snapshot import Snapshot

__all__ = ["NumberBand", "Snapshot"]
