"""The rules that no play may break [J, I]: who is left alone, when sales may act, and how much is too much.

Each is asked when a play is decided on and again when a step opens, days later. `plays.domain.rules` has them for the
decision, `plays.domain.opening` for the step.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from plays.domain import pressure
from plays.domain import vocabulary as words
from plays.domain.definition import Audience, PlayDefinition, Step
from plays.domain.facts import AccountFacts


@dataclass(frozen=True, slots=True)
class Policy:
    """The numbers of the guardrails; defaults are DOMAIN's. Day is from `day_opens` to before `day_closes` o'clock."""

    awareness_days: int = 28
    awareness_days_familiar: int = 14
    qualifying_signals: int = 2
    qualifying_days: int = 30
    touches_per_week: int = 5
    touches_per_contact: int = 3
    day_opens: int = 8
    day_closes: int = 20


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


SETTABLE = frozenset(
    {
        "audience",
        "quarantine",
        "spend",
        "awareness",
        "two_signals",
        "tier_3_inbound",
        "touch_cap",
        "contact_cap",
        "quiet_hours",
        "meeting",
        "live_per_account",
        "cooldown",
        "new_per_owner",
        "loop",
        "holdout",
    }
)
"""Rules that a person may set aside, with a reason that stays on the record. Nobody sets aside a person's no, the
program's limits, a pause, or a play that is running already."""


NOBODY = No(
    "nobody",
    "Nobody works here yet: add a person as a rep, a marketer or RevOps, and what is younger than two weeks goes on by "
    "itself.",
    lasting=False,
    needs="Somebody works here.",
)
"""What is said where a step could be given to nobody: an installation that only programs use as yet."""


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
    """Nobody contacts a person who said no: where all known contacts did, a direct step has nobody to go to.

    A no to one channel binds that channel only: a call may go to somebody who opted out of e-mail. An account without
    known contacts passes: finding somebody is then part of the work.
    """
    if step.channel not in words.DIRECT_CHANNELS or not account.contacts_known:
        return None
    only = account.contacts_known == 1
    known = words.counted(account.contacts_known, "known contact")
    if not account.contacts_reachable:
        everybody = "The only known contact" if only else f"All of the {known}"
        return No("do_not_contact", f"{everybody} asked not to be contacted.", lasting=True)
    if account.people and not any(one.may_be_reached_by(step.channel) for one in account.people):
        noun = words.CHANNELS[step.channel]
        nobody = "The only known contact may not" if only else f"Nobody of the {known} may"
        return No("opt_out", f"{nobody} be reached by {noun}: they said no to it.", lasting=True)
    return None


NOT_ON_A_LOST_ONE = "Marketing spends nothing on a lost account before"


def spend_refusal(account: AccountFacts, definition: PlayDefinition, step: Step) -> No | None:
    """Marketing spends nothing on accounts that are closed, disqualified or not ready [J].

    Spending: a step of marketing's, and ads, events and direct mail whoever sends them. Closed: churned, or a customer,
    where the play does not name them; a deal lost within the quarantine. A play that deals trigger, and an account that
    raised its hand, are open business.
    """
    if step.side != words.MARKETING and step.channel not in words.PAID_CHANNELS:
        return None
    if account.lifecycle in words.OUT_OF_PROGRAM or account.phase == "out":
        return programme_refusal(account, definition.audience)
    if account.hand_raised or definition.trigger.stages:
        return None
    if account.lifecycle in words.CLOSED and account.lifecycle not in definition.audience.lifecycles:
        state = "has churned" if account.lifecycle == "churned" else "is a customer"
        return No(
            "spend",
            f"Marketing spends nothing here: the account {state}, and this play does not name such accounts.",
            lasting=True,
        )
    if account.lost_until is not None:
        return No(
            "spend",
            f"{NOT_ON_A_LOST_ONE} {account.lost_until:%-d %B %Y}.",
            lasting=False,
            until=account.lost_until,
            needs="The account is no longer held back.",
        )
    return None


