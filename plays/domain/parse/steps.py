"""The steps of a play, read."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from plays.domain import vocabulary as words
from plays.domain.definition import Step
from plays.domain.hours import window_of
from plays.domain.parse.reading import Reader

MAX_STEPS = 40
_KEY = re.compile(r"^[a-z0-9](?:[a-z0-9_-]{0,58}[a-z0-9])?$")


def read_steps(reader: Reader, value: Any) -> tuple[Step, ...]:
    """Its steps in order; at least one."""
    at = "/steps"
    if value is None or value == []:
        reader.wrong(at, "A play needs at least one step.")
        return ()
    if not isinstance(value, Sequence) or isinstance(value, str | bytes):
        reader.wrong(at, "This must be a list of steps.")
        return ()
    if len(value) > MAX_STEPS:
        reader.wrong(at, f"A play has at most {MAX_STEPS} steps.")
        return ()
    steps = tuple(_step(reader, item, f"{at}/{index}") for index, item in enumerate(value))
    seen: set[str] = set()
    for index, step in enumerate(steps):
        if step.key in seen:
            reader.wrong(
                f"{at}/{index}/key",
                f"Another step is called “{step.key}” too: give each a key, its name, of its own.",
            )
        seen.add(step.key)
    return steps


def _step(reader: Reader, value: Any, at: str) -> Step:
    known = (
        "key", "wait_days", "channel", "side", "role", "sla_hours", "title", "instructions", "variants", "surface",
        "tries", "wait_business_days", "wait_hours", "opens_between",
    )  # fmt: skip
    data = reader.mapping(value, at, known)
    key = data.get("key")
    if not isinstance(key, str) or not _KEY.match(key):
        reader.wrong(
            f"{at}/key",
            "Name the step by a key of small letters, digits and hyphens, for example “first-call”.",
        )
        key = f"step {int(at.rpartition('/')[2]) + 1}"
    side = reader.choice(data, at, "side", words.SIDES, default=words.SALES)
    default_role = "marketer" if side == words.MARKETING else "owner"
    variants = reader.mapping(data.get("variants") or {}, f"{at}/variants", data.get("variants") or {})
    texts = {str(persona): reader.merged_text(variants, f"{at}/variants", persona) for persona in variants}
    sla = reader.number(data, at, "sla_hours", low=0, high=2160, default=24.0)
    if sla == 0:
        reader.wrong(f"{at}/sla_hours", "Give at least some time: a number above 0.")
    return Step(
        key=key,
        channel=reader.choice(data, at, "channel", words.CHANNELS, default=None),
        side=side,
        role=reader.choice(data, at, "role", words.ROLES, default=default_role),
        sla_hours=sla,
        wait_days=reader.whole(data, at, "wait_days", low=0, high=365, default=0),
        wait_business_days=_business_days(reader, data, at),
        wait_hours=reader.number(data, at, "wait_hours", low=0, high=720, default=0.0),
        opens_between=_window(reader, data, at),
        title=reader.merged_text(data, at, "title", longest=200),
        instructions=reader.merged_text(data, at, "instructions"),
        variants=texts,
        surface=reader.text(data, at, "surface", longest=60),
        tries=reader.whole(data, at, "tries", low=1, high=10, default=1),
    )


def _business_days(reader: Reader, data: Mapping[str, Any], at: str) -> int:
    days = reader.whole(data, at, "wait_business_days", low=0, high=250, default=0)
    if days and data.get("wait_days"):
        reader.wrong(f"{at}/wait_business_days", "Wait calendar days or working days, not both.")
    return days


def _window(reader: Reader, data: Mapping[str, Any], at: str) -> str:
    text = reader.text(data, at, "opens_between", longest=15).replace(" ", "")
    try:
        window_of(text)
    except ValueError:
        reader.wrong(
            f"{at}/opens_between", "Give two times of the day, the earlier first, for example “09:00-11:00”."
        )
        return ""
    return text
