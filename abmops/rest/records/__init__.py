"""Readers of incoming records: one declaration gives the checks, the error sentences and the OpenAPI schema.

A reader collects every wrong field of a record, not only the first. A field that is absent stays absent in the
result, so that a write can tell "leave it" from "clear it" (null).
"""

from abmops.rest.records.field import Field, Wrong
from abmops.rest.records.reading import ListOf, MapOf, Nested, object_schema, read_fields, requiring, without
from abmops.rest.records.values import MAX_CLOCK_SKEW, Choice, Flag, Moment, Money, Parsed, Text, Whole

__all__ = [
    "MAX_CLOCK_SKEW",
    "Choice",
    "Field",
    "Flag",
    "ListOf",
    "MapOf",
    "Moment",
    "Money",
    "Nested",
    "Parsed",
    "Text",
    "Whole",
    "Wrong",
    "object_schema",
    "read_fields",
    "requiring",
    "without",
]
