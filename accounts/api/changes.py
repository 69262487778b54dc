"""`/api/v1/changes/`: the change log, for people's keys; integrations do not read it."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin

from abmops.lib.choices import Role, Side
from abmops.lib.domains import registrable_domain
from abmops.lib.errors import FieldErrors
from abmops.rest.access import EVERYBODY, Access
from abmops.rest.filters import MomentFilter
from abmops.rest.views import ApiViewSet
from accounts.models import AccountDomain, Change, ChangeSet, Via

READ_BY_PEOPLE: Access = {"read": EVERYBODY - {Role.INTEGRATION.value}}
OPS = {"made": "I", "changed": "U", "removed": "D"}
_WORDS = {op: word for word, op in OPS.items()}


class ChangeSetOut(serializers.ModelSerializer[ChangeSet]):
    """One act: who, when, by which way, for which side and why."""

    by = serializers.EmailField(source="by.email", read_only=True, allow_null=True, default=None)
    # Empty where nobody announced the act, and where no side stands behind it.
    via = serializers.CharField(read_only=True, help_text=f"{', '.join(Via.values)}, or empty.")
    side = serializers.CharField(read_only=True, help_text=f"{', '.join(Side.values)}, or empty.")
    undoes = serializers.UUIDField(source="undoes_id", read_only=True, allow_null=True)

    class Meta:
        model = ChangeSet
        fields = ("id", "at", "by", "via", "what", "side", "reason", "undoes")
        read_only_fields = fields


class ChangeOut(serializers.ModelSerializer[Change]):
    """One row made, changed or removed. `before` and `after` hold its columns as they are stored, by name."""

    change_set = ChangeSetOut(read_only=True)
    account = serializers.IntegerField(source="account_id", read_only=True, allow_null=True)
    op = serializers.SerializerMethodField()
    before = serializers.SerializerMethodField()
    after = serializers.SerializerMethodField()

    class Meta:
        model = Change
        fields = ("id", "change_set", "table", "row_id", "account", "op", "before", "after")
        read_only_fields = fields

    @extend_schema_field({"type": "string", "enum": list(OPS)})
    def get_op(self, row: Change) -> str:
        """In a word."""
        return _WORDS[row.op]

    @extend_schema_field({"type": ["object", "null"], "additionalProperties": {}})
    def get_before(self, row: Change) -> Any:
        """As it was."""
        return row.before

    @extend_schema_field({"type": ["object", "null"], "additionalProperties": {}})
    def get_after(self, row: Change) -> Any:
        """As it is."""
        return row.after


class ChangeFilters(filters.FilterSet):
    """Filters of changes."""

    account_domain = filters.CharFilter(method="of_domain", label="By any domain of the account.")
    account = filters.NumberFilter(field_name="account_id", min_value=1, max_value=2**63 - 1)
    table = filters.CharFilter(max_length=63)
    op = filters.ChoiceFilter(choices=[(word, word) for word in OPS], method="of_op")
    row_id = filters.NumberFilter(min_value=1, max_value=2**63 - 1)
    change_set = filters.UUIDFilter(field_name="change_set_id")
    via = filters.ChoiceFilter(field_name="change_set__via", choices=Via.choices)
    by = filters.CharFilter(field_name="change_set__by__email", lookup_expr="iexact")
    since = MomentFilter(field_name="change_set__at", lookup_expr="gte")
    before = MomentFilter(field_name="change_set__at", lookup_expr="lt")

    class Meta:
        model = Change
        fields: tuple[str, ...] = ()

    def of_domain(self, rows: QuerySet[Change], name: str, value: str) -> QuerySet[Change]:
        """The account's, while it is there: a log line outlives its account and then has only its number."""
        domain = registrable_domain(value)
        if domain is None:
            raise FieldErrors.one(f"/{name}", f"{value[:60]!r} is not a domain. Write it like acme.com.")
        found = AccountDomain.objects.filter(domain=domain).values_list("account_id", flat=True)
        return rows.filter(account_id__in=list(found))

    def of_op(self, rows: QuerySet[Change], name: str, value: str) -> QuerySet[Change]:
        """By its word."""
        return rows.filter(op=OPS[value])


class ChangeApi(ListModelMixin, RetrieveModelMixin, ApiViewSet):
    """The change log: every row of the account graph that was made, changed or removed, newest first."""

    access = READ_BY_PEOPLE
    queryset = Change.objects.none()
    serializer_class = ChangeOut
    filterset_class = ChangeFilters
    ordering = "-id"
    orderings: ClassVar[tuple[str, ...]] = ("id",)

    def get_queryset(self) -> QuerySet[Change]:
        """What the caller may see, each with its act: one query a page."""
        return Change.objects.visible_to(self.request.user).select_related("change_set__by")
