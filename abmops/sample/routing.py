"""How the sample gives out work: two rules of its own, a week off with a stand-in, and people with their own hours."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta

from abmops.lib.choices import Role
from accounts.models import Territory, User
from accounts.services.absences import save_absence
from plays.services.staff.routing import save_rule

RULES = (
    (
        "Tier 1 of the Nordics to the AE",
        {"tiers": [1], "sides": ["sales"], "target": "territory", "seats": ["ae"]},
        "nordics",
        "The Nordic tier 1 accounts are run by an account executive from the first call.",
    ),
    (
        "Customer success of DACH",
        {"sides": ["customer_success"], "target": "anywhere", "seats": ["csm"]},
        "dach",
        "Customers in DACH know their customer success manager by name.",
    ),
)


def write(staff: Mapping[str, User], *, end: datetime) -> None:
    """Rules by RevOps; an SDR is away the week after next; one works four days, one starts late."""
    by_name = {one.name: one for one in staff.values()}
    revops = next(one for one in staff.values() if one.role == Role.REVOPS)
    places = dict(Territory.objects.values_list("slug", "pk"))
    for name, said, place, reason in RULES:
        given = {"name": name, "reason": reason, "territories": [places[place]], **said}
        save_rule(said=given, by=revops, now=end)
    elin, henrik = by_name["Elin Soderby"], by_name["Henrik Vassal"]
    monday = end.date() + timedelta(days=14 - end.weekday())
    save_absence(
        user=elin,
        starts_on=monday,
        ends_on=monday + timedelta(days=4),
        stand_in=henrik,
        by=elin,
        note="Skiing",
    )
    tomas, owen = by_name["Tomas Ferran"], by_name["Owen Castell"]
    tomas.weekdays = [0, 1, 2, 3]
    tomas.save(update_fields=["weekdays"])
    owen.opens, owen.closes = time(10), time(18)
    owen.save(update_fields=["opens", "closes"])
