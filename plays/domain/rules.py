"""The rules that a play must pass before it is ranked: each says why it lets through or turns down, in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Self

from plays.domain import audience, guardrails, loops
from plays.domain import vocabulary as words
from plays.domain.definition import PlayDefinition, Step
from plays.domain.facts import AccountFacts
from plays.domain.guardrails import No, Policy
from plays.domain.resting import Rest


@dataclass(frozen=True, slots=True)
class Candidate:
    """A play that the occasion triggers. `past_yield`: share of its finished windows with the outcome; None:
    no data. `paused`: why and until when nothing starts, where somebody said so.
    """

    slug: str
    name: str
    version: int
    definition: PlayDefinition
    created_at: datetime
    is_active: bool = True
    past_yield: float | None = None
    status: str = ""
    paused: str = ""
    paused_until: datetime | None = None

    @property
    def first(self) -> Step:
        """The step that begins the play."""
        return self.definition.steps[0]

    def resting(self, rest: Rest | None) -> Self:
        """The play with this pause, or with none."""
        return replace(self, paused=rest.sentence if rest else "", paused_until=rest.until if rest else None)


@dataclass(frozen=True, slots=True)
class Question:
    """May this play start on this account now?"""

    account: AccountFacts
    candidate: Candidate
    policy: Policy
    now: datetime


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: its name for people, and what it says. A text is a yes and why; a `No` turns the play down."""

    name: str
    title: str
    ask: Callable[[Question], No | str]


def _status(asked: Question) -> No | str:
    play = asked.candidate
    if play.status in ("draft", "retired"):
        word = "a draft" if play.status == "draft" else "retired"
        return No("status", f"This play is {word}; only an active play starts.", lasting=True)
    if play.paused:
        return No(
            "paused", play.paused, lasting=False, until=play.paused_until, needs="The play's pause ends."
        )
    if not play.is_active:
        return No(
            "paused", "This play is paused.", lasting=False, needs="Somebody makes the play active again."
        )
    return "The play is active."


def _paused_account(asked: Question) -> No | str:
    account = asked.account
    if account.paused:
        return No(
            "paused", account.paused, lasting=False, until=account.paused_until,
            needs="The account's pause ends.",
        )  # fmt: skip
    return "Nobody has paused the account."


def _programme(asked: Question) -> No | str:
    no = guardrails.programme_refusal(asked.account, asked.candidate.definition.audience)
    return no or f"The account is in the program ({asked.account.lifecycle.replace('_', ' ')})."


def _audience(asked: Question) -> No | str:
    account, meant = asked.account, asked.candidate.definition.audience
    return audience.refusal(account, meant, now=asked.now) or audience.fitting(account, meant, now=asked.now)


def _contact(asked: Question) -> No | str:
    no = guardrails.contact_refusal(asked.account, asked.candidate.first)
    if no is not None:
        return no
    if asked.candidate.first.channel not in words.DIRECT_CHANNELS:
        return "Its first step goes to no person directly."
    known = asked.account.contacts_known
    if not known:
        return "Nobody is known there yet: finding somebody is part of the work."
    return f"{asked.account.contacts_reachable} of {words.counted(known, 'known contact')} may be contacted."


def _sales(asked: Question) -> No | str:
    account, step = asked.account, asked.candidate.first
    if step.wait:
        return "It opens with a wait; this is asked again when the first step opens."
    no = guardrails.sales_refusal(account, step, asked.policy, now=asked.now)
    if no is not None:
        return no
    if step.side != words.SALES:
        return f"Its first step is {words.SIDES.get(step.side, step.side)}'s; the rule is about sales."
    if account.hand_raised:
        return "The account raised its hand: sales may act at once."
    if account.tier in (3, None):
        return "A strong inbound signal came."
    if account.tier == 1 and account.awareness_since is not None:
        return (
            f"Marketing has run since {account.awareness_since:%-d %B}, and "
            f"{words.counted(account.qualifying_signals, 'distinct qualifying signal')} came in the last 30 days."
        )
    return "Sales may work a tier-2 account at any time; this rule is about the others."


def _spend(asked: Question) -> No | str:
    definition, first = asked.candidate.definition, asked.candidate.first
    no = guardrails.spend_refusal(asked.account, definition, first)
    if no is not None:
        return no
    if first.side != words.MARKETING and first.channel not in words.PAID_CHANNELS:
        return "Its first step costs marketing nothing."
    return "The account is neither closed nor lost of late: marketing may spend on it."


def _quarantine(asked: Question) -> No | str:
    no = guardrails.quarantine_refusal(asked.account, asked.candidate.definition)
    if no is not None:
        return no
    if not asked.account.quarantined:
        return "No open deal, fresh loss or hold keeps the account from cold plays."
    return "The account gets no cold plays for now, but this play is not cold."


def _contact_pressure(asked: Question) -> No | str:
    step = asked.candidate.first
    if step.wait:
        return "It opens with a wait; this is asked again when the first step opens."
    no = guardrails.contact_pressure_refusal(asked.account, step, asked.policy, now=asked.now)
    if no is not None:
        return no
    if step.channel not in words.DIRECT_CHANNELS:
        return "Its first step goes to no person directly."
    if asked.account.hand_raised:
        return "The account raised its hand."
    return f"Somebody there is below the limit of {asked.policy.touches_per_contact} touches in 7 days."


