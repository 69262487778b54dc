"""What a dry run tells: who would enroll, who not and by which rule, what it would ask, and where it would clash."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from plays.domain import vocabulary as words
from plays.domain.decision import Considered
from plays.domain.facts import AccountFacts
from plays.domain.projection import Clash, Load, Pressure, Start, Touched, week_of
from plays.domain.rules import title_of


@dataclass(frozen=True, slots=True)
class Row:
    """One account at one moment: what the decision says. `instead_of`: the play that really started then."""

    account_id: int
    account: str
    tier: int | None
    owner: str
    at: datetime
    why: str
    verdict: str
    rule: str
    title: str
    sentence: str
    instead_of: str = ""


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of asking: a row each, what would have begun, what else reaches those accounts, what is to be known."""

    rows: tuple[Row, ...]
    starts: tuple[Start, ...]
    others: tuple[Touched, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RuleCount:
    """How often a rule turned the play down, and on how many accounts. `verdict`: held, refused or holdout."""

    rule: str
    title: str
    verdict: str
    times: int
    accounts: int


@dataclass(frozen=True, slots=True)
class Week:
    """Enrollments that would begin in a week, and what was turned down."""

    starts: date
    enrolled: int
    held: int
    refused: int
    holdout: int


@dataclass(frozen=True, slots=True)
class DryRun:
    """What would happen. `since` and `until` are None for today's list; `over_cap`: accounts that would pass the weekly
    cap with this play; `notes`: what the run takes for granted.
    """

    since: datetime | None
    until: datetime | None
    now: datetime
    rows: tuple[Row, ...]
    rules: tuple[RuleCount, ...]
    weeks: tuple[Week, ...]
    pressure: tuple[Pressure, ...]
    over_cap: int
    cap: int
    load: tuple[Load, ...]
    people: Mapping[int, str]
    clashes: tuple[Clash, ...]
    names: Mapping[int, str]
    notes: tuple[str, ...]

    def count(self, verdict: str) -> int:
        """How many rows have this verdict."""
        return sum(row.verdict == verdict for row in self.rows)

    @property
    def enrolled(self) -> int:
        """Enrollments that would begin."""
        return self.count("chosen")

    @property
    def accounts(self) -> int:
        """Accounts that it was asked for."""
        return len({row.account_id for row in self.rows})

    @property
    def sentence(self) -> str:
        """The answer in a sentence or two."""
        when = "Today"
        if self.since is not None and self.until is not None:
            last = self.until - timedelta(microseconds=1)
            when = f"From {self.since:%-d %B %Y} to {last:%-d %B %Y}"
        if not self.rows:
            return f"{when} nothing on any account would set this play off."
        verb = "would start on" if self.since is None else "would have started on"
        started = len({row.account_id for row in self.rows if row.verdict == "chosen"})
        asked = words.counted(self.accounts, "account")
        parts = [f"{when} this play {verb} {started} of {asked} that set it off."]
        rest = [
            f"{self.count(verdict)} {said}"
            for verdict, said in (
                ("holdout", "held out by lot"),
                ("held", "held for now"),
                ("refused", "refused"),
            )
            if self.count(verdict)
        ]
        if rest:
            how = "The rest" if self.since is None else "The other times"
            parts.append(f"{how}: {words.listed(rest, joiner='and')}.")
        return " ".join(parts)


def row_of(facts: AccountFacts, line: Considered, *, at: datetime, why: str, instead_of: str = "") -> Row:
    """A line of the record as a row: the account with its tier and owner of that moment."""
    return Row(
        account_id=facts.id,
        account=facts.name,
        tier=facts.tier,
        owner=facts.owner_name,
        at=at,
        why=why,
        verdict=line.verdict,
        rule=line.rule,
        title=title_of(line.rule),
        sentence=line.sentence,
        instead_of=instead_of,
    )


def rules_of(rows: Iterable[Row]) -> tuple[RuleCount, ...]:
    """How often each rule turned the play down, the most frequent first."""
    times: Counter[tuple[str, str]] = Counter()
    accounts: dict[tuple[str, str], set[int]] = defaultdict(set)
    for row in rows:
        if row.verdict != "chosen":
            times[row.rule, row.verdict] += 1
            accounts[row.rule, row.verdict].add(row.account_id)
    return tuple(
        RuleCount(rule, title_of(rule), verdict, n, len(accounts[rule, verdict]))
        for (rule, verdict), n in sorted(times.items(), key=lambda item: (-item[1], item[0]))
    )


def weeks_of(rows: Iterable[Row]) -> tuple[Week, ...]:
    """The verdicts of each week, by when each was given, the oldest week first; weeks without any are left out."""
    counts: dict[date, Counter[str]] = defaultdict(Counter)
    for row in rows:
        counts[week_of(row.at)][row.verdict] += 1
    return tuple(
        Week(week, found["chosen"], found["held"], found["refused"], found["holdout"])
        for week, found in sorted(counts.items())
    )
