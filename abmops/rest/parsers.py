"""DRF parsers over `bodies`: JSON and NDJSON, capped by the view's own limit."""

from collections.abc import Mapping
from typing import IO, Any

from rest_framework.parsers import BaseParser

from abmops.rest import bodies

BODY_LIMIT = 512 * 1024
BULK_BODY_LIMIT = 16 * 1024 * 1024
_KEPT = "abmops_body"


def raw_body(parser_context: Mapping[str, Any] | None, stream: bodies.Readable) -> bytes:
    """The unpacked body, read once and kept on the request, so that idempotency can hash what was parsed."""
    context = parser_context or {}
    request, view = context.get("request"), context.get("view")
    kept: bytes | None = getattr(request, _KEPT, None)
    if kept is None:
        encoding = request.headers.get("Content-Encoding", "") if request is not None else ""
        limit = getattr(view, "body_limit", BODY_LIMIT)
        kept = bodies.read(stream, encoding=encoding, limit=limit)
        if request is not None:
            setattr(request, _KEPT, kept)
    return kept


class JSONParser(BaseParser):
    """`application/json`: strict, exact decimals."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """The decoded body."""
        return bodies.decode(raw_body(parser_context, stream))


class BulkJSONParser(JSONParser):
    """`application/json` of a bulk call: a record that cannot be stored is that record's error, not the call's."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """The decoded body, with errors among its records."""
        return bodies.records(raw_body(parser_context, stream))


class NDJSONParser(BaseParser):
    """`application/x-ndjson`: one record a line. A broken line becomes that record's error, not the call's."""

    media_type = "application/x-ndjson"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """`{"records": [...]}`, as if it had come as JSON."""
        raw = raw_body(parser_context, stream)
        return {"records": [record for _, record in bodies.lines(raw)]}
