"""The Scoreboard page, the accounts behind a number, and their CSV."""

from collections.abc import Iterator
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from abmops.ui.access import page
from abmops.ui.csvs import csv_answer
from accounts.models import Account
from accounts.views.people import reader
from scoreboard.domain import registry
from scoreboard.domain.catalogue import NUMBERS, Unit
from scoreboard.domain.figures import MISSING, NUMERATOR, Figure
from scoreboard.selectors.book import Book, read_bands, read_book
from scoreboard.selectors.crossings import URGENCIES
from scoreboard.selectors.opened import PARTS, Opened, Part, counts_money, open_number
from scoreboard.selectors.trend import read_trend
from scoreboard.selectors.yields import play_yields
from scoreboard.views import asking, board, tables, words

PAGE_SIZE = 50


@page()
def scoreboard(request: HttpRequest) -> HttpResponse:
    """Every number as of a moment, what is out of band first."""
    now = timezone.now()
    asked = asking.read(request.GET, now)
    book = read_book(asked.at, asked.scope)
    desk = board.Desk(book, read_trend(asked.at, board.FIGURES), asked)
    own, others = tables.sides(desk)
    context = {
        "now": now,
        "asked": asked,
        "menus": asking.menus(asked),
        "book": book,
        "summary": board.summary(book),
        "blocks": board.blocks(desk),
        "comparison": tables.comparison(desk),
        "is_chance": tables.is_chance(desk),
        "own": own,
        "others": others,
        "waiting": tables.still_waiting(desk),
        "yields": tables.yields(play_yields(asked.at, asked.scope)),
        "instruments": tables.instruments(desk),
    }
    return render(request, "scoreboard/page.html", context)


@page()
def number(request: HttpRequest, key: str) -> HttpResponse:
    """The accounts in a number, or those missing from it."""
    now = timezone.now()
    asked, urgency, part = _asked(request, key, now)
    parts = open_number(key, asked.at, asked.scope, urgency=urgency)
    opened = parts[part]
    found = Account.objects.visible_to(reader(request)).filter(pk__in=opened.accounts.keys())
    shown = Paginator(found.select_related("owner").order_by("name", "id"), PAGE_SIZE).get_page(
        request.GET.get("page")
    )
    figure = _figure(key, asked, urgency)
    tier = asked.scope.tier
    context = {
        "now": now,
        "asked": asked,
        "key": key,
        "number": NUMBERS[key],
        "title": board.title_of(f"{key}:{urgency}" if urgency else key),
        "value": _said(key, figure),
        "sentence": _sentence(key, part, opened),
        "part": part,
        "tier": tier,
        "tabs": [
            (name, label, _link(asked, key, name, urgency), len(parts[name].accounts))
            for name, label in ((NUMERATOR, "Counted"), (MISSING, "Missing"))
        ],
        "tiers": [(each, _link(asked, key, part, urgency, tier=each)) for each in (None, 1, 2, 3)],
        "csv": _link(asked, key, part, urgency, name="scoreboard:csv", tier=tier),
        "page": shown,
        "rows": [
            (account, opened.accounts[account.pk], _amount(key, opened.accounts[account.pk]))
            for account in shown
        ],
        "counts": NUMBERS[key].noun != "accounts",
        "has_values": any(row.value is not None for row in opened.accounts.values()),
        "has_moments": any(row.at is not None for row in opened.accounts.values()),
        "without_account": opened.without_account,
    }
    return render(request, "scoreboard/number.html", context)


@page()
def number_csv(request: HttpRequest, key: str) -> HttpResponseBase:
    """The same accounts as a spreadsheet."""
    now = timezone.now()
    asked, urgency, part = _asked(request, key, now)
    opened = open_number(key, asked.at, asked.scope, urgency=urgency)[part]
    found = Account.objects.visible_to(reader(request)).filter(pk__in=opened.accounts.keys())

    def lines() -> Iterator[list[Any]]:
        for account in found.select_related("owner").order_by("name", "id"):
            row = opened.accounts[account.pk]
            owner = account.owner.email if account.owner else ""
            at = row.at.isoformat(timespec="seconds") if row.at else ""
            yield [account.name, account.domain, row.tier, owner, row.many, row.value, at]

    header = ["account", "domain", "tier", "owner", NUMBERS[key].noun, NUMBERS[key].unit.value, "at"]
    return csv_answer(f"{key}-{part}-{asked.day}", header, lines())


def _asked(request: HttpRequest, key: str, now: Any) -> tuple[asking.Asked, str, str]:
    if key not in NUMBERS:
        raise Http404(f"There is no number {key}.")
    urgency, part = request.GET.get("urgency", ""), request.GET.get("part", NUMERATOR)
    return (
        asking.read(request.GET, now),
        urgency if urgency in URGENCIES else "",
        part if part in PARTS else NUMERATOR,
    )


def _link(
    asked: asking.Asked,
    key: str,
    part: str,
    urgency: str,
    *,
    name: str = "scoreboard:number",
    tier: int | None = None,
) -> str:
    chosen = tier if tier is not None or name != "scoreboard:number" else None
    return asked.link(name, key, part=part, urgency=urgency, tier=chosen)


def _figure(key: str, asked: asking.Asked, urgency: str) -> Figure:
    figures = registry.source_of(key).figures(asked.at, asked.scope)
    book = Book(asked.at, asked.scope, 0, figures, read_bands())
    return book.figure(f"{key}:{urgency}" if urgency else key)


def _said(key: str, figure: Figure) -> str:
    unit = NUMBERS[key].unit
    longest = figure.notes.get("longer_than")
    return f"over {words.say(longest, unit)}" if longest is not None else words.say(figure.value, unit)


def _sentence(key: str, part: str, opened: Part) -> str:
    number, count = NUMBERS[key], len(opened.accounts)
    noun = "1 account that" if count == 1 else f"{count:,} accounts that"
    return f"{noun} {number.has if part == NUMERATOR else number.lacks}."


def _amount(key: str, row: Opened) -> str:
    """An account's value in words, where the number has one for it."""
    if row.value is None:
        return ""
    if counts_money(key):
        return words.money(row.value)
    unit = NUMBERS[key].unit
    if key == "answered_within_sla":
        unit = Unit.HOURS
    return f"{row.value} contacts" if unit is Unit.SHARE else words.say(row.value, unit)
