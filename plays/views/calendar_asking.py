"""What an address of the calendar asks for: which days, whose, and what of it."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, cast
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.dateparse import parse_date

from abmops.lib.choices import Role, Side
from abmops.ui import typed
from accounts.models import Account, User
from accounts.views.people import reader
from plays.domain.calendar import KINDS, Kind
from plays.selectors.calendar.scope import Scope
from plays.selectors.calendar.sheet import Shown

VIEWS: Final = {"month": "Month", "week": "Week", "day": "Day", "agenda": "Agenda"}
AGENDA: Final = timedelta(days=28)
MINE, ALL = "mine", "all"
NOBODYS_OWN = frozenset({Role.REVOPS, Role.EXECUTIVE})
"""Who has no accounts or steps as a rule, and so begins with everybody's."""
OWE: Final = (Role.REP, Role.MARKETER, Role.REVOPS)
MOST_FOUND: Final = 200


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for; what it does not know it leaves out. `view`: of VIEWS."""

    view: str
    on: date
    whose: str = MINE
    kind: str = ""
    side: str = ""
    play: int | None = None
    account: Account | None = None
    find: str = ""

    @property
    def is_narrowed(self) -> bool:
        """Whether something may stand on these days that is not shown."""
        return bool(self.kind or self.side or self.play or self.account or self.find)

    def address(self, **changes: object) -> str:
        """This page with something else asked for."""
        values: dict[str, object] = {
            "view": self.view,
            "on": self.on,
            "whose": self.whose,
            "kind": self.kind,
            "side": self.side,
            "play": self.play,
            "account": self.account.pk if self.account else None,
            "q": self.find,
        }
        kept = {name: value for name, value in (values | changes).items() if value not in ("", None)}
        return f"{reverse('plays:calendar')}?{urlencode(kept)}"

    @property
    def span(self) -> tuple[date, date]:
        """The days drawn, both included: of a month, whole weeks around it."""
        match self.view:
            case "month":
                first, last = self.own_days
                return first - timedelta(days=first.weekday()), last + timedelta(days=6 - last.weekday())
            case _:
                return self.own_days

    @property
    def own_days(self) -> tuple[date, date]:
        """The days asked for, both included."""
        match self.view:
            case "month":
                length = monthrange(self.on.year, self.on.month)[1]
                return self.on.replace(day=1), self.on.replace(day=length)
            case "week":
                monday = self.on - timedelta(days=self.on.weekday())
                return monday, monday + timedelta(days=6)
            case "agenda":
                return self.on, self.on + AGENDA - timedelta(days=1)
            case _:
                return self.on, self.on

    @property
    def earlier(self) -> str:
        """The stretch before this one."""
        first, _ = self.own_days
        before = first - (AGENDA if self.view == "agenda" else timedelta(days=1))
        return self.address(on=max(before, FIRST))

    @property
    def later(self) -> str:
        """The stretch after this one."""
        return self.address(on=min(self.own_days[1] + timedelta(days=1), LAST))

    def scope(self, user: User) -> Scope:
        """Whose entries are read: of one person or of everybody, on the accounts asked for."""
        person = {MINE: user.pk, ALL: None}.get(self.whose, typed.row_id(self.whose) or None)
        return Scope(person_id=person, account_ids=self._accounts(user))

    def _accounts(self, user: User) -> frozenset[int] | None:
        if self.account is not None:
            return frozenset({self.account.pk})
        if not self.find:
            return None
        found = Account.objects.visible_to(user).filter(name__icontains=self.find)
        return frozenset(found.order_by("name").values_list("pk", flat=True)[:MOST_FOUND])

    @property
    def shown(self) -> Shown:
        """Which of the entries read are drawn."""
        return Shown(kind=cast("Kind", self.kind) if self.kind else None, side=self.side, play_id=self.play)


FIRST: Final = date(2000, 1, 1)
LAST: Final = date(2100, 12, 31)


def asked_from(request: HttpRequest, *, today: date) -> Asked:
    """Of the query, read with care. `month=2026-11` and `day=2026-11-22` are read, too."""
    query, user = request.GET, reader(request)
    named = typed.row_id(query.get("account", ""))
    account = Account.objects.visible_to(user).filter(pk=named).first() if named else None
    day = day_of(query.get("day", ""))
    whose = query.get("whose", "")
    if whose not in (MINE, ALL) and not typed.row_id(whose):
        whose = ALL if account is not None or user.role in NOBODYS_OWN else MINE
    view = query.get("view", "")
    return Asked(
        view="day" if day is not None else view if view in VIEWS else "month",
        on=day or day_of(query.get("on", "")) or day_of(f"{query.get('month', '')}-01") or today,
        whose=whose,
        kind=query["kind"] if query.get("kind") in KINDS else "",
        side=query["side"] if query.get("side") in Side.values else "",
        play=typed.row_id(query.get("play", "")) or None,
        account=account,
        find=query.get("q", "").strip()[:80],
    )


def people_to_choose() -> list[tuple[str, str]]:
    """Whose calendar one may look at: everybody who can owe something."""
    rows = User.objects.here().filter(role__in=OWE)
    return [(str(one.pk), str(one)) for one in rows.only("name", "email")]


def day_of(text: str) -> date | None:
    """A day of this century, or None."""
    try:
        found = parse_date(text)
    except ValueError:
        return None
    return found if found is not None and FIRST <= found <= LAST else None
