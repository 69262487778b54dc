"""`/api/v1/feedback/`: what people said of signals and crossings; and `feedback/` of either, which says it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Protocol, cast

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from abmops.lib.errors import FieldErrors
from abmops.rest.access import EVERYBODY, Access
from abmops.rest.filters import MomentFilter
from abmops.rest.records import Choice, Field, Text, object_schema, read_fields
from abmops.rest.views import ApiViewSet
from accounts.api.filters import RecordFilters
from accounts.models import User
from signals.domain.precision import Precision
from signals.models import Crossing, Feedback, Signal, SignalType, Source, Threshold
from signals.selectors.feedback import said
from signals.selectors.precision import precisions
from signals.services.feedback import NOTE_LENGTH, SAYERS, say

WORD: tuple[Field, ...] = (
    Choice(
        "verdict",
        "What it was worth; null takes your word back.",
        values=tuple(Feedback.Verdict.values),
        required=True,
        null=True,
    ),
    Text("note", "Why. Left out, the note there is stays.", max_length=NOTE_LENGTH),
)


class FeedbackOut(serializers.ModelSerializer[Feedback]):
    """One person's word on one signal or one crossing."""

    user = serializers.EmailField(source="user.email", read_only=True)
    account = serializers.IntegerField(source="account_id", read_only=True)
    account_domain = serializers.CharField(
        source="account.domain", read_only=True, allow_null=True, default=None
    )
    crossing = serializers.IntegerField(source="crossing_id", read_only=True, allow_null=True)
    signal = serializers.UUIDField(source="signal_id", read_only=True, allow_null=True)
    threshold = serializers.CharField(
        source="crossing.threshold.slug", read_only=True, allow_null=True, default=None
    )
    verdict = serializers.ChoiceField(choices=Feedback.Verdict.choices, read_only=True)

    class Meta:
        model = Feedback
        fields = (
            "id", "user", "account", "account_domain", "crossing", "threshold", "signal", "verdict", "note", "at",
        )  # fmt: skip
        read_only_fields = fields


class FeedbackFilters(RecordFilters):
    """By account, person, verdict, what it is about, and time."""

    user = filters.CharFilter(field_name="user__email", lookup_expr="iexact", help_text="Who said it.")
    verdict = filters.ChoiceFilter(choices=Feedback.Verdict.choices)
    crossing = filters.NumberFilter(field_name="crossing_id", min_value=1, max_value=2**63 - 1)
    signal = filters.UUIDFilter(field_name="signal_id")
    threshold = filters.CharFilter(field_name="crossing__threshold__slug")
    since = MomentFilter(field_name="at", lookup_expr="gte", help_text="At or after this moment.")
    until = MomentFilter(field_name="at", lookup_expr="lt", help_text="Before this moment.")

    class Meta:
        model = Feedback
        fields: tuple[str, ...] = ()


class PrecisionOut(serializers.Serializer[Any]):
    """How precise one of them is; `precision`, `low` and `high` are null where nothing was tagged good or noise."""

    slug = serializers.CharField(read_only=True)
    good = serializers.IntegerField(read_only=True)
    neutral = serializers.IntegerField(read_only=True)
    noise = serializers.IntegerField(read_only=True)
    as_tagged = serializers.FloatField(read_only=True, allow_null=True)
    precision = serializers.FloatField(
        read_only=True, allow_null=True, help_text="Shrunk towards the program's."
    )
    low = serializers.FloatField(read_only=True, allow_null=True)
    high = serializers.FloatField(read_only=True, allow_null=True)


class PrecisionsOut(serializers.Serializer[Any]):
    """The precision of everything that was tagged in the last 365 days."""

    overall = PrecisionOut(read_only=True)
    sources = PrecisionOut(many=True, read_only=True)
    types = PrecisionOut(many=True, read_only=True)
    thresholds = PrecisionOut(many=True, read_only=True)


class FeedbackApi(ListModelMixin, RetrieveModelMixin, ApiViewSet):
    """What people said of signals and crossings. It is said at the signal or crossing itself."""

    access: ClassVar[Access] = {"read": EVERYBODY}
    queryset = Feedback.objects.none()
    serializer_class = FeedbackOut
    filterset_class = FeedbackFilters
    orderings: ClassVar[tuple[str, ...]] = ("at", "id")
    ordering: ClassVar[str] = "-at"

    def get_queryset(self) -> QuerySet[Feedback]:
        """Those of visible accounts."""
        return said(cast("User", self.request.user))

    @extend_schema(responses=PrecisionsOut, filters=False)
    @action(detail=False, methods=["get"], pagination_class=None, filterset_class=None)
    def precision(self, request: Request) -> Response:
        """How precise each source, signal type and threshold is by the feedback of the last 365 days."""
        found = precisions(now=self.now())
        body = {
            "overall": _precision("", found.overall),
            "sources": _named(Source.objects.values_list("pk", "slug"), found.sources),
            "types": _named(SignalType.objects.values_list("pk", "slug"), found.types),
            "thresholds": _named(Threshold.objects.values_list("pk", "slug"), found.thresholds),
        }
        return Response(PrecisionsOut(body).data)


class _Viewed(Protocol):
    def get_object(self) -> Any: ...

    def now(self) -> Any: ...


class SaysFeedback:
    """For the interface of a thing that people say good, neutral or noise of."""

    @extend_schema(
        request={"application/json": object_schema(WORD)},
        responses={200: FeedbackOut, 204: None},
    )
    @action(detail=True, methods=["post"], filterset_class=None)
    def feedback(self: _Viewed, request: Request, pk: str) -> Response:
        """Say what it was worth: your one word on it, said anew or, with null, taken back."""
        clean, errors = read_fields(WORD, request.data, self.now())
        if errors:
            raise FieldErrors(errors)
        thing: Crossing | Signal = self.get_object()
        row = say(
            user=cast("User", request.user),
            verdict=clean["verdict"],
            note=clean.get("note"),
            now=self.now(),
            crossing=thing.pk if isinstance(thing, Crossing) else None,
            signal=thing.pk if isinstance(thing, Signal) else None,
        )
        if row is None:
            return Response(status=status.HTTP_204_NO_CONTENT)
        return Response(FeedbackOut(said(row.user).get(pk=row.pk)).data)


FEEDBACK_ACCESS: Access = {"feedback": frozenset(role.value for role in SAYERS)}


def _named(slugs: Any, found: Mapping[int, Precision]) -> list[dict[str, Any]]:
    rows = [_precision(slug, found[pk]) for pk, slug in slugs if pk in found]
    return sorted(rows, key=lambda row: str(row["slug"]))


def _precision(slug: str, one: Precision) -> dict[str, Any]:
    tally = one.tally
    return {
        "slug": slug,
        "good": tally.good,
        "neutral": tally.neutral,
        "noise": tally.noise,
        "as_tagged": one.plain,
        "precision": one.shrunk,
        "low": one.low,
        "high": one.high,
    }
