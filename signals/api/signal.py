"""`/api/v1/signals/`: what was received, and the door for signals that do not come from Segment's libraries."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.db.models import QuerySet
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin

from abmops.lib.bulk import BulkResult
from abmops.lib.choices import Role
from abmops.rest.access import EVERYBODY, Access
from abmops.rest.bulk import BulkMixin
from abmops.rest.records import Field, Moment, Text
from accounts.api.records import domain_field, email_field
from signals.api.feedback import FEEDBACK_ACCESS, SaysFeedback
from signals.api.fields import Document, Number, slug
from signals.api.filters import SignalFilters
from signals.api.serializers.happenings import SignalOut
from signals.domain.clock import HELD
from signals.models import Signal
from signals.services.sending import send_records

SIGNAL: tuple[Field, ...] = (
    slug("source", "The source's slug.", required=True),
    slug("type", "The signal type's slug.", required=True),
    domain_field("account_domain", "The account by a domain. One that nobody has yet waits for its account."),
    Text("account_external_id", "The account by an id of another system.", max_length=200),
    email_field("contact_email", "The account by a contact."),
    Text("topic", "What it was about, such as an intent topic.", max_length=120),
    Number("strength", "The source's own 0 to 100; scales the type's points.", null=True, most=100),
    Moment(
        "occurred_at", "When it happened. Up to a day ahead it is held until then.", required=True, ahead=HELD
    ),
    Text(
        "message_id",
        "Makes it one signal, however often it is sent. Without it the same words are the same signal.",
        max_length=200,
    ),
    Document("properties", "Anything worth keeping with it, at most 16 KB."),
)


class SignalApi(SaysFeedback, ListModelMixin, RetrieveModelMixin, BulkMixin):
    """Events that somebody sent us, newest first as we received them."""

    access: ClassVar[Access] = {
        "read": EVERYBODY,
        **FEEDBACK_ACCESS,
        "bulk": frozenset({Role.REVOPS.value, Role.INTEGRATION.value}),
    }
    scopes: ClassVar[Mapping[str, frozenset[str]]] = {"bulk": frozenset({"ingest", "write"})}
    record: ClassVar[tuple[Field, ...]] = SIGNAL
    serializer_class = SignalOut
    filterset_class = SignalFilters
    lookup_value_regex = r"[0-9a-fA-F-]{36}"
    ordering: ClassVar[str] = "-id"
    queryset = Signal.objects.none()

    def get_queryset(self) -> QuerySet[Signal]:
        """Signals with the rows they name."""
        rows = Signal.objects.visible_to(self.request.user)
        return rows.select_related("source", "type", "account", "contact")

    def write_records(self, *, records: Mapping[int, dict[str, Any]], now: datetime) -> BulkResult:
        """Take the records in; what they mean is worked out right after."""
        return send_records(records=records, now=now)
