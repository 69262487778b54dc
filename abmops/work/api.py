"""`/api/v1/work/`: what is pending and what was given up, for RevOps and executives; RevOps sends it round
again.
"""

from __future__ import annotations

from typing import ClassVar

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import BaseRouter

from abmops.lib.choices import Role
from abmops.lib.errors import Conflict
from abmops.rest.filters import MomentFilter
from abmops.rest.views import ApiViewSet
from abmops.work import services
from abmops.work.kinds import Lane
from abmops.work.models import State, WorkItem


class WorkItemOut(serializers.ModelSerializer[WorkItem]):
    """An item without its content: payloads may name people."""

    class Meta:
        model = WorkItem
        fields = (
            "id",
            "kind",
            "lane",
            "subject_id",
            "state",
            "run_at",
            "attempts",
            "max_attempts",
            "worker",
            "last_error",
            "created_at",
            "done_at",
        )
        read_only_fields = fields


class WorkFilters(filters.FilterSet):
    """Filters of the list."""

    state = filters.ChoiceFilter(choices=State.choices)
    lane = filters.ChoiceFilter(choices=Lane.choices)
    kind = filters.CharFilter(max_length=64)
    due_before = MomentFilter(field_name="run_at", lookup_expr="lt")

    class Meta:
        model = WorkItem
        fields: tuple[str, ...] = ()


class WorkApi(ListModelMixin, RetrieveModelMixin, ApiViewSet):
    """The work list: every piece of pending work, due by the database's clock."""

    access = {"read": {Role.REVOPS, Role.EXECUTIVE}, "write": {Role.REVOPS}}
    queryset = WorkItem.objects.none()
    serializer_class = WorkItemOut
    filterset_class = WorkFilters
    orderings: ClassVar[tuple[str, ...]] = ("id", "run_at", "created_at")
    ordering = "-id"

    def get_queryset(self) -> QuerySet[WorkItem]:
        """What the caller may see, without bodies."""
        return WorkItem.objects.visible_to(self.request.user).defer("body", "payload")

    @extend_schema(request=None)
    @action(detail=True, methods=["post"])
    def replay(self, request: Request, pk: str) -> Response:
        """Send a dead item round again, at once and alone."""
        item = self.get_object()
        if not services.replay(by=request.user.get_username(), ids=[item.pk]):
            raise Conflict("Only an item that was given up can be sent round again.")
        return Response(self.get_serializer(self.get_object()).data)


def register(router: BaseRouter) -> None:
    """Add our resource to the API's router."""
    router.register("work", WorkApi, basename="work")
