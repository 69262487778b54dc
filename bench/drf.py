"""The baseline: the same calls stored by a DRF view as its documentation teaches, without permissions or middleware.

`ListSerializer` with `many=True`, validated by a `ModelSerializer`, written with `bulk_create`; the uniqueness check a
query per row would make is left to the database, which favours the baseline. It takes the bodies that our door takes
and stores what is in them; nobody's key is looked up.
"""

from __future__ import annotations

import os
from typing import Any, ClassVar, cast

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bench.drf_settings")
application = get_wsgi_application()

from django.db import models  # noqa: E402  (after the settings)
from django.urls import path  # noqa: E402
from django.utils import timezone  # noqa: E402
from rest_framework import serializers, status  # noqa: E402
from rest_framework.request import Request  # noqa: E402
from rest_framework.response import Response  # noqa: E402
from rest_framework.views import APIView  # noqa: E402

from abmops.lib.ids import uuid7  # noqa: E402


class BenchEvent(models.Model):
    """One stored event."""

    id = models.UUIDField(primary_key=True)
    message_id = models.CharField(max_length=200)
    type = models.CharField(max_length=40)
    name = models.CharField(max_length=200)
    user_id = models.CharField(max_length=300)
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()
    properties = models.JSONField(default=dict)
    context = models.JSONField(default=dict)

    objects: ClassVar[models.Manager[BenchEvent]] = models.Manager()

    class Meta:
        managed = False
        app_label = "bench"
        db_table = "bench_event"

    def __str__(self) -> str:
        return self.message_id


class BulkEvents(serializers.ListSerializer[Any]):
    """Writes the validated list in one statement."""

    def create(self, validated_data: list[dict[str, Any]]) -> list[BenchEvent]:
        """One `bulk_create`."""
        now = timezone.now()
        rows = [BenchEvent(id=uuid7(now), received_at=now, **row) for row in validated_data]
        return BenchEvent.objects.bulk_create(rows)


class EventSerializer(serializers.ModelSerializer[BenchEvent]):
    """One event, under the names it comes with."""

    messageId = serializers.CharField(source="message_id", max_length=200)  # noqa: N815
    userId = serializers.CharField(source="user_id", max_length=300)  # noqa: N815
    timestamp = serializers.DateTimeField(source="occurred_at")

    class Meta:
        model = BenchEvent
        fields: ClassVar[list[str]] = [
            "messageId", "type", "name", "userId", "timestamp", "properties", "context"
        ]  # fmt: skip
        list_serializer_class = BulkEvents


class Events(APIView):
    """`POST /events/`."""

    def post(self, request: Request) -> Response:
        """Validate, store, answer 201."""
        call = cast("dict[str, Any]", request.data)
        serializer = EventSerializer(data=call["batch"], many=True)
        serializer.is_valid(raise_exception=True)
        serializer.save()
        return Response({"stored": len(serializer.validated_data)}, status=status.HTTP_201_CREATED)


urlpatterns = [path("events/", Events.as_view())]
