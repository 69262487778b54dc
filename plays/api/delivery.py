"""`/api/v1/deliveries/`: what went out, what waits, what was given up; sent again or laid aside."""

from __future__ import annotations

from typing import Any, ClassVar, cast
from uuid import UUID

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from abmops.lib.choices import Role
from abmops.lib.errors import Conflict, FieldErrors, Refused
from abmops.rest.access import Access
from abmops.rest.filters import MomentFilter
from abmops.rest.records import Field, ListOf, Parsed, Wrong
from abmops.rest.views import ApiViewSet
from accounts.api.filters import RecordFilters
from accounts.models import User
from plays.api.fields import OBJECT, body_of, read_body
from plays.domain.outgoing import NAMES
from plays.models import Delivery, DeliveryAttempt
from plays.services.outbox import replaying
from plays.services.outbox.addressing import message_of

AT_A_TIME = 1_000


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Wrong("Not the id of a delivery, like 0198c0de-0000-7000-8000-000000000000.") from None


MANY: tuple[Field, ...] = (
    ListOf(
        "ids",
        "Deliveries that were given up. What is not, is left as it is.",
        required=True,
        of=Parsed("id", max_length=36, parse=_uuid, like={"format": "uuid"}),
        most=AT_A_TIME,
    ),
)


class TryOut(serializers.ModelSerializer[DeliveryAttempt]):
    """One attempt. Without an end the worker stopped in the middle: the message may have arrived."""

    class Meta:
        model = DeliveryAttempt
        fields = ("n", "started_at", "ended_at", "status", "error", "latency_ms")
        read_only_fields = fields


class DeliveryOut(serializers.ModelSerializer[Delivery]):
    """A message to one endpoint; its id is the receiver's `webhook-id`, the same in every attempt."""

    endpoint = serializers.IntegerField(source="endpoint_id", read_only=True)
    endpoint_name = serializers.CharField(source="endpoint.name", read_only=True)
    account = serializers.IntegerField(source="account_id", read_only=True, allow_null=True)
    account_domain = serializers.CharField(
        source="account.domain", read_only=True, allow_null=True, default=None
    )
    person = serializers.EmailField(source="user.email", read_only=True, allow_null=True, default=None)
    dismissed_by = serializers.EmailField(
        source="dismissed_by.email", read_only=True, allow_null=True, default=None
    )

    class Meta:
        model = Delivery
        fields = (
            "id", "endpoint", "endpoint_name", "type", "state", "account", "account_domain", "person", "attempts",
            "next_at", "waits_for", "answer", "put_at", "ended_at", "dismissed_at", "dismissed_by",
        )  # fmt: skip
        read_only_fields = fields


class DeliveryReadOut(DeliveryOut):
    """One delivery with every attempt, the newest first, and what is said."""

    tries = serializers.SerializerMethodField()
    data = serializers.SerializerMethodField(  # type: ignore[assignment]
        help_text="What a program is told. null in what is said to a person, but for RevOps."
    )
    text = serializers.SerializerMethodField(
        help_text="What people read. null in what is said to a person, but for RevOps."
    )

    class Meta(DeliveryOut.Meta):
        fields = (*DeliveryOut.Meta.fields, "tries", "data", "text")  # type: ignore[assignment]
        read_only_fields = fields  # type: ignore[assignment]

    @extend_schema_field(TryOut(many=True))
    def get_tries(self, row: Delivery) -> list[dict[str, Any]]:
        """Every attempt."""
        return list(TryOut(row.tries.order_by("-n"), many=True).data)

    @extend_schema_field({**OBJECT, "type": ["object", "null"]})
    def get_data(self, row: Delivery) -> dict[str, Any] | None:
        """As it goes out."""
        return dict(message_of(row).data) if self._may_read(row) else None

    def get_text(self, row: Delivery) -> str | None:
        """As it goes out."""
        return message_of(row).text if self._may_read(row) else None

    def _may_read(self, row: Delivery) -> bool:
        user = cast("User", self.context["request"].user)
        return user.has_role(Role.REVOPS) or (row.user_id is None and row.contact_id is None)


class ReplayedOut(serializers.Serializer[Any]):
    """What became of a call that sends many again."""

    sent = serializers.IntegerField(help_text="How many go out again, under the same ids.")
    off = serializers.IntegerField(help_text="How many stay given up: their surface is switched off.")
    left = serializers.IntegerField(help_text="How many were not given up, or are not known.")


class DismissedOut(serializers.Serializer[Any]):
    """What became of a call that lays many aside."""

    dismissed = serializers.IntegerField()
    left = serializers.IntegerField(help_text="How many were not given up, or are not known.")


