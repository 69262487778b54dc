"""An import and its rows, as the API answers them."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from abmops.lib.choices import Side
from accounts.api.serializers.words import WordOut
from accounts.models import Import, ImportRow
from accounts.services import importing

_STRINGS: dict[str, Any] = {"type": "object", "additionalProperties": {"type": "string"}}


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
