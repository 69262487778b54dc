"""Duplicates and merges over the API: suggestions to decide, merges with a preview and an undo."""

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
from abmops.lib.errors import FieldErrors, NotKnown
from abmops.rest.access import EVERYBODY, Access
from abmops.rest.filters import YesNoFilter
from abmops.rest.records import Field, MapOf, Text, Whole, object_schema, read_fields
from abmops.rest.views import ApiViewSet
from accounts.models import Account, DuplicatePair, Merge, User
from accounts.services import duplicates as services
from accounts.services.merging import Preview, merge_accounts, preview, undo_merge

DECIDERS: Access = {"read": EVERYBODY, "write": frozenset({Role.REVOPS, Role.MARKETER, Role.REP})}
_PAIR: tuple[Field, ...] = (
    Whole("winner", "The id of the account that stays.", required=True, least=1),
    Whole("loser", "The id of the account that becomes part of it.", required=True, least=1),
)
REQUEST: tuple[Field, ...] = (
    *_PAIR,
    MapOf(
        "fields",
        'Of which account each field is taken: "winner" or "loser", for technologies also "both". What is left out is '
        "as the preview proposes.",
    ),
    Text("reason", "Why they are one company. Required where their countries differ.", max_length=1000),
)


class DuplicateOut(serializers.ModelSerializer[DuplicatePair]):
    """Two accounts that may be one company, and why."""

    first = serializers.IntegerField(source="first_id", read_only=True)
    second = serializers.IntegerField(source="second_id", read_only=True)
    first_name = serializers.CharField(source="first.name", read_only=True)
    second_name = serializers.CharField(source="second.name", read_only=True)
    why = serializers.SerializerMethodField()
    decided_by = serializers.EmailField(
        source="decided_by.email", read_only=True, allow_null=True, default=None
    )

    class Meta:
        model = DuplicatePair
        fields = (
            "id", "first", "first_name", "second", "second_name", "likeness", "why", "state", "found_at", "decided_by",
            "decided_at",
        )  # fmt: skip
        read_only_fields = fields

    @extend_schema_field({"type": "array", "items": {"type": "string"}})
    def get_why(self, pair: DuplicatePair) -> list[str]:
        """Sentences, strongest first."""
        return list(pair.why)


class DuplicateFilters(filters.FilterSet):
    """Filters of suggestions."""

    state = filters.ChoiceFilter(choices=DuplicatePair.State.choices)

    class Meta:
        model = DuplicatePair
        fields: tuple[str, ...] = ()


class DuplicateApi(ListModelMixin, RetrieveModelMixin, ApiViewSet):
    """Duplicates: pairs of accounts that look like one company. Only a person says whether they are."""

    access = DECIDERS
    queryset = DuplicatePair.objects.none()
    serializer_class = DuplicateOut
    filterset_class = DuplicateFilters
    orderings: ClassVar[tuple[str, ...]] = ("likeness", "found_at", "id")
    ordering: ClassVar[str] = "-likeness"

    def get_queryset(self) -> QuerySet[DuplicatePair]:
        """All pairs of accounts that the caller may see."""
        rows = DuplicatePair.objects.filter(first__in=Account.objects.visible_to(self.request.user))
        return rows.select_related("first", "second", "decided_by")

    @extend_schema(request=None, responses=DuplicateOut)
    @action(detail=True, methods=["post"], filterset_class=None)
    def different(self, request: Request, pk: str) -> Response:
        """They are different companies: never suggest them again."""
        pair = self.get_object()
        services.say_different(pairs=[pair.pk], by=cast("User", request.user), now=self.now())
        return Response(self.get_serializer(self.get_queryset().get(pk=pair.pk)).data)

    @extend_schema(request=None, responses=DuplicateOut)
    @action(detail=True, methods=["post"], filterset_class=None)
    def reopen(self, request: Request, pk: str) -> Response:
        """Take back that they are different."""
        pair = self.get_object()
        services.reopen(pairs=[pair.pk], by=cast("User", request.user))
        return Response(self.get_serializer(self.get_queryset().get(pk=pair.pk)).data)


class MergeOut(serializers.ModelSerializer[Merge]):
    """Two accounts that were made one: which, by whom, why, and which field was taken of whom."""

    winner = serializers.IntegerField(source="winner_id", read_only=True)
    winner_name = serializers.CharField(source="winner.name", read_only=True)
    loser = serializers.IntegerField(source="loser_id", read_only=True)
    fields_chosen = serializers.SerializerMethodField()
    by = serializers.EmailField(source="by.email", read_only=True, allow_null=True, default=None)
    undone_by = serializers.EmailField(
        source="undone_by.email", read_only=True, allow_null=True, default=None
    )

    class Meta:
        model = Merge
        fields = (
            "id", "winner", "winner_name", "loser", "loser_name", "fields_chosen", "reason", "by", "at", "undone_by",
            "undone_at",
        )  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(
        {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}}
    )
    def get_fields_chosen(self, merge: Merge) -> dict[str, list[str]]:
        """Field -> what was kept, what was given up."""
        return dict(merge.fields)


