"""What an audience asks of the buying committee: who must be known there, who must have engaged, which part is open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from accounts.domain.committee import WANTED_ROLES
from plays.domain import vocabulary as words

ANY: Final = "any"
"""The gap of whatever part: one of those that every account wants played is played by nobody."""


class Person(Protocol):
    """A known contact, as far as a filter cares. `acted_at`: when they last did something themselves."""

    @property
    def role(self) -> str: ...
    @property
    def persona(self) -> str: ...
    @property
    def seniority(self) -> str: ...
    @property
    def acted_at(self) -> datetime | None: ...


@dataclass(frozen=True, slots=True)
class Known:
    """At least so many known contacts; erased people are none, those who must not be contacted are.

    Empty: of whatever role, persona, seniority. `engaged_days`: only who did something themselves in so many days.
    """

    at_least: int = 1
    role: str = ""
    persona: str = ""
    seniority: str = ""
    engaged_days: int | None = None

    @property
    def sentence(self) -> str:
        """The end of `For accounts …`."""
        if self.engaged_days is not None:
            many = f"at least {self.at_least} {self._noun(self.at_least)}"
            whom = f"{words.article(self._noun(1))} {self._noun(1)}" if self.at_least == 1 else many
            return f"with {whom} who engaged {self._lately}"
        if self.at_least == 1:
            return f"with a known {self._noun(1)}"
        return f"with at least {self.at_least} known {self._noun(self.at_least)}"

    def objection(self, people: Sequence[Person], now: datetime) -> str:
        """Why an account with these people is not meant; empty where it is."""
        found = self._count(people, now)
        if found >= self.at_least:
            return ""
        wanted = "one" if self.at_least == 1 else str(self.at_least)
        has = f"only {found} {self._noun(found)}" if found else f"no {self._noun(1)}"
        if self.engaged_days is None:
            verb = "are known" if found > 1 else "is known"
        else:
            verb = f"{'have' if found > 1 else 'has'} engaged {self._lately}"
        return f"{has} {verb}; the audience asks for {wanted}"

    def match(self, people: Sequence[Person], now: datetime) -> str:
        """What makes an account with these people fit."""
        found = self._count(people, now)
        if self.engaged_days is None:
            return f"{found} known {self._noun(found)}"
        return f"{found} {self._noun(found)} engaged {self._lately}"

    def _count(self, people: Sequence[Person], now: datetime) -> int:
        return sum(self._is_meant(one, now) for one in people)

    def _is_meant(self, one: Person, now: datetime) -> bool:
        """The window of engagement is half-open: so many days ago to the second is too long ago."""
        return (
            (not self.role or one.role == self.role)
            and (not self.persona or one.persona.casefold() == self.persona.casefold())
            and (not self.seniority or one.seniority.casefold() == self.seniority.casefold())
            and (
                self.engaged_days is None
                or (one.acted_at is not None and one.acted_at > now - timedelta(days=self.engaged_days))
            )
        )

    @property
    def _lately(self) -> str:
        return "in the last day" if self.engaged_days == 1 else f"in the last {self.engaged_days} days"

    def _noun(self, n: int) -> str:
        noun = words.COMMITTEE.get(self.role, "contact")
        noun = noun if n == 1 else f"{noun}s"
        of = [f"persona “{self.persona}”"] if self.persona else []
        of += [f"seniority “{_plain(self.seniority)}”"] if self.seniority else []
        return f"{noun} of the {' and the '.join(of)}" if of else noun


@dataclass(frozen=True, slots=True)
class Gap:
    """A part in the decision that nobody known plays; `any`: whichever of those that an account wants played."""

    role: str = ANY

    @property
    def sentence(self) -> str:
        """The end of `For accounts …`."""
        if self.role == ANY:
            return "with a gap in the buying committee"
        return f"without a known {words.COMMITTEE[self.role]}"

    def objection(self, people: Sequence[Person], now: datetime) -> str:
        """Why an account with these people is not meant; empty where it is."""
        if self._open(people):
            return ""
        if self.role == ANY:
            return "every role of the committee is played by somebody; the audience asks for a gap"
        role = words.COMMITTEE[self.role]
        return f"{words.article(role)} {role} is known; the audience asks for accounts without one"

    def match(self, people: Sequence[Person], now: datetime) -> str:
        """What makes an account with these people fit."""
        missing = [words.COMMITTEE[role] for role in self._open(people)]
        return f"no known {words.listed(missing)}"

    def _open(self, people: Sequence[Person]) -> tuple[str, ...]:
        played = {one.role for one in people}
        return tuple(role for role in self._wanted if role not in played)

    @property
    def _wanted(self) -> tuple[str, ...]:
        return WANTED_ROLES if self.role == ANY else (self.role,)


Filter = Known | Gap
"""One thing that is asked of the committee. Of several, each must hold."""


def objection(asked: Sequence[Filter], people: Sequence[Person], now: datetime) -> str:
    """Why an account with these people is not meant: the first filter it does not pass; empty where it passes all."""
    return next((no for one in asked if (no := one.objection(people, now))), "")


def asks_engagement(asked: Sequence[Filter]) -> bool:
    """Whether any of these looks at who engaged, and when."""
    return any(isinstance(one, Known) and one.engaged_days is not None for one in asked)


def contradictions(asked: Sequence[Filter]) -> tuple[int, ...]:
    """The places of gaps in a role of which the same audience wants somebody known: no account passes both."""
    known = {one.role for one in asked if isinstance(one, Known)}
    return tuple(place for place, one in enumerate(asked) if isinstance(one, Gap) and one.role in known)


def _plain(value: str) -> str:
    return value.replace("_", " ")
