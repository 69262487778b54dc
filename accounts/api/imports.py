"""`/api/v1/imports/`: the whole way of a file for programs, as the pages have it."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import IO, Any, ClassVar, cast

from django.conf import settings
from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from abmops.lib.choices import Role, Side
from abmops.lib.errors import FieldErrors, Refused
from abmops.rest.parsers import BODY_LIMIT, JSONParser
from abmops.rest.problems import TooLarge
from abmops.rest.views import PAGE_PARAMETERS, ApiViewSet
from accounts.api.serializers import WordOut
from accounts.api.sidecars import bring_file
from accounts.models import Import, ImportRow, User
from accounts.selectors import imports as selectors
from accounts.services import importing

BRINGERS = frozenset({Role.MARKETER, Role.REVOPS, Role.INTEGRATION})
_KEPT = "abmops_body"
_STRINGS: dict[str, Any] = {"type": "object", "additionalProperties": {"type": "string"}}


class FileParser(MultiPartParser):
    """`multipart/form-data` within the size of an import; reads what idempotency has read already."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """The fields and the file."""
        context = dict(parser_context or {})
        request = context["request"]
        limit = _limit()
        if int(request.META.get("CONTENT_LENGTH") or 0) > limit:
            raise TooLarge(
                f"The file is larger than {settings.IMPORT_MAX_MB} MB. Split it, or leave columns out."
            )
        kept = getattr(request, _KEPT, None)
        return super().parse(io.BytesIO(kept) if kept is not None else stream, media_type, context)


def _limit() -> int:
    """The file, and a little for the fields beside it."""
    return int(settings.IMPORT_MAX_MB) * 1024 * 1024 + BODY_LIMIT


class ImportOut(serializers.ModelSerializer[Import]):
    """An import: what it is, how far it is, what became of its rows, and what it waits for."""

    side = WordOut(Side.choices)
    by = serializers.EmailField(source="by.email", read_only=True, allow_null=True, default=None)
    mapping = serializers.SerializerMethodField()
    offered = serializers.SerializerMethodField()
    answers = serializers.SerializerMethodField()
    questions = serializers.SerializerMethodField()
    problems = serializers.SerializerMethodField()
    notes = serializers.SerializerMethodField()
    sheets = serializers.SerializerMethodField()
    change_set = serializers.UUIDField(source="change_set_id", read_only=True, allow_null=True)

    class Meta:
        model = Import
        fields = (
            "id",
            "kind",
            "state",
            "file_name",
            "sha256",
            "encoding",
            "delimiter",
            "sheet",
            "sheets",
            "header",
            "mapping",
            "offered",
            "answers",
            "questions",
            "problems",
            "notes",
            "side",
            "reason",
            "total",
            "done",
            "created",
            "updated",
            "unchanged",
            "refused",
            "problem",
            "by",
            "change_set",
            "created_at",
            "started_at",
            "finished_at",
        )
        read_only_fields = fields

    @extend_schema_field(_STRINGS)
    def get_mapping(self, import_: Import) -> dict[str, str]:
        """Column number to field."""
        return dict(import_.mapping)

    @extend_schema_field(_STRINGS)
    def get_offered(self, import_: Import) -> dict[str, str]:
        """What the columns were said to hold last time, or probably hold; only beside one import."""
        if self.context.get("without_offer") or import_.state not in ("uploaded", "checked"):
            return {}
        return {str(one.number): one.field for one in importing.offered(import_) if one.field}

    @extend_schema_field(_STRINGS)
    def get_answers(self, import_: Import) -> dict[str, str]:
        """What was answered, and what the file itself decided."""
        return dict(import_.answers)

    @extend_schema_field(
        {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["key", "column", "text", "choices"],
                "properties": {
                    "key": {"type": "string", "description": "Answer it under this key."},
                    "column": {"type": ["integer", "null"]},
                    "text": {"type": "string"},
                    "choices": {
                        "type": "array",
                        "items": {"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 2},
                    },
                },
            },
        }
    )
    def get_questions(self, import_: Import) -> list[dict[str, Any]]:
        """What only a person can say, each with its possible answers as [value, words]."""
        return list(import_.found.get("questions", []))

    @extend_schema_field({"type": "array", "items": {"type": "string"}})
    def get_problems(self, import_: Import) -> list[str]:
        """What makes the mapping impossible."""
        return list(import_.found.get("problems", []))

    @extend_schema_field({"type": "array", "items": {"type": "string"}})
    def get_notes(self, import_: Import) -> list[str]:
        """How the file was read."""
        return [*import_.found.get("notes", []), *import_.found.get("survey_notes", [])]

    @extend_schema_field({"type": "array", "items": {"type": "string"}})
    def get_sheets(self, import_: Import) -> list[str]:
        """The sheets of a workbook."""
        return list(import_.found.get("sheets", []))


class ImportRowOut(serializers.ModelSerializer[ImportRow]):
    """One row of the file and what became of it."""

    line = serializers.IntegerField(source="number", read_only=True)
    verdict = serializers.CharField(read_only=True)
    changes = serializers.SerializerMethodField()
    errors = serializers.SerializerMethodField()  # type: ignore[assignment]  # DRF takes it off the class
    suggestions = serializers.SerializerMethodField()

    class Meta:
        model = ImportRow
        fields = ("id", "line", "cells", "verdict", "changes", "errors", "repeats", "suggestions", "row_id")
        read_only_fields = fields

    @extend_schema_field({"type": "object", "additionalProperties": {"type": "array", "items": {}}})
    def get_changes(self, row: ImportRow) -> dict[str, Any]:
        """Field to [before, after]."""
        return dict(row.changes)

    @extend_schema_field(
        {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "pointer": {"type": "string"},
                    "column": {"type": ["integer", "null"]},
                    "title": {"type": "string"},
                    "detail": {"type": "string"},
                },
            },
        }
    )
    def get_errors(self, row: ImportRow) -> list[Any]:
        """What is wrong, by column."""
        return list(row.errors)

    @extend_schema_field({"type": "array", "items": {"type": "array", "items": {}}})
    def get_suggestions(self, row: ImportRow) -> list[Any]:
        """Accounts that may be meant: [account, name, likeness]."""
        return list(row.suggestions)


class ImportFilters(filters.FilterSet):
    """Filters of the list."""

    kind = filters.ChoiceFilter(choices=Import.Kind.choices)
    state = filters.ChoiceFilter(choices=Import.State.choices)

    class Meta:
        model = Import
        fields: tuple[str, ...] = ()


_MAPPING = {
    "type": "object",
    "additionalProperties": {"type": "string"},
    "description": "Column number to field; left out: as `offered`.",
}
_ANSWERS = {
    "type": "object",
    "additionalProperties": {"type": "string"},
    "description": "Answers to `questions`, by key.",
}
_SIDE = {"type": "string", "enum": list(Side.values)}
_CHECK = {
    "application/json": {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "mapping": _MAPPING,
            "answers": _ANSWERS,
            "side": _SIDE,
            "reason": {"type": "string", "maxLength": 4000},
            "sheet": {"type": "string", "description": "Read another sheet of the workbook."},
            "encoding": {"type": "string", "description": "Read the file in another encoding."},
            "delimiter": {"type": "string", "description": "Read the file with another separator."},
        },
    }
}
_UPLOAD = {
    "multipart/form-data": {
        "type": "object",
        "required": ["file", "kind"],
        "properties": {
            "file": {
                "type": "string",
                "format": "binary",
                "description": "CSV or XLSX, titles in its first row.",
            },
            "kind": {"type": "string", "enum": list(Import.Kind.values)},
            "system": {"type": "string", "description": "For the kind sidecar: whose file it is, its slug."},
            "side": _SIDE,
            "reason": {"type": "string", "maxLength": 4000},
            "mapping": {
                "type": "string",
                "description": "JSON: column number to field. Given, the check starts.",
            },
            "answers": {"type": "string", "description": "JSON: answers to questions, by key."},
        },
    }
}


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
            self.body_limit = _limit()
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

    @extend_schema(request=_UPLOAD, responses={201: ImportOut})
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
        _check_side(side)
        mapping, answers = _json(said, "mapping"), _json(said, "answers")
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

    @extend_schema(request=_CHECK, responses=ImportOut)
    @action(detail=True, methods=["post"], filterset_class=None)
    def check(self, request: Request, pk: str) -> Response:
        """Say what the columns hold and have every row tried; nothing is written. May be called again."""
        import_ = self._mine()
        said = request.data if isinstance(request.data, dict) else {}
        unknown = sorted(set(said) - set(_CHECK["application/json"]["properties"]))  # type: ignore[call-overload]
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
        _check_side(side)
        mapping = _strings(said, "mapping")
        if mapping is None:
            mapping = {str(one.number): one.field for one in importing.offered(import_) if one.field}
        answers = _strings(said, "answers") or {}
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


def _check_side(side: str) -> None:
    if side and side not in Side.values:
        raise FieldErrors.one("/side", f"Must be one of {', '.join(Side.values)}.")


def _json(said: Any, name: str) -> dict[str, str] | None:
    """A JSON object that came as a field of a form."""
    text = said.get(name)
    if text in (None, ""):
        return None
    try:
        return _strings({name: json.loads(str(text))}, name)
    except (ValueError, RecursionError):
        raise FieldErrors.one(f"/{name}", 'Must be a JSON object, like {"0": "name"}.') from None


def _strings(said: Mapping[str, Any], name: str) -> dict[str, str] | None:
    value = said.get(name)
    if value is None:
        return None
    if not isinstance(value, dict) or not all(
        isinstance(one, str) and "\0" not in one for one in value.values()
    ):
        raise FieldErrors.one(f"/{name}", 'Must be an object of texts, like {"0": "name"}.')
    return {str(key): one for key, one in value.items()}
