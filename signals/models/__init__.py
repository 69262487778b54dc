"""What happened and what it means. One module a noun; import from here."""

from signals.models.catalogue import SignalType, Source
from signals.models.identity import Identity
from signals.models.ingest import RejectedEvent, SignalKey, UnmatchedSignal, UnnamedSignal
from signals.models.signal import Signal
from signals.models.state import AccountState
from signals.models.threshold import Crossing, Threshold, ThresholdVersion

__all__ = [
    "AccountState",
    "Crossing",
    "Identity",
    "RejectedEvent",
    "Signal",
    "SignalKey",
    "SignalType",
    "Source",
    "Threshold",
    "ThresholdVersion",
    "UnmatchedSignal",
    "UnnamedSignal",
]
