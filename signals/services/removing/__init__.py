"""Taking signals out again: those of machines and mistakes. What rested on them is made as if they had never come.

What stays: the message keys, so that a repeat is not stored again; the crossings, which say what they lost; the scores
kept of past days; and the removal itself. What a removal cannot undo: what people did because of a crossing.
"""

from signals.services.removing.act import Removed
from signals.services.removing.asking import (
    AT_ONCE,
    KIND,
    MOST_IDS,
    begin_removal,
    carry_on,
    remove_signals,
    start_removal,
)
from signals.services.removing.previewing import Preview, preview
from signals.services.removing.selection import Selection
from signals.services.removing.slices import step

__all__ = [
    "AT_ONCE",
    "KIND",
    "MOST_IDS",
    "Preview",
    "Removed",
    "Selection",
    "begin_removal",
    "carry_on",
    "preview",
    "remove_signals",
    "start_removal",
    "step",
]
