"""From the API's JSON to a `PlayDefinition`: every error at once, each with its JSON pointer and a sentence."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from abmops.lib.errors import FieldError, FieldErrors
from plays.domain import merge
from plays.domain import vocabulary as words
from plays.domain.definition import Audience, Contract, PlayDefinition, Step, Throttle, Trigger
from plays.domain.hours import window_of

DEFINITION_FIELDS = ("trigger", "audience", "steps", "exits", "contract", "priority", "throttle", "holdout")
WAITS = ("wait_business_days", "wait_hours", "opens_between")
"""What a step may say of its wait besides `wait_days`; left out where it says nothing."""
MAX_STEPS = 40
MAX_TEXT = 4_000
_KEY = re.compile(r"^[a-z0-9](?:[a-z0-9_-]{0,58}[a-z0-9])?$")


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
    reader = _Reader()
    definition = PlayDefinition(
        trigger=_trigger(reader, data.get("trigger")),
        audience=_audience(reader, data.get("audience") or {}),
        steps=_steps(reader, data.get("steps")),
        exits=_exits(reader, data.get("exits") or []),
        contract=_contract(reader, data.get("contract") or {}),
        throttle=_throttle(reader, data.get("throttle") or {}),
        priority=reader.whole(data, "", "priority", low=0, high=1000, default=50),
        holdout=reader.number(data, "", "holdout", low=0, high=1, default=0.0),
    )
    return definition, reader.errors


def as_json(definition: PlayDefinition) -> dict[str, Any]:
    """The API's shape of a definition, without the parts left at "no filter"; `parse_play` reads it back unchanged."""
    trigger, audience = definition.trigger, definition.audience
    engaged: dict[str, Any] = (
        {} if trigger.contacts_at_most is None else {"contacts_at_most": trigger.contacts_at_most}
    )
    return {
        "trigger": _without_empty(
            {
                "crossing": list(trigger.crossings),
                "joined_tier": list(trigger.joined_tiers),
                "stage": list(trigger.stages),
                "hand_raise": trigger.hand_raise,
                "manual": trigger.manual,
            }
        )
        | ({"contact_engaged": engaged} if trigger.contact_engaged else {})
        | ({} if trigger.score_at_least is None else {"score": {"at_least": trigger.score_at_least}}),
        "audience": _without_empty(
            {
                "tiers": list(audience.tiers),
                "phases": list(audience.phases),
                "lifecycles": list(audience.lifecycles),
                "industries": list(audience.industries),
                "territories": list(audience.territories),
            }
        )
        | ({} if audience.fit_at_least is None else {"fit_at_least": audience.fit_at_least}),
        "steps": [
            {
                "key": step.key,
                "wait_days": step.wait_days,
                "channel": step.channel,
                "side": step.side,
                "role": step.role,
                "sla_hours": step.sla_hours,
                "title": step.title,
                "instructions": step.instructions,
                "variants": dict(step.variants),
                "surface": step.surface,
            }
            | ({} if step.tries == 1 else {"tries": step.tries})
            | _without_empty({name: getattr(step, name) for name in WAITS})
            for step in definition.steps
        ],
        "exits": list(definition.exits),
        "contract": {"outcome": definition.contract.outcome, "days": definition.contract.days},
        "priority": definition.priority,
        "throttle": {
            "live_per_account": definition.throttle.live_per_account,
            "new_per_owner_per_week": definition.throttle.new_per_owner_per_week,
            "cooldown_days": definition.throttle.cooldown_days,
        },
        "holdout": definition.holdout,
    }


def _without_empty(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value}