class CountOut(serializers.Serializer[Any]):
    """How many rows of a kind come over."""

    name = serializers.CharField()
    count = serializers.IntegerField()


class ChoiceOut(serializers.Serializer[Any]):
    """One field of both accounts, and whose is proposed."""

    name = serializers.CharField()
    winner = serializers.CharField()
    loser = serializers.CharField()
    pick = serializers.ChoiceField(choices=("winner", "loser", "both"))


class PreviewOut(serializers.Serializer[Any]):
    """What a merge would do."""

    winner = serializers.IntegerField(source="winner.pk")
    loser = serializers.IntegerField(source="loser.pk")
    fields_to_choose = ChoiceOut(many=True, source="fields")
    moves = serializers.SerializerMethodField()
    conflicts = serializers.ListField(child=serializers.CharField())
    asks_reason = serializers.CharField()

    @extend_schema_field(CountOut(many=True))
    def get_moves(self, shown: Preview) -> list[dict[str, Any]]:
        """What comes over."""
        return [{"name": name, "count": count} for name, count, _ in shown.counts]


class MergeFilters(filters.FilterSet):
    """Filters of merges."""

    winner = filters.NumberFilter(field_name="winner_id", min_value=1, max_value=2**63 - 1)
    is_undone = YesNoFilter(field_name="undone_at", lookup_expr="isnull", exclude=True)

    class Meta:
        model = Merge
        fields: tuple[str, ...] = ()


class MergeApi(ListModelMixin, RetrieveModelMixin, ApiViewSet):
    """Merges: accounts that became part of others. Each can be undone."""

    access = DECIDERS
    queryset = Merge.objects.none()
    serializer_class = MergeOut
    filterset_class = MergeFilters
    orderings: ClassVar[tuple[str, ...]] = ("at", "id")
    ordering: ClassVar[str] = "-at"

    def get_queryset(self) -> QuerySet[Merge]:
        """All merges into accounts that the caller may see."""
        rows = Merge.objects.filter(winner__in=Account.objects.visible_to(self.request.user))
        return rows.select_related("winner", "by", "undone_by").defer("loser", "moved")

    @extend_schema(request={"application/json": object_schema(REQUEST)}, responses={201: MergeOut})
    def create(self, request: Request) -> Response:
        """Make one account part of another one. Its id, domains and external ids lead there from then on."""
        said = self._read(request, REQUEST)
        done = merge_accounts(
            winner=said["winner"],
            loser=said["loser"],
            by=cast("User", request.user),
            now=self.now(),
            picks=said.get("fields"),
            reason=said.get("reason", ""),
        )
        return Response(
            self.get_serializer(self.get_queryset().get(pk=done.pk)).data, status=status.HTTP_201_CREATED
        )

    @extend_schema(request={"application/json": object_schema(_PAIR)}, responses=PreviewOut)
    @action(detail=False, methods=["post"], filterset_class=None)
    def preview(self, request: Request) -> Response:
        """What the merge would do: nothing is changed."""
        said = self._read(request, _PAIR)
        rows = Account.objects.visible_to(request.user).select_related("owner", "territory", "parent")
        found = {row.pk: row for row in rows.filter(pk__in=(said["winner"], said["loser"]))}
        for name in ("winner", "loser"):
            if said[name] not in found:
                raise NotKnown(f"There is no account {said[name]}.")
        shown = preview(winner=found[said["winner"]], loser=found[said["loser"]], now=self.now())
        return Response(PreviewOut(shown).data)

    @extend_schema(request=None, responses=MergeOut)
    @action(detail=True, methods=["post"], filterset_class=None)
    def undo(self, request: Request, pk: str) -> Response:
        """Take the merge apart, where that is exact."""
        done = undo_merge(merge=self.get_object().pk, by=cast("User", request.user), now=self.now())
        return Response(self.get_serializer(self.get_queryset().get(pk=done.pk)).data)

    def _read(self, request: Request, fields: tuple[Field, ...]) -> dict[str, Any]:
        said, errors = read_fields(fields, request.data, self.now())
        if errors:
            raise FieldErrors(errors)
        return said
