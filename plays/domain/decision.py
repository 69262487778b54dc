"""Signal to play [M]: one decision over all candidates of one occasion, each with the rule that settled it.

Order: status, programme, audience, guardrails, throttle, cool-down; those left are ranked by priority, then
past yield, then age. The ranking is walked from the top: an account in a play's holdout is recorded there and
the walk goes on, so that a holdout shows what happens without the play; the first other one is chosen; the
rest is held.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from plays.domain import guardrails
from plays.domain import vocabulary as words
from plays.domain.definition import Audience, PlayDefinition
from plays.domain.facts import AccountFacts
from plays.domain.guardrails import No, Policy

Verdict = Literal["chosen", "refused", "held", "holdout"]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A play that the occasion triggers. `past_yield`: share of its finished windows with the outcome; None:
    no data.
    """

    slug: str
    name: str
    version: int
    definition: PlayDefinition
    created_at: datetime
    is_active: bool = True
    past_yield: float | None = None


@dataclass(frozen=True, slots=True)
class Considered:
    """One line of the decision record. `new`: a holdout that has just begun, to be recorded as an enrollment."""

    play: str
    name: str
    version: int
    verdict: Verdict
    rule: str
    sentence: str
    priority: int
    new: bool = False

    def as_json(self) -> dict[str, Any]:
        """As stored and as the API answers."""
        line = asdict(self)
        del line["new"]
        return line


@dataclass(frozen=True, slots=True)
class Decided:
    """All candidates in order of the record: chosen, holdouts, held, refused."""

    lines: tuple[Considered, ...]

    @property
    def chosen(self) -> str | None:
        """The slug of the play that starts, if one does."""
        return next((line.play for line in self.lines if line.verdict == "chosen"), None)

    @property
    def new_holdouts(self) -> tuple[str, ...]:
        """Plays whose holdout the account joins by this decision."""
        return tuple(line.play for line in self.lines if line.verdict == "holdout" and line.new)

    @property
    def sentence(self) -> str:
        """What was decided, in one sentence."""
        if not self.lines:
            return "No play answers to this."
        first = self.lines[0]
        considered = words.counted(len(self.lines), "play")
        if first.verdict == "chosen" and len(self.lines) == 1:
            return f"{first.name} was chosen: the only play considered."
        if first.verdict == "chosen":
            return f"{first.name} was chosen out of {considered} considered."
        if first.verdict == "holdout":
            return f"{first.name} would have started, but the account is in its holdout."
        return f"No play started: {considered} considered."


def decide(
    account: AccountFacts,
    candidates: Sequence[Candidate],
    policy: Policy,
    *,
    now: datetime,
    overridden: frozenset[str] = frozenset(),
) -> Decided:
    """One verdict for every candidate. Pure and deterministic: the same facts give the same record.

    `overridden` names guardrail and throttle rules that a person has set aside, with a reason kept elsewhere.
    """
    settled: list[Considered] = []
    passed: list[Candidate] = []
    for candidate in candidates:
        no = _objection(account, candidate, policy, now=now, overridden=overridden)
        if no is None:
            passed.append(candidate)
        else:
            settled.append(_line(candidate, "refused" if no.lasting else "held", no.rule, no.sentence))
    settled.extend(_walk(account, sorted(passed, key=_rank)))
    order = {"chosen": 0, "holdout": 1, "held": 2, "refused": 3}
    settled.sort(key=lambda line: (order[line.verdict], -line.priority, line.play))
    return Decided(lines=tuple(settled))


