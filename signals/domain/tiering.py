"""Which tier an account belongs into by its figures, and why [J]: a wish, which a person decides.

Up a tier, or onto the list: a score at or over the line *and* a second proof beside the score (two kinds of qualifying
signal or two people in 30 days, an open deal, a meeting). Down a tier: a low score or a long silence; off the list out
of tier 3: both. Nothing is proposed down while a deal is open, after a recent meeting, or before the account has had
its time in the tier.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

DAY = timedelta(days=1)
RECENT = timedelta(days=90)
REJECTED_FOR = timedelta(days=90)
ENOUGH_KINDS, ENOUGH_PEOPLE = 2, 2
COMMITTEE = 3
GROWN_POINTS, GROWN_COUNT = 10, 2
CLOSED = {"disqualified": "disqualified", "not_ready": "not ready"}


@dataclass(frozen=True, slots=True)
class Policy:
    """The list's lines: a score that proposes up, one that proposes down, and how long a silence is long."""

    up: int
    down: int
    quiet_days: int


@dataclass(frozen=True, slots=True)
class Standing:
    """One account as the figures have it. Signals are the qualifying ones of the last 30 days; `sales_at` and
    `marketing_at` the latest outbound touches, `heard_at` the latest touch or signal of any kind. `held`: a quarantine
    keeps it off the list. `since`: when it came to its place on the list."""

    account_id: int
    tier: int | None
    since: datetime | None
    lifecycle: str
    score: float
    kinds: int = 0
    people: int = 0
    sales_at: datetime | None = None
    marketing_at: datetime | None = None
    meeting_at: datetime | None = None
    heard_at: datetime | None = None
    contacts_known: int = 0
    contacts_engaged: int = 0
    open_deals: int = 0
    held: bool = False


@dataclass(frozen=True, slots=True)
class Evidence:
    """One reason. `strength` orders the reasons, 0 to 1; `value` is the figure behind it."""

    kind: str
    sentence: str
    value: float
    strength: float

    def to_json(self) -> dict[str, Any]:
        """The evidence as a proposal stores it."""
        return {
            "kind": self.kind,
            "sentence": self.sentence,
            "value": round(self.value, 1),
            "strength": round(self.strength, 3),
        }


@dataclass(frozen=True, slots=True)
class Wish:
    """The tier it belongs into (None: off the list), with its reasons, strongest first."""

    to_tier: int | None
    evidence: tuple[Evidence, ...]


def propose(of: Standing, policy: Policy, *, now: datetime) -> Wish | None:
    """Where the account belongs; None where it is right as it is."""
    if of.lifecycle in CLOSED:
        return None if of.tier is None else _wish(None, [_closed(of), *_downward(of, policy, now)])
    if _deserves(of, policy, now):
        return _up(of, policy, now)
    return _down(of, policy, now) if of.tier is not None else None


def _deserves(of: Standing, policy: Policy, now: datetime) -> bool:
    return of.score >= policy.up and (_is_hot(of) or of.open_deals > 0 or _met(of, RECENT, now))


def _is_hot(of: Standing) -> bool:
    return of.kinds >= ENOUGH_KINDS or of.people >= ENOUGH_PEOPLE


def _met(of: Standing, within: timedelta, now: datetime) -> bool:
    return of.meeting_at is not None and of.meeting_at >= now - within


def _up(of: Standing, policy: Policy, now: datetime) -> Wish | None:
    if of.tier == 1:
        return None
    if of.tier is None:
        if of.held or not _is_hot(of):
            return None
        return _wish(2 if of.contacts_engaged and of.sales_at else 3, _upward(of, policy, now))
    # Tier 1 is for accounts that people know: a committee, a meeting or a deal, not clicks alone.
    if of.tier == 2 and not (of.contacts_known >= COMMITTEE or of.open_deals or _met(of, RECENT, now)):
        return None
    return _wish(of.tier - 1, _upward(of, policy, now))


def _down(of: Standing, policy: Policy, now: datetime) -> Wish | None:
    quiet_for = timedelta(days=policy.quiet_days)
    is_settled = of.since is None or of.since <= now - quiet_for
    if not is_settled or of.open_deals or _met(of, quiet_for, now):
        return None
    is_low, is_quiet = of.score <= policy.down, _silence(of, now) >= quiet_for
    if of.tier == 3:
        return _wish(None, _downward(of, policy, now)) if is_low and is_quiet else None
    if not (is_low or is_quiet):
        return None
    return _wish((of.tier or 0) + 1, _downward(of, policy, now))


def _silence(of: Standing, now: datetime) -> timedelta:
    """How long nothing was done or heard; an account that never was, since it came to its place."""
    moments = [moment for moment in (of.heard_at, of.since if of.heard_at is None else None) if moment]
    return now - max(moments) if moments else timedelta.max


