"""The rules that a change of the list keeps, or goes past with a written reason: ceilings and quarantine."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from abmops.lib.choices import Role
from abmops.lib.errors import Refused
from accounts.domain.capacity import Going, exceeded
from accounts.models import User
from accounts.selectors import target_list as facts
from accounts.services.locking import take_turn

MANY = 3


class NeedsReason(Refused):
    """The change goes past a rule of the list; it takes a written reason of its own, the `override`."""

    code = "needs_override"


@dataclass(frozen=True, slots=True)
class Past:
    """By account the rules that its change goes past, in words; and those accounts that are held back."""

    ceilings: Mapping[int, list[str]] = field(default_factory=dict)
    holds: Mapping[int, str] = field(default_factory=dict)

    def of(self, account_id: int) -> list[str]:
        """Everything that one account's change goes past."""
        hold = self.holds.get(account_id)
        return [*([hold] if hold else []), *self.ceilings.get(account_id, [])]

    def sentences(self) -> list[str]:
        """Each once; of many accounts held back the first few and how many more."""
        held = list(self.holds.values())
        more = [f"{len(held) - MANY} more of them are held back as well."] if len(held) > MANY else []
        limits = dict.fromkeys(said for words in self.ceilings.values() for said in words)
        return [*held[:MANY], *more, *limits]


def take_the_list() -> None:
    """One change of the list at a time: two adds at the last free place must not both find it free."""
    take_turn("list")


def judge(going: Iterable[Going], *, now: datetime, verb: str = "would hold") -> Past:
    """What the arrivals among these go past. Whoever asks holds the list's turn. Six queries at most."""
    moves = list(going)
    if not any(one.arrives for one in moves):
        return Past()
    rules = facts.ceilings()
    owners = {one.owner_id for one in moves if one.owner_id is not None}
    names: dict[int, str] = {}
    if owners and any(rule.most_per_owner is not None for rule in rules):
        names = dict(User.objects.filter(pk__in=owners).values_list("pk", "name"))
    joining = [one.account_id for one in moves if one.before is None and one.after is not None]
    return Past(exceeded(moves, facts.holding(), rules, names, verb=verb), facts.why_held(joining, now=now))


def must_be_allowed(past: Past, *, override: str, by: User | None) -> None:
    """Stop what goes past a rule without a reason; past a quarantine only RevOps goes at all."""
    said = past.sentences()
    if not said:
        return
    words = " ".join(said)
    if past.holds and not (by is not None and by.has_role(Role.REVOPS)):
        raise Refused(f"{words} Only RevOps may put it on the list before.", code="held_back")
    if not override.strip():
        raise NeedsReason(f"{words} Write why it should happen all the same.")
