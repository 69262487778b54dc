"""What the serializers of plays share: JSON that is passed through, and people by their e-mail."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from abmops.lib.choices import Urgency

EMAIL: dict[str, Any] = {"read_only": True, "allow_null": True, "default": None}
URGENCY: dict[str, Any] = {"choices": Urgency.choices, "read_only": True}


@extend_schema_field({"type": "object", "additionalProperties": True})
class DocumentField(serializers.JSONField):
    """A JSON object."""


@extend_schema_field({"type": "array", "items": {"type": "object", "additionalProperties": True}})
class DocumentsField(serializers.JSONField):
    """A list of JSON objects."""


@extend_schema_field({"type": "array", "items": {"type": "string"}})
class WordsField(serializers.JSONField):
    """A list of words."""
