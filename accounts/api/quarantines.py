"""`/api/v1/quarantines/`: the accounts that people hold back from the list."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from abmops.lib.errors import FieldErrors
from abmops.rest.access import EVERYBODY, Access
from abmops.rest.filters import MomentFilter, YesNoFilter
from abmops.rest.records import Field, Moment, Text
from abmops.rest.views import PAGE_PARAMETERS, ApiViewSet
from accounts.api.access import WORKERS
from accounts.api.filters import RecordFilters
from accounts.api.nominations import NOMINATION, account_of
from accounts.domain.quarantine import HeldBy, Hold
from accounts.models import Account, Quarantine, User
from accounts.selectors import target_list as facts
from accounts.services.target_list import quarantine as services

HOLD: tuple[Field, ...] = (
    *(field for field in NOMINATION if field.name.startswith("account_")),
    Moment("until", "When it ends; null or left out: until somebody lifts it.", null=True, past=False),
    Text("reason", "Why; whoever wants the account on the list reads it.", required=True, max_length=2_000),
)


class QuarantineOut(serializers.ModelSerializer[Quarantine]):
    """A hold that a person or program has written. Open and freshly lost deals hold back without one."""

    account = serializers.IntegerField(source="account_id", read_only=True)
    account_domain = serializers.CharField(
        source="account.domain", read_only=True, allow_null=True, default=None
    )
    by = serializers.EmailField(source="by.email", read_only=True, allow_null=True, default=None)
    lifted_by = serializers.EmailField(
        source="lifted_by.email", read_only=True, allow_null=True, default=None
    )

    class Meta:
        model = Quarantine
        fields = (
            "id", "account", "account_domain", "starts_at", "until", "reason", "by", "lifted_at", "lifted_by",
        )  # fmt: skip
        read_only_fields = fields


class QuarantineFilters(RecordFilters):
    """Filters of holds."""

    is_lifted = YesNoFilter(field_name="lifted_at", lookup_expr="isnull", exclude=True)
    until_before = MomentFilter(field_name="until", lookup_expr="lt")

    class Meta:
        model = Quarantine
        fields: tuple[str, ...] = ()


class QuarantineApi(ListModelMixin, RetrieveModelMixin, ApiViewSet):
    """Holds by hand. Who is held back now, deals included, stands at `held-back/`."""

    access: ClassVar[Access] = {"read": EVERYBODY, "write": WORKERS}
    record = HOLD
    queryset = Quarantine.objects.none()
    serializer_class = QuarantineOut
    filterset_class = QuarantineFilters
    orderings: ClassVar[tuple[str, ...]] = ("starts_at", "id")
    ordering = "-starts_at"

    def get_queryset(self) -> QuerySet[Quarantine]:
        """Those of visible accounts."""
        visible = Account.objects.visible_to(self.request.user)
        return Quarantine.objects.filter(account__in=visible).select_related("account", "by", "lifted_by")

    def create(self, request: Request) -> Response:
        """Hold one account back from joining the list."""
        record = self.read_record(request)
        (row,) = services.hold_back(
            accounts=[account_of(record)],
            until=record.get("until"),
            reason=record["reason"],
            by=cast("User", request.user),
            now=self.now(),
        )
        return Response(self.get_serializer(self.get_queryset().get(pk=row.pk)).data, status.HTTP_201_CREATED)

    @extend_schema(request=None, responses=QuarantineOut)
    @action(detail=True, methods=["post"])
    def lift(self, request: Request, pk: str) -> Response:
        """End it before its day: whoever made it, or RevOps."""
        row = services.lift(hold=self.get_object(), by=cast("User", request.user), now=self.now())
        return Response(self.get_serializer(self.get_queryset().get(pk=row.pk)).data)


class HoldOut(serializers.Serializer[Any]):
    """One reason to hold an account back."""

    kind = serializers.ChoiceField(choices=[(kind.value, kind.value) for kind in HeldBy], read_only=True)
    what = serializers.CharField(read_only=True, help_text="The deal's name, or what somebody wrote.")
    since = serializers.DateTimeField(read_only=True)
    until = serializers.DateTimeField(read_only=True, allow_null=True)


class HeldBackOut(serializers.ModelSerializer[Account]):
    """An account off the list that may not join it now, with everything that keeps it off."""

    account = serializers.IntegerField(source="pk", read_only=True)
    account_domain = serializers.CharField(source="domain", read_only=True, allow_null=True)
    holds = serializers.SerializerMethodField()

    class Meta:
        model = Account
        fields = ("account", "name", "account_domain", "holds")
        read_only_fields = fields

    @extend_schema_field(HoldOut(many=True))
    def get_holds(self, account: Account) -> Any:
        """Oldest first."""
        holds: dict[int, list[Hold]] = self.context.get("holds", {})
        return HoldOut(holds.get(account.pk, []), many=True).data


class HeldBackApi(ApiViewSet):
    """Who may not join the list now: an open deal, a fresh loss, or somebody's word."""

    access: ClassVar[Access] = {"read": EVERYBODY}
    queryset = Account.objects.none()
    serializer_class = HeldBackOut
    parameters: ClassVar[frozenset[str]] = frozenset({"kind"})
    orderings: ClassVar[tuple[str, ...]] = ("id", "name")

    def known_parameters(self) -> frozenset[str]:
        """The kind, and the page's."""
        return self.parameters | PAGE_PARAMETERS

    @extend_schema(
        parameters=[
            OpenApiParameter("kind", str, enum=[kind.value for kind in HeldBy]),
            OpenApiParameter("limit", int, description="Rows a page, at most 1,000; 100 if not said."),
            OpenApiParameter("cursor", str, description="Where to go on; taken from `next`."),
            OpenApiParameter("ordering", str, enum=["id", "-id", "name", "-name"]),
        ],
        responses=HeldBackOut(many=True),
    )
    def list(self, request: Request) -> Response:
        """Every account that is held back at this moment."""
        kind = request.query_params.get("kind", "")
        if kind and kind not in set(HeldBy):
            raise FieldErrors.one("/kind", f"Must be one of {', '.join(HeldBy)}.")
        rows = facts.held_back(Account.objects.visible_to(request.user), now=self.now(), kind=kind)
        page = self.paginate_queryset(rows) or []
        holds = facts.holds_of([account.pk for account in page], now=self.now())
        return self.get_paginated_response(HeldBackOut(page, many=True, context={"holds": holds}).data)
