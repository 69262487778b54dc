"""`/api/v1/bursts/` and `/api/v1/treatments/`: what marketing plans, and what web and ads should show."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar, cast

from django.db.models import Count, Q, QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from abmops.lib.choices import Lifecycle, Phase, Role
from abmops.rest.access import EVERYBODY, Access
from abmops.rest.filters import MomentFilter, YesNoFilter
from abmops.rest.records import Choice, Field, ListOf, Parsed, Text, Whole, Wrong
from abmops.rest.views import ApiViewSet
from accounts.api.filters import RecordFilters
from accounts.api.records import read_domain, user_field
from accounts.models import User
from plays.api.fields import READ_ONLY, REASON, body_of, read_body, user_named
from plays.domain import hours
from plays.domain.treatment import TREATMENTS
from plays.models import AccountTreatment, Burst
from plays.models.burst import CHANNELS
from plays.selectors import bursts as reads
from plays.services.calendar import bursts

AUDIENCE = ("tiers", "territories", "phases", "lifecycles", "domains")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Wrong(f"“{text[:40]}” is not a day. Write it like 2026-11-22.") from None


def _day_field(name: str, help_: str, *, required: bool = False) -> Parsed:
    return Parsed(name, help_, required=required, max_length=10, parse=_day, like={"format": "date"})


def _fields(*, required: bool) -> tuple[Field, ...]:
    return (
        Text("name", "What reps will recognise it by.", required=required, max_length=120),
        Choice("channel", required=required, values=tuple(one.value for one in CHANNELS)),
        _day_field("starts_on", "The first day; it begins at nine in the owner's zone.", required=required),
        _day_field("ends_on", "The last day, included.", required=required),
        Text("note", "What the accounts will see.", max_length=2_000),
        user_field("owner", "E-mail of the marketer who runs it."),
    )


BURST: tuple[Field, ...] = (
    *_fields(required=True),
    ListOf("tiers", "Of the target list; left out: all.", of=Whole("tier", least=1, most=3), most=3),
    ListOf("territories", "Slugs.", of=Text("territory", max_length=80), most=100),
    ListOf("phases", of=Choice("phase", values=tuple(Phase.values)), most=5),
    ListOf("lifecycles", of=Choice("lifecycle", values=tuple(Lifecycle.values)), most=6),
    ListOf(
        "domains",
        "These accounts, instead of the filters.",
        of=Parsed("domain", max_length=2_000, parse=read_domain),
        most=5_000,
    ),
)
CHANGE = _fields(required=False)


class BurstOut(serializers.ModelSerializer[Burst]):
    """A stretch of marketing on named accounts."""

    owner = serializers.EmailField(source="owner.email", read_only=True, allow_null=True, default=None)
    accounts = serializers.IntegerField(read_only=True, help_text="How many are in it now.")
    resting = serializers.IntegerField(
        read_only=True,
        default=0,
        help_text="How many of them rest, because a meeting is booked or they are paused; 0 once it is over.",
    )

    class Meta:
        model = Burst
        fields = (
            "id", "name", "channel", "starts_on", "ends_on", "note", "audience", "owner", "accounts", "resting",
            "created_at", "updated_at", "cancelled_at", "cancelled_reason",
        )  # fmt: skip
        read_only_fields = fields


class BurstFilters(filters.FilterSet):
    """What a list of bursts can be narrowed to."""

    channel = filters.ChoiceFilter(choices=[(one.value, one.label) for one in CHANNELS])
    is_cancelled = YesNoFilter(field_name="cancelled_at", lookup_expr="isnull", exclude=True)
    runs_from = filters.DateFilter(field_name="ends_on", lookup_expr="gte")
    runs_until = filters.DateFilter(field_name="starts_on", lookup_expr="lte")

    class Meta:
        model = Burst
        fields: tuple[str, ...] = ()


@extend_schema_view(
    create=extend_schema(request=body_of(BURST), responses={201: BurstOut}),
    partial_update=extend_schema(request=body_of(CHANGE), responses={200: BurstOut}),
)
class BurstApi(ListModelMixin, RetrieveModelMixin, ApiViewSet):
    """Bursts: planned by marketers, seen by the reps of their accounts a week before they start."""

    access: ClassVar[Access] = {
        "read": EVERYBODY,
        "write": frozenset({Role.REVOPS.value, Role.MARKETER.value, Role.INTEGRATION.value}),
    }
    queryset = Burst.objects.none()
    serializer_class = BurstOut
    filterset_class = BurstFilters
    http_method_names = ["get", "head", "post", "patch", "options"]
    orderings: ClassVar[tuple[str, ...]] = ("id", "starts_on", "ends_on", "updated_at")
    ordering = "starts_on"

    def get_queryset(self) -> QuerySet[Burst]:
        """Every burst."""
        rows = Burst.objects.visible_to(cast("User", self.request.user)).select_related("owner")
        return rows.annotate(accounts=Count("members", filter=Q(members__left_at__isnull=True)))

    def paginate_queryset(self, queryset: Any) -> list[Any]:
        """A page of bursts, with how many accounts rest in each."""
        return self._with_rest(super().paginate_queryset(queryset) or [])

    def get_object(self) -> Burst:
        """One burst, with how many accounts rest in it."""
        return self._with_rest([super().get_object()])[0]

    def _with_rest(self, shown: list[Burst]) -> list[Burst]:
        zone = hours.zone_named(cast("User", self.request.user).time_zone)
        resting = reads.at_rest(shown, zone=zone, now=self.now())
        for burst in shown:
            burst.resting = resting.get(burst.pk, 0)  # type: ignore[attr-defined]
        return shown

    def create(self, request: Request) -> Response:
        """Plan one on the accounts of an audience."""
        said = read_body(self, request, BURST)
        fields = {name: said[name] for name in said if name not in AUDIENCE and name != "owner"}
        fields["owner"] = self._owner(said)
        fields["audience"] = {name: said[name] for name in AUDIENCE if said.get(name)}
        planned = bursts.plan_burst(fields=fields, by=cast("User", request.user), now=self.now())
        assert planned.burst is not None
        return self._answer(planned.burst, status.HTTP_201_CREATED)

    def partial_update(self, request: Request, pk: str) -> Response:
        """Other words or days; once begun, its start and channel stay."""
        found, said = self.get_object(), read_body(self, request, CHANGE)
        if "owner" in said:
            said["owner"] = self._owner(said)
        return self._answer(bursts.change_burst(burst=found, fields=said, now=self.now()))

    @extend_schema(request=body_of(REASON), responses={200: BurstOut})
    @action(detail=True, methods=["post"], filterset_class=None)
    def cancel(self, request: Request, pk: str) -> Response:
        """Call it off, for a reason."""
        found, said = self.get_object(), read_body(self, request, REASON)
        return self._answer(bursts.cancel_burst(burst=found, reason=said["reason"], now=self.now()))

    @extend_schema(request=None, responses={200: BurstOut})
    @action(detail=True, methods=["post"], filterset_class=None)
    def restore(self, request: Request, pk: str) -> Response:
        """Undo calling it off."""
        return self._answer(bursts.restore_burst(burst=self.get_object(), now=self.now()))

    def _owner(self, said: dict[str, Any]) -> User:
        return user_named(said.get("owner"), "/owner") or cast("User", self.request.user)

    def _answer(self, burst: Burst, code: int = status.HTTP_200_OK) -> Response:
        (shown,) = self._with_rest([self.get_queryset().get(pk=burst.pk)])
        return Response(self.get_serializer(shown).data, code)


class TreatmentOut(serializers.ModelSerializer[AccountTreatment]):
    """How web and ads should treat an account, and since when."""

    account = serializers.IntegerField(source="account_id", read_only=True)
    account_domain = serializers.CharField(
        source="account.domain", read_only=True, allow_null=True, default=None
    )
    treatment = serializers.ChoiceField(choices=list(TREATMENTS.items()), read_only=True)
    means = serializers.SerializerMethodField()

    class Meta:
        model = AccountTreatment
        fields = ("account", "account_domain", "treatment", "means", "since")
        read_only_fields = fields

    def get_means(self, row: AccountTreatment) -> str:
        """In words."""
        return TREATMENTS[row.treatment]


class TreatmentFilters(RecordFilters):
    """What a list of treatments can be narrowed to."""

    treatment = filters.ChoiceFilter(choices=list(TREATMENTS.items()))
    since = MomentFilter(field_name="since", lookup_expr="gte")

    class Meta:
        model = AccountTreatment
        fields: tuple[str, ...] = ()


class TreatmentApi(ListModelMixin, ApiViewSet):
    """What web pages and ads ask before they show something. An account that is not here has the treatment `none`."""

    access: ClassVar[Access] = READ_ONLY
    queryset = AccountTreatment.objects.none()
    serializer_class = TreatmentOut
    filterset_class = TreatmentFilters
    orderings: ClassVar[tuple[str, ...]] = ("account_id", "since")
    ordering = "account_id"

    def get_queryset(self) -> QuerySet[AccountTreatment]:
        """Of every account that has one."""
        return AccountTreatment.objects.select_related("account")
