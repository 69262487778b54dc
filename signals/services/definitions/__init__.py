"""Writing definitions down: sources, signal types, topics, thresholds. Each is made or changed by its slug.

Nothing is ever deleted, for signals and crossings refer to it: what is done with is retired.
"""

from signals.services.definitions.editing import Overtaken, edit_threshold, make_threshold, mark_of
from signals.services.definitions.signal_type import put_signal_type
from signals.services.definitions.source import put_source, rotate_key
from signals.services.definitions.threshold import SAID, hand_thresholds, put_threshold
from signals.services.definitions.topic import change_topic, put_topic
from signals.services.definitions.written import Written

__all__ = [
    "SAID",
    "Overtaken",
    "Written",
    "change_topic",
    "edit_threshold",
    "hand_thresholds",
    "make_threshold",
    "mark_of",
    "put_signal_type",
    "put_source",
    "put_threshold",
    "put_topic",
    "rotate_key",
]
