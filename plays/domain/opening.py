"""What holds a step back at the moment when it would open: the guardrails again, and what only that moment knows."""

from collections.abc import Iterable
from datetime import datetime

from plays.domain import guardrails
from plays.domain import vocabulary as words
from plays.domain.definition import PlayDefinition, Step
from plays.domain.facts import AccountFacts
from plays.domain.guardrails import No, Policy
from plays.domain.hours import Calendar, zone_named
from plays.domain.quiet import allowed_at
from plays.domain.zones import zones_of


def quiet_refusal(
    account: AccountFacts, step: Step, policy: Policy, calendar: Calendar, *, now: datetime
) -> No | None:
    """What goes out by itself reaches a person only on a working day, by day: by their country, else by the owner."""
    if not step.surface or step.channel not in words.DIRECT_CHANNELS:
        return None
    zones = [zone_named(name) for name in zones_of(account.country)] or [calendar.zone]
    until = allowed_at(
        now, zones, opens=policy.day_opens, closes=policy.day_closes, holidays=calendar.holidays
    )
    if until == now:
        return None
    local = until.astimezone(zones[0])
    return No(
        "quiet_hours",
        f"Quiet hours: this goes out by itself, so it waits for {local:%A %-d %B, %H:%M} there.",
        lasting=False,
        until=until,
        needs="It is day there.",
    )


def meeting_refusal(account: AccountFacts, step: Step, *, now: datetime) -> No | None:
    """A booked meeting pauses cold marketing steps until it is over [F4].

    Not cold: on customers, while a deal is open, and what answers a raised hand. Cold steps of sales end with their
    plays, by the exits these declare.
    """
    until = account.meeting_until
    if step.side != words.MARKETING or until is None or until <= now:
        return None
    if account.hand_raised or account.has_open_deal or account.lifecycle in words.NOT_COLD:
        return None
    return No(
        "meeting",
        f"A meeting is booked: cold marketing rests here until it is over on {until:%-d %B}.",
        lasting=False,
        until=until,
        needs="The meeting is over, or called off.",
    )


def step_refusals(
    account: AccountFacts,
    definition: PlayDefinition,
    step: Step,
    policy: Policy,
    calendar: Calendar,
    *,
    now: datetime,
) -> tuple[No, ...]:
    """Everything that holds a step back at the moment when it would open, in the order in which it is said.

    A person's no holds no step back: it goes to somebody else, or finding somebody becomes the work.
    """
    found = (
        guardrails.quarantine_refusal(account, definition),
        guardrails.spend_refusal(account, definition, step),
        meeting_refusal(account, step, now=now),
        guardrails.sales_refusal(account, step, policy, now=now),
        guardrails.pressure_refusal(account, policy),
        guardrails.contact_pressure_refusal(account, step, policy, now=now),
        quiet_refusal(account, step, policy, calendar, now=now),
    )
    return tuple(no for no in found if no is not None)


def first_of(noes: Iterable[No], set_aside: Iterable[str] = ()) -> No | None:
    """The first that nobody set aside."""
    rules = frozenset(set_aside)
    return next((no for no in noes if no.rule not in rules), None)
