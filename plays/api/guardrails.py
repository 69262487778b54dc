"""`/api/v1/guardrails/`, `/api/v1/step-holds/` and `/api/v1/overrides/`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, ClassVar, cast

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from abmops.lib.choices import Role
from abmops.rest.access import EVERYBODY, Access
from abmops.rest.filters import MomentFilter, YesNoFilter
from abmops.rest.records import Field, Text, Whole
from abmops.rest.views import ApiViewSet
from accounts.api.filters import RecordFilters
from accounts.models import User
from accounts.selectors.target_list import list_policy
from plays.api.fields import READ_ONLY
from plays.models import GuardrailNumbers, Override, StepHold
from plays.selectors import facts as facts_of
from plays.selectors import guarded
from plays.services.guardrail.numbers import BOUNDS, write_numbers

NUMBERS: tuple[Field, ...] = (
    *(Whole(name, least=least, most=most) for name, (least, most) in BOUNDS.items()),
    Text("reason", "Why the numbers change; everybody reads it.", required=True, max_length=1_000),
)


class GuardrailNumbersOut(serializers.ModelSerializer[GuardrailNumbers]):
    """The guardrails' numbers from a moment on; the newest are in force."""

    by = serializers.EmailField(source="by.email", read_only=True, allow_null=True, default=None)

    class Meta:
        model = GuardrailNumbers
        fields = ("id", *BOUNDS, "reason", "by", "at")
        read_only_fields = fields


class FiguresOut(serializers.Serializer[Any]):
    """What a rule did in the last 28 days."""

    decisions = serializers.IntegerField(read_only=True, help_text="Plays that it refused or held.")
    steps = serializers.IntegerField(read_only=True, help_text="Steps that it put off.")
    overrides = serializers.IntegerField(read_only=True, help_text="Times that somebody set it aside.")


class GuardrailOut(serializers.Serializer[Any]):
    """A guardrail as a sentence with its numbers."""

    rule = serializers.CharField(read_only=True)
    title = serializers.CharField(read_only=True)
    sentence = serializers.CharField(read_only=True)
    is_settable = serializers.BooleanField(read_only=True, help_text="Whether a person may set it aside.")
    figures = FiguresOut(read_only=True)


class InForceOut(serializers.Serializer[Any]):
    """The numbers in force now, and every guardrail with what it did."""

    numbers = serializers.DictField(child=serializers.IntegerField(), read_only=True)
    quarantine_days = serializers.IntegerField(read_only=True)
    guardrails = GuardrailOut(many=True, read_only=True)


class GuardrailApi(ListModelMixin, RetrieveModelMixin, ApiViewSet):
    """The guardrails' numbers and their history. Numbers that are left out stay."""

    access: ClassVar[Access] = {"read": EVERYBODY, "write": frozenset({Role.REVOPS.value})}
    record = NUMBERS
    queryset = GuardrailNumbers.objects.none()
    serializer_class = GuardrailNumbersOut
    orderings: ClassVar[tuple[str, ...]] = ("id", "at")
    ordering = "-id"

    def get_queryset(self) -> QuerySet[GuardrailNumbers]:
        """Every change, the newest first."""
        return GuardrailNumbers.objects.select_related("by")

    def create(self, request: Request) -> Response:
        """Put other numbers in force, for a reason."""
        record = self.read_record(request)
        row = write_numbers(
            numbers={name: record[name] for name in BOUNDS if name in record},
            reason=record["reason"],
            by=cast("User", request.user),
            now=self.now(),
        )
        return Response(self.get_serializer(self.get_queryset().get(pk=row.pk)).data, status.HTTP_201_CREATED)

    @extend_schema(responses=InForceOut)
    @action(detail=False, url_path="in-force", filterset_class=None)
    def in_force(self, request: Request) -> Response:
        """The numbers of now, and each guardrail in words with what it did in the last 28 days."""
        del request
        policy, days = facts_of.policy(), list_policy().quarantine_days
        rules = guarded.guardrails(policy, quarantine_days=days, now=self.now())
        said = {"numbers": asdict(policy), "quarantine_days": days, "guardrails": rules}
        return Response(InForceOut(said).data)


