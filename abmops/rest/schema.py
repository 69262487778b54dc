"""The OpenAPI document: records and bulk calls described from their declarations, problems on every operation."""

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent

from abmops.rest.bulk import RESULT_SCHEMA, BulkMixin, request_schema
from abmops.rest.idempotency import HEADER
from abmops.rest.problems import CONTENT_TYPE, TITLES
from abmops.rest.records import object_schema

PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "A problem detail (RFC 9457).",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "Stable; for programs."},
        "detail": {"type": "string", "description": "A sentence; for people."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "detail"],
                "properties": {
                    "pointer": {"type": "string", "description": "A JSON pointer into what was sent."},
                    "detail": {"type": "string"},
                },
            },
        },
    },
}
_WRITE_PROBLEMS = (400, 401, 403, 404, 409, 413, 415, 422, 429, 503)
_READ_PROBLEMS = (400, 401, 403, 404, 429, 503)
_RECORD_ACTIONS = frozenset({"create", "update", "partial_update"})


class Schema(AutoSchema):
    """spectacular's view inspector, taught our records, bulk calls, problems and Idempotency-Key."""

    def get_request_serializer(self) -> Any:
        """Writes take the view's record."""
        action = getattr(self.view, "action", None)
        if isinstance(self.view, BulkMixin) and action == "bulk":
            return request_schema(self.view.bulk_record())
        record = getattr(self.view, "record", ())
        if record and action in _RECORD_ACTIONS:
            return {"application/json": object_schema(record, partial=action == "partial_update")}
        return super().get_request_serializer()

    def get_response_serializers(self) -> Any:
        """Bulk calls answer with counts and errors."""
        if isinstance(self.view, BulkMixin) and getattr(self.view, "action", None) == "bulk":
            return {200: RESULT_SCHEMA, 207: RESULT_SCHEMA}
        return super().get_response_serializers()

    def _is_list_view(self, serializer: Any = None) -> bool:
        """An answer that is described whole (as a plain schema, or a serializer that says so) is no list of itself."""
        answer = self.get_response_serializers()
        if isinstance(answer, dict) and 200 in answer:
            answer = answer[200]
        answer = getattr(answer, "response", answer)
        if isinstance(answer, dict) or getattr(answer, "is_whole", False):
            return False
        return bool(super()._is_list_view(serializer))

    def _get_parameters(self) -> list[dict[str, Any]]:
        parameters: list[dict[str, Any]] = super()._get_parameters()
        if self.method in {"GET", "HEAD"}:
            return parameters
        return [*parameters, _IDEMPOTENCY]

    def _get_request_body(self, direction: Any = "request") -> dict[str, Any] | None:
        """A call that takes a body does not work without one."""
        body: dict[str, Any] | None = super()._get_request_body(direction)  # type: ignore[no-untyped-call]
        return body and body | {"required": True}

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        component = ResolvedComponent(  # type: ignore[no-untyped-call]
            name="Problem", type=ResolvedComponent.SCHEMA, schema=PROBLEM, object="Problem"
        )
        self.registry.register_on_missing(component)
        if self.method == "PUT" and "200" in bodies:
            bodies.setdefault("201", bodies["200"])  # PUT is an upsert: what was not there is made
        codes = _READ_PROBLEMS if self.method == "GET" else _WRITE_PROBLEMS
        for code in codes:
            bodies.setdefault(
                str(code), {"description": TITLES[code], "content": {CONTENT_TYPE: {"schema": component.ref}}}
            )
        return bodies


_IDEMPOTENCY = {
    "in": "header",
    "name": HEADER,
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    "description": "The same key and request again gets the first answer and does nothing. Kept for 30 days.",
}
