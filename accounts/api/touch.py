"""`/api/v1/touches/` and `/api/v1/meetings/`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, cast

from django.db import transaction
from django.db.models import QuerySet
from rest_framework import status
from rest_framework.mixins import DestroyModelMixin, ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from abmops.lib.bulk import BulkResult
from abmops.lib.choices import Channel
from abmops.lib.errors import Refused
from abmops.rest.bulk import BulkMixin
from abmops.rest.views import ApiViewSet
from accounts.api.access import READ_ONLY, WORKED
from accounts.api.filters import MeetingFilters, TouchFilters
from accounts.api.records import TOUCH
from accounts.api.serializers.touch import TouchOut
from accounts.api.single import created, keyed, must_be_editable, settled
from accounts.domain.records import TouchRecord
from accounts.models import Account, Touch, User
from accounts.services.touch import remove_touch, upsert_touches


class TouchApi(ListModelMixin, RetrieveModelMixin, DestroyModelMixin, BulkMixin):
    """Touches: what we did towards an account, and what it did towards us."""

    access = WORKED
    record = TOUCH
    queryset = Touch.objects.none()
    serializer_class = TouchOut
    filterset_class = TouchFilters
    orderings: ClassVar[tuple[str, ...]] = ("occurred_at", "id", "created_at")
    ordering = "-occurred_at"

    def get_queryset(self) -> QuerySet[Touch]:
        """Touches of visible accounts."""
        visible = Account.objects.visible_to(self.request.user)
        return Touch.objects.filter(account__in=visible).select_related("account", "contact", "person")

    def create(self, request: Request) -> Response:
        """Log one touch. One that is known by its external_id is a conflict."""
        record = cast("TouchRecord", self.read_record(request))
        with transaction.atomic():
            created(upsert_touches(records={0: record}, now=self.now()), "touch")
            row = self.get_queryset().get(external_id=record["external_id"])
            must_be_editable(request.user, row.account_id)
        return Response(self.get_serializer(row).data, status=status.HTTP_201_CREATED)

    def partial_update(self, request: Request, pk: str) -> Response:
        """Correct the fields that are sent; the external_id stays."""
        row = self.get_object()
        must_be_editable(request.user, row.account_id)
        if row.external_id is None:
            raise Refused("This touch was logged in abmops; correct it there.")
        record = cast("TouchRecord", keyed(self.read_record(request, partial=True), row.external_id))
        with transaction.atomic():
            settled(upsert_touches(records={0: record}, now=self.now()))
            row = self.get_queryset().get(pk=row.pk)
            must_be_editable(request.user, row.account_id)
        return Response(self.get_serializer(row).data)

    def perform_destroy(self, instance: Touch) -> None:
        """By the service: where it was a meeting, plays, bursts and signals hear that there is none."""
        remove_touch(touch=instance, by=cast("User", self.request.user), now=self.now())

    def write_records(self, *, records: Mapping[int, dict[str, Any]], now: datetime) -> BulkResult:
        """By the service."""
        return upsert_touches(records=cast("Mapping[int, TouchRecord]", records), now=now)


class MeetingApi(ListModelMixin, RetrieveModelMixin, ApiViewSet):
    """Meetings: the touches whose channel is a meeting. Read here; written as touches. What is booked, also ahead:
    `booked-meetings/`."""

    access = READ_ONLY
    queryset = Touch.objects.none()
    serializer_class = TouchOut
    filterset_class = MeetingFilters
    orderings: ClassVar[tuple[str, ...]] = ("occurred_at", "id", "created_at")
    ordering = "-occurred_at"

    def get_queryset(self) -> QuerySet[Touch]:
        """Meetings of visible accounts."""
        visible = Account.objects.visible_to(self.request.user)
        rows = Touch.objects.filter(account__in=visible, channel=Channel.MEETING)
        return rows.select_related("account", "contact", "person")