class _Reader:
    """Collects what is wrong while it reads; a wrong value reads as its default so that reading goes on."""

    def __init__(self) -> None:
        self.errors: list[FieldError] = []

    def wrong(self, pointer: str, detail: str) -> None:
        self.errors.append(FieldError(pointer, detail))

    def mapping(self, value: Any, pointer: str, allowed: Iterable[str]) -> Mapping[str, Any]:
        """An object with only the allowed keys."""
        if not isinstance(value, Mapping):
            self.wrong(pointer, "This must be an object.")
            return {}
        known = tuple(allowed)
        for key in value:
            if key not in known:
                self.wrong(
                    f"{pointer}/{_escaped(key)}", f"This field is not known here. Known: {', '.join(known)}."
                )
        return value

    def whole(self, data: Mapping[str, Any], at: str, name: str, *, low: int, high: int, default: int) -> int:
        value = data.get(name)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            self.wrong(f"{at}/{name}", f"This must be a whole number from {low} to {high}.")
            return default
        return value

    def number(
        self, data: Mapping[str, Any], at: str, name: str, *, low: float, high: float, default: float
    ) -> float:
        value = data.get(name)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            self.wrong(f"{at}/{name}", f"This must be a number from {low:g} to {high:g}.")
            return default
        return float(value)

    def flag(self, data: Mapping[str, Any], at: str, name: str) -> bool:
        value = data.get(name, False)
        if not isinstance(value, bool):
            self.wrong(f"{at}/{name}", "This must be true or false.")
            return False
        return value

    def text(self, data: Mapping[str, Any], at: str, name: str, *, longest: int = MAX_TEXT) -> str:
        value = data.get(name, "")
        if not isinstance(value, str):
            self.wrong(f"{at}/{name}", "This must be text.")
            return ""
        if len(value) > longest:
            self.wrong(f"{at}/{name}", f"This is longer than {longest:,} characters.")
        return value

    def merged_text(self, data: Mapping[str, Any], at: str, name: str, *, longest: int = MAX_TEXT) -> str:
        """Text whose merge fields are all known and well written."""
        value = self.text(data, at, name, longest=longest)
        for complaint in merge.complaints(value):
            self.wrong(f"{at}/{name}", complaint)
        return value

    def choice(
        self, data: Mapping[str, Any], at: str, name: str, known: Iterable[str], *, default: str | None
    ) -> str:
        """One of the known words; `default` None means that it must be given."""
        value = data.get(name, default)
        if not isinstance(value, str) or value not in known:
            self.wrong(f"{at}/{name}", f"This must be one of: {', '.join(known)}.")
            return default or next(iter(known))
        return value

    def items(
        self,
        value: Any,
        pointer: str,
        is_right: Callable[[Any], bool],
        expected: str,
        *,
        required: bool = False,
    ) -> tuple[Any, ...]:
        """A list whose items are all right, without repeats, in the order given."""
        if not isinstance(value, Sequence) or isinstance(value, str | bytes):
            self.wrong(pointer, f"This must be a list of {expected}.")
            return ()
        if required and not value:
            self.wrong(pointer, f"Name at least one of: {expected}.")
        kept: list[Any] = []
        for index, item in enumerate(value):
            if not is_right(item):
                self.wrong(f"{pointer}/{index}", f"This must be one of: {expected}.")
            elif item not in kept:
                kept.append(item)
        return tuple(kept)


def _escaped(key: object) -> str:
    return str(key)[:60].replace("~", "~0").replace("/", "~1")


def _is_name(item: Any) -> bool:
    return isinstance(item, str) and 0 < len(item.strip()) <= 120


def _is_tier(item: Any) -> bool:
    return isinstance(item, int) and not isinstance(item, bool) and item in words.TIERS


