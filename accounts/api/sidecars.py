"""`/api/v1/sidecars/`, `/api/v1/sidecar-readings/` and `/api/v1/sidecar-findings/`: list drift [F]."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, cast

from django.db import transaction
from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from abmops.lib.choices import Role
from abmops.lib.errors import FieldErrors
from abmops.rest.access import EVERYBODY, Access
from abmops.rest.parsers import BULK_BODY_LIMIT
from abmops.rest.records import Choice, Field, ListOf, Nested, Text, Whole, object_schema, read_fields
from abmops.rest.views import ApiViewSet
from accounts.api.filters import AccountFilter
from accounts.api.records import user_field
from accounts.domain.drift import FIELDS
from accounts.models import Account, Import, Sidecar, SidecarFinding, SidecarReading, User
from accounts.services import sidecar as services
from accounts.services import sidecar_file

MOST_ROWS = 10_000
MOST_COLUMNS = 200
READERS = frozenset({Role.REVOPS, Role.MARKETER, Role.INTEGRATION})

SIDECAR: tuple[Field, ...] = (
    Text("name", "As people call it.", required=True, max_length=120),
    Choice("kind", "What it is.", required=True, values=tuple(Sidecar.Kind.values)),
    user_field("owner", "E-mail of whoever keeps it.", null=True),
    ListOf(
        "tiers",
        "Which tiers it should hold; empty: the whole list.",
        of=Whole("tier", least=1, most=3),
        most=3,
    ),
)
_CELL = Text("cell", max_length=4_000)
READING: tuple[Field, ...] = (
    ListOf("header", "The titles of its columns.", required=True, of=_CELL, most=MOST_COLUMNS),
    ListOf(
        "rows",
        "Everything that it holds, each row as its cells.",
        required=True,
        of=ListOf("row", of=_CELL, most=MOST_COLUMNS),
        most=MOST_ROWS,
    ),
    Nested(
        "columns",
        "Which column holds what, counted from 0; left out: guessed by the titles.",
        fields=tuple(Whole(name, label, most=MOST_COLUMNS - 1) for name, label in FIELDS.items()),
    ),
)


class SidecarOut(serializers.ModelSerializer[Sidecar]):
    """A system that keeps its own copy of the list."""

    owner = serializers.EmailField(source="owner.email", read_only=True, allow_null=True, default=None)

    class Meta:
        model = Sidecar
        fields = ("id", "slug", "name", "kind", "owner", "tiers")
        read_only_fields = fields


class SidecarReadingOut(serializers.ModelSerializer[SidecarReading]):
    """What a system held at a moment, counted against the list."""

    sidecar = serializers.SlugField(source="sidecar.slug", read_only=True)
    by = serializers.EmailField(source="by.email", read_only=True, allow_null=True, default=None)
    header = serializers.ListField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = SidecarReading
        fields = (
            "id", "sidecar", "at", "by", "header", "held", "right", "missing", "extra", "wrong_tier", "wrong_owner",
            "unknown",
        )  # fmt: skip
        read_only_fields = fields


class SidecarFindingOut(serializers.ModelSerializer[SidecarFinding]):
    """One account or row that is not as the list has it."""

    account = serializers.IntegerField(source="account_id", read_only=True, allow_null=True)
    account_domain = serializers.CharField(
        source="account.domain", read_only=True, allow_null=True, default=None
    )
    reading = serializers.IntegerField(source="reading_id", read_only=True)
    cells = serializers.ListField(child=serializers.CharField(), read_only=True)

    class Meta:
        model = SidecarFinding
        fields = ("id", "reading", "kind", "account", "account_domain", "line", "cells", "theirs", "ours")
        read_only_fields = fields


class SidecarApi(ListModelMixin, RetrieveModelMixin, ApiViewSet):
    """The systems that keep a copy of the list: the CRM, the ad platform, the sequencer."""

    access: ClassVar[Access] = {
        "read": EVERYBODY,
        "create": frozenset({Role.REVOPS, Role.MARKETER}),
        "partial_update": frozenset({Role.REVOPS, Role.MARKETER}),
        "readings": READERS,
    }
    record = SIDECAR
    queryset = Sidecar.objects.none()
    serializer_class = SidecarOut
    lookup_field = "slug"
    orderings: ClassVar[tuple[str, ...]] = ("id", "name")
    ordering = "name"

    def get_queryset(self) -> QuerySet[Sidecar]:
        """All of them."""
        return Sidecar.objects.select_related("owner")

    def create(self, request: Request) -> Response:
        """Watch one more system; its slug comes from its name."""
        said = self.read_record(request)
        row = services.put_sidecar(
            name=said["name"],
            kind=said["kind"],
            owner=_person(said.get("owner")),
            tiers=said.get("tiers", []),
        )
        return Response(self.get_serializer(row).data, status=status.HTTP_201_CREATED)

    def partial_update(self, request: Request, slug: str) -> Response:
        """Change the fields that are sent; the slug stays."""
        del slug
        row, said = self.get_object(), self.read_record(request, partial=True)
        row = services.put_sidecar(
            name=said.get("name", row.name),
            kind=said.get("kind", row.kind),
            owner=_person(said["owner"]) if "owner" in said else row.owner,
            tiers=said.get("tiers", row.tiers),
            sidecar=row,
        )
        return Response(self.get_serializer(row).data)

    @extend_schema(request={"application/json": object_schema(READING)}, responses={201: SidecarReadingOut})
    @action(detail=True, methods=["post"], body_limit=BULK_BODY_LIMIT)
    def readings(self, request: Request, slug: str) -> Response:
        """Compare what the system holds with the list of this moment; up to 10,000 rows."""
        del slug
        said, errors = read_fields(READING, request.data, self.now())
        if errors:
            raise FieldErrors(errors)
        header = said["header"]
        reading = services.read_sidecar(
            sidecar=self.get_object(),
            header=header,
            rows=enumerate(said["rows"], start=2),
            columns=said.get("columns") or services.guessed_columns(header),
            by=cast("User", request.user),
            now=self.now(),
        )
        return Response(SidecarReadingOut(reading).data, status=status.HTTP_201_CREATED)


def bring_file(
    *, file: Any, system: str, mapping: Mapping[str, Any] | None, by: User, now: datetime
) -> Import:
    """Keep a file of what a system holds and have a worker read it. Without a mapping (column number to field) the
    titles say what the columns hold."""
    sidecar = Sidecar.objects.filter(slug=system).first()
    if sidecar is None:
        raise FieldErrors.one("/system", "No such system is watched. Send the slug of one of sidecars/.")
    wrong = [key for key, name in (mapping or {}).items() if not key.isdecimal() or name not in FIELDS]
    if wrong:
        detail = f"Column {wrong[0][:20]!r} must be a number, and hold one of {', '.join(FIELDS)}."
        raise FieldErrors.one("/mapping", detail)
    with transaction.atomic():
        made = sidecar_file.keep_file(sidecar=sidecar, file=file, by=by, now=now)
        if mapping is None:
            columns = services.guessed_columns(made.header)
        else:
            columns = {str(name): int(key[:4]) for key, name in mapping.items()}
        return sidecar_file.start_reading(sidecar=sidecar, import_=made, columns=columns, by=by, now=now)


def _person(email: str | None) -> User | None:
    if not email:
        return None
    found = User.objects.filter(email__iexact=email).first()
    if found is None:
        raise FieldErrors.one("/owner", f"There is no person with the e-mail {email[:60]!r}.")
    return found


class SidecarReadingFilters(filters.FilterSet):
    """By system."""

    sidecar = filters.CharFilter(field_name="sidecar__slug")

    class Meta:
        model = SidecarReading
        fields: tuple[str, ...] = ()


class SidecarReadingApi(ListModelMixin, RetrieveModelMixin, ApiViewSet):
    """The history of drift: a row a reading."""

    access: ClassVar[Access] = {"read": EVERYBODY}
    queryset = SidecarReading.objects.none()
    serializer_class = SidecarReadingOut
    filterset_class = SidecarReadingFilters
    orderings: ClassVar[tuple[str, ...]] = ("at", "id")
    ordering = "-at"

    def get_queryset(self) -> QuerySet[SidecarReading]:
        """All of them."""
        return SidecarReading.objects.select_related("sidecar", "by")


class SidecarFindingFilters(filters.FilterSet):
    """By reading, kind and account."""

    reading = filters.NumberFilter(field_name="reading_id", min_value=1, max_value=2**63 - 1)
    kind = filters.ChoiceFilter(choices=SidecarFinding.Kind.choices)
    account = AccountFilter()

    class Meta:
        model = SidecarFinding
        fields: tuple[str, ...] = ()


class SidecarFindingApi(ListModelMixin, ApiViewSet):
    """What a reading found that is not as the list has it."""

    access: ClassVar[Access] = {"read": EVERYBODY}
    queryset = SidecarFinding.objects.none()
    serializer_class = SidecarFindingOut
    filterset_class = SidecarFindingFilters
    orderings: ClassVar[tuple[str, ...]] = ("id",)
    ordering = "id"

    def get_queryset(self) -> QuerySet[SidecarFinding]:
        """Those of visible accounts, and rows that match none."""
        visible: Any = Account.objects.visible_to(self.request.user)
        rows = SidecarFinding.objects.select_related("account")
        return rows.filter(account__in=visible) | rows.filter(account__isnull=True)
