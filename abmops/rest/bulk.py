"""Bulk upserts: many records in one call, the good ones kept, each failed one named."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from rest_framework import status
from rest_framework.decorators import action
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response

from abmops.lib.bulk import BulkResult
from abmops.lib.errors import FieldErrors
from abmops.rest.parsers import BULK_BODY_LIMIT, BulkJSONParser, NDJSONParser
from abmops.rest.problems import TooLarge
from abmops.rest.records import Field, object_schema, read_fields
from abmops.rest.views import ApiViewSet

MAX_RECORDS = 10_000

RESULT_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["created", "updated", "unchanged", "errors"],
    "properties": {
        "created": {"type": "integer", "minimum": 0},
        "updated": {"type": "integer", "minimum": 0},
        "unchanged": {"type": "integer", "minimum": 0},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["index", "pointer", "detail"],
                "properties": {
                    "index": {
                        "type": "integer",
                        "minimum": 0,
                        "description": "The record's place in the call.",
                    },
                    "pointer": {"type": "string", "description": "A JSON pointer into that record."},
                    "detail": {"type": "string", "description": "What is wrong and what would put it right."},
                },
            },
        },
        "warnings": {
            "type": "array",
            "items": {"type": "string"},
            "description": "Only where there are some: what was written and went past a rule.",
        },
    },
}


class BulkMixin(ApiViewSet):
    """Adds `POST bulk/`. The view says its `record` and how clean records are written."""

    def bulk_record(self) -> tuple[Field, ...]:
        """The fields of one record."""
        return self.record

    def write_records(self, *, records: Mapping[int, dict[str, Any]], now: datetime) -> BulkResult:
        """Write clean records, by their index in the call; refuse what the data forbids."""
        raise NotImplementedError

    @action(
        detail=False,
        methods=["post"],
        parser_classes=(BulkJSONParser, NDJSONParser),
        body_limit=BULK_BODY_LIMIT,
        pagination_class=None,
        filterset_class=None,
    )
    def bulk(self, request: Request) -> Response:
        """Create or update up to 10,000 records by their keys. The same call again changes nothing.

        Good records are kept even where others fail (207); a failed record changes nothing. A field that is left
        out keeps its stored value; null clears it.
        """
        now = self.now()
        clean: dict[int, dict[str, Any]] = {}
        refused = BulkResult()
        for index, raw in enumerate(_records(request.data)):
            if isinstance(raw, APIException):
                refused.refuse(index, "", str(raw.detail))
                continue
            record, errors = read_fields(self.bulk_record(), raw, now)
            if errors:
                refused.refuse_all(index, errors)
            else:
                clean[index] = record
        result = self.write_records(records=clean, now=now) if clean else BulkResult()
        result.errors.extend(refused.errors)
        return answer(result)


def answer(result: BulkResult) -> Response:
    """200, or 207 where some records failed."""
    body: dict[str, Any] = {
        "created": result.created,
        "updated": result.updated,
        "unchanged": result.unchanged,
        "errors": [
            {"index": error.index, "pointer": error.pointer, "detail": error.detail}
            for error in result.in_order()
        ],
    }
    if result.warnings:
        body["warnings"] = result.warnings
    code = status.HTTP_207_MULTI_STATUS if result.errors else status.HTTP_200_OK
    return Response(body, status=code)


def _records(data: Any) -> list[Any]:
    if not isinstance(data, dict) or not isinstance(data.get("records"), list):
        raise FieldErrors.one(
            "/records", 'Send {"records": [...]}, or one record a line as application/x-ndjson.'
        )
    extra = sorted(set(data) - {"records"})
    if extra:
        raise FieldErrors.one(f"/{extra[0]}", "There is no such field beside records.")
    records: list[Any] = data["records"]
    if len(records) > MAX_RECORDS:
        raise TooLarge(f"{len(records):,} records are too many for one call. Send at most {MAX_RECORDS:,}.")
    return records


def request_schema(fields: tuple[Field, ...]) -> dict[str, dict[str, Any]]:
    """The body of a bulk call, by content type."""
    return {
        "application/json": {
            "type": "object",
            "required": ["records"],
            "additionalProperties": False,
            "properties": {
                "records": {"type": "array", "maxItems": MAX_RECORDS, "items": object_schema(fields)},
            },
        },
        "application/x-ndjson": {
            "type": "string",
            "description": "One record a line, each as in application/json.",
        },
    }
