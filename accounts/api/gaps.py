"""`/api/v1/gaps/`: what is missing or stale, for whoever fills it."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from abmops.lib.errors import FieldErrors
from abmops.rest.access import Access
from abmops.rest.pages import read_limit
from abmops.rest.problems import Malformed
from abmops.rest.views import ApiViewSet
from accounts.api.access import READ_ONLY
from accounts.domain.gaps import BY_KEY
from accounts.models import Account
from accounts.selectors import gaps as holes


class HoleOut(serializers.Serializer[Any]):
    """One gap, what it costs, and who was asked to fill it."""

    gap = serializers.ChoiceField(source="gap.key", choices=sorted(BY_KEY))
    title = serializers.CharField(source="gap.title")
    cost = serializers.CharField()
    fills = serializers.CharField(
        source="gap.field", help_text="The field of an account that fills it; may be empty."
    )
    asked = serializers.EmailField(source="assignment.to.email", allow_null=True, default=None)
    asked_at = serializers.DateTimeField(source="assignment.at", allow_null=True, default=None)


class GapsOut(serializers.Serializer[Any]):
    """An account with its gaps; the higher the worth, the sooner it pays to fill them."""

    account = serializers.IntegerField(source="account.pk")
    name = serializers.CharField(source="account.name")
    domain = serializers.CharField(source="account.domain", allow_null=True)
    tier = serializers.IntegerField(source="account.tier", allow_null=True)
    owner = serializers.EmailField(source="account.owner.email", allow_null=True, default=None)
    worth = serializers.FloatField()
    gaps = HoleOut(source="holes", many=True)


@extend_schema_serializer(many=False)
class GapsPage(serializers.Serializer[Any]):
    """A page of accounts with gaps."""

    results = GapsOut(many=True)
    next = serializers.URLField(allow_null=True, help_text="The next page; null: none.")


class GapApi(ApiViewSet):
    """Data gaps by account, in the order of account ids."""

    access: ClassVar[Access] = READ_ONLY
    queryset = Account.objects.none()
    serializer_class = GapsOut
    pagination_class = None

    def known_parameters(self) -> frozenset[str]:
        """Its own: it pages by itself."""
        return frozenset({"view", "gap", "tier", "limit", "cursor"})

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "view", str, enum=["list", "all"], description="The target list, or all accounts."
            ),
            OpenApiParameter(
                "gap", str, enum=sorted(BY_KEY), many=True, description="Accounts with any of these."
            ),
            OpenApiParameter("tier", int, enum=[1, 2, 3], many=True),
            OpenApiParameter("limit", int, description="Accounts a page, at most 1,000; 100 if not said."),
            OpenApiParameter("cursor", int, description="Where to go on; taken from `next`."),
        ],
        responses=GapsPage,
    )
    def list(self, request: Request) -> Response:
        """A page of accounts with their gaps."""
        params = request.query_params
        limit, cursor = read_limit(params), params.get("cursor", "")
        if cursor and not (cursor.isascii() and cursor.isdigit() and len(cursor) < 19):
            raise Malformed("The cursor is not one of ours. Start again without it.")
        wanted = holes.Wanted(
            view=_one_of("view", params.get("view", "list"), ("list", "all")),
            gaps=tuple(_one_of("gap", gap, tuple(BY_KEY)) for gap in params.getlist("gap")),
            tiers=tuple(int(_one_of("tier", tier, ("1", "2", "3"))) for tier in params.getlist("tier")),
            sort="id",
        )
        after = int(cursor) if cursor else None
        found = holes.lines(wanted, user=request.user, now=self.now(), limit=limit + 1, after=after)
        shown, more = found[:limit], found[limit:]
        last = str(shown[-1].account.pk) if shown else ""
        here = request.build_absolute_uri()
        return Response(
            {
                "results": GapsOut(shown, many=True).data,
                "next": replace_query_param(here, "cursor", last) if more else None,
            }
        )


def _one_of(name: str, value: str, known: tuple[str, ...]) -> str:
    if value not in known:
        raise FieldErrors.one(f"/{name}", f"Must be one of {', '.join(known)}.")
    return value
