"""How far the program has come with an account [J]: it rises by rule, goes out with its lifecycle, and only a person
takes it back.

Two distinct qualifying signals make engagement, a booked meeting active, a won deal expand; an account that is
disqualified or not ready is out, and comes back to where it was. A lost deal moves nothing: the quarantine leaves the
account alone, and afterwards it stands where it stood. What happened before a person set a phase does not speak any
more: a phase that was taken back rises again only by news.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

LADDER = ("awareness", "engagement", "active", "expand")
OUT = "out"
OUT_LIFECYCLES = frozenset({"disqualified", "not_ready"})
# Two distinct qualifying signals: another type, or another contact.
SIGNALS_FOR_ENGAGEMENT = 2

CAUSES = {
    "engagement": "Two distinct qualifying signals came.",
    "active": "A meeting was booked.",
    "expand": "A deal was won.",
}


def is_rise(current: str, reached: str) -> bool:
    """Whether `reached` lies above `current`; an account that is out stays out until somebody brings it back."""
    return current in LADDER and LADDER.index(reached) > LADDER.index(current)


def reached_by(kind: str, outcome: str | None = None) -> str | None:
    """The phase that an account event speaks for: a booked meeting is active, a won deal is expand."""
    if kind == "meeting_booked":
        return "active"
    if kind == "opportunity_stage" and outcome == "won":
        return "expand"
    return None


@dataclass(frozen=True, slots=True)
class Missing:
    """What lacks for the next phase. `by`: until when it must come, where what is there already runs out."""

    phase: str
    sentence: str
    by: datetime | None = None


def missing(
    phase: str, *, lifecycle: str, qualifying_at: Sequence[datetime], days: int, now: datetime
) -> Missing | None:
    """What the account needs for its next phase, in words; None at the end of the ladder.

    `qualifying_at`: when each of its independent qualifying signals of the last `days` days last came.
    """
    match phase:
        case "out":
            if lifecycle in OUT_LIFECYCLES:
                word = lifecycle.replace("_", " ")
                return Missing("", f"The account is {word}. It comes back once its lifecycle says otherwise.")
            return Missing(
                "", "Somebody took the account out. It comes back when somebody changes its phase."
            )
        case "awareness":
            counted = sorted(at for at in qualifying_at if at >= now - timedelta(days=days))
            lacks = SIGNALS_FOR_ENGAGEMENT - len(counted)
            if lacks <= 0:
                return Missing("engagement", "Nothing is missing: it moves up within minutes.")
            if not counted:
                return Missing("engagement", f"2 distinct qualifying signals within {days} days.")
            by = counted[0] + timedelta(days=days)
            return Missing("engagement", f"{lacks} more distinct qualifying signal by {by:%-d %B}.", by)
        case "engagement":
            return Missing("active", "A booked meeting.")
        case "active":
            return Missing("expand", "A won deal.")
        case _:
            return None


@dataclass(frozen=True, slots=True)
class History:
    """What speaks for an account's phase. `signals`: (type, contact, moment) of qualifying ones, oldest first.

    `set_at`, `set_to`: the last phase that a person set.
    """

    lifecycle: str = "prospect"
    signals: tuple[tuple[Hashable, int | None, datetime], ...] = ()
    met_at: datetime | None = None
    won_at: datetime | None = None
    set_at: datetime | None = None
    set_to: str = LADDER[0]


def phase_of(history: History, *, days: int) -> str:
    """The phase by the rules alone: what every stored phase must equal."""
    if history.lifecycle in OUT_LIFECYCLES or history.set_to == OUT:
        return OUT
    reached = [history.set_to]
    if _is_news(history.met_at, history):
        reached.append("active")
    if _is_news(history.won_at, history):
        reached.append("expand")
    if "active" not in reached and "expand" not in reached and _was_engaged(history, days=days):
        reached.append("engagement")
    return max(reached, key=LADDER.index)


def _is_news(at: datetime | None, history: History) -> bool:
    return at is not None and (history.set_at is None or at > history.set_at)


def _was_engaged(history: History, *, days: int) -> bool:
    """Whether two independent signals ever lay within so many days of each other."""
    window = timedelta(days=days)
    latest: dict[tuple[Hashable, int | None], datetime] = {}
    for kind, contact, at in history.signals:
        if not _is_news(at, history):
            continue
        latest[kind, contact] = at
        if independent(key for key, last in latest.items() if last >= at - window) >= SIGNALS_FOR_ENGAGEMENT:
            return True
    return False


def independent(seen: Iterable[tuple[Hashable, int | None]]) -> int:
    """How many of these (type, contact) are distinct signals: another type or another contact.

    Unknown visitors of a type are one together, and none beside a known contact of that type.
    """
    people: dict[Hashable, set[int | None]] = {}
    for kind, contact in seen:
        people.setdefault(kind, set()).add(contact)
    return sum(max(1, len(known - {None})) for known in people.values())