def _wish(to_tier: int | None, evidence: Iterable[Evidence]) -> Wish:
    return Wish(to_tier, tuple(sorted(evidence, key=lambda one: (-one.strength, one.kind))))


def _closed(of: Standing) -> Evidence:
    return Evidence("lifecycle", f"The account is {CLOSED[of.lifecycle]}: nothing is spent on it.", 1, 1)


def _upward(of: Standing, policy: Policy, now: datetime) -> list[Evidence]:
    room = max(100 - policy.up, 1)
    found = [
        Evidence(
            "score",
            f"Its score is {of.score:.0f}; from {policy.up} an account belongs higher.",
            of.score,
            0.5 + 0.5 * min((of.score - policy.up) / room, 1),
        )
    ]
    if of.kinds >= ENOUGH_KINDS:
        text = f"{of.kinds} kinds of qualifying signal came in the last 30 days."
        found.append(Evidence("kinds", text, of.kinds, min(of.kinds / 5, 1)))
    if of.people >= ENOUGH_PEOPLE:
        text = f"{of.people} people there sent qualifying signals in the last 30 days."
        found.append(Evidence("people", text, of.people, min(of.people / 5, 1)))
    if of.open_deals:
        text = (
            "One opportunity is open." if of.open_deals == 1 else f"{of.open_deals} opportunities are open."
        )
        found.append(Evidence("deal", text, of.open_deals, 0.9))
    if _met(of, RECENT, now) and of.meeting_at is not None:
        days = (now - of.meeting_at).days
        found.append(Evidence("meeting", f"The last meeting was {_days_ago(days)}.", days, 0.8))
    if _recent(of.sales_at, now) and _recent(of.marketing_at, now):
        found.append(Evidence("sides", "Sales and marketing both reached out in the last 90 days.", 2, 0.35))
    if of.contacts_known >= COMMITTEE:
        text = (
            f"{of.contacts_known} people of the committee are known, {of.contacts_engaged} of them engaged."
        )
        found.append(Evidence("committee", text, of.contacts_known, 0.3))
    return found


def _downward(of: Standing, policy: Policy, now: datetime) -> list[Evidence]:
    found = []
    silence = _silence(of, now)
    if silence >= timedelta(days=policy.quiet_days):
        text, days = "Nothing was ever done or heard.", float(policy.quiet_days * 2)
        if of.heard_at is not None:
            days = silence / DAY
            text = f"Nothing was done or heard for {silence.days} days."
        found.append(Evidence("quiet", text, days, min(0.4 + days / (policy.quiet_days * 5), 1)))
    if of.score <= policy.down:
        part = (policy.down - of.score) / max(policy.down, 1)
        text = f"Its score is {of.score:.0f}; up to {policy.down} an account belongs lower."
        found.append(Evidence("score", text, of.score, 0.5 + 0.5 * part))
    if not of.kinds:
        found.append(Evidence("no_signals", "No qualifying signal came in the last 30 days.", 0, 0.25))
    if not of.contacts_engaged:
        text = (
            "Nobody of its committee is known."
            if not of.contacts_known
            else f"None of the {of.contacts_known} people known there is engaged."
        )
        found.append(Evidence("committee", text, of.contacts_known, 0.2))
    return found


def _recent(moment: datetime | None, now: datetime) -> bool:
    return moment is not None and moment >= now - RECENT


def _days_ago(days: int) -> str:
    return "today" if days <= 0 else "yesterday" if days == 1 else f"{days} days ago"


def is_upward(from_tier: int | None, to_tier: int | None) -> bool:
    """Whether a change is towards tier 1; off the list is the lowest place."""
    return (to_tier or 9) < (from_tier or 9)


# The reasons that can bring a rejected proposal back before its 90 days are over. A silence that merely lasts is none.
TELLING = frozenset({"score", "kinds", "people", "deal", "meeting", "lifecycle"})


def has_grown(
    before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]], *, upward: bool
) -> bool:
    """Whether a proposal says more than one that was rejected: a new telling kind of reason, a score ten points further
    the same way, or two more kinds of signal, people or deals."""
    known = {one["kind"]: float(one["value"]) for one in before}
    for one in after:
        kind, value = one["kind"], float(one["value"])
        if kind not in TELLING:
            continue
        if kind not in known:
            return True
        further = value - known[kind] if upward else known[kind] - value
        if kind == "score" and further >= GROWN_POINTS:
            return True
        if kind in {"kinds", "people", "deal"} and value >= known[kind] + GROWN_COUNT:
            return True
    return False


def place_words(tier: int | None) -> str:
    """A place on the list in words."""
    return f"tier {tier}" if tier else "off the list"
