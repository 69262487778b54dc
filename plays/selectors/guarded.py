"""What the guardrails turned down, held back and were set aside for: counts that open to their rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection
from django.db.models import Count, QuerySet

from plays.domain.guardrails import SETTABLE, Policy
from plays.domain.vocabulary import counted
from plays.models import Override

LOOKED_BACK: Final = timedelta(days=28)


@dataclass(frozen=True, slots=True)
class Figures:
    """What a rule did since a moment: decisions that it refused or held, steps that it put off, times set aside."""

    decisions: int = 0
    steps: int = 0
    overrides: int = 0


@dataclass(frozen=True, slots=True)
class Guardrail:
    """A rule as it is shown: its name, itself in a sentence with its numbers, whether a person may set it aside."""

    rule: str
    title: str
    sentence: str
    is_settable: bool
    figures: Figures


@dataclass(frozen=True, slots=True)
class Turned:
    """A decision or a step that a rule turned down. `ended_at`: since when the step is no longer held."""

    at: datetime
    what: str
    verdict: str
    account_id: int
    account: str
    play: str
    rule: str
    sentence: str
    decision_id: int | None
    enrollment_id: int | None
    ended_at: datetime | None


def sentences(policy: Policy, *, quarantine_days: int) -> tuple[tuple[str, str, str], ...]:
    """(rule, title, sentence) of every guardrail, in the order in which they are asked."""
    week, person = policy.touches_per_week, policy.touches_per_contact
    signals = counted(policy.qualifying_signals, "distinct qualifying signal")
    return (
        (
            "programme", "Program",
            "The program leaves disqualified, not-ready and out accounts alone; churned ones get only plays for them.",
        ),
        (
            "do_not_contact", "Do not contact",
            "Nobody contacts a person who asked not to be contacted.",
        ),
        (
            "opt_out", "Opt-outs",
            "Nobody is reached by a channel that they said no to; another channel stays open.",
        ),
        (
            "quarantine", "Quarantine",
            (f"No cold play while a deal is open, for {counted(quarantine_days, 'day')} after a lost one, or while "
            "somebody holds the account back."),
        ),
        (
            "spend", "Marketing spend",
            ("Marketing spends nothing on customers and churned accounts, unless the play names them, nor on lost ones "
            "in their quarantine."),
        ),
        (
            "awareness", "Awareness",
            (f"Sales steps on tier 1 wait for {counted(policy.awareness_days, 'day')} of marketing, "
            f"{policy.awareness_days_familiar} where the account knows us."),
        ),
        (
            "two_signals", "Two signals",
            (f"Sales steps on tier 1 wait for {signals} in {counted(policy.qualifying_days, 'day')}: of another type "
            "or by another contact."),
        ),
        (
            "tier_3_inbound", "Strong inbound",
            "Tier 3 and accounts off the list get a sales step only on a strong inbound signal.",
        ),
        (
            "touch_cap", "Touches a week",
            (f"An account gets at most {counted(week, 'touch', 'touches')} in 7 days over both sides and all channels, "
            "made or promised."),
        ),
        (
            "contact_cap", "Touches a person",
            (f"A person gets at most {counted(person, 'touch', 'touches')} in 7 days; a step goes to somebody else "
            "there, or waits."),
        ),
        (
            "quiet_hours", "Quiet hours",
            (f"What goes out by itself reaches people on working days from {policy.day_opens:02d}:00 to "
            f"{policy.day_closes:02d}:00 their time."),
        ),
        (
            "meeting", "Meeting ahead",
            ("Marketing's steps wait until a booked meeting is over, but for customers, open deals and accounts that "
            "raised their hand."),
        ),
    )  # fmt: skip


RULES: Final = tuple(rule for rule, _, _ in sentences(Policy(), quarantine_days=90))


def guardrails(policy: Policy, *, quarantine_days: int, now: datetime) -> list[Guardrail]:
    """Every guardrail with what it did in the last 28 days; three queries."""
    figures = figures_since(now - LOOKED_BACK)
    return [
        Guardrail(rule, title, sentence, rule in SETTABLE, figures.get(rule, Figures()))
        for rule, title, sentence in sentences(policy, quarantine_days=quarantine_days)
    ]


_DECISIONS = """
SELECT c ->> 'rule', count(*) FROM plays_decision d
CROSS JOIN LATERAL jsonb_array_elements(d.candidates) c
WHERE d.made_at >= %s AND c ->> 'verdict' IN ('refused', 'held') GROUP BY 1
"""
_STEPS = "SELECT rule, count(*) FROM plays_stephold WHERE since >= %s GROUP BY 1"


def figures_since(since: datetime) -> dict[str, Figures]:
    """For each rule how many decisions and steps it stopped since then, and how often it was set aside."""
    counts: dict[str, dict[str, int]] = defaultdict(dict)
    with connection.cursor() as cursor:
        for name, query in (("decisions", _DECISIONS), ("steps", _STEPS)):
            cursor.execute(query, [since])
            for rule, n in cursor.fetchall():
                counts[rule][name] = n
    for rule, n in (
        Override.objects.filter(at__gte=since).order_by().values_list("rule").annotate(n=Count("pk"))
    ):
        counts[rule]["overrides"] = n
    return {rule: Figures(**found) for rule, found in counts.items()}


_TURNED = """
FROM (
  SELECT d.made_at AS at, 'decision' AS what, c ->> 'verdict' AS verdict, d.account_id, c ->> 'name' AS play,
         c ->> 'rule' AS rule, c ->> 'sentence' AS sentence, d.id AS decision_id, NULL::bigint AS enrollment_id,
         NULL::timestamptz AS ended_at
  FROM plays_decision d CROSS JOIN LATERAL jsonb_array_elements(d.candidates) c
  WHERE d.made_at >= %(since)s AND c ->> 'verdict' IN ('refused', 'held')
  UNION ALL
  SELECT h.since, 'step', 'held', h.account_id, p.name, h.rule, h.sentence, NULL, e.id, h.ended_at
  FROM plays_stephold h JOIN plays_steprun r ON r.id = h.step_run_id JOIN plays_enrollment e ON e.id = r.enrollment_id
  JOIN plays_play p ON p.id = e.play_id WHERE h.since >= %(since)s
) t JOIN accounts_account a ON a.id = t.account_id
WHERE t.rule = ANY(%(rules)s) AND (%(what)s = '' OR t.what = %(what)s)
  AND (%(find)s = '' OR a.name ILIKE '%%' || %(find)s || '%%' OR t.play ILIKE '%%' || %(find)s || '%%')
