"""What a call about an import holds: the uploaded file, and what is said of its columns."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from rest_framework.parsers import MultiPartParser

from abmops.lib.choices import Side
from abmops.lib.errors import FieldErrors
from abmops.rest.parsers import BODY_LIMIT
from abmops.rest.problems import TooLarge
from accounts.models import Import

_KEPT = "abmops_body"

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
CHECK = {
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
UPLOAD = {
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


class FileParser(MultiPartParser):
    """`multipart/form-data` within the size of an import; reads what idempotency has read already."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        """The fields and the file."""
        context = dict(parser_context or {})
        request = context["request"]
        limit = upload_limit()
        if int(request.META.get("CONTENT_LENGTH") or 0) > limit:
            raise TooLarge(
                f"The file is larger than {settings.IMPORT_MAX_MB} MB. Split it, or leave columns out."
            )
        kept = getattr(request, _KEPT, None)
        return super().parse(io.BytesIO(kept) if kept is not None else stream, media_type, context)


def upload_limit() -> int:
    """How many bytes a call may have: the file, and a little for the fields beside it."""
    return int(settings.IMPORT_MAX_MB) * 1024 * 1024 + BODY_LIMIT


def check_side(side: str) -> None:
    """A side may be left out; one that is said must be known."""
    if side and side not in Side.values:
        raise FieldErrors.one("/side", f"Must be one of {', '.join(Side.values)}.")


def json_field(said: Any, name: str) -> dict[str, str] | None:
    """A JSON object that came as a field of a form."""
    text = said.get(name)
    if text in (None, ""):
        return None
    try:
        return texts_of({name: json.loads(str(text))}, name)
    except (ValueError, RecursionError):
        raise FieldErrors.one(f"/{name}", 'Must be a JSON object, like {"0": "name"}.') from None


def texts_of(said: Mapping[str, Any], name: str) -> dict[str, str] | None:
    """The object of texts under a name, None where it is left out. Anything else is refused with its pointer."""
    value = said.get(name)
    if value is None:
        return None
    if not isinstance(value, dict) or not all(
        isinstance(one, str) and "\0" not in one for one in value.values()
    ):
        raise FieldErrors.one(f"/{name}", 'Must be an object of texts, like {"0": "name"}.')
    return {str(key): one for key, one in value.items()}