def quarantine_refusal(account: AccountFacts, definition: PlayDefinition) -> No | None:
    """An account with an open deal, a fresh loss or somebody's hold gets no cold play [I].

    Not cold: a play that deals trigger, what answers a raised hand, and, for an open deal, a play that names accounts
    with an open opportunity.
    """
    if not account.quarantined or account.hand_raised or definition.trigger.stages:
        return None
    is_deal = account.quarantined_until is None and account.has_open_deal
    if is_deal and "open_opportunity" in definition.audience.lifecycles:
        return None
    until = account.quarantined_until
    return No(
        "quarantine",
        account.quarantined,
        lasting=False,
        until=until,
        needs="The deal is closed." if is_deal else "The account is no longer held back.",
    )


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
        return _awareness(account, policy, now=now) or _two_signals(account, policy)
    return None


def _awareness(account: AccountFacts, policy: Policy, *, now: datetime) -> No | None:
    needed = policy.awareness_days_familiar if account.familiar else policy.awareness_days
    if account.awareness_since is None:
        return No(
            "awareness",
            f"Awareness: marketing has not run on this tier-1 account yet; sales waits {needed} days of it.",
            lasting=False,
            needs=f"Marketing touches the account, and {needed} days pass.",
        )
    until = account.awareness_since + timedelta(days=needed)
    if now < until:
        day = (now - account.awareness_since).days + 1
        return No(
            "awareness",
            f"Awareness: day {day} of {needed} of marketing before sales steps on tier 1.",
            lasting=False,
            until=until,
            needs=f"Marketing has run for {needed} days.",
        )
    return None


def _two_signals(account: AccountFacts, policy: Policy) -> No | None:
    missing = policy.qualifying_signals - account.qualifying_signals
    if missing <= 0:
        return None
    return No(
        "two_signals",
        f"Sales steps on tier 1 wait for {policy.qualifying_signals} distinct qualifying signals; "
        f"{account.qualifying_signals or 'none'} came in the last {policy.qualifying_days} days.",
        lasting=False,
        needs=f"{words.counted(missing, 'more qualifying signal')} by another contact or of another type.",
    )


def pressure_refusal(account: AccountFacts, policy: Policy) -> No | None:
    """At most so many touches an account in seven days over all channels, unless the account raised its hand."""
    if account.hand_raised or account.touches_this_week < policy.touches_per_week:
        return None
    until = pressure.room_at(account.touch_times, policy.touches_per_week)
    room = f"; there is room from {until:%-d %B}" if until else ""
    return No(
        "touch_cap",
        f"The account has {words.counted(account.touches_this_week, 'touch', 'touches')} in 7 days, made or promised; "
        f"the limit is {policy.touches_per_week}{room}.",
        lasting=False,
        until=until,
        needs=f"The account has fewer than {policy.touches_per_week} touches in 7 days.",
    )


def contact_pressure_refusal(
    account: AccountFacts, step: Step, policy: Policy, *, now: datetime
) -> No | None:
    """At most so many touches a person in seven days: a direct step goes to somebody who is below it, or waits."""
    if step.channel not in words.DIRECT_CHANNELS or account.hand_raised:
        return None
    open_to = [one for one in account.people if one.may_be_reached_by(step.channel)]
    frees = [
        pressure.room_at(pressure.counting(one.touched, now=now), policy.touches_per_contact)
        for one in open_to
    ]
    if not frees or None in frees:
        return None
    until = min(moment for moment in frees if moment is not None)
    who = open_to[0].name if len(open_to) == 1 else f"Each of the {len(open_to)} people who may be reached"
    return No(
        "contact_cap",
        f"{who} has {policy.touches_per_contact} touches or more in 7 days, the limit a person; there is room from "
        f"{until:%-d %B}.",
        lasting=False,
        until=until,
        needs=f"Somebody there has fewer than {policy.touches_per_contact} touches in 7 days.",
    )
