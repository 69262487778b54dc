"""Erasing a person over the API, and the list of erasures, which names nobody."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin

from abmops.lib.choices import Role
from abmops.rest.access import Access
from abmops.rest.records import Field, Text
from abmops.rest.views import ApiViewSet
from accounts.models import Erasure

REQUEST: tuple[Field, ...] = (
    Text(
        "request", "Where the request came from; write no name and no address.", required=True, max_length=200
    ),
)


class ErasureOut(serializers.ModelSerializer[Erasure]):
    """An erasure: when, of which contact row, and how many rows were cleaned."""

    by = serializers.EmailField(source="by.email", read_only=True, allow_null=True, default=None)
    counts = serializers.SerializerMethodField()

    class Meta:
        model = Erasure
        fields = ("id", "at", "done_at", "by", "contact_id", "account_id", "request", "counts")
        read_only_fields = fields

    @extend_schema_field({"type": "object", "additionalProperties": {"type": "integer"}})
    def get_counts(self, erasure: Erasure) -> dict[str, Any]:
        """What was cleaned -> rows."""
        counts: dict[str, Any] = erasure.counts
        return counts


class ErasureApi(ListModelMixin, RetrieveModelMixin, ApiViewSet):
    """Erasures: people who asked to be forgotten. Asked for at `contacts/{id}/erase/`."""

    access: ClassVar[Access] = {"read": frozenset({Role.REVOPS, Role.EXECUTIVE})}
    queryset = Erasure.objects.none()
    serializer_class = ErasureOut
    orderings: ClassVar[tuple[str, ...]] = ("at", "id")
    ordering: ClassVar[str] = "-at"

    def get_queryset(self) -> QuerySet[Erasure]:
        """All of them: they name nobody."""
        return Erasure.objects.select_related("by")
