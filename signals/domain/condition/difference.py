"""What changed between two conditions, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from signals.domain.condition import words
from signals.domain.condition.counting import Counting
from signals.domain.condition.levels import Dormant, Level, ScoreRise
from signals.domain.condition.node import Condition, Names
from signals.domain.condition.threshold import ANSWER_WITHIN
from signals.domain.condition.tree import AllOf, AnyOf, Branch


@dataclass(frozen=True, slots=True)
class Saying:
    """All that one version says."""

    condition: Condition
    tiers: tuple[int, ...]
    urgency: str
    rearm_days: int


def saying_changes(before: Saying, after: Saying, names: Names | None = None) -> tuple[str, ...]:
    """A sentence for each change between two versions; none only where they say the same."""
    said = list(changes(before.condition, after.condition, names))
    if before.tiers != after.tiers:
        said.append(f"It is for {_whom(after.tiers)} instead of {_whom(before.tiers)}.")
    if before.urgency != after.urgency:
        old, new = ANSWER_WITHIN[before.urgency], ANSWER_WITHIN[after.urgency]
        said.append(f"It wants an answer within {new} ({after.urgency}) instead of {old} ({before.urgency}).")
    if before.rearm_days != after.rearm_days:
        said.append(
            f"It can cross again after {words.days(after.rearm_days)} instead of {words.days(before.rearm_days)}."
        )
    return tuple(said)


def _whom(tiers: Sequence[int]) -> str:
    return f"{words.listed((f'tier {tier}' for tier in tiers), 'and')} accounts" if tiers else "every account"


def changes(before: Condition, after: Condition, names: Names | None = None) -> tuple[str, ...]:
    """A sentence for each change; none only where the two are the same."""
    if before == after:
        return ()
    return tuple(_changes(before, after, names)) or ("The same is grouped in another way.",)


def _changes(before: Condition, after: Condition, names: Names | None) -> Iterator[str]:
    if before == after:
        return
    if isinstance(before, Branch) or isinstance(after, Branch):
        yield from _of_groups(_as_group(before, after), _as_group(after, before), names)
    elif type(before) is type(after):
        yield from _of_facts(before, after, names)
    else:
        yield f"It no longer asks that {before.clause(names)}, but that {after.clause(names)}."


def _as_group(one: Condition, other: Condition) -> Branch:
    """A fact beside a group is compared as a group of one, of the other's kind."""
    if isinstance(one, Branch):
        return one
    return AllOf((one,)) if isinstance(other, AllOf) else AnyOf((one,))


def _of_groups(before: Branch, after: Branch, names: Names | None) -> Iterator[str]:
    if before.key != after.key and len(before.parts) > 1 and len(after.parts) > 1:
        now = "All of it must be true now" if isinstance(after, AllOf) else "Any one of it is enough now"
        was = "any one was enough before" if isinstance(after, AllOf) else "all of it had to be before"
        yield f"{now}; {was}."
    # A group of one says the same whichever kind it is, so the larger of the two says how parts are added.
    together = after if len(after.parts) > 1 else before
    gone, come = _left_over(before.parts, after.parts), _left_over(after.parts, before.parts)
    if not gone and not come and before.key == after.key:
        yield "The order of the conditions is another."
    for old in list(gone):
        partner = _alike(old, come)
        if partner is not None:
            gone.remove(old)
            come.remove(partner)
            yield from _changes(old, partner, names)
    asks_all = isinstance(together, AllOf)
    for old in gone:
        yield f"{'It no longer asks that' if asks_all else 'No longer enough:'} {old.clause(names)}."
    for new in come:
        yield f"{'It now also asks that' if asks_all else 'Now also enough:'} {new.clause(names)}."


def _left_over(parts: Sequence[Condition], others: Sequence[Condition]) -> list[Condition]:
    """The parts that the others do not hold, each as often as it is missing."""
    rest = list(others)
    left = []
    for part in parts:
        if part in rest:
            rest.remove(part)
        else:
            left.append(part)
    return left


def _alike(old: Condition, candidates: Sequence[Condition]) -> Condition | None:
    """The part that `old` has most likely become: of the same kind, with the most in common."""
    same = [one for one in candidates if type(one) is type(old)]
    return max(same, key=lambda one: _in_common(old, one), default=None)


def _in_common(one: Condition, other: Condition) -> int:
    if isinstance(one, Counting) and isinstance(other, Counting):
        return 2 * (one.wanted == other.wanted) + (one.days == other.days) + (one.at_least == other.at_least)
    if isinstance(one, Branch) and isinstance(other, Branch):
        return len(one.parts) - len(_left_over(one.parts, other.parts))
    return 0


def _of_facts(before: Condition, after: Condition, names: Names | None) -> Iterator[str]:
    details = list(_details(before, after, names))
    where = f"“{before.sentence(names).removesuffix('.')}”"
    yield f"In {where}: {'; '.join(details)}."


def _details(before: Condition, after: Condition, names: Names | None) -> Iterator[str]:
    counted = (Counting, Level, ScoreRise)
    if isinstance(before, counted) and isinstance(after, counted) and before.at_least != after.at_least:
        yield f"at least {words.number(after.at_least)} instead of {words.number(before.at_least)}"
    timed = (Counting, ScoreRise, Dormant)
    if isinstance(before, timed) and isinstance(after, timed) and before.days != after.days:
        yield f"{words.days(after.days)} instead of {words.days(before.days)}"
    if isinstance(before, Counting) and isinstance(after, Counting):
        old, new = before.wanted, after.wanted
        yield from _lists("types", old.types, new.types, names)
        yield from _lists("kinds", old.kinds, new.kinds, words.KIND_WORDS)
        yield from _lists("topics", old.topics, new.topics, None)
        if old.qualifying != new.qualifying:
            yield "only qualifying signals" if new.qualifying else "signals that do not qualify count too"


def _lists(noun: str, old: Sequence[str], new: Sequence[str], names: Names | None) -> Iterator[str]:
    if old == new:
        return
    if not new:
        yield f"all {noun} instead of {words.quoted(old, names)}"
    elif not old:
        yield f"only {words.quoted(new, names)} instead of all {noun}"
    else:
        come = [one for one in new if one not in old]
        gone = [one for one in old if one not in new]
        if come:
            yield f"{words.quoted(come, names)} too"
        if gone:
            yield f"without {words.quoted(gone, names)}"
        if not come and not gone:
            yield f"the {noun} are named in another order"