"""


@dataclass(frozen=True, slots=True)
class Question:
    """Which rows are wanted: of these rules, `what` is "decision", "step" or both; `find` in account and play."""

    since: datetime
    rules: tuple[str, ...] = RULES
    what: str = ""
    find: str = ""

    def _values(self) -> dict[str, Any]:
        find = self.find.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        return {"since": self.since, "rules": list(self.rules), "what": self.what, "find": find}

    def count(self) -> int:
        """How many rows there are."""
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) {_TURNED}", self._values())
            found: int = cursor.fetchone()[0]
        return found

    def __len__(self) -> int:
        return self.count()

    def __getitem__(self, wanted: slice) -> Sequence[Turned]:
        """A stretch of the rows, newest first: what a paginator asks for."""
        return list(self.rows(wanted.start or 0, wanted.stop))

    def rows(self, start: int = 0, stop: int | None = None) -> Iterator[Turned]:
        """The rows, newest first."""
        values = self._values() | {"start": start, "most": None if stop is None else stop - start}
        columns = "at, what, verdict, account_id, a.name, play, rule, sentence, decision_id, enrollment_id, ended_at"
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {columns} {_TURNED} ORDER BY at DESC, decision_id, enrollment_id, rule, play "
                "LIMIT %(most)s OFFSET %(start)s",
                values,
            )
            while found := cursor.fetchmany(500):
                for row in found:
                    yield Turned(*row)


def overrides() -> QuerySet[Override]:
    """Every rule that was set aside, newest first, with what it takes to show them."""
    return Override.objects.select_related("account", "play", "enrollment__play", "step_run", "by").order_by(
        "-at", "-pk"
    )