def _trigger(reader: _Reader, value: Any) -> Trigger:
    at = "/trigger"
    if value is None:
        reader.wrong(at, "Say what starts this play.")
        return Trigger()
    known = ("crossing", "joined_tier", "stage", "contact_engaged", "score", "hand_raise", "manual")
    data = reader.mapping(value, at, known)
    if isinstance(value, Mapping) and not data:
        reader.wrong(at, f"Say what starts this play: one of {', '.join(known)}.")
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
        data.get("stage", ()), f"{at}/stage", _is_name, "stage names", required="stage" in data
    )
    return Trigger(
        crossings=reader.items(
            data.get("crossing", ()),
            f"{at}/crossing",
            _is_name,
            "threshold slugs",
            required="crossing" in data,
        ),
        joined_tiers=reader.items(
            data.get("joined_tier", ()),
            f"{at}/joined_tier",
            _is_tier,
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


def _audience(reader: _Reader, value: Any) -> Audience:
    at = "/audience"
    data = reader.mapping(
        value, at, ("tiers", "fit_at_least", "phases", "lifecycles", "industries", "territories")
    )
    fit = None
    if data.get("fit_at_least") is not None:
        fit = reader.number(data, at, "fit_at_least", low=0, high=100, default=0)
    return Audience(
        tiers=reader.items(data.get("tiers") or (), f"{at}/tiers", _is_tier, "1, 2, 3"),
        fit_at_least=fit,
        phases=_words(reader, data, at, "phases", words.PHASES),
        lifecycles=_words(reader, data, at, "lifecycles", words.LIFECYCLES),
        industries=reader.items(data.get("industries") or (), f"{at}/industries", _is_name, "industry names"),
        territories=reader.items(
            data.get("territories") or (), f"{at}/territories", _is_name, "territory slugs"
        ),
    )


def _words(
    reader: _Reader, data: Mapping[str, Any], at: str, name: str, known: Sequence[str]
) -> tuple[str, ...]:
    return reader.items(
        data.get(name) or (),
        f"{at}/{name}",
        lambda item: isinstance(item, str) and item in known,
        ", ".join(known),
    )


def _steps(reader: _Reader, value: Any) -> tuple[Step, ...]:
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
            reader.wrong(f"{at}/{index}/key", f"The key “{step.key}” is used twice in this play.")
        seen.add(step.key)
    return steps


def _step(reader: _Reader, value: Any, at: str) -> Step:
    known = (
        "key", "wait_days", "channel", "side", "role", "sla_hours", "title", "instructions", "variants", "surface",
        "tries", "wait_business_days", "wait_hours", "opens_between",
    )  # fmt: skip
    data = reader.mapping(value, at, known)
    key = data.get("key")
    if not isinstance(key, str) or not _KEY.match(key):
        reader.wrong(
            f"{at}/key", "A step needs a key of small letters, digits and hyphens, for example “first-call”."
        )
        key = at
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


def _business_days(reader: _Reader, data: Mapping[str, Any], at: str) -> int:
    days = reader.whole(data, at, "wait_business_days", low=0, high=250, default=0)
    if days and data.get("wait_days"):
        reader.wrong(f"{at}/wait_business_days", "Wait calendar days or working days, not both.")
    return days


def _window(reader: _Reader, data: Mapping[str, Any], at: str) -> str:
    text = reader.text(data, at, "opens_between", longest=15).replace(" ", "")
    try:
        window_of(text)
    except ValueError:
        reader.wrong(
            f"{at}/opens_between", "Give two times of the day, the earlier first, for example “09:00-11:00”."
        )
        return ""
    return text


def _exits(reader: _Reader, value: Any) -> tuple[str, ...]:
    return reader.items(
        value, "/exits", lambda item: isinstance(item, str) and item in words.EXITS, ", ".join(words.EXITS)
    )


def _contract(reader: _Reader, value: Any) -> Contract:
    at = "/contract"
    data = reader.mapping(value, at, ("outcome", "days"))
    return Contract(
        outcome=reader.choice(data, at, "outcome", words.OUTCOMES, default="meeting_booked"),
        days=reader.whole(data, at, "days", low=1, high=730, default=30),
    )


def _throttle(reader: _Reader, value: Any) -> Throttle:
    at = "/throttle"
    data = reader.mapping(value, at, ("live_per_account", "new_per_owner_per_week", "cooldown_days"))
    per_week = reader.whole(data, at, "new_per_owner_per_week", low=1, high=10_000, default=0) or None
    return Throttle(
        live_per_account=reader.whole(data, at, "live_per_account", low=1, high=50, default=2),
        new_per_owner_per_week=per_week,
        cooldown_days=reader.whole(data, at, "cooldown_days", low=0, high=730, default=30),
    )
