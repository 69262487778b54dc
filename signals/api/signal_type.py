"""`/api/v1/signal-types/`."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet

from abmops.lib.choices import SourceKind
from abmops.rest.records import Choice, Field, Flag, Text, Whole
from signals.api.definition import DefinitionApi
from signals.api.fields import Number, Raw, slug
from signals.api.serializers.definitions import RULES_SCHEMA, SignalTypeOut
from signals.models import SignalType
from signals.services import definitions

SIGNAL_TYPE: tuple[Field, ...] = (
    slug("slug", "Its name in addresses, records and conditions; never changes."),
    Text("name", required=True, max_length=120),
    Choice("kind", "Where such signals come from.", required=True, values=tuple(SourceKind.values)),
    Number("confidence", "How sure it means what it says, 0 to 1.", most=1),
    Whole("recency_days", "Older signals of this type fire nothing.", least=1, most=730),
    Number("half_life_days", "After so many days a signal is worth half.", over=True, most=3_650),
    Number("points", "What one is worth before weights and decay.", most=10_000),
    Flag("digital_response", "Counts as an answer to marketing."),
    Flag("qualifying", "Counts towards handing the account to sales."),
    Flag("hand_raise", "The account asks for us: sales may act at once."),
    Raw(
        "rules",
        "Raw events that are this type. One rule is enough; all of a rule must hold.",
        like=RULES_SCHEMA,
    ),
    Flag("is_active", "The rules of an inactive type match nothing."),
)


class SignalTypeApi(DefinitionApi):
    """The catalogue: what kinds of signals there are, and what one is worth."""

    what: ClassVar[str] = "signal type"
    fields: ClassVar[tuple[Field, ...]] = SIGNAL_TYPE
    serializer_class = SignalTypeOut
    queryset = SignalType.objects.none()

    def get_queryset(self) -> QuerySet[SignalType]:
        """All signal types."""
        return SignalType.objects.visible_to(self.request.user)

    def write(self, slug: str, fields: dict[str, Any]) -> definitions.Written[SignalType]:
        """Make or change a signal type."""
        return definitions.put_signal_type(slug=slug, fields=fields)

    def retire(self, row: SignalType) -> None:
        """Let its rules match nothing from now on; its signals stay what they are."""
        definitions.put_signal_type(slug=row.slug, fields={"is_active": False})
