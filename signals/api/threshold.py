"""`/api/v1/thresholds/`."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Prefetch, QuerySet
from django.utils.functional import SimpleLazyObject
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view

from abmops.lib.choices import Urgency
from abmops.rest.access import EVERYBODY, Access
from abmops.rest.records import Choice, Field, ListOf, Text, Whole
from signals.api.backtest import Backtests
from signals.api.definition import EDITORS, DefinitionApi
from signals.api.drift import TellsDrift
from signals.api.fields import Raw, slug
from signals.api.serializers.definitions import ThresholdOut, ThresholdWithVersionsOut
from signals.api.source import OWNER
from signals.models import SignalType, Threshold, ThresholdVersion
from signals.services import definitions

VERSIONS_SHOWN = 50

CONDITION: dict[str, Any] = {
    "type": "object",
    "minProperties": 1,
    "maxProperties": 1,
    "description": 'One of {"all": [...]}, {"any": [...]} or a leaf such as '
    '{"count": {"types": ["pricing-page"], "at_least": 3, "days": 14}}.',
    "additionalProperties": True,
}

THRESHOLD: tuple[Field, ...] = (
    slug("slug", "Its name in addresses; never changes."),
    Text("name", required=True, max_length=120),
    Text("rationale", "Why it matters, in prose.", max_length=10_000),
    OWNER,
    Choice(
        "status", "Only an active one crosses; draft to begin with.", values=tuple(Threshold.Status.values)
    ),
    ListOf("tiers", "Empty: every account, on the list or not.", of=Whole("tier", least=1, most=3), most=3),
    Choice("urgency", "normal to begin with.", values=tuple(Urgency.values)),
    Whole("rearm_days", "The least days between two crossings; 14 to begin with.", most=730),
    Raw("condition", required=True, like=CONDITION),
    Text("reason", "Why it is changed; kept with the version that this makes.", max_length=2_000),
)


class ThresholdFilters(filters.FilterSet):
    """What a list of thresholds can be narrowed to."""

    status = filters.ChoiceFilter(choices=Threshold.Status.choices)


@extend_schema_view(
    retrieve=extend_schema(responses={200: ThresholdWithVersionsOut}),
    create=extend_schema(responses={201: ThresholdWithVersionsOut}),
    update=extend_schema(responses={200: ThresholdWithVersionsOut, 201: ThresholdWithVersionsOut}),
    partial_update=extend_schema(responses={200: ThresholdWithVersionsOut}),
)
class ThresholdApi(TellsDrift, Backtests, DefinitionApi):
    """What must be true before somebody acts. Other conditions, tiers, urgency or re-arm days make a new version."""

    access: ClassVar[Access] = {**EDITORS, "backtest": EVERYBODY}
    what: ClassVar[str] = "threshold"
    fields: ClassVar[tuple[Field, ...]] = THRESHOLD
    filterset_class = ThresholdFilters
    queryset = Threshold.objects.none()

    def get_queryset(self) -> QuerySet[Threshold]:
        """All thresholds; one by one with their newest versions."""
        rows = Threshold.objects.visible_to(self.request.user).select_related("owner", "current")
        if self.action == "list":
            return rows
        newest = ThresholdVersion.objects.select_related("created_by").order_by("-number")[:VERSIONS_SHOWN]
        return rows.prefetch_related(Prefetch("versions", newest, to_attr="newest"))

    def get_serializer_class(self) -> type[ThresholdOut]:
        """Lists leave the history out."""
        return ThresholdOut if self.action == "list" else ThresholdWithVersionsOut

    def get_serializer_context(self) -> dict[str, Any]:
        """With the names of the types, for the sentences."""
        return {**super().get_serializer_context(), "type_names": SimpleLazyObject(type_names)}

    def write(self, slug: str, fields: dict[str, Any]) -> definitions.Written[Threshold]:
        """Make or change a threshold."""
        reason = fields.pop("reason", "") or ""
        by: Any = self.request.user
        return definitions.put_threshold(slug=slug, fields=fields, reason=reason, by=by)

    def retire(self, row: Threshold) -> None:
        """Let it cross no more; its crossings stay."""
        by: Any = self.request.user
        definitions.put_threshold(slug=row.slug, fields={"status": Threshold.Status.RETIRED}, by=by)


def type_names() -> dict[str, str]:
    """What people call each signal type, by slug."""
    return dict(SignalType.objects.values_list("slug", "name"))
