"""`GET /api/v1/thresholds/{slug}/near/`: accounts that are one condition away from a threshold."""

from __future__ import annotations

from typing import Any, ClassVar

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from abmops.rest.access import EVERYBODY, Access
from abmops.rest.pages import read_limit
from abmops.rest.views import ApiViewSet
from accounts.models import Account
from signals.api.fields import SLUG
from signals.models import Threshold
from signals.selectors import book
from signals.selectors import near as nearness
from signals.selectors.thresholds import type_names


class LackOut(serializers.Serializer[Any]):
    """A fact that would be enough."""

    sentence = serializers.CharField(read_only=True, help_text="What is lacking, in English.")
    have = serializers.FloatField(read_only=True)
    need = serializers.FloatField(read_only=True)


class NearMissOut(serializers.Serializer[Any]):
    """An account one condition away."""

    account = serializers.IntegerField(read_only=True)
    account_name = serializers.CharField(read_only=True)
    account_domain = serializers.CharField(read_only=True, allow_null=True)
    tier = serializers.IntegerField(read_only=True, allow_null=True)
    owner = serializers.EmailField(read_only=True, allow_null=True)
    score = serializers.FloatField(read_only=True)
    share = serializers.FloatField(
        read_only=True, help_text="How much is there of what is nearest, from 0 to 1."
    )
    lacking = LackOut(many=True, read_only=True, help_text="Any one of these would do; the nearest first.")


class NearMissesOut(serializers.Serializer[Any]):
    """The nearest accounts, of all that the threshold is for."""

    looked_at = serializers.IntegerField(
        read_only=True,
        help_text=f"Whose history was looked at: all who may be near, or the {nearness.MOST:,} of highest score.",
    )
    possible = serializers.IntegerField(
        read_only=True, help_text="How many may be near; the stored figures of the others rule them out."
    )
    of = serializers.IntegerField(read_only=True, help_text="How many accounts this covers.")
    count = serializers.IntegerField(
        read_only=True, help_text="How many of those looked at are near, shown here or not."
    )
    results = NearMissOut(many=True, read_only=True)


class ThresholdNearApi(ApiViewSet):
    """Near misses of a threshold."""

    access: ClassVar[Access] = {"read": EVERYBODY}
    serializer_class = NearMissesOut
    pagination_class = None
    lookup_field = "slug"
    lookup_value_regex = SLUG
    parameters: ClassVar[frozenset[str]] = frozenset({"limit"})
    queryset = Threshold.objects.none()

    @extend_schema(
        responses={200: NearMissesOut},
        parameters=[OpenApiParameter("limit", int, description="From 1 to 1,000; 100 unless told.")],
    )
    @action(detail=True, methods=["get"])
    def near(self, request: Request, slug: str) -> Response:
        """Accounts that lack exactly one condition, nearest first. One that is not active has none."""
        limit = read_limit(request.query_params)
        threshold = get_object_or_404(Threshold.objects.visible_to(request.user), slug=slug)
        written = book()
        live = nearness.live_threshold(threshold, written)
        if live is None:
            return Response({"looked_at": 0, "possible": 0, "of": 0, "count": 0, "results": []})
        user: Any = request.user
        found = nearness.near_misses(live, written, user=user, now=self.now(), names=type_names())
        told = {"looked_at": found.looked_at, "possible": found.possible, "of": found.of}
        body = {**told, "count": len(found.rows)}
        shown = found.rows[:limit]
        known = Account.objects.select_related("owner").in_bulk([row.account_id for row in shown])
        rows = [_shown(row, known[row.account_id]) for row in shown if row.account_id in known]
        return Response(NearMissesOut({**body, "results": rows}).data)


def _shown(row: nearness.NearMiss, account: Account) -> dict[str, Any]:
    return {
        "account": account.pk,
        "account_name": account.name,
        "account_domain": account.domain,
        "tier": account.tier,
        "owner": account.owner.email if account.owner else None,
        "score": row.score,
        "share": row.share,
        "lacking": [
            {"sentence": said, "have": lack.have, "need": lack.need}
            for lack, said in zip(row.lacking, row.said, strict=True)
        ],
    }
