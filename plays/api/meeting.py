"""`/api/v1/booked-meetings/`: meetings that were booked, and saying that one was not, is called off or has moved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, cast

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from abmops.rest.access import EVERYBODY, Access
from abmops.rest.filters import MomentFilter, YesNoFilter
from abmops.rest.records import Field, Moment, Text
from abmops.rest.views import ApiViewSet
from accounts.api.filters import RecordFilters
from accounts.models import Account, AccountEvent, User
from accounts.services.meeting import same_meeting
from plays.api.fields import REASON, WORKERS, body_of, read_body
from plays.selectors.booked import may_say
from plays.services.task import meetings

MOVE: tuple[Field, ...] = (
    Moment("on", "When it is now; within a year.", required=True, past=False),
    Text("reason", "Stays in the account's history.", max_length=300),
)
STATES = ("booked", "called_off", "not_booked")


def _said(name: str, field: type[serializers.Field[Any, Any, Any, Any]], help_: str) -> Any:
    """What the event carries of itself under this name."""
    return field(source=f"payload.{name}", read_only=True, allow_null=True, default=None, help_text=help_)


class BookedMeetingOut(serializers.ModelSerializer[AccountEvent]):
    """A meeting that was booked: with a task, as a touch, or as a signal told."""

    account = serializers.IntegerField(source="account_id", read_only=True)
    account_domain = serializers.CharField(
        source="account.domain", read_only=True, allow_null=True, default=None
    )
    state = serializers.SerializerMethodField()
    at = serializers.DateTimeField(read_only=True, help_text="When it was booked; of a touch, when that was.")
    on = serializers.SerializerMethodField(help_text="When it takes place, where anybody told.")
    off = _said("off", serializers.DateTimeField, "When it was called off.")
    touch = _said("touch", serializers.IntegerField, "The touch that it is, or that booked it.")
    task = _said("task", serializers.IntegerField, "The task that booked it; only such a one is moved here.")
    signal = _said("signal", serializers.UUIDField, "The signal that told of it.")
    followed = serializers.ListField(
        child=serializers.CharField(),
        read_only=True,
        default=list,
        help_text="In the answer to not-booked: what came of it, in sentences; elsewhere empty.",
    )

    class Meta:
        model = AccountEvent
        fields = (
            "id", "account", "account_domain", "state", "at", "on", "off", "withdrawn_at", "touch", "task", "signal",
            "created_at", "followed",
        )  # fmt: skip
        read_only_fields = fields

    @extend_schema_field({"type": "string", "enum": list(STATES)})
    def get_state(self, row: AccountEvent) -> str:
        """`not_booked` is also what was taken back where it came from."""
        if row.withdrawn_at is not None:
            return "not_booked"
        return "called_off" if row.payload.get("off") else "booked"

    @extend_schema_field({"type": ["string", "null"], "format": "date-time"})
    def get_on(self, row: AccountEvent) -> str | None:
        """What a task said, else the day of the touch."""
        said = row.payload
        of_touch = serializers.DateTimeField().to_representation(row.at) if said.get("touch") else None
        return cast("str | None", said.get("on") or said.get("day") or of_touch)


class BookedMeetingFilters(RecordFilters):
    """What a list of booked meetings can be narrowed to."""

    stands = YesNoFilter(field_name="withdrawn_at", lookup_expr="isnull")
    is_off = YesNoFilter(method="by_off")
    touch = filters.NumberFilter(method="by_number", min_value=1, max_value=2**63 - 1)
    task = filters.NumberFilter(method="by_number", min_value=1, max_value=2**63 - 1)
    since = MomentFilter(field_name="at", lookup_expr="gte")
    before = MomentFilter(field_name="at", lookup_expr="lt")

    class Meta:
        model = AccountEvent
        fields: tuple[str, ...] = ()

    def by_number(self, queryset: QuerySet[AccountEvent], name: str, value: Any) -> QuerySet[AccountEvent]:
        """Of this touch or task."""
        return queryset.filter(**{f"payload__{name}": int(value)})

    def by_off(self, queryset: QuerySet[AccountEvent], name: str, value: bool) -> QuerySet[AccountEvent]:
        """Called off and not on again."""
        return queryset.filter(payload__has_key="off") if value else queryset.exclude(payload__has_key="off")


class BookedMeetingApi(ListModelMixin, RetrieveModelMixin, ApiViewSet):
    """Booked meetings. What another system booked is moved and called off there, as a touch; each of the three acts
    happens once: the same call again is a conflict that says so, and with an Idempotency-Key the first answer."""

    access: ClassVar[Access] = {
        "read": EVERYBODY, "not_booked": WORKERS, "call_off": WORKERS, "move": WORKERS,
    }  # fmt: skip
    queryset = AccountEvent.objects.none()
    serializer_class = BookedMeetingOut
    filterset_class = BookedMeetingFilters
    orderings: ClassVar[tuple[str, ...]] = ("id", "at")
    ordering: ClassVar[str] = "-at"

    def get_queryset(self) -> QuerySet[AccountEvent]:
        """Of visible accounts, also those that were never booked."""
        rows = AccountEvent.objects.filter(kind=AccountEvent.Kind.MEETING_BOOKED).select_related("account")
        return rows.filter(account__in=Account.objects.visible_to(self.request.user))

    @extend_schema(request=body_of(REASON), responses={200: BookedMeetingOut})
    @action(detail=True, methods=["post"], url_path="not-booked", filterset_class=None)
    def not_booked(self, request: Request, pk: str) -> Response:
        """It was recorded by mistake, within a week: plays that it ended go on, its task is owed again, and nothing
        counts it."""
        (row, user), said = self._mine(), read_body(self, request, REASON)
        followed = meetings.not_booked(event=row, reason=said["reason"], by=user, now=self.now())
        return self._answer(row, followed)

    @extend_schema(request=body_of(REASON), responses={200: BookedMeetingOut})
    @action(detail=True, methods=["post"], url_path="call-off", filterset_class=None)
    def call_off(self, request: Request, pk: str) -> Response:
        """It will not take place: it was booked and counts as that, and marketing on the account goes on."""
        (row, user), said = self._mine(), read_body(self, request, REASON)
        meetings.call_off(event=row, reason=said["reason"], by=user, now=self.now())
        return self._answer(row)

    @extend_schema(request=body_of(MOVE), responses={200: BookedMeetingOut})
    @action(detail=True, methods=["post"], filterset_class=None)
    def move(self, request: Request, pk: str) -> Response:
        """It is at another time; one that was called off is on again."""
        (row, user), said = self._mine(), read_body(self, request, MOVE)
        meetings.move(event=row, on=said["on"], reason=said.get("reason", ""), by=user, now=self.now())
        return self._answer(row)

    def _mine(self) -> tuple[AccountEvent, User]:
        row: AccountEvent = self.get_object()
        user = cast("User", self.request.user)
        if not may_say(user, row.account_id, meetings.task_of([row, *same_meeting(row)])):
            raise PermissionDenied("This account is somebody else's.")
        return row, user

    def _answer(self, row: AccountEvent, followed: Sequence[str] = ()) -> Response:
        fresh = self.get_queryset().get(pk=row.pk)
        fresh.followed = list(followed)  # type: ignore[attr-defined]
        return Response(self.get_serializer(fresh).data)
