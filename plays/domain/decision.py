"""Signal to play [M]: one decision over all candidates of one occasion, each with the rule that settled it.

Order: the rules of `plays.domain.rules`, every one of them asked and kept on the record; the first lasting no decides,
else the first no. Those left are ranked by priority, then past yield, then age. The ranking is walked from the top: an
account in a play's holdout is recorded there and the walk goes on, so that a holdout shows what happens without the
play; the first other one is chosen; the rest is held.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from plays.domain import vocabulary as words
from plays.domain.facts import AccountFacts
from plays.domain.guardrails import NOBODY, No, Policy
from plays.domain.rules import RULES, Candidate, Question

__all__ = [
    "Candidate",
    "Considered",
    "Decided",
    "Looked",
    "Verdict",
    "decide",
    "in_holdout",
    "left_to_nobody",
]

Verdict = Literal["chosen", "refused", "held", "holdout"]
Outcome = Literal["passed", "refused", "held", "set aside"]


@dataclass(frozen=True, slots=True)
class Looked:
    """One rule that was asked: its name, what came of it, and why in words."""

    rule: str
    outcome: Outcome
    sentence: str


@dataclass(frozen=True, slots=True)
class Considered:
    """One line of the decision record. `new`: a holdout that has just begun, to be recorded as an enrollment.

    `looked`: every rule asked, in order. `until` and `needs`: of a held one, when it lifts by itself, where that is
    known, and what would have to be true.
    """

    play: str
    name: str
    version: int
    verdict: Verdict
    rule: str
    sentence: str
    priority: int
    new: bool = False
    looked: tuple[Looked, ...] = ()
    until: datetime | None = None
    needs: str = ""

    def as_json(self) -> dict[str, Any]:
        """As stored: `rules` is a list of [rule, outcome, sentence]."""
        line: dict[str, Any] = {
            "play": self.play,
            "name": self.name,
            "version": self.version,
            "verdict": self.verdict,
            "rule": self.rule,
            "sentence": self.sentence,
            "priority": self.priority,
            "rules": [[one.rule, one.outcome, one.sentence] for one in self.looked],
        }
        if self.until is not None:
            line["until"] = self.until.isoformat()
        if self.needs:
            line["needs"] = self.needs
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
        others = len(self.lines) - 1
        rest = (
            f" {words.counted(others, 'more play')} {'was' if others == 1 else 'were'} considered."
            if others
            else ""
        )
        return f"{first.name} was {first.verdict}. {first.sentence}{rest}"


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
    looked: dict[str, tuple[Looked, ...]] = {}
    for candidate in candidates:
        looked[candidate.slug], noes = _ask(Question(account, candidate, policy, now), overridden)
        if noes:
            settled.append(_turned_down(candidate, noes))
        else:
            passed.append(candidate)
    settled.extend(_walk(account, sorted(passed, key=_rank), overridden))
    return _in_order(replace(line, looked=looked[line.play]) for line in settled)


def left_to_nobody(decided: Decided) -> Decided:
    """The same where nobody works here who could be given a step: what would start now, or after it, is held."""
    said = Looked(NOBODY.rule, "held", NOBODY.sentence)
    return _in_order(
        replace(
            line, verdict="held", rule=NOBODY.rule, sentence=NOBODY.sentence, needs=NOBODY.needs,
            looked=(*line.looked, said),
        )
        if line.rule == "priority"
        else line
        for line in decided.lines
    )  # fmt: skip


def _in_order(lines: Iterable[Considered]) -> Decided:
    order = {"chosen": 0, "holdout": 1, "held": 2, "refused": 3}
    return Decided(tuple(sorted(lines, key=lambda line: (order[line.verdict], -line.priority, line.play))))


def _turned_down(candidate: Candidate, noes: Sequence[No]) -> Considered:
    """The first lasting no decides, else the first: what waiting cannot mend is not called held."""
    no = next((one for one in noes if one.lasting), noes[0])
    if no.lasting:
        return _line(candidate, "refused", no.rule, no.sentence)
    lifting = [one.until for one in noes]
    return replace(
        _line(candidate, "held", no.rule, no.sentence),
        until=None if None in lifting else max(moment for moment in lifting if moment is not None),
        needs=" ".join(dict.fromkeys(one.needs for one in noes if one.needs)),
    )


def _ask(asked: Question, overridden: frozenset[str]) -> tuple[tuple[Looked, ...], list[No]]:
    """Every rule with its answer, and each no that nobody set aside."""
    looked: list[Looked] = []
    noes: list[No] = []
    for rule in RULES:
        said = rule.ask(asked)
        if isinstance(said, str):
            looked.append(Looked(rule.name, "passed", said))
        elif said.rule in overridden:
            looked.append(Looked(said.rule, "set aside", said.sentence))
        else:
            looked.append(Looked(said.rule, "refused" if said.lasting else "held", said.sentence))
            noes.append(said)
    return tuple(looked), noes


def in_holdout(play: str, account_id: int, share: float) -> bool:
    """Whether the account belongs to the play's holdout: by hash, so always the same answer for the same share, and a
    growing share keeps those already in it."""
    digest = hashlib.sha256(f"{play}:{account_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64 < share


def _rank(candidate: Candidate) -> tuple[float, float, datetime, str]:
    past = -1.0 if candidate.past_yield is None else candidate.past_yield
    return (-candidate.definition.priority, -past, candidate.created_at, candidate.slug)


def _walk(account: AccountFacts, ranked: Sequence[Candidate], overridden: frozenset[str]) -> list[Considered]:
    lines: list[Considered] = []
    chosen: Candidate | None = None
    for candidate in ranked:
        if chosen is not None:
            why = _why_after(chosen, candidate)
            line = _line(candidate, "held", "priority", f"{chosen.name} went first: {why}.")
            lines.append(replace(line, needs="It happens again while no play before it in rank may start."))
        elif "holdout" in overridden or candidate.slug in account.released:
            chosen = candidate
            lines.append(_chosen(account, candidate, alone=len(ranked) == 1))
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
            lines.append(_chosen(account, candidate, alone=len(ranked) == 1))
    return lines


def _chosen(account: AccountFacts, candidate: Candidate, *, alone: bool) -> Considered:
    left = (
        "the only play that every rule lets through" if alone else "the highest that every rule lets through"
    )
    sentence = f"Priority {candidate.definition.priority}, {left}. {_standing(account)}"
    return _line(candidate, "chosen", "priority", sentence)


def _standing(account: AccountFacts) -> str:
    tier = f"Tier {account.tier}" if account.tier else "Not on the list"
    return f"{tier}, fit {account.fit:.0f}, {words.counted(len(account.live), 'other play')} live here."


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
