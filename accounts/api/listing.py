"""`/api/v1/list/` and `/api/v1/list-changes/`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, cast

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from abmops.lib.bulk import BulkResult
from abmops.lib.errors import FieldErrors
from abmops.rest.bulk import BulkMixin
from abmops.rest.records import Moment, Wrong
from abmops.rest.views import PAGE_PARAMETERS, ApiViewSet
from accounts.api.access import LIST, READ_ONLY
from accounts.api.capacity import CapacityOut
from accounts.api.filters import ListChangeFilters
from accounts.api.records import LIST_CHANGE
from accounts.api.serializers.listing import ListChangeOut, ListDiffOut, ListPageOut, ListRowOut
from accounts.domain.records import ListChangeRecord
from accounts.models import Account, ListMembership, User
from accounts.selectors.list_history import list_as_of, list_diff
from accounts.selectors.target_list import capacity
from accounts.services.membership import change_list

_ANY_MOMENT = Moment("moment", past=False)
_PAGED = [
    OpenApiParameter("limit", int, description="Rows a page, at most 1,000; 100 if not said."),
    OpenApiParameter("cursor", str, description="Where to go on; taken from `next`."),
    OpenApiParameter("ordering", str, enum=["account_id", "-account_id", "tier", "-tier"]),
]


class ListApi(ApiViewSet):
    """The target list: as it is or was, and what changed between two moments."""

    access = READ_ONLY
    queryset = ListMembership.objects.none()
    serializer_class = ListRowOut
    parameters: ClassVar[frozenset[str]] = frozenset({"as_of"})
    orderings: ClassVar[tuple[str, ...]] = ("account_id", "tier")

    def known_parameters(self) -> frozenset[str]:
        """A diff has its own; the list is paged."""
        return self.parameters | PAGE_PARAMETERS if self.action == "list" else self.parameters

    @extend_schema(
        parameters=[
            OpenApiParameter("as_of", datetime, description="The list as of then; now, if not said."),
            *_PAGED,
        ],
        responses=ListPageOut,
    )
    def list(self, request: Request) -> Response:
        """Every account on the list at a moment, with its tier, since when, and why."""
        at = _moment(request, "as_of") or self.now()
        visible = Account.objects.visible_to(request.user)
        rows = list_as_of(at).filter(account__in=visible).select_related("account__owner", "by")
        page = self.paginate_queryset(rows) or []
        answer = self.get_paginated_response(ListRowOut(page, many=True).data)
        answer.data = {"as_of": at.isoformat().replace("+00:00", "Z"), **answer.data}
        return answer

    @extend_schema(
        parameters=[
            OpenApiParameter("from", datetime, required=True),
            OpenApiParameter("to", datetime, description="Now, if not said."),
        ],
        responses=ListDiffOut,
    )
    @action(detail=False, methods=["get"], parameters=frozenset({"from", "to"}), pagination_class=None)
    def diff(self, request: Request) -> Response:
        """Who joined, who left and who changed tier between two moments, with who did it and why."""
        start, end = _moment(request, "from"), _moment(request, "to") or self.now()
        if start is None:
            raise FieldErrors.one("/from", "Is missing; it is required. Write it like 2026-11-01T00:00:00Z.")
        if end < start:
            raise FieldErrors.one("/to", "Lies before from.")
        return Response(ListDiffOut(list_diff(start, end)).data)

    @extend_schema(responses=CapacityOut)
    @action(detail=False, methods=["get"], parameters=frozenset(), pagination_class=None)
    def capacity(self, request: Request) -> Response:
        """How many accounts each tier and owner hold, against what they should."""
        del request
        return Response(CapacityOut(capacity()).data)


class ListChangeApi(ListModelMixin, RetrieveModelMixin, BulkMixin):
    """The changes that made the list what it is: who went where, when, why, and who said so."""

    access = LIST
    record = LIST_CHANGE
    queryset = ListMembership.objects.none()
    serializer_class = ListChangeOut
    filterset_class = ListChangeFilters
    orderings: ClassVar[tuple[str, ...]] = ("valid_from", "id")
    ordering = "-valid_from"

    def get_queryset(self) -> QuerySet[ListMembership]:
        """Changes of visible accounts."""
        visible = Account.objects.visible_to(self.request.user)
        return ListMembership.objects.filter(account__in=visible).select_related("account", "by")

    def write_records(self, *, records: Mapping[int, dict[str, Any]], now: datetime) -> BulkResult:
        """By the service, in the caller's name."""
        return change_list(
            records=cast("Mapping[int, ListChangeRecord]", records),
            by=cast("User", self.request.user),
            now=now,
        )


def _moment(request: Request, name: str) -> datetime | None:
    """A moment of the query. A plus sign that arrived as a blank is taken for what was meant."""
    text = request.query_params.get(name)
    if text is None:
        return None
    try:
        return _ANY_MOMENT.read(text.replace(" ", "+"), timezone.now())
    except Wrong as wrong:
        raise FieldErrors(error.under(f"/{name}") for error in wrong.errors) from None
