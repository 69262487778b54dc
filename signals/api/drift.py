"""`/api/v1/thresholds/drift/`: which thresholds fire at another rate than they used to."""

from __future__ import annotations

from typing import Any, Protocol

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from signals.selectors.drift import drifts


class SpanOut(serializers.Serializer[Any]):
    """Crossings and the account-weeks in which they could happen."""

    crossings = serializers.IntegerField(read_only=True)
    exposure = serializers.FloatField(
        read_only=True, help_text="Weeks times accounts of its tiers on the list."
    )
    rate = serializers.FloatField(
        read_only=True, allow_null=True, help_text="Crossings a week per 100 accounts."
    )


class DriftOut(serializers.Serializer[Any]):
    """One active threshold: the last 4 weeks against the 12 before. Figures are null while its version is too new."""

    threshold = serializers.CharField(source="threshold.slug", read_only=True)
    name = serializers.CharField(source="threshold.name", read_only=True)
    version = serializers.IntegerField(source="threshold.current.number", read_only=True)
    begun = serializers.DateTimeField(
        read_only=True, help_text="Since when this version has been in force without a pause."
    )
    recent = SpanOut(source="change.recent", read_only=True, allow_null=True, default=None)
    baseline = SpanOut(source="change.baseline", read_only=True, allow_null=True, default=None)
    ratio = serializers.FloatField(source="change.ratio", read_only=True, allow_null=True, default=None)
    p = serializers.FloatField(
        source="change.p", read_only=True, allow_null=True, default=None, help_text="Exact Poisson test."
    )
    p_of_all = serializers.FloatField(
        read_only=True, allow_null=True, help_text="p by Holm's steps, for all that were tested together."
    )
    has_drifted = serializers.BooleanField(read_only=True)


class DriftsOut(serializers.Serializer[Any]):
    """Every active threshold, and how many of them were tested."""

    tested = serializers.IntegerField(read_only=True)
    results = DriftOut(many=True, read_only=True, source="lines")


class _Viewed(Protocol):
    def now(self) -> Any: ...


class TellsDrift:
    """For the interface of thresholds."""

    @extend_schema(responses=DriftsOut, filters=False)
    @action(detail=False, methods=["get"], pagination_class=None, filterset_class=None)
    def drift(self: _Viewed, request: Request) -> Response:
        """Each active threshold's rate in the last 4 weeks against the 12 before, with an exact Poisson test."""
        return Response(DriftsOut(drifts(now=self.now())).data)
