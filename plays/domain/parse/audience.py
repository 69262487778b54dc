"""For which accounts a play is, read."""

from collections.abc import Mapping, Sequence
from typing import Any

from plays.domain import vocabulary as words
from plays.domain.committee import ANY, Filter, Gap, Known
from plays.domain.definition import Audience
from plays.domain.facts import ENGAGED
from plays.domain.parse.reading import Reader, is_name, is_tier

MAX_FILTERS = 12
_KNOWN = ("at_least", "role", "persona", "seniority", "engaged_days")


def read_audience(reader: Reader, value: Any) -> Audience:
    """Whom it is for; what is left out lets every account through."""
    at = "/audience"
    data = reader.mapping(
        value, at, ("tiers", "fit_at_least", "phases", "lifecycles", "industries", "territories", "committee")
    )
    fit = None
    if data.get("fit_at_least") is not None:
        fit = reader.number(data, at, "fit_at_least", low=0, high=100, default=0)
    return Audience(
        tiers=reader.items(data.get("tiers") or (), f"{at}/tiers", is_tier, "1, 2, 3"),
        fit_at_least=fit,
        phases=_words(reader, data, at, "phases", words.PHASES),
        lifecycles=_words(reader, data, at, "lifecycles", words.LIFECYCLES),
        industries=reader.items(data.get("industries") or (), f"{at}/industries", is_name, "industry names"),
        territories=reader.items(
            data.get("territories") or (), f"{at}/territories", is_name, "territory slugs"
        ),
        committee=_committee(reader, data.get("committee") or (), f"{at}/committee"),
    )


def _words(
    reader: Reader, data: Mapping[str, Any], at: str, name: str, known: Sequence[str]
) -> tuple[str, ...]:
    return reader.items(
        data.get(name) or (),
        f"{at}/{name}",
        lambda item: isinstance(item, str) and item in known,
        ", ".join(known),
    )


def _committee(reader: Reader, value: Any, at: str) -> tuple[Filter, ...]:
    if not isinstance(value, Sequence) or isinstance(value, str | bytes):
        reader.wrong(at, "This must be a list of what is asked of the committee.")
        return ()
    if len(value) > MAX_FILTERS:
        reader.wrong(at, f"An audience asks at most {MAX_FILTERS} things of the committee.")
        return ()
    return tuple(_filter(reader, item, f"{at}/{index}") for index, item in enumerate(value))


def _filter(reader: Reader, value: Any, at: str) -> Filter:
    if isinstance(value, Mapping) and "gap" in value:
        data = reader.mapping(value, at, ("gap",))
        return Gap(reader.choice(data, at, "gap", (ANY, *words.COMMITTEE), default=ANY))
    data = reader.mapping(value, at, _KNOWN)
    if isinstance(value, Mapping) and not data:
        reader.wrong(at, f"Say what is asked of the committee: gap, or any of {', '.join(_KNOWN)}.")
    days: int | None = None
    if data.get("engaged_days") is not None:
        days = reader.whole(data, at, "engaged_days", low=1, high=ENGAGED.days, default=ENGAGED.days)
    return Known(
        at_least=reader.whole(data, at, "at_least", low=1, high=50, default=1),
        role=reader.choice(data, at, "role", words.COMMITTEE, default=None) if data.get("role") else "",
        persona=reader.text(data, at, "persona", longest=80).strip(),
        seniority=reader.text(data, at, "seniority", longest=40).strip(),
        engaged_days=days,
    )
