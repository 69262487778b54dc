"""`/api/v1/enrollments/` and `/api/v1/decisions/`."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Prefetch, Q, QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from abmops.lib.errors import Conflict
from abmops.rest.access import EVERYBODY, Access
from abmops.rest.filters import MomentFilter, YesNoFilter
from abmops.rest.views import ApiViewSet
from accounts.api.filters import RecordFilters
from plays import services
from plays.api.fields import ANYWAY, HAND_ON, READ_ONLY, REASON, WORKERS, body_of, read_body, user_named
from plays.api.serializers import DecisionOut, EnrollmentOut
from plays.domain import enrollment as life
from plays.models import Decision, Enrollment, EnrollmentEvent, StepRun
from plays.selectors import pauses
from plays.services.guardrail.overriding import open_step_anyway


class EnrollmentFilters(RecordFilters):
    """What a list of enrollments can be narrowed to."""

    play = filters.CharFilter(field_name="play__slug")
    state = filters.ChoiceFilter(choices=Enrollment.State.choices)
    paused = YesNoFilter(method="by_paused")
    crossing = filters.NumberFilter(field_name="crossing_id", min_value=1, max_value=2**63 - 1)
    owner = filters.CharFilter(field_name="owner__email", lookup_expr="iexact")
    since = MomentFilter(field_name="enrolled_at", lookup_expr="gte")
    before = MomentFilter(field_name="enrolled_at", lookup_expr="lt")

    class Meta:
        model = Enrollment
        fields: tuple[str, ...] = ()

    def by_paused(self, queryset: QuerySet[Enrollment], name: str, value: bool) -> QuerySet[Enrollment]:
        """Those that rest now, by a pause of theirs, of their account or of their play; what has ended never does."""
        rests = Q(pauses.covering_enrollment(), state__in=life.LIVE)
        return queryset.filter(rests) if value else queryset.exclude(rests)


def shown_to(user: Any) -> QuerySet[Enrollment]:
    """Enrollments with all that `EnrollmentOut` says of them, in eight queries however many there are."""
    rows = Enrollment.objects.visible_to(user).select_related(
        "account", "play", "version", "owner", "handed_to", "contact", "decision__account", "decision__by"
    )
    return pauses.with_pauses(rows).prefetch_related(
        Prefetch("step_runs", StepRun.objects.order_by("position", "cycle")),
        "decision__attempts",
        Prefetch("events", EnrollmentEvent.objects.select_related("by").order_by("seq")),
    )


class EnrollmentApi(ListModelMixin, RetrieveModelMixin, ApiViewSet):
    """Accounts in plays, each with its steps, its transitions and the decision that chose it."""

    access: ClassVar[Access] = {
        "read": EVERYBODY, "open_anyway": WORKERS, "cancel": WORKERS,
        "restore": WORKERS, "hand_over": WORKERS,
    }  # fmt: skip
    serializer_class = EnrollmentOut
    filterset_class = EnrollmentFilters
    orderings: ClassVar[tuple[str, ...]] = ("id", "enrolled_at", "finished_at")
    ordering: ClassVar[str] = "-id"
    queryset = Enrollment.objects.none()

    def get_queryset(self) -> QuerySet[Enrollment]:
        """Everything that runs or ran."""
        return shown_to(self.request.user)

    @extend_schema(request=body_of(REASON), responses={200: EnrollmentOut})
    @action(detail=True, methods=["post"], filterset_class=None)
    def cancel(self, request: Request, pk: str) -> Response:
        """Stop it; what was owed in it is cancelled."""
        (row, user), said = self._editable(), read_body(self, request, REASON)
        services.cancel_enrollment(enrollment=row, by=user, reason=said["reason"], now=self.now())
        return Response(self.get_serializer(self.get_queryset().get(pk=row.pk)).data)

    @extend_schema(request=None, responses={200: EnrollmentOut})
    @action(detail=True, methods=["post"], filterset_class=None)
    def restore(self, request: Request, pk: str) -> Response:
        """Take a stop by hand back, within a week; what was owed is due later by the time it was away."""
        row, user = self._editable()
        services.restore_enrollment(enrollment=row, by=user, now=self.now())
        return Response(self.get_serializer(self.get_queryset().get(pk=row.pk)).data)

    @extend_schema(request=body_of(HAND_ON), responses={200: EnrollmentOut})
    @action(detail=True, methods=["post"], url_path="hand-over", filterset_class=None)
    def hand_over(self, request: Request, pk: str) -> Response:
        """All of it is somebody else's from now on: what is owed, and every step to come; due times stay."""
        (row, user), said = self._editable(), read_body(self, request, HAND_ON)
        to = user_named(said["to"], "/to")
        assert to is not None
        services.hand_over(enrollment=row, to=to, by=user, reason=said.get("reason", ""), now=self.now())
        return Response(self.get_serializer(self.get_queryset().get(pk=row.pk)).data)

    def _editable(self) -> tuple[Enrollment, Any]:
        row: Enrollment = self.get_object()
        user: Any = self.request.user
        if not Enrollment.objects.editable_by(user).filter(pk=row.pk).exists():
            raise PermissionDenied("This account is somebody else's.")
        return row, user

    @extend_schema(request=body_of(ANYWAY), responses={200: EnrollmentOut})
    @action(detail=True, methods=["post"], url_path="open-anyway", filterset_class=None)
    def open_anyway(self, request: Request, pk: str) -> Response:
        """Open the step that a guardrail holds back, setting the named rules aside, for a reason."""
        (row, user), said = self._editable(), read_body(self, request, ANYWAY)
        run = StepRun.objects.select_related("enrollment").filter(enrollment=row, state="pending").first()
        if run is None:
            raise Conflict("No step of this enrollment waits.")
        open_step_anyway(run=run, rules=said["rules"], by=user, reason=said["reason"], now=self.now())
        return Response(self.get_serializer(self.get_queryset().get(pk=row.pk)).data)


class DecisionFilters(RecordFilters):
    """What a list of decisions can be narrowed to."""

    crossing = filters.NumberFilter(field_name="crossing_id", min_value=1, max_value=2**63 - 1)
    since = MomentFilter(field_name="made_at", lookup_expr="gte")
    before = MomentFilter(field_name="made_at", lookup_expr="lt")

    class Meta:
        model = Decision
        fields: tuple[str, ...] = ()


class DecisionApi(ListModelMixin, RetrieveModelMixin, ApiViewSet):
    """Every choice among plays, also those that began nothing: each candidate and the rule that settled it."""

    access: ClassVar[Access] = READ_ONLY
    serializer_class = DecisionOut
    filterset_class = DecisionFilters
    orderings: ClassVar[tuple[str, ...]] = ("id", "made_at")
    ordering: ClassVar[str] = "-id"
    queryset = Decision.objects.none()

    def get_queryset(self) -> QuerySet[Decision]:
        """All decisions."""
        rows = Decision.objects.visible_to(self.request.user).select_related("account", "by")
        return rows.prefetch_related("attempts")
