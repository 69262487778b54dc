"""`/api/v1/tier-proposals/`: what the figures say of an account's place on the list, and what people answer."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from abmops.lib.choices import Role
from abmops.lib.errors import FieldErrors
from abmops.rest.access import EVERYBODY, Access
from abmops.rest.records import Field, Text, object_schema, read_fields
from abmops.rest.views import ApiViewSet
from accounts.api.filters import RecordFilters
from accounts.models import Account, TierProposal, User
from signals.services import tiering

_LIST_OWNER = frozenset({Role.REVOPS})
ACCEPTANCE: tuple[Field, ...] = (
    Text("decision", "In your words; stands before the evidence in the list's history.", max_length=1_000),
    Text("override", "Why past a full tier, a full owner or a quarantine.", max_length=1_000),
)
REJECTION: tuple[Field, ...] = (
    Text("decision", "Why not. It holds for 90 days.", required=True, max_length=1_000),
)
EVIDENCE: dict[str, Any] = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {
            "kind": {"type": "string"},
            "sentence": {"type": "string"},
            "value": {"type": "number"},
            "strength": {"type": "number", "minimum": 0, "maximum": 1},
        },
    },
}


@extend_schema_field(EVIDENCE)
class EvidenceField(serializers.JSONField):
    """The reasons, strongest first."""


class TierProposalOut(serializers.ModelSerializer[TierProposal]):
    """A proposal with its evidence. A tier of null is off the list."""

    account = serializers.IntegerField(source="account_id", read_only=True)
    account_domain = serializers.CharField(
        source="account.domain", read_only=True, allow_null=True, default=None
    )
    evidence = EvidenceField(read_only=True)
    decided_by = serializers.EmailField(
        source="decided_by.email", read_only=True, allow_null=True, default=None
    )

    class Meta:
        model = TierProposal
        fields = (
            "id", "account", "account_domain", "from_tier", "to_tier", "evidence", "at", "state", "decided_by",
            "decided_at", "decision",
        )  # fmt: skip
        read_only_fields = fields


class TierProposalFilters(RecordFilters):
    """By state, account and the tiers it goes between."""

    state = filters.ChoiceFilter(choices=TierProposal.State.choices)
    from_tier = filters.ChoiceFilter(choices=[("1", "1"), ("2", "2"), ("3", "3")])
    to_tier = filters.ChoiceFilter(choices=[("1", "1"), ("2", "2"), ("3", "3")])

    class Meta:
        model = TierProposal
        fields: tuple[str, ...] = ()


class TierProposalApi(ListModelMixin, RetrieveModelMixin, ApiViewSet):
    """Re-tier proposals, worked out every night from score, signals and relationship."""

    access: ClassVar[Access] = {"read": EVERYBODY, "accept": _LIST_OWNER, "reject": _LIST_OWNER}
    queryset = TierProposal.objects.none()
    serializer_class = TierProposalOut
    filterset_class = TierProposalFilters
    orderings: ClassVar[tuple[str, ...]] = ("at", "id")
    ordering = "-at"

    def get_queryset(self) -> QuerySet[TierProposal]:
        """Those of visible accounts."""
        visible = Account.objects.visible_to(self.request.user)
        return TierProposal.objects.filter(account__in=visible).select_related("account", "decided_by")

    @extend_schema(request={"application/json": object_schema(ACCEPTANCE)}, responses=TierProposalOut)
    @action(detail=True, methods=["post"])
    def accept(self, request: Request, pk: str) -> Response:
        """Do what it says. Conflict where its account has moved since."""
        said = self._read(request, ACCEPTANCE)
        tiering.accept(
            proposals=[self.get_object().pk],
            words=said.get("decision", ""),
            override=said.get("override", ""),
            by=cast("User", request.user),
            now=self.now(),
        )
        return self._answer(pk)

    @extend_schema(request={"application/json": object_schema(REJECTION)}, responses=TierProposalOut)
    @action(detail=True, methods=["post"])
    def reject(self, request: Request, pk: str) -> Response:
        """Say no. It does not come again for 90 days, unless the evidence grows."""
        said = self._read(request, REJECTION)
        tiering.reject(
            proposals=[self.get_object().pk],
            words=said["decision"],
            by=cast("User", request.user),
            now=self.now(),
        )
        return self._answer(pk)

    def _read(self, request: Request, fields: tuple[Field, ...]) -> dict[str, Any]:
        clean, errors = read_fields(fields, request.data, self.now())
        if errors:
            raise FieldErrors(errors)
        return clean

    def _answer(self, pk: str) -> Response:
        return Response(self.get_serializer(self.get_queryset().get(pk=pk)).data)
