"""What happened and what it means. One module a noun; import from here."""

from signals.models.catalogue import PageIntent, SignalType, Source, Topic
from signals.models.drift import ThresholdDrift
from signals.models.feedback import Feedback, Retune
from signals.models.hook import HookCall
from signals.models.identity import Identity
from signals.models.ingest import (
    BotPattern,
    IgnoredKey,
    RejectedEvent,
    SettledKey,
    SignalKey,
    UnmatchedSignal,
    UnnamedSignal,
)
from signals.models.removal import RemovalKind, RemovalRun, RemovalShare, RemovedEvidence, SignalRemoval
from signals.models.replay import CountedLate, FitChange, ScoreNight, Surge
from signals.models.resolution import Resolution
from signals.models.score import ScoreDay, WeightInForce
from signals.models.signal import Signal
from signals.models.state import AccountMemory, AccountState
from signals.models.threshold import Crossing, Threshold, ThresholdEdit, ThresholdMove, ThresholdVersion
from signals.models.volume import SignalVolume, SourceAlert
from signals.models.walk import Walk

__all__ = [
    "AccountMemory",
    "AccountState",
    "BotPattern",
    "CountedLate",
    "Crossing",
    "Feedback",
    "FitChange",
    "HookCall",
    "Identity",
    "IgnoredKey",
    "PageIntent",
    "RejectedEvent",
    "RemovalKind",
    "RemovalRun",
    "RemovalShare",
    "RemovedEvidence",
    "Resolution",
    "Retune",
    "ScoreDay",
    "ScoreNight",
    "SettledKey",
    "Signal",
    "SignalKey",
    "SignalRemoval",
    "SignalType",
    "SignalVolume",
    "Source",
    "SourceAlert",
    "Surge",
    "Threshold",
    "ThresholdDrift",
    "ThresholdEdit",
    "ThresholdMove",
    "ThresholdVersion",
    "Topic",
    "UnmatchedSignal",
    "UnnamedSignal",
    "Walk",
    "WeightInForce",
]
