"""`/api/v1/imports/`: the whole way of a file for programs, as the pages have it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, cast

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from abmops.lib.choices import Role
from abmops.lib.errors import FieldErrors, Refused
from abmops.rest.parsers import JSONParser
from abmops.rest.views import PAGE_PARAMETERS, ApiViewSet
from accounts.api.import_calls import (
    CHECK,
    UPLOAD,
    FileParser,
    check_side,
    json_field,
    texts_of,
    upload_limit,
)
from accounts.api.serializers.imports import ImportOut, ImportRowOut
from accounts.api.sidecars import bring_file
from accounts.models import Import, ImportRow, User
from accounts.selectors import imports as selectors
from accounts.services import importing

BRINGERS = frozenset({Role.MARKETER, Role.REVOPS, Role.INTEGRATION})


class ImportFilters(filters.FilterSet):
    """Filters of the list."""

    kind = filters.ChoiceFilter(choices=Import.Kind.choices)
    state = filters.ChoiceFilter(choices=Import.State.choices)

    class Meta:
        model = Import
        fields: tuple[str, ...] = ()


class ImportApi(ListModelMixin, RetrieveModelMixin, ApiViewSet):
    """Files: brought, checked without writing, run, and taken back. A worker does each step; ask for the state."""

    access = {"read": BRINGERS, "write": BRINGERS}
    queryset = Import.objects.none()
    serializer_class = ImportOut
    filterset_class = ImportFilters
    orderings: ClassVar[tuple[str, ...]] = ("id", "created_at")
    ordering = "-id"

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """A file may be larger than other bodies."""
        if self.action == "create":
            self.body_limit = upload_limit()
        super().initial(request, *args, **kwargs)

    def get_parsers(self) -> list[BaseParser]:
        """A file comes as a form, all else as JSON."""
        return [FileParser()] if self.action_map and self._is_create() else [JSONParser()]

    def _is_create(self) -> bool:
        method = (self.request.method or "").lower() if getattr(self, "request", None) else ""
        return self.action_map.get(method) == "create"

    def get_queryset(self) -> QuerySet[Import]:
        """What the caller may see."""
        return selectors.imports_for(self.request.user)

    def get_serializer_context(self) -> dict[str, Any]:
        """In a list nothing is guessed: that would read rows of every file."""
        return {**super().get_serializer_context(), "without_offer": self.action == "list"}

    def known_parameters(self) -> frozenset[str]:
        """Rows are paged, too."""
        return super().known_parameters() | (PAGE_PARAMETERS if self.action == "rows" else frozenset())

    @extend_schema(request=UPLOAD, responses={201: ImportOut})
    def create(self, request: Request) -> Response:
        """Bring a file. With a `mapping` its check starts at once; without, look at `offered` and call `check/`.

        A file of the kind `sidecar` is read by a worker and compared with the list; nothing of it is written.
        """
        user = cast("User", request.user)
        file = request.FILES.get("file")
        if file is None:
            raise FieldErrors.one(
                "/file", "Is missing; send the file as multipart/form-data under this name."
            )
        said = cast("Mapping[str, Any]", request.data)
        kind, side = str(said.get("kind", "")), str(said.get("side", ""))
        if kind not in Import.Kind.values:
            raise FieldErrors.one("/kind", f"Must be one of {', '.join(Import.Kind.values)}.")
        check_side(side)
        mapping, answers = json_field(said, "mapping"), json_field(said, "answers")
        if kind == Import.Kind.SIDECAR:
            system = str(said.get("system", ""))
            made = bring_file(file=file, system=system, mapping=mapping, by=user, now=self.now())
            return Response(self.get_serializer(self._again(made)).data, status=status.HTTP_201_CREATED)
        made = importing.upload(
            file=cast("Any", file),
            kind=kind,
            side=side,
            reason=str(said.get("reason", "")).replace("\0", ""),
            by=user,
            now=self.now(),
        )
        if mapping is not None:
            self._map(made, mapping, answers or {}, side, made.reason)
        return Response(self.get_serializer(self._again(made)).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=CHECK, responses=ImportOut)
    @action(detail=True, methods=["post"], filterset_class=None)
    def check(self, request: Request, pk: str) -> Response:
        """Say what the columns hold and have every row tried; nothing is written. May be called again."""
        import_ = self._mine()
        said = request.data if isinstance(request.data, dict) else {}
        unknown = sorted(set(said) - set(CHECK["application/json"]["properties"]))  # type: ignore[call-overload]
        if unknown:
            raise FieldErrors.one(f"/{unknown[0]}", "There is no such field.")
        if any(name in said for name in ("sheet", "encoding", "delimiter")):
            import_ = importing.reopen(
                import_=import_,
                sheet=str(said.get("sheet", import_.sheet)),
                encoding=str(said.get("encoding", import_.encoding)),
                delimiter=str(said.get("delimiter", import_.delimiter)),
            )
        side, reason = str(said.get("side", import_.side)), str(said.get("reason", import_.reason))
        check_side(side)
        mapping = texts_of(said, "mapping")
        if mapping is None:
            mapping = {str(one.number): one.field for one in importing.offered(import_) if one.field}
        answers = texts_of(said, "answers") or {}
        self._map(import_, mapping, {**importing.answers_of(import_), **answers}, side, reason)
        return Response(self.get_serializer(self._again(import_)).data)

    @extend_schema(request=None, responses=ImportOut)
    @action(detail=True, methods=["post"], filterset_class=None)
    def run(self, request: Request, pk: str) -> Response:
        """Write what the check has shown; wrong rows are left out."""
        made = importing.start_run(import_=self._mine(), by=cast("User", request.user), now=self.now())
        return Response(self.get_serializer(self._again(made)).data)

    @extend_schema(request=None, responses=ImportOut)
    @action(detail=True, methods=["post"], filterset_class=None)
    def undo(self, request: Request, pk: str) -> Response:
        """Take the whole import back, while nothing newer stands on its rows."""
        made = importing.start_undo(import_=self._mine(), by=cast("User", request.user), now=self.now())
        return Response(self.get_serializer(self._again(made)).data)

    @extend_schema(
        parameters=[
            OpenApiParameter("verdict", str, enum=list(ImportRow.Verdict.values)),
            OpenApiParameter("limit", int, description="Rows a page, at most 1,000; 100 if not said."),
            OpenApiParameter("cursor", str, description="Where to go on; taken from `next`."),
        ],
        responses=ImportRowOut(many=True),
    )
    @action(
        detail=True,
        methods=["get"],
        filterset_class=None,
        parameters=frozenset({"verdict"}),
        orderings=("number",),
        ordering="number",
    )
    def rows(self, request: Request, pk: str) -> Response:
        """The rows in the order of the file, each with its verdict."""
        verdict = request.query_params.get("verdict", "")
        if verdict and verdict not in ImportRow.Verdict.values:
            raise FieldErrors.one("/verdict", f"Must be one of {', '.join(ImportRow.Verdict.values)}.")
        page = self.paginate_queryset(selectors.rows_of(self.get_object(), verdict=verdict)) or []
        return self.get_paginated_response(ImportRowOut(page, many=True).data)

    def _mine(self) -> Import:
        import_: Import = self.get_object()
        if not importing.may_import(cast("User", self.request.user), import_.kind):
            raise Refused("You may not import this kind of file.", code="forbidden_kind")
        if import_.kind == Import.Kind.SIDECAR:
            raise Refused(
                "This is a file of what another system holds. It is only read: see its reading under "
                "sidecar-readings/.",
                code="only_read",
            )
        return import_

    def _again(self, import_: Import) -> Import:
        return self.get_queryset().get(pk=import_.pk)

    def _map(
        self, import_: Import, mapping: Mapping[str, str], answers: Mapping[str, str], side: str, reason: str
    ) -> None:
        if not all(key.isdecimal() for key in mapping):
            raise FieldErrors.one("/mapping", "Its keys are column numbers, counted from 0.")
        importing.map_columns(
            import_=import_,
            mapping={int(key): value for key, value in mapping.items()},
            answers=answers,
            side=side,
            reason=reason,
            by=cast("User", self.request.user),
            now=self.now(),
        )
