"""What can become of a meeting that was recorded, in words that the `meeting_changed` event carries as its `how`."""

from datetime import timedelta
from typing import Final

NOT_BOOKED: Final = "not_booked"
CALLED_OFF: Final = "called_off"
MOVED: Final = "moved"
TAKEN_BACK: Final = "taken_back"
"""Where it came from it is no meeting any more: its touch or its signal was removed, or is something else."""
ENDS: Final = (NOT_BOOKED, CALLED_OFF)
"""These a person says, with a reason; no meeting lies ahead any more."""
NEVER: Final = (NOT_BOOKED, TAKEN_BACK)
"""After these it counts nowhere."""

WITHDRAWN_WITHIN: Final = timedelta(days=7)
"""How long after it was recorded one can say that a meeting was never booked."""
FARTHEST: Final = timedelta(days=366)
"""No meeting is booked further ahead."""
