"""From the API's JSON to a `PlayDefinition`: every error at once, each with its JSON pointer and a sentence."""

from collections.abc import Mapping
from typing import Any

from abmops.lib.errors import FieldError, FieldErrors
from plays.domain.definition import PlayDefinition
from plays.domain.parse.audience import MAX_FILTERS, read_audience
from plays.domain.parse.measure import read_contract, read_exits, read_throttle
from plays.domain.parse.reading import MAX_TEXT, Reader
from plays.domain.parse.steps import MAX_STEPS, read_steps
from plays.domain.parse.trigger import read_trigger
from plays.domain.parse.writing import as_json

__all__ = ["DEFINITION_FIELDS", "MAX_FILTERS", "MAX_STEPS", "MAX_TEXT", "as_json", "parse_play", "read_play"]

DEFINITION_FIELDS = ("trigger", "audience", "steps", "exits", "contract", "priority", "throttle", "holdout")


def parse_play(data: Mapping[str, Any]) -> PlayDefinition:
    """The definition that `data` says. Missing parts take their defaults; trigger and steps are required.

    Raises FieldErrors with all that is wrong.
    """
    definition, errors = read_play(data)
    if errors:
        raise FieldErrors(errors)
    return definition


def read_play(data: Mapping[str, Any]) -> tuple[PlayDefinition, list[FieldError]]:
    """As far as `data` says a play, and all that is wrong with it: what is wrong reads as its default, so that an
    editor can show the rest.
    """
    reader = Reader()
    definition = PlayDefinition(
        trigger=read_trigger(reader, data.get("trigger")),
        audience=read_audience(reader, data.get("audience") or {}),
        steps=read_steps(reader, data.get("steps")),
        exits=read_exits(reader, data.get("exits") or []),
        contract=read_contract(reader, data.get("contract") or {}),
        throttle=read_throttle(reader, data.get("throttle") or {}),
        priority=reader.whole(data, "", "priority", low=0, high=1000, default=50),
        holdout=reader.number(data, "", "holdout", low=0, high=1, default=0.0, also=", that is 0 to 100 %"),
    )
    return definition, reader.errors
