"""The starter library: the four plays of [P3], the answers to the starter thresholds, and those for the occasions that
an installation first has to have: a competitor in place, an event, a lost deal, a customer who could use more.

Texts are written to be said, not to be admired: one thought, one question, the reader's work and not ours. `PLAYS` come
with the starter catalogue; the rest of `ALL` waits in the library until somebody uses it.
"""

from typing import Final

from plays.domain.starter.closed_lost import CLOSED_LOST
from plays.domain.starter.committee import COMMITTEE
from plays.domain.starter.compete import COMPETE
from plays.domain.starter.dormant import DORMANT
from plays.domain.starter.event import EVENT
from plays.domain.starter.expansion import EXPANSION
from plays.domain.starter.hot_intent import HOT_INTENT
from plays.domain.starter.inbound import INBOUND
from plays.domain.starter.late_stage import LATE_STAGE
from plays.domain.starter.play import StarterPlay
from plays.domain.starter.surge import SURGE
from plays.domain.starter.welcome import WELCOME

PLAYS: Final = (WELCOME, COMMITTEE, LATE_STAGE, DORMANT, HOT_INTENT, SURGE, INBOUND)
ALL: Final = (*PLAYS, COMPETE, EVENT, CLOSED_LOST, EXPANSION)

__all__ = ["ALL", "HOT_INTENT", "PLAYS", "StarterPlay"]
