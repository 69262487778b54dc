"""The interface on a page of our own: made from the OpenAPI document, without a script, under the strict CSP."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator

_METHODS = ("get", "post", "put", "patch", "delete")


@dataclass(frozen=True, slots=True)
class Line:
    """A parameter or a field: its name, what it holds, and whether it must be there."""

    name: str
    type: str
    help: str = ""
    is_required: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
    """One call."""

    id: str
    method: str
    path: str
    summary: str
    more: str
    parameters: tuple[Line, ...] = ()
    body: tuple[Line, ...] = ()
    content_types: tuple[str, ...] = ()
    answer: tuple[Line, ...] = ()
    statuses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """The calls of one resource."""

    name: str
    operations: list[Operation] = field(default_factory=list)


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The whole interface on one page."""
    return render(request, "rest/docs.html", {"groups": groups()})


@lru_cache(maxsize=1)
def groups() -> tuple[Group, ...]:
    """Every call, by resource; the document does not change while the process lives."""
    document: Mapping[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    found: dict[str, Group] = {}
    for path, calls in document["paths"].items():
        for method in _METHODS:
            if method in calls:
                name = path.removeprefix("/api/v1/").split("/")[0]
                group = found.setdefault(name, Group(name))
                group.operations.append(_operation(document, path, method, calls[method]))
    return tuple(found.values())


def _operation(document: Mapping[str, Any], path: str, method: str, call: Mapping[str, Any]) -> Operation:
    summary, _, more = str(call.get("description") or call.get("summary") or "").strip().partition("\n")
    content = call.get("requestBody", {}).get("content", {})
    schema: Mapping[str, Any] = next((media.get("schema", {}) for media in content.values()), {})
    good: Mapping[str, Any] = next(
        (body for status, body in call["responses"].items() if status.startswith("2")), {}
    )
    answer: Mapping[str, Any] = next(
        (media.get("schema", {}) for media in good.get("content", {}).values()), {}
    )
    return Operation(
        id=str(call["operationId"]),
        method=method.upper(),
        path=path,
        summary=summary,
        more=" ".join(more.split()),
        parameters=tuple(
            Line(
                item["name"],
                _type(document, item.get("schema", {})),
                item.get("description", ""),
                bool(item.get("required")),
            )
            for item in call.get("parameters", [])
        ),
        body=tuple(_fields(document, schema)),
        content_types=tuple(content),
        answer=tuple(_fields(document, answer)),
        statuses=tuple(call["responses"]),
    )


def _resolved(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """A schema with its reference followed."""
    if "$ref" in schema:
        name = str(schema["$ref"]).rpartition("/")[2]
        found: Mapping[str, Any] = document["components"]["schemas"][name]
        return found
    if len(schema.get("allOf", ())) == 1:
        return _resolved(document, schema["allOf"][0])
    return schema


def _fields(document: Mapping[str, Any], schema: Mapping[str, Any], prefix: str = "") -> Iterator[Line]:
    """The fields of an object; of a page or a bulk call those of one row as well."""
    schema = _resolved(document, schema)
    required = schema.get("required", [])
    for name, raw in schema.get("properties", {}).items():
        inner = _resolved(document, raw)
        yield Line(
            prefix + name,
            _type(document, raw),
            str(raw.get("description", inner.get("description", ""))),
            name in required,
        )
        rows = _resolved(document, inner.get("items", {}))
        if name in {"records", "results"} and not prefix:
            yield from _fields(document, rows, f"{name}[].")


def _type(document: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    """What a value holds, in a few words."""
    schema = _resolved(document, schema)
    choices = schema.get("oneOf") or schema.get("anyOf")
    if choices:
        return " or ".join(dict.fromkeys(_type(document, choice) for choice in choices))
    if "enum" in schema:
        return " | ".join("null" if value is None else str(value) for value in schema["enum"] if value != "")
    kind = schema.get("type", "any")
    if isinstance(kind, list):
        return " or ".join(_named(item, schema) for item in kind)
    if kind == "array":
        return f"list of {_type(document, schema.get('items', {}))}"
    return _named(str(kind), schema)


def _named(kind: str, schema: Mapping[str, Any]) -> str:
    return str(schema.get("format", kind)) if kind == "string" else kind
