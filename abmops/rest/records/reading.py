"""Reading an object by its fields, and fields that hold several values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from difflib import get_close_matches
from typing import Any

from abmops.lib.errors import FieldError
from abmops.rest.problems import Malformed, escape
from abmops.rest.records.field import Field, Wrong, kind_of
from abmops.rest.records.values import Text


@dataclass(frozen=True, slots=True)
class ListOf(Field):
    """A list of one kind of value."""

    of: Field = field(default_factory=lambda: Text("item"))
    most: int = 200

    def read(self, value: Any, now: datetime) -> list[Any]:
        if not isinstance(value, list):
            raise Wrong(f"Must be a list, not {kind_of(value)}.")
        if len(value) > self.most:
            raise Wrong(f"Has {len(value):,} entries; at most {self.most} are taken.")
        clean: list[Any] = []
        errors: list[FieldError] = []
        for number, item in enumerate(value):
            try:
                clean.append(self.of.read(item, now))
            except Wrong as wrong:
                errors.extend(error.under(f"/{number}") for error in wrong.errors)
        if errors:
            raise Wrong.many(errors)
        return clean

    def describe(self) -> dict[str, Any]:
        return {"type": "array", "items": self.of.schema(), "maxItems": self.most}


@dataclass(frozen=True, slots=True)
class MapOf(Field):
    """An object from short names to texts, such as `{"salesforce": "0015..."}`."""

    key_length: int = 40
    value_length: int = 200
    most: int = 20

    def read(self, value: Any, now: datetime) -> dict[str, str]:
        if not isinstance(value, dict):
            raise Wrong(f'Must be an object like {{"salesforce": "0015"}}, not {kind_of(value)}.')
        if len(value) > self.most:
            raise Wrong(f"Has {len(value):,} entries; at most {self.most} are taken.")
        clean: dict[str, str] = {}
        errors: list[FieldError] = []
        for key, item in value.items():
            name = key.strip().lower()
            pointer = f"/{escape(key)}"
            if not 0 < len(name) <= self.key_length:
                errors.append(FieldError(pointer, f"The name must have 1 to {self.key_length} characters."))
            elif not isinstance(item, str):
                errors.append(FieldError(pointer, f"Must be a text, not {kind_of(item)}."))
            elif not 0 < len(item.strip()) <= self.value_length:
                errors.append(FieldError(pointer, f"Must have 1 to {self.value_length} characters."))
            else:
                clean[name] = item.strip()
        if errors:
            raise Wrong.many(errors)
        return clean

    def describe(self) -> dict[str, Any]:
        return {
            "type": "object",
            "propertyNames": {"minLength": 1, "maxLength": self.key_length},
            "additionalProperties": {"type": "string", "minLength": 1, "maxLength": self.value_length},
            "maxProperties": self.most,
        }


@dataclass(frozen=True, slots=True)
class Nested(Field):
    """An object with fields of its own. `short` names the field that a bare text stands for."""

    fields: tuple[Field, ...] = ()
    short: str = ""

    def read(self, value: Any, now: datetime) -> dict[str, Any]:
        if self.short and isinstance(value, str):
            value = {self.short: value}
        clean, errors = read_fields(self.fields, value, now)
        if errors:
            raise Wrong.many(errors)
        return clean

    def describe(self) -> dict[str, Any]:
        own = object_schema(self.fields)
        if not self.short:
            return own
        bare = next(item for item in self.fields if item.name == self.short)
        return {"anyOf": [own, bare.schema()]}


def read_fields(
    fields: Sequence[Field], value: Any, now: datetime, *, partial: bool = False
) -> tuple[dict[str, Any], list[FieldError]]:
    """Read an object by its fields: what is clean, and everything that is wrong. `partial` waives required ones."""
    if isinstance(value, Malformed):
        return {}, [FieldError("", str(value.detail))]
    if not isinstance(value, dict):
        return {}, [FieldError("", f"A record must be an object, not {kind_of(value)}.")]
    clean: dict[str, Any] = {}
    errors: list[FieldError] = []
    taken = 0
    for item in fields:
        if item.name not in value:
            if item.required and not partial:
                errors.append(FieldError(f"/{item.name}", "Is missing; it is required."))
            continue
        taken += 1
        raw = value[item.name]
        if raw is None:
            if item.null:
                clean[item.name] = None
            else:
                errors.append(
                    FieldError(f"/{item.name}", "May not be null. Leave it out to keep what is stored.")
                )
            continue
        try:
            clean[item.name] = item.read(raw, now)
        except Wrong as wrong:
            errors.extend(error.under(f"/{item.name}") for error in wrong.errors)
    if taken < len(value):
        errors.extend(_unknown(fields, value))
    return clean, errors


def _unknown(fields: Sequence[Field], value: Mapping[str, Any]) -> list[FieldError]:
    known = [item.name for item in fields]
    errors = []
    for name in value:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            cure = f"Did you mean {near[0]}?" if near else f"Known are {', '.join(known)}."
            errors.append(FieldError(f"/{escape(name)}", f"There is no such field. {cure}"))
    return errors


def object_schema(fields: Sequence[Field], *, partial: bool = False) -> dict[str, Any]:
    """The JSON Schema of an object with exactly these fields."""
    required = [item.name for item in fields if item.required and not partial]
    return {
        "type": "object",
        "properties": {item.name: item.schema() for item in fields},
        "additionalProperties": False,
    } | ({"required": required} if required else {})


def without(fields: Sequence[Field], *names: str) -> tuple[Field, ...]:
    """The fields but those named."""
    return tuple(item for item in fields if item.name not in names)


def requiring(fields: Sequence[Field], *names: str) -> tuple[Field, ...]:
    """The fields, those named made required."""
    return tuple(replace(item, required=True) if item.name in names else item for item in fields)