def _pressure(asked: Question) -> No | str:
    no = guardrails.pressure_refusal(asked.account, asked.policy)
    if no is not None:
        return no
    touches = words.counted(asked.account.touches_this_week, "touch", "touches")
    if asked.account.touches_this_week >= asked.policy.touches_per_week:
        return f"{touches} in the last 7 days, but the account raised its hand."
    return f"{touches} in the last 7 days, under the limit of {asked.policy.touches_per_week}."


def _overtaken(asked: Question) -> No | str:
    account, play = asked.account, asked.candidate
    if play.slug in account.ran_since:
        return No("answered", "This play has run here since it happened: it is answered.", lasting=True)
    passed = [name for name in play.definition.exits if name in account.happened_since]
    if passed:
        happened = words.EXITS.get(passed[0], passed[0].replace("_", " "))
        return No("overtaken", f"What ends this play has happened since: {happened}.", lasting=True)
    return "Nothing that ends this play has happened since."


def _already_live(asked: Question) -> No | str:
    if asked.candidate.slug in asked.account.live:
        return No(
            "already_live", "This play is already running for the account.", lasting=False,
            needs="This play's run on the account ends.",
        )  # fmt: skip
    return "It is not running here."


def _live_per_account(asked: Question) -> No | str:
    live, limit = asked.account.live, asked.candidate.definition.throttle.live_per_account
    if len(live) < limit:
        return (
            f"{words.counted(len(live), 'play')} live here; this one may start while fewer than {limit} are."
        )
    running = words.listed(sorted(live.values()), joiner="and")
    return No(
        "live_per_account",
        f"Throttle: at most {limit} live at once for this play, and {running} "
        f"{'runs' if len(live) == 1 else 'run'} already.",
        lasting=False,
        needs=f"{running} ends." if len(live) == 1 else f"One of these ends: {running}.",
    )


def _cooldown(asked: Question) -> No | str:
    ended = asked.account.ended.get(asked.candidate.slug)
    if ended is None:
        return "It has not run here in the last two years."
    until = ended + timedelta(days=asked.candidate.definition.throttle.cooldown_days)
    if asked.now >= until:
        return f"It ended here on {ended:%-d %B %Y}; its rest was over on {until:%-d %B %Y}."
    return No(
        "cooldown",
        f"Cool-down: this play ended here on {ended:%-d %B} and rests until {until:%-d %B %Y}.",
        lasting=False,
        until=until,
        needs="Its cool-down is over.",
    )


def _new_per_owner(asked: Question) -> No | str:
    account, limit = asked.account, asked.candidate.definition.throttle.new_per_owner_per_week
    if limit is None:
        return "This play sets no limit to how many an owner gets in a week."
    if account.owner_id is None:
        return "Nobody owns the account, so nobody gets too many."
    owner, had = account.owner_name or "the owner", account.owner_new_this_week
    if had < limit:
        return f"{owner} got {words.counted(had, 'new play')} in the last 7 days, under the limit of {limit}."
    return No(
        "new_per_owner",
        f"Throttle: {owner} got {had} new plays in the last 7 days; the limit is {limit}.",
        lasting=False,
        needs="A week passes since the oldest of them.",
    )


def _loop(asked: Question) -> No | str:
    account = asked.account
    no = loops.objection(account.started_lately, account.chain, account.limits)
    if no is not None:
        return No("loop", no[0], lasting=False, needs=no[1])
    started = words.counted(account.started_lately, "play")
    return f"{started} started here in the last {account.limits.days} days; up to {account.limits.plays} may."


RULES: tuple[Rule, ...] = (
    Rule("status", "Status", _status),
    Rule("paused", "Pause", _paused_account),
    Rule("programme", "Program", _programme),
    Rule("audience", "Audience", _audience),
    Rule("overtaken", "Since then", _overtaken),
    Rule("do_not_contact", "Do not contact", _contact),
    Rule("quarantine", "Quarantine", _quarantine),
    Rule("spend", "Marketing spend", _spend),
    Rule("sales", "Sales interlock", _sales),
    Rule("touch_cap", "Touches a week", _pressure),
    Rule("contact_cap", "Touches a person", _contact_pressure),
    Rule("already_live", "Already running", _already_live),
    Rule("live_per_account", "Live at once", _live_per_account),
    Rule("cooldown", "Cool-down", _cooldown),
    Rule("new_per_owner", "New per owner", _new_per_owner),
    Rule("loop", "Loop guard", _loop),
)
"""All rules, in the order in which the first no decides. To add one, write its function and name it here."""

TITLES = {rule.name: rule.title for rule in RULES} | {
    "awareness": "Awareness",
    "two_signals": "Two signals",
    "tier_3_inbound": "Strong inbound",
    "opt_out": "Opt-outs",
    "quiet_hours": "Quiet hours",
    "answered": "Answered",
    "nobody": "People",
    "holdout": "Holdout",
    "priority": "Priority",
}
"""Rule or answer -> its short name on pages."""


def title_of(rule: str) -> str:
    """The short name of a rule on pages; a rule that a later release no longer knows keeps its own word."""
    return TITLES.get(rule, rule.replace("_", " ").capitalize())
