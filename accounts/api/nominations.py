"""`/api/v1/nominations/`: what both sides ask for, and what the list's owner says."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from abmops.lib.choices import TIERS, Role, Side
from abmops.lib.errors import FieldError, FieldErrors
from abmops.rest.access import EVERYBODY, Access
from abmops.rest.filters import MomentFilter
from abmops.rest.records import Choice, Field, Text, Whole, object_schema, read_fields
from abmops.rest.views import ApiViewSet
from accounts.api.access import WORKERS
from accounts.api.filters import RecordFilters
from accounts.api.records import LIST_CHANGE
from accounts.models import Account, Nomination, User
from accounts.services import lookups
from accounts.services.target_list import nominations as services

_OF_ACCOUNT = tuple(field for field in LIST_CHANGE if field.name.startswith("account_"))
NOMINATION: tuple[Field, ...] = (
    *_OF_ACCOUNT,
    Choice("side", "Which side nominates.", required=True, values=tuple(Side.values)),
    Whole("tier", "1, 2 or 3.", required=True, least=1, most=3),
    Text("reason", "Why, in words that the other side reads.", required=True, max_length=2_000),
)
_DECISION = Text("decision", "Why; whoever nominated reads it.", required=True, max_length=2_000)
ACCEPTANCE: tuple[Field, ...] = (
    _DECISION,
    Whole("tier", "Where it is to be another tier than the nominated one.", null=True, least=1, most=3),
    Text("override", "Why past a full tier or a quarantine.", max_length=2_000),
)
REJECTION: tuple[Field, ...] = (_DECISION,)
WITHDRAWAL: tuple[Field, ...] = (Text("reason", "Why.", max_length=2_000),)


class NominationOut(serializers.ModelSerializer[Nomination]):
    """A nomination and what became of it."""

    account = serializers.IntegerField(source="account_id", read_only=True)
    account_domain = serializers.CharField(
        source="account.domain", read_only=True, allow_null=True, default=None
    )
    by = serializers.EmailField(source="by.email", read_only=True, allow_null=True, default=None)
    decided_by = serializers.EmailField(
        source="decided_by.email", read_only=True, allow_null=True, default=None
    )
    list_change = serializers.IntegerField(source="membership_id", read_only=True, allow_null=True)

    class Meta:
        model = Nomination
        fields = (
            "id", "account", "account_domain", "side", "tier", "reason", "by", "at", "state", "decided_by",
            "decided_at", "decision", "list_change",
        )  # fmt: skip
        read_only_fields = fields


class NominationFilters(RecordFilters):
    """Filters of nominations."""

    state = filters.ChoiceFilter(choices=Nomination.State.choices)
    side = filters.ChoiceFilter(choices=Side.choices)
    tier = filters.ChoiceFilter(choices=[(str(tier), str(tier)) for tier, _ in TIERS])
    since = MomentFilter(field_name="at", lookup_expr="gte")

    class Meta:
        model = Nomination
        fields: tuple[str, ...] = ()


class NominationApi(ListModelMixin, RetrieveModelMixin, ApiViewSet):
    """Nominations: each side's wish to put an account on the list or into another tier."""

    access: ClassVar[Access] = {
        "read": EVERYBODY,
        "write": WORKERS,
        "accept": frozenset({Role.REVOPS}),
        "reject": frozenset({Role.REVOPS}),
    }
    record = NOMINATION
    queryset = Nomination.objects.none()
    serializer_class = NominationOut
    filterset_class = NominationFilters
    orderings: ClassVar[tuple[str, ...]] = ("at", "id")
    ordering = "-at"

    def get_queryset(self) -> QuerySet[Nomination]:
        """Those of visible accounts."""
        visible = Account.objects.visible_to(self.request.user)
        rows = Nomination.objects.filter(account__in=visible)
        return rows.select_related("account", "by", "decided_by")

    def create(self, request: Request) -> Response:
        """Nominate one account for a side. One that the side has nominated already is a conflict."""
        record = self.read_record(request)
        (row,) = services.nominate(
            accounts=[account_of(record)],
            side=record["side"],
            tier=record["tier"],
            reason=record["reason"],
            by=self.user,
            now=self.now(),
        )
        return self._answer(row.pk, status.HTTP_201_CREATED)

    @extend_schema(request={"application/json": object_schema(ACCEPTANCE)}, responses=NominationOut)
    @action(detail=True, methods=["post"])
    def accept(self, request: Request, pk: str) -> Response:
        """Place the account on the list at once. Past a ceiling or a quarantine it takes an `override`."""
        words = read_words(request, ACCEPTANCE, self.now())
        services.accept(
            nominations=[self.get_object().pk],
            decision=words["decision"],
            by=self.user,
            now=self.now(),
            tier=words.get("tier"),
            override=words.get("override", ""),
        )
        return self._answer(int(pk))

    @extend_schema(request={"application/json": object_schema(REJECTION)}, responses=NominationOut)
    @action(detail=True, methods=["post"])
    def reject(self, request: Request, pk: str) -> Response:
        """Turn it down; whoever nominated is told why."""
        words = read_words(request, REJECTION, self.now())
        services.reject(
            nominations=[self.get_object().pk], decision=words["decision"], by=self.user, now=self.now()
        )
        return self._answer(int(pk))

    @extend_schema(request={"application/json": object_schema(WITHDRAWAL)}, responses=NominationOut)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> Response:
        """Take it back: whoever nominated, or RevOps."""
        words = read_words(request, WITHDRAWAL, self.now())
        services.withdraw(
            nomination=self.get_object(), by=self.user, now=self.now(), reason=words.get("reason", "")
        )
        return self._answer(int(pk))

    @property
    def user(self) -> User:
        """Who calls."""
        return cast("User", self.request.user)

    def _answer(self, pk: int, code: int = status.HTTP_200_OK) -> Response:
        return Response(self.get_serializer(self.get_queryset().get(pk=pk)).data, status=code)


def account_of(record: dict[str, Any]) -> int:
    """The account that a record names by a domain or an external id."""
    found = lookups.AccountRefs.of([record]).find(record)
    if isinstance(found, FieldError):
        raise FieldErrors([found])
    if found is None:
        raise FieldErrors.one("/account_domain", "Is missing; name the account by it or by its external id.")
    return found


def read_words(request: Request, fields: tuple[Field, ...], now: Any) -> dict[str, Any]:
    """The body of an act, or everything that is wrong with it."""
    words, errors = read_fields(fields, request.data, now)
    if errors:
        raise FieldErrors(errors)
    return words
