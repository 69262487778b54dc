"""What starts a play, read."""

from collections.abc import Mapping
from typing import Any

from plays.domain import vocabulary as words
from plays.domain.definition import Trigger
from plays.domain.parse.reading import Reader, is_name, is_tier

FIELDS = ("crossing", "joined_tier", "stage", "contact_engaged", "score", "hand_raise", "manual")
KINDS = (
    "a threshold", "a tier that is joined", "a stage of an opportunity", "a contact who engages", "a score",
    "the account asking for us", "somebody by hand",
)  # fmt: skip


def read_trigger(reader: Reader, value: Any) -> Trigger:
    """What starts it; required, and something must be said in it."""
    at = "/trigger"
    if value is None:
        reader.wrong(at, "Say what starts this play.")
        return Trigger()
    data = reader.mapping(value, at, FIELDS)
    if isinstance(value, Mapping) and not data:
        reader.wrong(at, f"Say what starts this play, one thing at least: {words.listed(KINDS)}.")
    engaged = data.get("contact_engaged")
    at_most: int | None = None
    if engaged is not None and engaged is not True:
        options = reader.mapping(engaged, f"{at}/contact_engaged", ("contacts_at_most",))
        at_most = (
            reader.whole(options, f"{at}/contact_engaged", "contacts_at_most", low=1, high=100, default=0)
            or None
        )
    score: float | None = None
    if "score" in data:
        options = reader.mapping(data["score"], f"{at}/score", ("at_least",))
        if "at_least" not in options:
            reader.wrong(f"{at}/score/at_least", "Say from which score on.")
        score = reader.number(options, f"{at}/score", "at_least", low=0, high=100, default=100)
    stages = reader.items(
        data.get("stage", ()), f"{at}/stage", is_name, "stage names", required="stage" in data
    )
    return Trigger(
        crossings=reader.items(
            data.get("crossing", ()),
            f"{at}/crossing",
            is_name,
            "threshold slugs",
            required="crossing" in data,
        ),
        joined_tiers=reader.items(
            data.get("joined_tier", ()),
            f"{at}/joined_tier",
            is_tier,
            "1, 2, 3",
            required="joined_tier" in data,
        ),
        stages=tuple(stage.strip().casefold() for stage in stages),
        contact_engaged=engaged is not None,
        contacts_at_most=at_most,
        score_at_least=score,
        hand_raise=reader.flag(data, at, "hand_raise"),
        manual=reader.flag(data, at, "manual"),
    )
