"""`/api/v1/signal-types/`."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from abmops.lib.choices import SourceKind
from abmops.lib.errors import FieldErrors
from abmops.rest.access import EVERYBODY, Access
from abmops.rest.records import Choice, Field, Flag, ListOf, Text, Whole, object_schema, read_fields
from signals.api.definition import EDITORS, DefinitionApi
from signals.api.fields import Document, Number, Raw, slug
from signals.api.serializers.definitions import RULES_SCHEMA, SignalTypeOut
from signals.api.trying import TriedOut, trials_of
from signals.domain import pasted
from signals.models import PageIntent, SignalType, Source
from signals.services import definitions
from signals.services.trying import try_out

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
    Choice(
        "page_intent",
        "For page views: what the page says about its reader; empty for none.",
        values=("", *PageIntent.values),
    ),
    Raw(
        "rules",
        "Raw events that are this type. One rule is enough; all of a rule must hold.",
        like=RULES_SCHEMA,
    ),
    Flag("is_active", "The rules of an inactive type match nothing."),
)

TRIED: tuple[Field, ...] = (
    slug("source", "Which source sends them. A record may name its own."),
    ListOf(
        "events",
        "Segment messages as on the wire, or records as of the bulk call, each tried after the ones before it.",
        of=Document("event", most_bytes=64 * 1024),
        required=True,
        most=pasted.MOST,
    ),
)


class SignalTypeApi(DefinitionApi):
    """The catalogue: what kinds of signals there are, and what one is worth."""

    access: ClassVar[Access] = {**EDITORS, "try_events": EVERYBODY}

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

    @extend_schema(request={"application/json": object_schema(TRIED)}, responses={200: TriedOut})
    @action(detail=False, methods=["post"], url_path="try")
    def try_events(self, request: Request) -> Response:
        """What events would become, and why: type and rule, account, points, thresholds. Nothing is stored."""
        now = self.now()
        said, errors = read_fields(TRIED, request.data, now)
        source = Source.objects.filter(slug=said.get("source", ""), is_active=True).first()
        if said.get("source") and source is None:
            errors.append(
                FieldErrors.one("/source", f"There is no open source “{said['source']}”.").errors[0]
            )
        if errors:
            raise FieldErrors(errors)
        outcomes = try_out(trials=trials_of(said["events"], source=source, now=now), now=now)
        return Response(TriedOut({"results": outcomes}).data)
