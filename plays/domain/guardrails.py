"""The rules that no play may break [J, I]: who is left alone, and when sales may act."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from plays.domain import vocabulary as words
from plays.domain.definition import Audience, Step
from plays.domain.facts import AccountFacts


@dataclass(frozen=True, slots=True)
class Policy:
    """The numbers of the guardrails; defaults are DOMAIN's."""

    awareness_days: int = 28
    awareness_days_familiar: int = 14
    qualifying_signals: int = 2
    touches_per_week: int = 5


@dataclass(frozen=True, slots=True)
class No:
    """A rule that turns something down. `lasting`: time alone will not lift it.

    `until`: when it lifts by itself, where that is known; `needs`: what would have to be true, as a sentence.
    """

    rule: str
    sentence: str
    lasting: bool
    until: datetime | None = None
    needs: str = ""


def programme_refusal(account: AccountFacts, audience: Audience) -> No | None:
    """Disqualified, not ready or out: nothing at all. Churned: only plays that name churned accounts."""
    if account.lifecycle in words.OUT_OF_PROGRAM or account.phase == "out":
        state = account.lifecycle.replace("_", " ") if account.lifecycle in words.OUT_OF_PROGRAM else "out"
        return No("programme", f"The account is {state}: the program leaves it alone.", lasting=True)
    if account.lifecycle == "churned" and "churned" not in audience.lifecycles:
        return No(
            "programme",
            "The account has churned, and this play is not meant for churned accounts.",
            lasting=True,
        )
    return None


def contact_refusal(account: AccountFacts, step: Step) -> No | None:
    """Nobody contacts a do-not-contact person: where all known contacts are such, a direct step has nobody to go to.

    An account without known contacts passes: finding somebody is then part of the work.
    """
    if step.channel not in words.DIRECT_CHANNELS or not account.contacts_known or account.contacts_reachable:
        return None
    known = words.counted(account.contacts_known, "known contact")
    return No("do_not_contact", f"All of the {known} asked not to be contacted.", lasting=True)


def sales_refusal(account: AccountFacts, step: Step, policy: Policy, *, now: datetime) -> No | None:
    """Whether sales may take this step now. A raised hand opens every door of this rule.

    Tier 1: marketing awareness has run (28 days since its first touch; 14 when the account is familiar) and two
    distinct qualifying signals have come. Tier 3 and accounts off the list: only on a strong inbound signal.
    """
    if step.side != words.SALES or account.hand_raised:
        return None
    if account.tier in (3, None):
        if account.strong_inbound:
            return None
        where = "A tier-3 account" if account.tier == 3 else "An account off the list"
        return No(
            "tier_3_inbound", f"{where} gets a sales step only on a strong inbound signal.", lasting=True
        )
    if account.tier == 1:
        return _interlock(account, policy, now=now)
    return None


def _interlock(account: AccountFacts, policy: Policy, *, now: datetime) -> No | None:
    needed = policy.awareness_days_familiar if account.familiar else policy.awareness_days
    if account.awareness_since is None:
        return No(
            "awareness",
            f"Awareness: marketing has not run on this tier-1 account yet; sales waits {needed} days of it.",
            lasting=False,
            needs=f"A first marketing touch, and {needed} days after it.",
        )
    if now - account.awareness_since < timedelta(days=needed):
        day = (now - account.awareness_since).days + 1
        return No(
            "awareness",
            f"Awareness: day {day} of {needed} of marketing before sales steps on tier 1.",
            lasting=False,
            until=account.awareness_since + timedelta(days=needed),
            needs=f"Marketing has run for {needed} days.",
        )
    if account.qualifying_signals < policy.qualifying_signals:
        return No(
            "two_signals",
            f"Sales steps on tier 1 wait for {policy.qualifying_signals} distinct qualifying signals; "
            f"{account.qualifying_signals or 'none'} came in the last 30 days.",
            lasting=False,
            needs=f"{words.counted(policy.qualifying_signals - account.qualifying_signals, 'more qualifying signal')} "
            "of another type or by another contact.",
        )
    return None


def pressure_refusal(account: AccountFacts, policy: Policy) -> No | None:
    """At most so many touches an account in seven days over all channels, unless the account raised its hand."""
    if account.hand_raised or account.touches_this_week < policy.touches_per_week:
        return None
    return No(
        "touch_cap",
        f"The account had {words.counted(account.touches_this_week, 'touch', 'touches')} in the last 7 days; "
        f"the limit is {policy.touches_per_week}.",
        lasting=False,
        until=account.touches_ease_at,
        needs=f"Fewer than {policy.touches_per_week} touches in the 7 days before.",
    )


def step_refusal(account: AccountFacts, step: Step, policy: Policy, *, now: datetime) -> No | None:
    """What holds a step back at the moment it would open; the weekly cap is the decision's matter, not the step's."""
    return sales_refusal(account, step, policy, now=now)