class DeliveryFilters(RecordFilters):
    """What a list of deliveries can be narrowed to."""

    endpoint = filters.NumberFilter(field_name="endpoint_id", min_value=1, max_value=2**63 - 1)
    state = filters.ChoiceFilter(choices=Delivery.State.choices)
    type = filters.ChoiceFilter(choices=list(NAMES.items()))
    person = filters.CharFilter(field_name="user__email", lookup_expr="iexact")
    since = MomentFilter(field_name="put_at", lookup_expr="gte", label="Put at or after this.")
    until = MomentFilter(field_name="put_at", lookup_expr="lt", label="Put before this.")

    class Meta:
        model = Delivery
        fields: tuple[str, ...] = ()


class DeliveryApi(ListModelMixin, RetrieveModelMixin, ApiViewSet):
    """What goes out: every message with its state, and what came of each attempt."""

    access: ClassVar[Access] = {
        "read": frozenset({Role.REVOPS.value, Role.INTEGRATION.value}),
        "write": frozenset({Role.REVOPS.value}),
    }
    serializer_class = DeliveryOut
    filterset_class = DeliveryFilters
    http_method_names = ["get", "head", "post", "options"]
    orderings: ClassVar[tuple[str, ...]] = ("id", "put_at", "next_at")
    ordering: ClassVar[str] = "-put_at"
    queryset = Delivery.objects.none()
    lookup_value_regex = "[0-9a-fA-F-]{36}"

    def get_queryset(self) -> QuerySet[Delivery]:
        """All that the caller may see."""
        rows = Delivery.objects.visible_to(self._user())
        return rows.select_related("endpoint", "account", "user", "contact", "dismissed_by")

    @extend_schema(responses={200: DeliveryReadOut})
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """One, with every attempt and what is said."""
        return self._answer(self.get_object())

    @extend_schema(request=None, responses={200: DeliveryReadOut})
    @action(detail=True, methods=["post"], filterset_class=None)
    def replay(self, request: Request, pk: str) -> Response:
        """Send one that was given up again, with three days of its own and the same id."""
        row: Delivery = self.get_object()
        done = replaying.replay(ids=[row.pk], now=self.now())
        if done.off:
            raise Refused(f"{row.endpoint.name} is switched off. Switch it on first, then send this again.")
        if not done.sent:
            raise Conflict(
                f"This message is {row.get_state_display().lower()}; only one that was given up is sent again."
            )
        return self._answer(self.get_object())

    @extend_schema(request=None, responses={200: DeliveryReadOut})
    @action(detail=True, methods=["post"], filterset_class=None)
    def dismiss(self, request: Request, pk: str) -> Response:
        """Lay one that was given up aside, or take back one that still waits."""
        row: Delivery = self.get_object()
        if row.state == Delivery.State.WAITING:
            replaying.take_back(delivery=row, by=str(self._user()), now=self.now())
        elif not replaying.dismiss(ids=[row.pk], by=self._user(), now=self.now()):
            raise Conflict(f"This message is {row.get_state_display().lower()} already.")
        return self._answer(self.get_object())

    @extend_schema(operation_id="deliveries_replay_many", request=body_of(MANY), responses={200: ReplayedOut})
    @action(detail=False, methods=["post"], url_path="replay", filterset_class=None)
    def replay_many(self, request: Request) -> Response:
        """Send up to 1,000 again."""
        ids = self._ids(request)
        done = replaying.replay(ids=ids, now=self.now())
        told = {"sent": done.sent, "off": done.off, "left": len(ids) - done.sent - done.off}
        return Response(ReplayedOut(told).data)

    @extend_schema(
        operation_id="deliveries_dismiss_many", request=body_of(MANY), responses={200: DismissedOut}
    )
    @action(detail=False, methods=["post"], url_path="dismiss", filterset_class=None)
    def dismiss_many(self, request: Request) -> Response:
        """Lay up to 1,000 that were given up aside."""
        ids = self._ids(request)
        count = replaying.dismiss(ids=ids, by=self._user(), now=self.now())
        return Response(DismissedOut({"dismissed": count, "left": len(ids) - count}).data)

    def _ids(self, request: Request) -> set[UUID]:
        ids = set(read_body(self, request, MANY)["ids"])
        if not ids:
            raise FieldErrors.one("/ids", "Name at least one delivery.")
        return ids

    def _answer(self, row: Delivery) -> Response:
        return Response(DeliveryReadOut(row, context=self.get_serializer_context()).data)

    def _user(self) -> User:
        return cast("User", self.request.user)
