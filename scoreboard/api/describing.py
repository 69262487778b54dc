"""The OpenAPI schemas of the numbers."""

from datetime import datetime
from typing import Any

from drf_spectacular.utils import OpenApiParameter

from scoreboard.domain.catalogue import NUMBERS
from scoreboard.domain.figures import TIERS

QUESTION = [
    OpenApiParameter(
        "as_of", datetime, description="The numbers as of then; now, if not said. Not ahead of now."
    ),
    OpenApiParameter("tier", int, enum=TIERS, description="Only this tier."),
    OpenApiParameter("owner", str, description="Only accounts of this person, by e-mail."),
    OpenApiParameter("territory", str, description="Only accounts of this territory, by slug."),
    OpenApiParameter(
        "from", datetime, description="Start of the period of target against others; all history."
    ),
    OpenApiParameter(
        "cohort", str, description="The quarter whose joiners the conversion follows, like 2026-Q3."
    ),
]
PAGED = [
    OpenApiParameter("limit", int, description="Rows a page, at most 1,000; 100 if not said."),
    OpenApiParameter("cursor", str, description="Where to go on; taken from `next`."),
    OpenApiParameter("ordering", str, enum=["name", "-name", "id", "-id"]),
]

_VALUE: dict[str, Any] = {
    "type": ["number", "string", "null"],
    "description": "Money is a decimal string; null where there is nothing to divide by.",
}
_NUMBER_OR_NULL: dict[str, Any] = {"type": ["number", "null"]}
_BAND: dict[str, Any] = {
    "type": ["object", "null"],
    "description": "Null where no band is set.",
    "properties": dict.fromkeys(("low", "high", "limit", "alarm_below", "alarm_above"), _NUMBER_OR_NULL),
}
_BARE: dict[str, Any] = {
    "type": "object",
    "required": ["value", "numerator", "denominator", "unit", "band"],
    "properties": {
        "value": _VALUE,
        "numerator": _VALUE,
        "denominator": _VALUE,
        "unit": {"type": "string"},
        "band": _BAND,
    },
}
_NUMBER: dict[str, Any] = {
    **_BARE,
    "required": [*_BARE["required"], "by_tier"],
    "properties": {
        **_BARE["properties"],
        "by_tier": {"type": "object", "properties": {str(tier): _BARE for tier in TIERS}},
        "interval": {
            "type": ["array", "null"],
            "items": {"type": "number"},
            "description": "95 %: of the share, or of the difference of target and others.",
        },
        "difference": {"type": ["number", "string", "null"], "description": "Target minus others."},
        "waiting": {"type": "integer", "description": "Crossings that sales has not answered."},
        "longer_than": {
            "type": "number",
            "description": "The median is beyond this: more than half still wait.",
        },
        "still_in_time": {"type": "integer", "description": "Not answered, but inside the limit."},
        "left_out": {"type": "integer", "description": "Opportunities whose amount or rate is not known."},
        "by_urgency": {"type": "object", "additionalProperties": True},
        "prior": _BARE,
    },
}
BOOK: dict[str, Any] = {
    "type": "object",
    "required": ["as_of", "list_size", "currency", "numbers"],
    "properties": {
        "as_of": {"type": "string", "format": "date-time"},
        "list_size": {"type": "integer"},
        "currency": {"type": "string"},
        "numbers": {
            "type": "object",
            "required": list(NUMBERS),
            "additionalProperties": _NUMBER,
        },
    },
}
_INTERVAL: dict[str, Any] = {"type": ["array", "null"], "items": {"type": "number"}, "description": "95 %."}
_SHARE: dict[str, Any] = {
    "value": _NUMBER_OR_NULL,
    "numerator": {"type": "integer"},
    "denominator": {"type": "integer"},
}
YIELD: dict[str, Any] = {
    "type": "object",
    "required": ["as_of", "play", "outcome", "days", *_SHARE, "interval", "holdout", "lift", "lift_interval"],
    "properties": {
        "as_of": {"type": "string", "format": "date-time"},
        "play": {"type": "string"},
        "outcome": {"type": "string", "description": "The contract's: meeting_booked and the like."},
        "days": {"type": "integer", "description": "The contract's window."},
        **_SHARE,
        "interval": _INTERVAL,
        "holdout": {"type": "object", "required": list(_SHARE), "properties": _SHARE},
        "lift": {**_NUMBER_OR_NULL, "description": "Value less the holdout's."},
        "lift_interval": _INTERVAL,
    },
}
OPENED: dict[str, Any] = {
    "type": "object",
    "required": ["key", "part", "as_of", "without_account", "results", "next"],
    "properties": {
        "key": {"type": "string"},
        "part": {"type": "string"},
        "as_of": {"type": "string", "format": "date-time"},
        "without_account": {"type": "integer"},
        "results": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["account", "tier", "count", "value", "unit", "at"],
                "properties": {
                    "account": {
                        "type": "object",
                        "required": ["id", "name", "domain", "owner"],
                        "properties": {
                            "id": {"type": "integer"},
                            "name": {"type": "string"},
                            "domain": {"type": ["string", "null"]},
                            "owner": {"type": ["string", "null"]},
                        },
                    },
                    "tier": {"type": ["integer", "null"]},
                    "count": {"type": "integer"},
                    "value": _VALUE,
                    "unit": {"type": "string"},
                    "at": {"type": ["string", "null"], "format": "date-time"},
                },
            },
        },
        "next": {"type": ["string", "null"], "format": "uri"},
    },
}
