"""The REST interface of the signals app."""

from __future__ import annotations

from rest_framework.routers import BaseRouter

from signals.api.feedback import FeedbackApi
from signals.api.near import ThresholdNearApi
from signals.api.reading import CrossingApi, RejectedEventApi, UnmatchedApi
from signals.api.retune import RetuneApi
from signals.api.score import AccountScoreApi
from signals.api.signal import SignalApi
from signals.api.signal_type import SignalTypeApi
from signals.api.source import SourceApi
from signals.api.threshold import ThresholdApi
from signals.api.tiering import TierProposalApi
from signals.api.topic import TopicApi


def register(router: BaseRouter) -> None:
    """Add our resources to the API's router."""
    router.register("sources", SourceApi, basename="source")
    router.register("signal-types", SignalTypeApi, basename="signal-type")
    router.register("thresholds", ThresholdApi, basename="threshold")
    router.register("thresholds", ThresholdNearApi, basename="threshold-near")
    router.register("topics", TopicApi, basename="topic")
    router.register("signals", SignalApi, basename="signal")
    router.register("retunes", RetuneApi, basename="retune")
    router.register("feedback", FeedbackApi, basename="feedback")
    router.register("crossings", CrossingApi, basename="crossing")
    router.register("rejected-events", RejectedEventApi, basename="rejected-event")
    router.register("unmatched-signals", UnmatchedApi, basename="unmatched-signal")
    router.register("tier-proposals", TierProposalApi, basename="tier-proposal")
    router.register("accounts", AccountScoreApi, basename="account-score")