class StepHoldOut(serializers.ModelSerializer[StepHold]):
    """A step that a guardrail put off."""

    account = serializers.IntegerField(source="account_id", read_only=True)
    account_domain = serializers.CharField(
        source="account.domain", read_only=True, allow_null=True, default=None
    )
    enrollment = serializers.IntegerField(source="step_run.enrollment_id", read_only=True)
    play = serializers.CharField(source="step_run.enrollment.play.slug", read_only=True)
    step = serializers.CharField(source="step_run.key", read_only=True)

    class Meta:
        model = StepHold
        fields = (
            "id", "account", "account_domain", "enrollment", "play", "step", "rule", "sentence", "since", "until",
            "ended_at",
        )  # fmt: skip
        read_only_fields = fields


class StepHoldFilters(RecordFilters):
    """What a list of held steps can be narrowed to."""

    rule = filters.CharFilter()
    play = filters.CharFilter(field_name="step_run__enrollment__play__slug")
    is_over = YesNoFilter(field_name="ended_at", lookup_expr="isnull", exclude=True)
    since = MomentFilter(field_name="since", lookup_expr="gte")
    before = MomentFilter(field_name="since", lookup_expr="lt")

    class Meta:
        model = StepHold
        fields: tuple[str, ...] = ()


class StepHoldApi(ListModelMixin, RetrieveModelMixin, ApiViewSet):
    """Steps that a guardrail put off, with the moment of the next look."""

    access: ClassVar[Access] = READ_ONLY
    queryset = StepHold.objects.none()
    serializer_class = StepHoldOut
    filterset_class = StepHoldFilters
    orderings: ClassVar[tuple[str, ...]] = ("id", "since")
    ordering = "-id"

    def get_queryset(self) -> QuerySet[StepHold]:
        """All of them."""
        return StepHold.objects.select_related("account", "step_run__enrollment__play")


class OverrideOut(serializers.ModelSerializer[Override]):
    """A guardrail that a person set aside."""

    account = serializers.IntegerField(source="account_id", read_only=True)
    account_domain = serializers.CharField(
        source="account.domain", read_only=True, allow_null=True, default=None
    )
    play = serializers.CharField(source="play.slug", read_only=True, allow_null=True, default=None)
    enrollment = serializers.IntegerField(source="enrollment_id", read_only=True, allow_null=True)
    state = serializers.CharField(source="enrollment.state", read_only=True, allow_null=True, default=None)
    step = serializers.CharField(source="step_run.key", read_only=True, allow_null=True, default=None)
    by = serializers.EmailField(source="by.email", read_only=True, allow_null=True, default=None)

    class Meta:
        model = Override
        fields = (
            "id", "account", "account_domain", "play", "enrollment", "state", "step", "rule", "said", "reason", "by",
            "at",
        )  # fmt: skip
        read_only_fields = fields


class OverrideFilters(RecordFilters):
    """What a list of overrides can be narrowed to."""

    rule = filters.CharFilter()
    play = filters.CharFilter(field_name="play__slug")
    by = filters.CharFilter(field_name="by__email", lookup_expr="iexact")
    since = MomentFilter(field_name="at", lookup_expr="gte")
    before = MomentFilter(field_name="at", lookup_expr="lt")

    class Meta:
        model = Override
        fields: tuple[str, ...] = ()


class OverrideApi(ListModelMixin, RetrieveModelMixin, ApiViewSet):
    """Guardrails that people set aside, each with its reason and what became of the play."""

    access: ClassVar[Access] = READ_ONLY
    queryset = Override.objects.none()
    serializer_class = OverrideOut
    filterset_class = OverrideFilters
    orderings: ClassVar[tuple[str, ...]] = ("id", "at")
    ordering = "-id"

    def get_queryset(self) -> QuerySet[Override]:
        """All that the reader may see."""
        return Override.objects.visible_to(self.request.user).select_related(
            "account", "play", "enrollment", "step_run", "by"
        )
