"""The record of a decision as it is kept and read again: old records have fewer parts, and still draw."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from plays.domain import vocabulary as words
from plays.domain.definition import Occasion
from plays.domain.facts import AccountFacts
from plays.domain.rules import title_of

VERSION = 1


def facts_of(account: AccountFacts, occasion: Occasion) -> dict[str, Any]:
    """What a decision was made on, so that a reader months later sees why. `v` is the shape's version."""
    return {
        "v": VERSION,
        "tier": account.tier,
        "fit": round(account.fit, 1),
        "score": None if occasion.score is None else round(occasion.score, 1),
        "phase": account.phase,
        "lifecycle": account.lifecycle,
        "touches": account.touches_this_week,
        "qualifying": account.qualifying_signals,
        "engaged": account.engaged_contacts,
        "awareness": _moment(account.awareness_since),
        "familiar": account.familiar,
        "hand_raised": account.hand_raised,
        "strong_inbound": account.strong_inbound,
        "contacts": [account.contacts_known, account.contacts_reachable],
        "roles": dict(sorted(Counter(one.role for one in account.people if one.role).items())),
        "live": sorted(account.live.values()),
        "held_out": sorted(account.held_out),
    }


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact as drawn: its name and its value in words."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Answer:
    """One rule that was asked."""

    rule: str
    title: str
    outcome: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Line:
    """One candidate as drawn. `decided`: the title of the rule that settled it."""

    play: str
    name: str
    version: int
    verdict: str
    rule: str
    decided: str
    sentence: str
    answers: tuple[Answer, ...]
    until: datetime | None
    needs: str


def lines_of(candidates: Sequence[Mapping[str, Any]]) -> list[Line]:
    """The candidates of a record, whichever release wrote it."""
    found = []
    for line in candidates:
        until = line.get("until")
        found.append(
            Line(
                play=str(line.get("play", "")),
                name=str(line.get("name", "")),
                version=int(line.get("version") or 0),
                verdict=str(line.get("verdict", "")),
                rule=str(line.get("rule", "")),
                decided=title_of(str(line.get("rule", ""))),
                sentence=str(line.get("sentence", "")),
                answers=tuple(
                    Answer(rule, title_of(rule), outcome, said)
                    for rule, outcome, said in line.get("rules", ())
                ),
                until=datetime.fromisoformat(until) if until else None,
                needs=str(line.get("needs", "")),
            )
        )
    return found


def facts_in_words(facts: Mapping[str, Any]) -> list[Fact]:
    """The facts of a record for a reader; empty for records from before facts were kept."""
    if not facts:
        return []
    known, reachable = facts.get("contacts") or (0, 0)
    live = facts.get("live") or []
    score = facts.get("score")
    since = facts.get("awareness")
    told = [
        Fact("Tier", f"tier {facts['tier']}" if facts.get("tier") else "not on the list"),
        Fact("Fit", f"{facts.get('fit', 0):.0f} of 100"),
        *([] if score is None else [Fact("Score", f"{score:.0f} of 100")]),
        Fact("Phase", str(facts.get("phase", ""))),
        Fact("Lifecycle", str(facts.get("lifecycle", "")).replace("_", " ")),
        Fact("Touches in 7 days", str(facts.get("touches", 0))),
        Fact("Qualifying signals in 30 days", str(facts.get("qualifying", 0))),
        Fact("Marketing since", f"{datetime.fromisoformat(since):%-d %B %Y}" if since else "not yet"),
        Fact("Contacts", f"{known} known, {reachable} may be contacted"),
        Fact("Committee", _committee(facts.get("roles"))),
        Fact("Running then", words.listed(live, joiner="and") if live else "nothing"),
    ]
    if facts.get("hand_raised"):
        told.append(Fact("Hand", "raised: the account asked for us"))
    return told


def _committee(roles: Mapping[str, int] | None) -> str:
    """The parts that somebody known played, with how many where it is more than one."""
    if roles is None:
        return "not kept then"
    said = [f"{words.COMMITTEE.get(role, role)}{f' ({n})' if n > 1 else ''}" for role, n in roles.items()]
    return words.listed(said, joiner="and") if said else "no role is known"


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="minutes") if moment is not None else None
