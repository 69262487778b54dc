"""`/api/v1/endpoints/`: the surfaces, how each does, and what a person does with them. No secret is shown twice."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from abmops.lib.choices import Role
from abmops.rest import idempotency
from abmops.rest.access import Access
from abmops.rest.filters import YesNoFilter
from abmops.rest.records import Choice, Field, ListOf, Text
from abmops.rest.views import ApiViewSet
from accounts.api.records import user_field
from accounts.models import User
from plays.api.delivery import DeliveryOut
from plays.api.fields import body_of, read_body, user_named
from plays.domain.outgoing import EVENTS
from plays.models import Delivery, Endpoint
from plays.selectors import outbox
from plays.services.outbox import endpoints, sealing

ACCESS: Access = {
    "read": frozenset({Role.REVOPS.value, Role.INTEGRATION.value}),
    "write": frozenset({Role.REVOPS.value}),
}
STATES = ("on", "failing", "open", "off")


def _fields(*, new: bool) -> tuple[Field, ...]:
    ways = tuple(Endpoint.Surface.values)
    kind = Choice("surface", "How it is spoken to; never changes.", required=True, values=ways)
    return (
        Text("name", "What people know it by.", required=new, max_length=120),
        *((kind,) if new else ()),
        Text(
            "target",
            "Where to: an https address (webhook), a channel (slack_bot), mailboxes with commas (email). "
            "A slack_webhook has none: its address is the secret.",
            max_length=500,
        ),
        Text(
            "secret",
            "A Slack bot's token, or the address of an incoming webhook of Slack. Kept sealed and never shown.",
            max_length=500,
        ),
        ListOf("types", "What it is told of.", of=Choice("type", values=tuple(EVENTS)), most=len(EVENTS)),
        user_field("owner", "E-mail of who is told when it fails; whoever adds it if not said.", null=True),
    )


ENDPOINT, CHANGE = _fields(new=True), _fields(new=False)


class HealthOut(serializers.Serializer[Endpoint]):
    """How a surface does."""

    state = serializers.SerializerMethodField(
        help_text="failing: the last attempts failed; open: one message tries every five minutes, the others wait."
    )
    failures = serializers.IntegerField(help_text="Failed attempts in a row; 20 open the breaker.")
    next_try_at = serializers.DateTimeField(
        source="open_until",
        allow_null=True,
        help_text="While the breaker is open: when the next message may try.",
    )
    paused_until = serializers.DateTimeField(
        source="free_at",
        allow_null=True,
        help_text="No message before this: its own pace, or it asked for a pause.",
    )
    sent_24h = serializers.IntegerField(source="sent_day")
    given_up_24h = serializers.IntegerField(source="dead_day")
    waiting = serializers.IntegerField()
    last_sent_at = serializers.DateTimeField(source="last_sent", allow_null=True)

    @extend_schema_field({"type": "string", "enum": STATES})
    def get_state(self, row: Endpoint) -> str:
        """In a word."""
        if not row.is_active:
            return "off"
        return "open" if row.breaker.is_open else "failing" if row.failures else "on"


class EndpointOut(serializers.ModelSerializer[Endpoint]):
    """A place outside that is told what happens here. Its secrets are in no answer but the one that makes them."""

    target = serializers.SerializerMethodField(
        help_text="Without what may be secret in it, such as its query."
    )
    has_secret = serializers.SerializerMethodField()
    owner = serializers.EmailField(source="owner.email", read_only=True, allow_null=True, default=None)
    is_active = serializers.BooleanField(read_only=True)
    health = HealthOut(source="*", read_only=True)

    class Meta:
        model = Endpoint
        fields = (
            "id", "slug", "name", "surface", "target", "has_secret", "types", "owner", "is_active", "disabled_at",
            "disabled_reason", "signing_rotated_at", "health", "created_at", "updated_at",
        )  # fmt: skip
        read_only_fields = fields

    def get_target(self, row: Endpoint) -> str:
        """As it may be shown."""
        return outbox.shown(row)

    def get_has_secret(self, row: Endpoint) -> bool:
        """Whether a token or an address is sealed with it, or its calls are signed."""
        return bool(row.secret) or row.surface == Endpoint.Surface.WEBHOOK


class EndpointMadeOut(EndpointOut):
    """A new one. A webhook's signing secret is in this answer and in no later one."""

    signing_secret = serializers.SerializerMethodField()

    class Meta(EndpointOut.Meta):
        fields = (*EndpointOut.Meta.fields, "signing_secret")  # type: ignore[assignment]
        read_only_fields = fields  # type: ignore[assignment]

    def get_signing_secret(self, row: Endpoint) -> str | None:
        """What calls are signed with; null for what is not signed."""
        return sealing.signing_secret(row) if row.surface == Endpoint.Surface.WEBHOOK else None


class SigningOut(serializers.Serializer[Any]):
    """A new signing secret, shown this once."""

    id = serializers.IntegerField()
    signing_secret = serializers.CharField()
    former_signs_until = serializers.DateTimeField(
        help_text="Until then calls are signed with the former one too."
    )


