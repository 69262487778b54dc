"""Keyset pages: `{"results", "next"}`, stable while rows come and go, and never a count."""

import base64
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import F, Model, Q
from django.db.models.expressions import OrderBy
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from abmops.lib.errors import FieldErrors
from abmops.rest.problems import Malformed

DEFAULT_LIMIT = 100
MAX_LIMIT = 1_000


class KeysetPages(BasePagination):
    """Pages by the last row's sort value and id. The view says `orderings` (allow-list) and `ordering` (default).

    Empty values (NULL) come last in both directions.
    """

    def paginate_queryset(self, queryset: Any, request: Request, view: APIView | None = None) -> list[Any]:
        """The page that the query asks for; one row more is read to know whether there is a next."""
        self._request = request
        self._limit = read_limit(request.query_params)
        self._ordering = read_ordering(request.query_params, view)
        name, descending = self._ordering.lstrip("-"), self._ordering.startswith("-")
        rows = queryset.order_by(*_order(name, descending=descending))
        if cursor := request.query_params.get("cursor"):
            value, pk = self._read_cursor(cursor, queryset.model, name)
            rows = rows.filter(_after(name, value, pk, descending=descending))
        page = list(rows[: self._limit + 1])
        self._next = self._cursor_of(page[self._limit - 1], name) if len(page) > self._limit else None
        return page[: self._limit]

    def get_paginated_response(self, data: Any) -> Response:
        """The page and the address of the next one."""
        return Response({"results": data, "next": self._next_url()})

    def _next_url(self) -> str | None:
        if self._next is None:
            return None
        return replace_query_param(self._request.build_absolute_uri(), "cursor", self._next)

    def _cursor_of(self, row: Any, name: str) -> str:
        value = getattr(row, name)
        plain = value.isoformat() if isinstance(value, datetime) else value
        plain = str(plain) if isinstance(plain, Decimal | UUID) else plain
        text = json.dumps([self._ordering, plain, str(row.pk)])
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    def _read_cursor(self, cursor: str, model: type[Model], name: str) -> tuple[Any, Any]:
        try:
            raw = base64.urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
            ordering, value, pk = json.loads(raw)
            meta: Any = model._meta  # noqa: SLF001  (Django's public way to a field)
            value = None if value is None else meta.get_field(name).to_python(value)
            pk = meta.pk.to_python(pk)
        except (ValueError, TypeError, ValidationError, RecursionError, FieldDoesNotExist):
            raise Malformed("The cursor is not one of ours. Start again without it.") from None
        if ordering != self._ordering or pk is None or "\0" in f"{value}":
            raise Malformed("The cursor belongs to another ordering. Start again without it.")
        if isinstance(pk, int) and not 0 <= pk < 2**63:
            raise Malformed("The cursor is not one of ours. Start again without it.")
        return value, pk

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        """The page's JSON Schema."""
        return {
            "type": "object",
            "required": ["results", "next"],
            "properties": {
                "results": schema,
                "next": {
                    "type": ["string", "null"],
                    "format": "uri",
                    "description": "The next page; null: none.",
                },
            },
        }

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        """The query parameters that every list takes."""
        orderings: Sequence[str] = getattr(view, "orderings", ("id",))
        words = [*orderings, *(f"-{name}" for name in orderings)]
        return [
            {
                "name": "limit",
                "in": "query",
                "required": False,
                "description": f"Rows a page, at most {MAX_LIMIT:,}; {DEFAULT_LIMIT} if not said.",
                "schema": {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT},
            },
            {
                "name": "cursor",
                "in": "query",
                "required": False,
                "description": "Where to go on; taken from `next`, never made by hand.",
                "schema": {"type": "string"},
            },
            {
                "name": "ordering",
                "in": "query",
                "required": False,
                "description": "What to sort by; a minus turns it round. Empty values come last.",
                "schema": {"type": "string", "enum": words},
            },
        ]


def read_limit(params: Mapping[str, str]) -> int:
    """`?limit=`, from 1 to 1,000."""
    text = params.get("limit")
    if text is None:
        return DEFAULT_LIMIT
    if not (text.isascii() and text.isdigit() and len(text) <= 6 and 1 <= int(text) <= MAX_LIMIT):
        raise FieldErrors.one("/limit", f"Must be a whole number from 1 to {MAX_LIMIT:,}.")
    return int(text)


def read_ordering(params: Mapping[str, str], view: Any) -> str:
    """`?ordering=`, one of the view's own."""
    orderings: Sequence[str] = getattr(view, "orderings", ("id",))
    text = params.get("ordering")
    if text is None:
        return getattr(view, "ordering", "") or orderings[0]
    if text.removeprefix("-") not in orderings:
        raise FieldErrors.one(
            "/ordering", f"Must be one of {', '.join(orderings)}, or one of these after a minus."
        )
    return text


def _order(name: str, *, descending: bool) -> list[OrderBy]:
    column = F(name)
    first = column.desc(nulls_last=True) if descending else column.asc(nulls_last=True)
    tie = F("pk").desc() if descending else F("pk").asc()
    return [tie] if name in {"id", "pk"} else [first, tie]


def _after(name: str, value: Any, pk: Any, *, descending: bool) -> Q:
    """The rows behind (value, pk) in the order above."""
    beyond = "lt" if descending else "gt"
    tie = Q(**{f"pk__{beyond}": pk})
    if name in {"id", "pk"}:
        return tie
    if value is None:
        return Q(**{f"{name}__isnull": True}) & tie
    further = Q(**{f"{name}__{beyond}": value}) | (Q(**{name: value}) & tie)
    return further | Q(**{f"{name}__isnull": True})
