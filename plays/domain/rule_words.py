"""Routing rules as sentences."""

from collections.abc import Mapping, Sequence

from plays.domain import vocabulary as words
from plays.domain.staffing import SEAT_NAMES


def rule_sentence(
    *,
    tiers: Sequence[int],
    territories: Sequence[str],
    countries: Sequence[str],
    industries: Sequence[str],
    sides: Sequence[str],
    roles: Sequence[str],
    target: str,
    person: str,
    seats: Sequence[str],
    country_names: Mapping[str, str],
) -> str:
    """What a rule says, for example “Sales steps on tier 1 accounts of Benelux go to Piet van Dorn.”"""
    side = words.listed([words.SIDES.get(one, one) for one in sides])
    what = f"{side[0].upper()}{side[1:]} steps" if side else "Steps"
    if roles:
        what += f" for {words.listed([words.ROLES.get(one, one) for one in roles])}"
    which = " on accounts"
    if tiers:
        named = [str(one) for one in tiers if one]
        parts = [f"tier {words.listed(named)} accounts"] if named else []
        parts += ["accounts off the list"] if 0 in tiers else []
        which = f" on {words.listed(parts)}"
    if territories:
        which += f" of {words.listed(list(territories))}"
    if countries:
        which += f" in {words.listed([country_names.get(one, one) for one in countries])}"
    if industries:
        which += f" in the industry {words.listed(list(industries))}"
    if which == " on accounts":
        which = " on every account"
    if target == "person":
        return f"{what}{which} go to {person}."
    seat = words.listed([SEAT_NAMES.get(one, one) for one in seats])
    where = (
        "in the account's territory"
        if target == "territory"
        else "with the fewest open tasks, wherever they are"
    )
    few = " with the fewest open tasks" if target == "territory" else ""
    return f"{what}{which} go to the {seat} {where}{few}."
