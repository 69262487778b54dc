"""A play read aloud: each part of its definition as an English sentence."""

from collections.abc import Mapping

from plays.domain import vocabulary as words
from plays.domain.definition import Audience, PlayDefinition, Step, Trigger
from plays.domain.outgoing import ACTIONS


def _plain(value: str) -> str:
    return value.replace("_", " ").replace("-", " ")


Names = Mapping[str, str]
"""What people call a slug: thresholds and territories. A slug without a name is read as it is written."""


def trigger_sentence(trigger: Trigger, names: Names | None = None) -> str:
    """`Starts when …`. `names`: what thresholds are called."""
    causes: list[str] = []
    if trigger.crossings:
        called = names or {}
        names_said = [f"“{called.get(slug) or _plain(slug)}”" for slug in trigger.crossings]
        causes.append(f"the threshold {words.listed(names_said)} is crossed")
    if trigger.joined_tiers:
        causes.append(
            f"an account joins or moves to tier {words.listed([str(tier) for tier in trigger.joined_tiers])}"
        )
    if trigger.stages:
        causes.append(f"an opportunity reaches {words.listed([_plain(stage) for stage in trigger.stages])}")
    if trigger.contact_engaged:
        limit = trigger.contacts_at_most
        few = ""
        if limit is not None:
            have = "has" if limit == 1 else "have"
            few = f" and no more than {words.counted(limit, 'contact')} of the account {have} engaged"
        causes.append(f"a contact engages{few}")
    if trigger.score_at_least is not None:
        causes.append(
            f"the score rises to {trigger.score_at_least:g} or more, or any threshold is crossed while it is that high"
        )
    if trigger.hand_raise:
        causes.append("the account asks for us")
    if not causes:
        return "Starts by hand only."
    tail = ", or by hand" if trigger.manual else ""
    return f"Starts when {words.listed(causes)}{tail}."


def audience_sentence(audience: Audience, names: Names | None = None) -> str:
    """Which accounts the play is for: `For … accounts.`"""
    called = names or {}
    limits: list[str] = []
    if audience.tiers:
        limits.append(f"in tier {words.listed([str(tier) for tier in audience.tiers])}")
    if audience.fit_at_least is not None:
        limits.append(f"with a fit of {audience.fit_at_least:g} or more")
    if audience.phases:
        limits.append(f"in the {words.listed([_plain(phase) for phase in audience.phases])} phase")
    if audience.lifecycles:
        limits.append(f"that are {words.listed([_plain(item) for item in audience.lifecycles])}")
    if audience.industries:
        limits.append(f"in {words.listed(list(audience.industries))}")
    if audience.territories:
        territories = [called.get(item) or _plain(item) for item in audience.territories]
        limits.append(f"in the territory {words.listed(territories)}")
    limits += [asked.sentence for asked in audience.committee]
    return f"For accounts {', '.join(limits)}." if limits else "For every account."


def step_sentence(step: Step) -> str:
    """`After 3 days: email from sales, by an SDR within 2 working days, through Slack.`"""
    when = wait_in_words(step)
    channel = words.CHANNELS.get(step.channel, step.channel)
    side = words.SIDES.get(step.side, step.side)
    who = words.ROLES.get(step.role, step.role)
    through = f", through {_surface(step.surface)}" if step.surface else ""
    tries = f", up to {step.tries} tries a working day apart" if step.tries > 1 else ""
    within = words.hours_in_words(step.sla_hours)
    return f"{when}: {channel} from {side}, by {who} within {within}{tries}{through}."


def _surface(named: str) -> str:
    """`slack:deal-desk` reads `Slack (deal desk)`, `linkedin_ads` `LinkedIn ads`."""
    action, _, endpoint = named.partition(":")
    said = ACTIONS.get(action) or _plain(action).replace("linkedin", "LinkedIn")
    return f"{said} ({_plain(endpoint.strip())})" if endpoint.strip() else said


def wait_in_words(step: Step) -> str:
    """`After 2 working days and 4 hours, between 09:00 and 11:00`; `At once`."""
    parts = []
    if step.wait_business_days:
        parts.append(words.counted(step.wait_business_days, "working day"))
    elif step.wait_days:
        parts.append(words.counted(step.wait_days, "day"))
    if step.wait_hours:
        hours = step.wait_hours
        parts.append(words.counted(int(hours), "hour") if hours == int(hours) else f"{hours:g} hours")
    after = f"After {words.listed(parts, joiner='and')}" if parts else ""
    if not step.opens_between:
        return after or "At once"
    between = f"between {' and '.join(step.opens_between.split('-'))}"
    return f"{after}, {between}" if after else f"The next time it is {between}"


def exits_sentence(exits: tuple[str, ...]) -> str:
    """What ends the play early: `Stops when …`."""
    if not exits:
        return "Runs to its last step."
    return f"Stops when {words.listed([words.EXITS[item] for item in exits])}."


def contract_sentence(definition: PlayDefinition) -> str:
    """What it is measured by, and against whom."""
    contract = definition.contract
    held = (
        f" {definition.holdout:.0%} of the accounts are held out to compare with."
        if definition.holdout
        else ""
    )
    return (
        f"Measured by {words.OUTCOMES[contract.outcome]} within {words.counted(contract.days, 'day')}.{held}"
    )


def throttle_sentence(definition: PlayDefinition) -> str:
    """When a start waits: too many plays on the account, too many new for its owner, or too soon after the last."""
    throttle = definition.throttle
    parts = [
        f"Waits its turn when {words.counted(throttle.live_per_account, 'play')} already runs on the account"
    ]
    if throttle.live_per_account != 1:
        parts[0] = f"Waits its turn when {throttle.live_per_account} plays already run on the account"
    if throttle.new_per_owner_per_week is not None:
        parts.append(f"when the owner got {throttle.new_per_owner_per_week} new this week")
    if throttle.cooldown_days:
        parts.append(f"for {words.counted(throttle.cooldown_days, 'day')} after it last ended there")
    return f"{words.listed(parts)}."


def standing_sentence(definition: PlayDefinition) -> str:
    """Where it stands among the plays that answer to the same."""
    return f"Of the plays that could start, the one with the highest priority does; this has {definition.priority}."


def read_aloud(definition: PlayDefinition, names: Names | None = None) -> str:
    """The whole play as one paragraph that can be read out: trigger, audience, each step, exits, measure, limits."""
    said = [trigger_sentence(definition.trigger, names), audience_sentence(definition.audience, names)]
    for number, step in enumerate(definition.steps):
        opening = "First" if number == 0 else "Finally" if number == len(definition.steps) - 1 else "Then"
        what = step_sentence(step)
        said.append(f"{opening}, {what[0].lower()}{what[1:]}")
    said += [
        exits_sentence(definition.exits),
        contract_sentence(definition),
        throttle_sentence(definition),
        standing_sentence(definition),
    ]
    return " ".join(said)


def play_sentence(definition: PlayDefinition) -> str:
    """The whole play in one breath."""
    steps = words.counted(len(definition.steps), "step")
    return " ".join(
        (
            trigger_sentence(definition.trigger),
            audience_sentence(definition.audience),
            f"{steps[0].upper()}{steps[1:]}.",
            exits_sentence(definition.exits),
            contract_sentence(definition),
        )
    )