class EndpointFilters(filters.FilterSet):
    """What a list of surfaces can be narrowed to."""

    surface = filters.ChoiceFilter(choices=Endpoint.Surface.choices)
    slug = filters.CharFilter()
    is_active = YesNoFilter(field_name="disabled_at", lookup_expr="isnull")
    type = filters.ChoiceFilter(choices=list(EVENTS.items()), method="told_of", label="Told of this event.")

    class Meta:
        model = Endpoint
        fields: tuple[str, ...] = ()

    def told_of(self, rows: QuerySet[Endpoint], name: str, value: str) -> QuerySet[Endpoint]:
        """Those that are told of an event."""
        del name
        return rows.filter(types__contains=[value])


@extend_schema_view(
    create=extend_schema(request=body_of(ENDPOINT), responses={201: EndpointMadeOut}),
    partial_update=extend_schema(request=body_of(CHANGE), responses={200: EndpointOut}),
    destroy=extend_schema(responses={204: None}),
)
class EndpointApi(ListModelMixin, RetrieveModelMixin, ApiViewSet):
    """Where messages go. Every address is checked before it is stored, and again before each call."""

    access: ClassVar[Access] = ACCESS
    record = ENDPOINT
    serializer_class = EndpointOut
    filterset_class = EndpointFilters
    http_method_names = ["get", "head", "post", "patch", "delete", "options"]
    orderings: ClassVar[tuple[str, ...]] = ("id", "name", "created_at")
    queryset = Endpoint.objects.none()

    def get_queryset(self) -> QuerySet[Endpoint]:
        """All of them, with how they do."""
        if getattr(self, "swagger_fake_view", False):
            return Endpoint.objects.none()
        return outbox.endpoints(self._user(), now=self.now())

    def create(self, request: Request) -> Response:
        """Add one; nothing is sent yet. Send it a test message next."""
        said = self.read_record(request)
        made = endpoints.add_endpoint(
            name=said["name"],
            surface=said["surface"],
            target=said.get("target", ""),
            secret=said.get("secret", ""),
            types=said.get("types", []),
            owner=user_named(said.get("owner"), "/owner") or self._user(),
            now=self.now(),
        )
        row = self.get_queryset().get(pk=made.pk)
        answer = Response(EndpointMadeOut(row).data, status=status.HTTP_201_CREATED)
        return idempotency.without(answer, "signing_secret")

    def partial_update(self, request: Request, pk: str) -> Response:
        """Change what is sent; an address or secret that is left out stays."""
        said, row = read_body(self, request, CHANGE), self.get_object()
        endpoints.change_endpoint(
            endpoint=row,
            name=said.get("name", row.name),
            target=said.get("target", row.target),
            secret=said.get("secret", ""),
            types=said.get("types", row.types),
            owner=user_named(said["owner"], "/owner") if "owner" in said else row.owner,
            now=self.now(),
        )
        return self._answer(row)

    def destroy(self, request: Request, pk: str) -> Response:
        """Retire it: nothing goes to it any more. What it was sent stays on record; switch-on takes it up again."""
        row = self.get_object()
        if row.is_active:
            endpoints.disable_endpoint(endpoint=row, by=self._user(), now=self.now())
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(request=None, responses={200: EndpointOut})
    @action(detail=True, methods=["post"], url_path="switch-on", filterset_class=None)
    def switch_on(self, request: Request, pk: str) -> Response:
        """Take it up again with a closed breaker; what waited goes now. 409 where it is on."""
        row = self.get_object()
        endpoints.enable_endpoint(endpoint=row, now=self.now())
        return self._answer(row)

    @extend_schema(request=None, responses={201: DeliveryOut})
    @action(detail=True, methods=["post"], filterset_class=None)
    def test(self, request: Request, pk: str) -> Response:
        """Send a message that says only that it is a test; read the delivery to see what came of it."""
        sent = endpoints.send_test(endpoint=self.get_object(), by=self._user(), now=self.now())
        row = Delivery.objects.select_related("endpoint", "account", "user").get(pk=sent.pk)
        return Response(DeliveryOut(row).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses={200: SigningOut})
    @action(detail=True, methods=["post"], url_path="rotate-secret", filterset_class=None)
    def rotate_secret(self, request: Request, pk: str) -> Response:
        """Another signing secret, shown this once. The former signs beside it for 24 hours."""
        row, now = self.get_object(), self.now()
        secret = endpoints.rotate_secret(endpoint=row, now=now)
        told = {"id": row.pk, "signing_secret": secret, "former_signs_until": now + sealing.FORMER_SIGNS}
        return idempotency.without(Response(SigningOut(told).data), "signing_secret")

    def _answer(self, row: Endpoint) -> Response:
        return Response(self.get_serializer(self.get_queryset().get(pk=row.pk)).data)

    def _user(self) -> User:
        return cast("User", self.request.user)
