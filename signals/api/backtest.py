"""`POST /api/v1/thresholds/{slug}/backtest/`: what a threshold, or a draft of it, would have done."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Protocol

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from abmops.lib.errors import FieldErrors, Refused
from abmops.rest.records import Field, ListOf, Moment, Whole, object_schema, read_fields
from signals.api.fields import Raw
from signals.domain import condition
from signals.models import SignalType, Threshold
from signals.services import backtest_runs as runs
from signals.services.backtest import Rule

DAYS = timedelta(days=365)
MOST_SIGNALS = 1_500_000
"""More would take longer than a call may; the page has the time."""

ASKED: tuple[Field, ...] = (
    Raw(
        "condition",
        "What to try; what is in force, where it is left out.",
        like={"type": "object", "additionalProperties": True},
    ),
    ListOf("tiers", "Empty: every account.", of=Whole("tier", least=1, most=3), most=3),
    Whole("rearm_days", "The least days between two crossings.", most=730),
    Moment("since", "Where the window begins; twelve months before its end, where it is left out."),
    Moment("until", "Where it ends, and is not part of it; now, where it is left out."),
)


class ShareOut(serializers.Serializer[Any]):
    """So many of so many; null where there is none to judge."""

    hits = serializers.IntegerField(read_only=True)
    of = serializers.IntegerField(read_only=True)
    value = serializers.FloatField(read_only=True, allow_null=True)
    low = serializers.FloatField(
        source="interval.low", read_only=True, allow_null=True, default=None, help_text="Wilson, 95 %."
    )
    high = serializers.FloatField(source="interval.high", read_only=True, allow_null=True, default=None)


class CrossedOut(serializers.Serializer[Any]):
    """A crossing that would have been."""

    account = serializers.IntegerField(source="account_id", read_only=True)
    at = serializers.DateTimeField(read_only=True)
    tier = serializers.IntegerField(read_only=True, allow_null=True, help_text="At that moment.")
    opened_at = serializers.DateTimeField(
        read_only=True, allow_null=True, help_text="The first opportunity within 60 days."
    )
    is_judged = serializers.BooleanField(read_only=True, help_text="Its 60 days have passed.")


class OpeningOut(serializers.Serializer[Any]):
    """An opportunity that opened in the window; `crossed_at` null: nothing announced it."""

    opportunity = serializers.IntegerField(source="opportunity_id", read_only=True)
    account = serializers.IntegerField(source="account_id", read_only=True)
    opened_at = serializers.DateTimeField(read_only=True)
    crossed_at = serializers.DateTimeField(read_only=True, allow_null=True)


class WeekOut(serializers.Serializer[Any]):
    """Crossings of a week that begins on this Monday (UTC)."""

    monday = serializers.DateField(read_only=True)
    crossings = serializers.IntegerField(read_only=True)


class SideOut(serializers.Serializer[Any]):
    """One rule over the window."""

    accounts_applied = serializers.IntegerField(source="applied", read_only=True)
    crossings = CrossedOut(many=True, read_only=True)
    accounts = serializers.SerializerMethodField(help_text="How many accounts crossed.")
    precision = ShareOut(read_only=True, help_text="Of accounts whose 60 days have passed: opened one.")
    precision_of_crossings = ShareOut(read_only=True)
    waiting = serializers.IntegerField(read_only=True, help_text="Crossings whose 60 days have not passed.")
    base_rate = serializers.FloatField(
        read_only=True, allow_null=True, help_text="Chance of an opening within 60 days of any moment at all."
    )
    lift = serializers.FloatField(read_only=True, allow_null=True)
    recall = ShareOut(read_only=True, help_text="Of the opportunities that opened: announced.")
    lead_days = serializers.FloatField(read_only=True, allow_null=True)
    openings = OpeningOut(many=True, read_only=True)
    crossings_a_week = serializers.FloatField(source="load.median", read_only=True, help_text="Median.")
    crossings_in_worst_week = serializers.IntegerField(source="load.worst", read_only=True)
    weeks = serializers.SerializerMethodField()

    def get_accounts(self, side: Any) -> int:
        """How many crossed."""
        return len(side.accounts)

    @extend_schema_field(WeekOut(many=True))
    def get_weeks(self, side: Any) -> list[dict[str, Any]]:
        """Week by week."""
        return [{"monday": monday.date(), "crossings": count} for monday, count in side.load.weeks]


class DifferenceOut(serializers.Serializer[Any]):
    """Accounts by id: who crosses either way, only in what was tried, only in what is in force."""

    kept = serializers.ListField(child=serializers.IntegerField(), read_only=True)
    gained = serializers.ListField(child=serializers.IntegerField(), read_only=True)
    lost = serializers.ListField(child=serializers.IntegerField(), read_only=True)


class BacktestOut(serializers.Serializer[Any]):
    """What was tried against the version in force, over the same window."""

    since = serializers.DateTimeField(source="draft.since", read_only=True)
    until = serializers.DateTimeField(source="draft.until", read_only=True)
    sentence = serializers.SerializerMethodField()
    tried = SideOut(source="draft", read_only=True)
    version = serializers.IntegerField(read_only=True, allow_null=True)
    in_force = SideOut(source="live", read_only=True, allow_null=True)
    difference = DifferenceOut(read_only=True, allow_null=True)

    def get_sentence(self, tried: runs.Tried) -> str:
        """What was tried, in English."""
        return tried.draft.rule.sentence(self.context["type_names"]) if tried.draft else ""


class _Viewed(Protocol):
    def now(self) -> datetime: ...
    def get_object(self) -> Any: ...
    def get_serializer_context(self) -> dict[str, Any]: ...


class Backtests:
    """For the interface of thresholds."""

    @extend_schema(request={"application/json": object_schema(ASKED)}, responses={200: BacktestOut})
    @action(detail=True, methods=["post"], filterset_class=None)
    def backtest(self: _Viewed, request: Request, slug: str) -> Response:
        """What it would have done over the past, or what a draft of it would; reads only."""
        now, threshold = self.now(), self.get_object()
        said, errors = read_fields(ASKED, request.data or {}, now)
        if errors:
            raise FieldErrors(errors)
        rule = _rule(said, threshold)
        until = said.get("until") or now
        since = said.get("since") or until - DAYS
        if runs.size(threshold=threshold, rule=rule, since=since, until=until) > MOST_SIGNALS:
            raise Refused(
                f"More than {MOST_SIGNALS:,} signals would have to be read, which takes too long for a call. "
                "Ask for a shorter window, or use the page of the threshold."
            )
        tried = runs.try_now(threshold=threshold, rule=rule, since=since, until=until, now=now)
        return Response(BacktestOut(tried, context=self.get_serializer_context()).data)


def _rule(said: dict[str, Any], threshold: Threshold) -> Rule:
    """What is asked for, and of the rest what is in force."""
    version = threshold.current
    document = said.get("condition") or (version.condition if version else None)
    if document is None:
        raise FieldErrors.one("/condition", "Nothing is in force yet; send a condition to try.")
    types = SignalType.objects.values_list("slug", flat=True)
    tiers, days = said.get("tiers"), said.get("rearm_days")
    if tiers is None:
        tiers = version.tiers if version else []
    if days is None:
        days = version.rearm_days if version else 14
    return Rule(condition.parse(document, types=types), tuple(sorted(set(tiers))), days)
