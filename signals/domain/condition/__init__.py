"""Conditions of thresholds: parsed from JSON, evaluated on one account's state, read aloud in English."""

from signals.domain.condition.counting import Count, DistinctContacts, DistinctSignals, DistinctTypes
from signals.domain.condition.levels import Dormant, FitLevel, IntentLevel, ScoreLevel, ScoreRise
from signals.domain.condition.node import EVIDENCE_LIMIT, Condition, Progress
from signals.domain.condition.parsing import parse
from signals.domain.condition.threshold import ANSWER_WITHIN, threshold_sentence
from signals.domain.condition.tree import AllOf, AnyOf
from signals.domain.condition.view import View

__all__ = [
    "ANSWER_WITHIN",
    "EVIDENCE_LIMIT",
    "AllOf",
    "AnyOf",
    "Condition",
    "Count",
    "DistinctContacts",
    "DistinctSignals",
    "DistinctTypes",
    "Dormant",
    "FitLevel",
    "IntentLevel",
    "Progress",
    "ScoreLevel",
    "ScoreRise",
    "View",
    "parse",
    "threshold_sentence",
]
