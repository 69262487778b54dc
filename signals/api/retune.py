"""`/api/v1/retunes/`: what a quarter's feedback proposes for weights, its effect, and what was decided."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from abmops.lib.choices import Role
from abmops.lib.errors import FieldErrors
from abmops.rest.access import EVERYBODY, Access
from abmops.rest.records import Choice, Field, ListOf, Text, object_schema, read_fields
from abmops.rest.views import ApiViewSet
from accounts.models import User
from signals.domain.retune import quarter_before, quarter_of
from signals.models import Retune
from signals.services import retune

_REVOPS = frozenset({Role.REVOPS.value})
PROPOSAL: tuple[Field, ...] = (
    Choice("quarter", "This quarter so far, or the last one.", values=("this", "last"), required=True),
)
ACCEPTANCE: tuple[Field, ...] = (
    ListOf(
        "lines",
        "Those to take, as source:website or type:pricing-page; left out, all.",
        of=Text("line", max_length=60),
        most=1_000,
    ),
    Text("reason", "In your words.", max_length=1_000),
)
REFUSAL: tuple[Field, ...] = (Text("reason", "Why the weights stay.", required=True, max_length=1_000),)
CHANGES: dict[str, Any] = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {
            "kind": {"type": "string", "enum": ["source", "type"]},
            "slug": {"type": "string"},
            "name": {"type": "string"},
            "good": {"type": "integer"},
            "noise": {"type": "integer"},
            "neutral": {"type": "integer"},
            "before": {"type": "number"},
            "after": {"type": "number"},
            "reason": {"type": "string"},
            "accepted": {"type": "boolean"},
        },
    },
}


@extend_schema_field(CHANGES)
class ChangesField(serializers.JSONField):
    """A line for each weight."""


@extend_schema_field({"type": "object", "additionalProperties": True})
class EffectField(serializers.JSONField):
    """Crossings kept, gained and lost by threshold; without `thresholds` while it is being worked out."""


class RetuneOut(serializers.ModelSerializer[Retune]):
    """New weights that a quarter's feedback proposes. `quarter` is its first day."""

    changes = ChangesField(read_only=True)
    effect = EffectField(read_only=True)
    decided_by = serializers.EmailField(
        source="decided_by.email", read_only=True, allow_null=True, default=None
    )

    class Meta:
        model = Retune
        fields = (
            "id", "quarter", "status", "changes", "effect", "proposed_at", "decided_at", "decided_by", "reason",
            "reverted_at",
        )  # fmt: skip
        read_only_fields = fields


class RetuneFilters(filters.FilterSet):
    """By what became of it."""

    status = filters.ChoiceFilter(choices=Retune.Status.choices)


class RetuneApi(ListModelMixin, RetrieveModelMixin, ApiViewSet):
    """The quarterly retune. RevOps proposes, accepts, declines and reverts; everybody reads."""

    access: ClassVar[Access] = {
        "read": EVERYBODY,
        **dict.fromkeys(("create", "accept", "decline", "revert"), _REVOPS),
    }
    queryset = Retune.objects.none()
    serializer_class = RetuneOut
    filterset_class = RetuneFilters
    orderings: ClassVar[tuple[str, ...]] = ("proposed_at", "id")
    ordering: ClassVar[str] = "-proposed_at"

    def get_queryset(self) -> QuerySet[Retune]:
        """All of them."""
        return Retune.objects.select_related("decided_by")

    @extend_schema(request={"application/json": object_schema(PROPOSAL)}, responses={201: RetuneOut})
    def create(self, request: Request) -> Response:
        """Propose now. The effect follows within seconds; an open proposal of the quarter is made anew."""
        said, this = self._read(request, PROPOSAL), quarter_of(self.now())
        quarter = this if said["quarter"] == "this" else quarter_before(this)
        row = retune.propose(quarter=quarter, by=self._user(request), now=self.now())
        return Response(self._told(row.pk), status=status.HTTP_201_CREATED)

    @extend_schema(request={"application/json": object_schema(ACCEPTANCE)}, responses=RetuneOut)
    @action(detail=True, methods=["post"], filterset_class=None)
    def accept(self, request: Request, pk: str) -> Response:
        """Put the weights in force. Refused before the effect is there; conflict where a weight has moved since."""
        said, row = self._read(request, ACCEPTANCE), self.get_object()
        retune.accept(
            retune=row.pk,
            lines=said.get("lines"),
            reason=said.get("reason", ""),
            by=self._user(request),
            now=self.now(),
        )
        return Response(self._told(row.pk))

    @extend_schema(request={"application/json": object_schema(REFUSAL)}, responses=RetuneOut)
    @action(detail=True, methods=["post"], filterset_class=None)
    def decline(self, request: Request, pk: str) -> Response:
        """Leave the weights as they are."""
        said, row = self._read(request, REFUSAL), self.get_object()
        retune.decline(retune=row.pk, reason=said["reason"], by=self._user(request), now=self.now())
        return Response(self._told(row.pk))

    @extend_schema(request=None, responses=RetuneOut)
    @action(detail=True, methods=["post"], filterset_class=None)
    def revert(self, request: Request, pk: str) -> Response:
        """Put the weights back exactly; refused where newer changes stand."""
        row = self.get_object()
        retune.revert(retune=row.pk, by=self._user(request), now=self.now())
        return Response(self._told(row.pk))

    def _read(self, request: Request, fields: tuple[Field, ...]) -> dict[str, Any]:
        clean, errors = read_fields(fields, request.data, self.now())
        if errors:
            raise FieldErrors(errors)
        return clean

    def _user(self, request: Request) -> User:
        return cast("User", request.user)

    def _told(self, pk: int) -> Any:
        return self.get_serializer(self.get_queryset().get(pk=pk)).data
