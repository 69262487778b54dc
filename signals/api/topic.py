"""`/api/v1/topics/`: which third-party interests are followed."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from abmops.rest.access import Access
from abmops.rest.filters import YesNoFilter
from abmops.rest.records import Field, Flag, Text
from abmops.rest.views import ApiViewSet
from signals.api.definition import EDITORS
from signals.models import Topic
from signals.services import definitions

TOPIC: tuple[Field, ...] = (
    Text(
        "name",
        "As the provider calls it; capitals and spaces make no difference.",
        required=True,
        max_length=120,
    ),
    Flag("is_active", "Whether it is followed."),
)


class TopicOut(serializers.ModelSerializer[Topic]):
    """A topic. `key` is how topics are compared."""

    class Meta:
        model = Topic
        fields = ("id", "name", "key", "is_active", "created_at")
        read_only_fields = fields


class TopicFilters(filters.FilterSet):
    """What a list of topics can be narrowed to."""

    is_active = YesNoFilter(help_text="Whether it is followed.")


class TopicApi(ListModelMixin, RetrieveModelMixin, ApiViewSet):
    """Topics that are followed, and those that were. Five to ten can be told apart."""

    access: ClassVar[Access] = EDITORS
    record: ClassVar[tuple[Field, ...]] = TOPIC
    serializer_class = TopicOut
    filterset_class = TopicFilters
    http_method_names = ["get", "head", "post", "patch", "delete", "options"]
    orderings: ClassVar[tuple[str, ...]] = ("id", "name", "created_at")
    ordering: ClassVar[str] = "name"
    queryset = Topic.objects.none()

    def get_queryset(self) -> QuerySet[Topic]:
        """All topics."""
        return Topic.objects.visible_to(self.request.user)

    @extend_schema(responses={200: TopicOut, 201: TopicOut})
    def create(self, request: Request) -> Response:
        """Follow a topic. One that is there already, however it is written, is followed again."""
        fields = self.read_record(request)
        written = definitions.put_topic(name=fields["name"], is_active=fields.get("is_active", True))
        code = status.HTTP_201_CREATED if written.created else status.HTTP_200_OK
        return Response(self.get_serializer(written.row).data, status=code)

    def partial_update(self, request: Request, pk: str) -> Response:
        """Another name, or followed or not."""
        fields: dict[str, Any] = self.read_record(request, partial=True)
        written = definitions.change_topic(
            topic=self.get_object(), name=fields.get("name"), is_active=fields.get("is_active")
        )
        return Response(self.get_serializer(written.row).data)

    def destroy(self, request: Request, pk: str) -> Response:
        """Follow it no longer. It stays readable, for its signals refer to it."""
        definitions.change_topic(topic=self.get_object(), is_active=False)
        return Response(status=status.HTTP_204_NO_CONTENT)
