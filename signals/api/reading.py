"""What is only read: signals, crossings, what was refused, and what could not be placed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.models import QuerySet
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin

from abmops.rest.access import EVERYBODY, Access
from abmops.rest.views import ApiViewSet
from signals.api.feedback import FEEDBACK_ACCESS, SaysFeedback
from signals.api.filters import CrossingFilters, RejectedFilters, UnmatchedFilters
from signals.api.serializers.definitions import sentence_of
from signals.api.serializers.happenings import CrossingOut, RejectedEventOut, UnmatchedOut
from signals.api.threshold import type_names
from signals.models import Crossing, RejectedEvent, Signal, UnmatchedSignal

READERS: Access = {"read": EVERYBODY}


class CrossingApi(SaysFeedback, ListModelMixin, RetrieveModelMixin, ApiViewSet):
    """Thresholds that became true for an account, with their evidence."""

    access: ClassVar[Access] = {**READERS, **FEEDBACK_ACCESS}
    serializer_class = CrossingOut
    filterset_class = CrossingFilters
    orderings: ClassVar[tuple[str, ...]] = ("crossed_at", "id")
    ordering: ClassVar[str] = "-crossed_at"
    queryset = Crossing.objects.none()

    def get_queryset(self) -> QuerySet[Crossing]:
        """All crossings."""
        rows = Crossing.objects.visible_to(self.request.user)
        return rows.select_related("threshold", "version", "account")

    def paginate_queryset(self, queryset: Any) -> list[Any]:
        """A page with what it shows beside the rows."""
        return explained(super().paginate_queryset(queryset) or [])

    def get_object(self) -> Crossing:
        """One with what it shows beside the row."""
        return explained([super().get_object()])[0]


def explained(crossings: Sequence[Crossing]) -> list[Crossing]:
    """Crossings with `sentence`, what their threshold said then, and `signals`, their evidence: two queries."""
    wanted = {pk for crossing in crossings for pk in crossing.evidence}
    rows = Signal.objects.filter(pk__in=wanted).select_related("source", "type", "contact", "account")
    signals = {row.pk: row for row in rows}
    names = type_names()
    versions = {crossing.version_id: crossing.version for crossing in crossings}
    sentences = {pk: sentence_of(version, names) for pk, version in versions.items()}
    for crossing in crossings:
        crossing.sentence = sentences[crossing.version_id]  # type: ignore[attr-defined]
        crossing.signals = [signals[pk] for pk in crossing.evidence if pk in signals]  # type: ignore[attr-defined]
    return list(crossings)


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
