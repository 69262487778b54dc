"""What the addresses of the Target list ask for: days, tiers, sides, words, an order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta

from django.http import QueryDict
from django.utils import timezone
from django.utils.dateparse import parse_date

from abmops.lib.choices import TIERS
from abmops.ui.headings import Heading, heading

TIER_VALUES = tuple(str(tier) for tier, _ in TIERS)


def day_of(query: QueryDict, name: str, default: date) -> date:
    """A day of the query; the default where it is missing, none, or of no time that anybody counts in."""
    try:
        found = parse_date(query.get(name, ""))
    except ValueError:
        return default
    return found if found is not None and 1970 <= found.year < 9000 else default


def today(now: datetime) -> date:
    """The reader's day."""
    return timezone.localtime(now).date()


def end_of(day: date, now: datetime) -> datetime:
    """The last moment of a day in the reader's zone, and never one that is still to come."""
    following = datetime.combine(day + timedelta(days=1), time.min, timezone.get_current_timezone())
    return min(following - timedelta(microseconds=1), now)


def chosen(query: QueryDict, name: str, known: Sequence[str]) -> list[str]:
    """The values of a filter that are known."""
    return [value for value in query.getlist(name) if value in known]


def words(query: QueryDict) -> str:
    """What is searched for."""
    return query.get("q", "").strip()[:120]


def order_of(query: QueryDict, known: Mapping[str, str], default: str) -> str:
    """The order that is asked for, by its name and perhaps a minus before it."""
    asked = query.get("sort", default)
    return asked if asked.removeprefix("-") in known else default


def headings(
    query: QueryDict, columns: Sequence[tuple[str, str]], known: Mapping[str, str], sort: str
) -> list[Heading]:
    """The headings of a table; those of `known` sort."""
    return [
        heading(name, title, query=query, sort=sort) if name in known else Heading(title)
        for name, title in columns
    ]