def in_holdout(play: str, account_id: int, share: float) -> bool:
    """Whether the account belongs to the play's holdout: by hash, so always the same answer for the same
    share,
    and a growing share keeps those already in it."""
    digest = hashlib.sha256(f"{play}:{account_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64 < share


def _rank(candidate: Candidate) -> tuple[float, float, datetime, str]:
    past = -1.0 if candidate.past_yield is None else candidate.past_yield
    return (-candidate.definition.priority, -past, candidate.created_at, candidate.slug)


def _walk(account: AccountFacts, ranked: Sequence[Candidate]) -> list[Considered]:
    lines: list[Considered] = []
    chosen: Candidate | None = None
    for candidate in ranked:
        priority = candidate.definition.priority
        if chosen is not None:
            why = _why_after(chosen, candidate)
            lines.append(_line(candidate, "held", "priority", f"{chosen.name} went first: {why}."))
        elif (since := account.held_out.get(candidate.slug)) is not None:
            sentence = (
                f"The account is in this play's holdout since {since:%-d %B %Y}: measured, nothing is done."
            )
            lines.append(_line(candidate, "holdout", "holdout", sentence))
        elif in_holdout(candidate.slug, account.id, candidate.definition.holdout):
            sentence = (
                f"Held out to compare with: {candidate.definition.holdout:.0%} of the accounts, by lot."
            )
            lines.append(_line(candidate, "holdout", "holdout", sentence, new=True))
        else:
            chosen = candidate
            left = "the highest left" if len(ranked) > 1 else "the only one left"
            lines.append(
                _line(candidate, "chosen", "priority", f"Priority {priority}, {left}. {_standing(account)}")
            )
    return lines


def _standing(account: AccountFacts) -> str:
    tier = f"Tier {account.tier}" if account.tier else "Not on the list"
    return f"{tier}, fit {account.fit:.0f}, {words.counted(len(account.live), 'live play')} before it."


def _why_after(winner: Candidate, other: Candidate) -> str:
    mine, theirs = other.definition.priority, winner.definition.priority
    if mine != theirs:
        return f"priority {theirs} against {mine}"
    if (winner.past_yield or 0.0) != (other.past_yield or 0.0):
        return f"equal priority, past yield {winner.past_yield or 0:.0%} against {other.past_yield or 0:.0%}"
    return "equal priority, and it is the older play"


def _line(
    candidate: Candidate, verdict: Verdict, rule: str, sentence: str, *, new: bool = False
) -> Considered:
    return Considered(
        play=candidate.slug,
        name=candidate.name,
        version=candidate.version,
        verdict=verdict,
        rule=rule,
        sentence=sentence,
        priority=candidate.definition.priority,
        new=new,
    )


def _objection(
    account: AccountFacts, candidate: Candidate, policy: Policy, *, now: datetime, overridden: frozenset[str]
) -> No | None:
    """The first rule that says no, in the order of the module's docstring."""
    definition = candidate.definition
    first = definition.steps[0]
    if not candidate.is_active:
        return No("status", "This play is paused.", lasting=True)
    checks = (
        guardrails.programme_refusal(account, definition.audience),
        audience_refusal(account, definition.audience),
        guardrails.contact_refusal(account, first),
        None if first.wait_days else guardrails.sales_refusal(account, first, policy, now=now),
        guardrails.pressure_refusal(account, policy),
        throttle_refusal(account, candidate, now=now),
    )
    return next((no for no in checks if no is not None and no.rule not in overridden), None)


def audience_refusal(account: AccountFacts, audience: Audience) -> No | None:
    """The first filter of the audience that the account does not pass."""
    tier = f"tier {account.tier}" if account.tier else "not on the list"
    checks = (
        (
            bool(audience.tiers) and account.tier not in audience.tiers,
            f"needs tier {words.listed([str(item) for item in audience.tiers])}; the account is {tier}",
        ),
        (
            audience.fit_at_least is not None and account.fit < audience.fit_at_least,
            f"needs a fit of {audience.fit_at_least or 0:g} or more; the account has {account.fit:.0f}",
        ),
        (
            bool(audience.phases) and account.phase not in audience.phases,
            f"needs the phase {words.listed(audience.phases)}; the account is in {account.phase}",
        ),
        (
            bool(audience.lifecycles) and account.lifecycle not in audience.lifecycles,
            f"is for {_plain(audience.lifecycles)} accounts; this one is {_plain((account.lifecycle,))}",
        ),
        (
            bool(audience.industries)
            and account.industry.casefold() not in {i.casefold() for i in audience.industries},
            f"is for {words.listed(audience.industries)}; the account is in {account.industry or 'no known industry'}",
        ),
        (
            bool(audience.territories) and account.territory not in audience.territories,
            f"is for the territory {words.listed(audience.territories)}, not {account.territory or 'none'}",
        ),
    )
    for fails, why in checks:
        if fails:
            return No("audience", f"Audience: {why}.", lasting=True)
    return None


def _plain(words_used: tuple[str, ...]) -> str:
    return words.listed([word.replace("_", " ") for word in words_used])


def throttle_refusal(account: AccountFacts, candidate: Candidate, *, now: datetime) -> No | None:
    """One live enrollment per account and play; N live per account; N new per owner a week; cool-down after
    an end.
    """
    throttle = candidate.definition.throttle
    if candidate.slug in account.live:
        return No("already_live", "This play is already running for the account.", lasting=False)
    if len(account.live) >= throttle.live_per_account:
        running = words.listed(sorted(account.live.values()), joiner="and")
        return No(
            "live_per_account",
            f"Throttle: at most {throttle.live_per_account} live at once for this play, and {running} "
            f"{'runs' if len(account.live) == 1 else 'run'} already.",
            lasting=False,
        )
    ended = account.ended.get(candidate.slug)
    if ended is not None and now < ended + timedelta(days=throttle.cooldown_days):
        until = ended + timedelta(days=throttle.cooldown_days)
        return No(
            "cooldown",
            f"Cool-down: this play ended here on {ended:%-d %B} and rests until {until:%-d %B %Y}.",
            lasting=False,
        )
    limit = throttle.new_per_owner_per_week
    if limit is not None and account.owner_id is not None and account.owner_new_this_week >= limit:
        return No(
            "new_per_owner",
            f"Throttle: {account.owner_name or 'the owner'} got {account.owner_new_this_week} new plays in the last "
            f"7 days; the limit is {limit}.",
            lasting=False,
        )
    return None
