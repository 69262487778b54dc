"""What is allowed in a play and still worth a second thought: a sentence each, with the place it is about."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from plays.domain import committee
from plays.domain import vocabulary as words
from plays.domain.definition import PlayDefinition, Step

MAIL_WINDOW_DAYS = 2
"""Direct mail lands within two days of the personal follow-up [J]."""

MAIL_TRAVELS_DAYS = 5
"""How long a letter is on its way at most, so that the follow-up comes no later than this and the window together."""

MANY_TOUCHES_A_WEEK = 5


@dataclass(frozen=True, slots=True)
class Advice:
    """`pointer` as the errors of `parse` have it."""

    pointer: str
    detail: str


def advice(definition: PlayDefinition, thresholds: Mapping[str, str]) -> tuple[Advice, ...]:
    """All there is to say. `thresholds`: slug -> status of every threshold written down."""
    return (
        *_of_trigger(definition, thresholds),
        *_of_audience(definition),
        *_of_steps(definition),
        *_of_measure(definition),
    )


def _of_trigger(definition: PlayDefinition, thresholds: Mapping[str, str]) -> Iterator[Advice]:
    trigger, audience = definition.trigger, definition.audience
    for slug in trigger.crossings:
        if slug not in thresholds:
            yield Advice("/trigger/crossing", f"No threshold “{slug}” is written down, so it never crosses.")
        elif thresholds[slug] != "active":
            yield Advice(
                "/trigger/crossing",
                f"The threshold “{slug}” is {thresholds[slug]}, so it does not cross now.",
            )
    outside = [tier for tier in trigger.joined_tiers if audience.tiers and tier not in audience.tiers]
    if outside:
        named = words.listed([str(tier) for tier in outside])
        yield Advice(
            "/trigger/joined_tier",
            f"An account that joins tier {named} would be turned down: the audience leaves that tier out.",
        )


def _of_audience(definition: PlayDefinition) -> Iterator[Advice]:
    asked = definition.audience.committee
    for place in committee.contradictions(asked):
        yield Advice(
            f"/audience/committee/{place}",
            f"It asks for accounts {asked[place].sentence} and for a known one too: no account is both.",
        )


def _of_steps(definition: PlayDefinition) -> Iterator[Advice]:
    steps = definition.steps
    for index, step in enumerate(steps):
        at = f"/steps/{index}"
        if not step.instructions and step.channel in words.DIRECT_CHANNELS:
            yield Advice(f"{at}/instructions", "Nobody is told what to say: write a sentence or two.")
        if step.channel == "direct_mail" and not _followed_up(steps[index + 1 :]):
            yield Advice(
                f"{at}/wait_days",
                "Direct mail works when somebody follows up in person within "
                f"{MAIL_WINDOW_DAYS} days of its arrival: put a call, an e-mail or a message after it.",
            )
    days = 0
    at_day: list[int] = []
    for step in steps:
        days += step.wait_days
        at_day.append(days)
    most = max((sum(first <= day < first + 7 for day in at_day) for first in at_day), default=0)
    if most > MANY_TOUCHES_A_WEEK:
        yield Advice(
            "/steps",
            f"{most} steps fall into one week. The weekly cap is {MANY_TOUCHES_A_WEEK} touches an account, "
            "over all plays, so some of them will wait.",
        )


def _followed_up(rest: tuple[Step, ...]) -> bool:
    """Whether somebody of sales or customer success speaks to the addressee in person soon after it has landed."""
    days = 0
    for step in rest:
        days += step.wait_days + step.wait_business_days
        if step.channel in ("call", "email", "linkedin", "meeting") and step.side != words.MARKETING:
            return days <= MAIL_TRAVELS_DAYS + MAIL_WINDOW_DAYS
    return False


def _of_measure(definition: PlayDefinition) -> Iterator[Advice]:
    length = sum(step.wait_days for step in definition.steps)
    if definition.steps and length > definition.contract.days:
        yield Advice(
            "/contract/days",
            f"The steps take {words.counted(length, 'day')}, longer than the "
            f"{words.counted(definition.contract.days, 'day')} in which the outcome counts.",
        )
    if not definition.exits:
        yield Advice("/exits", "Nothing ends it early: the steps go on even after a meeting is booked.")
