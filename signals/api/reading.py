"""What is only read: signals, crossings, what was refused, and what could not be placed."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from django.db.models import QuerySet
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin

from abmops.rest.access import EVERYBODY, Access
from abmops.rest.views import ApiViewSet
from signals.api.filters import CrossingFilters, RejectedFilters, UnmatchedFilters
from signals.api.serializers import CrossingOut, RejectedEventOut, UnmatchedOut
from signals.api.threshold import type_names
from signals.models import Crossing, RejectedEvent, Signal, UnmatchedSignal

READERS: Access = {"read": EVERYBODY}


class CrossingApi(ListModelMixin, RetrieveModelMixin, ApiViewSet):
    """Thresholds that became true for an account, with their evidence."""

    access: ClassVar[Access] = READERS
    serializer_class = CrossingOut
    filterset_class = CrossingFilters
    orderings: ClassVar[tuple[str, ...]] = ("crossed_at", "id")
    ordering: ClassVar[str] = "-crossed_at"
    queryset = Crossing.objects.none()

    def get_queryset(self) -> QuerySet[Crossing]:
        """All crossings."""
        rows = Crossing.objects.visible_to(self.request.user)  # type: ignore[arg-type]
        return rows.select_related("threshold", "version", "account")

    def get_serializer(self, *args: Any, **kwargs: Any) -> Any:
        """The crossings with their evidence, read for the whole page at once."""
        rows = args[0] if kwargs.get("many") else args[:1]
        context = self.get_serializer_context() | {"type_names": type_names(), "evidence": evidence_of(rows)}
        return CrossingOut(*args, **{**kwargs, "context": context})


def evidence_of(crossings: Iterable[Crossing]) -> dict[Any, Signal]:
    """The signals behind some crossings, by id: one query."""
    wanted = {pk for crossing in crossings for pk in crossing.evidence}
    rows = Signal.objects.filter(pk__in=wanted).select_related("source", "type", "contact", "account")
    return {row.pk: row for row in rows} if wanted else {}


class RejectedEventApi(ListModelMixin, RetrieveModelMixin, ApiViewSet):
    """Events that were refused or set aside, with the reason."""

    access: ClassVar[Access] = READERS
    serializer_class = RejectedEventOut
    filterset_class = RejectedFilters
    ordering: ClassVar[str] = "-id"
    queryset = RejectedEvent.objects.select_related("source")


class UnmatchedApi(ListModelMixin, RetrieveModelMixin, ApiViewSet):
    """Signals whose account is not known yet. They are placed by themselves once one of their keys is."""

    access: ClassVar[Access] = READERS
    serializer_class = UnmatchedOut
    filterset_class = UnmatchedFilters
    orderings: ClassVar[tuple[str, ...]] = ("signal_id",)
    ordering: ClassVar[str] = "-signal_id"
    queryset = UnmatchedSignal.objects.select_related("source")
