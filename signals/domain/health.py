"""What is wrong with the catalogue, in sentences: what is dead, floods, never wins, weighs nothing, is nobody's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from signals.domain.contest import Impossible, Loss

FEWEST_TOPICS, MOST_TOPICS = 5, 10
"""Five to ten topics can be told apart and acted upon [M]."""

FLOOD_TIMES = 4
FLOOD_OVER_HIGHEST = 2
FLOOD_LEAST = 40
"""A week floods with at least 40 signals, four times the usual week and twice the highest of those before."""

WEEKS_NEEDED = 4
"""Fewer weeks with signals say nothing of what is usual."""


@dataclass(frozen=True, slots=True)
class Warned:
    """One thing to look at. `level` is `bad` (it does not do what it says), `warn`, or `note`."""

    kind: str
    level: str
    text: str


def of_volume(
    *,
    has_rules: bool,
    is_active: bool,
    recency_days: int,
    age_days: float,
    quiet_days: float | None,
    weeks: Sequence[int],
) -> list[Warned]:
    """Dead and flooding types. `quiet_days` since the last signal, None: none in the 13 weeks looked at.

    A type younger than its window is not dead yet; windows longer than 13 weeks are judged by 13 weeks.
    """
    found = []
    window = min(recency_days, 91)
    if is_active and has_rules and age_days > window and (quiet_days is None or quiet_days > window):
        found.append(
            Warned(
                "dead",
                "warn",
                f"Nothing has become one for {window} days, as long as it counts. Try an event in the tester, "
                "or retire the type.",
            )
        )
    if flood := flooding(weeks):
        found.append(
            Warned(
                "flood",
                "warn",
                f"{weeks[-1]:,} came in 7 days, where {flood:,.0f} are usual. See who sends them, and whether they "
                "mean anything.",
            )
        )
    return found


def flooding(weeks: Sequence[int]) -> float:
    """The usual week where the last one is far above it; 0 where it is not, or nothing is usual yet."""
    *before, last = weeks or [0]
    heard = [count for count in before if count]
    if len(heard) < WEEKS_NEEDED or last < FLOOD_LEAST:
        return 0.0
    usual = float(median(before[before.index(heard[0]) :]))
    return (
        max(usual, 1.0)
        if last > FLOOD_TIMES * max(usual, 1.0) and last > FLOOD_OVER_HIGHEST * max(before)
        else 0.0
    )


def of_rules(
    slug: str, rules: int, lost: Iterable[Loss], never: Iterable[Impossible], names: Mapping[str, str]
) -> list[Warned]:
    """Rules that never win or never match; a type all of whose rules are such never comes to be."""
    found, useless = [], 0
    for one in never:
        useless += 1
        found.append(Warned("never", "warn", f"Rule {one.rule + 1} can never match: {one.why}."))
    for loss in lost:
        useless += 1
        if loss.by == slug:
            text = (
                f"Rule {loss.rule + 1} never wins: rule {loss.by_rule + 1} takes every event that it would."
            )
            found.append(Warned("doubled", "note", text))
            continue
        by = names.get(loss.by, loss.by)
        found.append(
            Warned(
                "overlap",
                "warn",
                f"Rule {loss.rule + 1} never wins: rule {loss.by_rule + 1} of “{by}” takes every event that it would, "
                f"such as {event_words(loss.witness)}.",
            )
        )
    if rules and useless >= rules:
        found.insert(0, Warned("mute", "bad", "No event can become one: none of its rules can win."))
    return found


def event_words(event: Mapping[str, object]) -> str:
    """`a page view of /pricing`, `the event “Demo Requested”`."""
    context = event.get("context")
    page = context.get("page") if isinstance(context, Mapping) else None
    path = page.get("path") if isinstance(page, Mapping) else None
    name = event.get("event")
    what = f"the event “{name}”" if name else f"a {event.get('type', 'page')} view"
    properties = event.get("properties")
    with_ = ""
    if isinstance(properties, Mapping) and properties:
        with_ = " with " + ", ".join(f"{key} “{value}”" for key, value in properties.items())
    return f"{what}{f' on {path}' if path and name else f' of {path}' if path else ''}{with_}"


def of_source(
    *,
    is_active: bool,
    weight: float,
    has_owner: bool,
    has_key: bool,
    ever_heard: bool,
    age_days: float,
    sends_records: bool,
) -> list[Warned]:
    """A source that counts for nothing, belongs to nobody, or whose key nobody uses."""
    found: list[Warned] = []
    if not is_active:
        return found
    if weight == 0:
        found.append(
            Warned("weightless", "warn", "Its weight is 0, so its signals add nothing to any score.")
        )
    if not has_owner:
        found.append(
            Warned(
                "ownerless",
                "warn",
                "Nobody owns it. RevOps is told when it falls silent, floods or sends what cannot be used.",
            )
        )
    if not ever_heard and age_days >= 1:
        if has_key and not sends_records:
            text = "Nothing has come from it in 13 weeks: its write key is not in use. Set it up, or close the source."
        else:
            text = "Nothing has come from it in 13 weeks. Set it up, or close the source."
        found.append(Warned("unused", "note", text))
    return found


def of_topics(followed: int, *, third_party: bool) -> list[Warned]:
    """More than ten topics are too many to act upon; fewer than five leave most interest unheard."""
    if followed > MOST_TOPICS:
        return [
            Warned(
                "topics",
                "warn",
                f"{followed} topics are followed; five to ten can be told apart. Retire those that lead to nothing.",
            )
        ]
    if third_party and followed < FEWEST_TOPICS:
        few = (
            "No topic is" if followed == 0 else "One topic is" if followed == 1 else f"{followed} topics are"
        )
        return [Warned("topics", "note", f"{few} followed; five to ten are usual.")]
    return []
