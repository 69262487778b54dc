"""The page's own way to ask: a day instead of a moment, menus of people and territories, links that keep
both.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse

from abmops.lib.choices import Role
from abmops.lib.errors import FieldErrors
from accounts.models import Territory, User
from scoreboard.domain.figures import Scope
from scoreboard.domain.windows import end_of, rfc3339
from scoreboard.questions import read_question

_KEPT = ("as_of", "owner", "territory", "from", "cohort")


@dataclass(frozen=True, slots=True)
class Asked:
    """The page's question: T, the scope, the words it came in, and what was wrong with them."""

    at: datetime
    scope: Scope
    words: Mapping[str, str]
    wrong: tuple[str, ...]
    is_now: bool

    @property
    def day(self) -> date:
        """The day that the date field shows: the one whose end, or whose part so far, is looked at."""
        return date.fromisoformat(self.words["as_of"][:10]) if "as_of" in self.words else self.at.date()

    def link(self, name: str, *args: str, **more: object) -> str:
        """An address of ours that asks the same, and more."""
        query = {**self.words, **{key: value for key, value in more.items() if value not in {None, ""}}}
        return f"{reverse(name, args=args)}?{urlencode(query)}" if query else reverse(name, args=args)

    @property
    def back(self) -> str:
        """The scoreboard, asked the same."""
        return self.link("scoreboard:page")

    def as_of(self, at: datetime) -> str:
        """The page at another moment."""
        query = {**self.words, "as_of": rfc3339(at)}
        return f"{reverse('scoreboard:page')}?{urlencode(query)}"


def read(query: QueryDict, now: datetime) -> Asked:
    """What the query asks; wrong parts are left out and told."""
    said = {name: str(query.get(name, "")).strip() for name in (*_KEPT, "tier")}
    words = {name: word for name, word in said.items() if word}
    wrong: tuple[str, ...] = ()
    try:
        at, scope = read_question(_moments(words, now), now)
    except FieldErrors as errors:
        wrong = tuple(f"{error.pointer.strip('/')}: {error.detail}" for error in errors.errors)
        bad = {error.pointer.strip("/") for error in errors.errors}
        words = {name: word for name, word in words.items() if name not in bad}
        at, scope = read_question(_moments(words, now), now)
    kept = {name: word for name, word in words.items() if name in _KEPT}
    return Asked(at, scope, kept, wrong, is_now=at == now)


def _moments(words: Mapping[str, str], now: datetime) -> dict[str, str]:
    """A day means its end, so far: the same moment as its snapshot's."""
    answer = dict(words)
    for name in ("as_of", "from"):
        if len(words.get(name, "")) == len("2026-11-18"):
            try:
                end = end_of(date.fromisoformat(words[name]))
            except (ValueError, OverflowError):
                continue
            today = end.date() > now.date() and end_of(now.date()) == end
            answer[name] = rfc3339(now if today else end)
    return answer


@dataclass(frozen=True, slots=True)
class Menu:
    """One filter: its name, its words, and which is chosen."""

    name: str
    title: str
    options: list[tuple[str, str]]
    chosen: str


def menus(asked: Asked) -> list[Menu]:
    """Owners and territories, in two statements."""
    owners = User.objects.filter(is_active=True, role=Role.REP).values_list("email", "name")
    territories = Territory.objects.values_list("slug", "name")
    return [
        Menu("territory", "Territory", list(territories), asked.words.get("territory", "")),
        Menu("owner", "Owner", list(owners), asked.words.get("owner", "")),
    ]
