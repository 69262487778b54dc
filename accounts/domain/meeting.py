"""What can become of a meeting that was recorded, in words that the `meeting_changed` event carries as its `how`."""

from datetime import timedelta
from typing import Final

NOT_BOOKED: Final = "not_booked"
CALLED_OFF: Final = "called_off"
MOVED: Final = "moved"
ENDS: Final = (NOT_BOOKED, CALLED_OFF)
"""After these no meeting lies ahead any more."""

WITHDRAWN_WITHIN: Final = timedelta(days=7)
"""How long after it was recorded one can say that a meeting was never booked."""
FARTHEST: Final = timedelta(days=366)
"""No meeting is booked further ahead."""
