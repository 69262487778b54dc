"""`{% load ui %}`: times, money, shares, tiers and small pictures, said the same way on every page."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django import template
from django.contrib.messages.storage.base import Message
from django.core.paginator import Page
from django.template.context import Context
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from abmops.lib import panels
from abmops.ui import drawings, figures, moments
from abmops.ui.toasts import UNDO

register = template.Library()

TIER_NAMES = {1: "Tier 1", 2: "Tier 2", 3: "Tier 3"}
NOT_ON_LIST = "Not on the list"
SOON_SECONDS = 3600


def _now(context: Context) -> datetime:
    """The page's `now`; a fragment rendered without one asks the clock here, at the edge."""
    now = context.get("now")
    return now if isinstance(now, datetime) else timezone.now()


def _stamp(moment: datetime, words: str) -> SafeString:
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        moment.isoformat(timespec="seconds"),
        moments.exact(moment, zone=timezone.get_current_timezone()),
        words,
    )


@register.simple_tag(takes_context=True)
def ago(context: Context, moment: datetime | None, never: str = "never") -> SafeString | str:
    """`6 days ago`, `in 47 min`, `12 January`; the exact time on hover."""
    if moment is None:
        return never
    return _stamp(moment, moments.relative(moment, now=_now(context), zone=timezone.get_current_timezone()))


@register.simple_tag(takes_context=True)
def ago_short(context: Context, moment: datetime | None, never: str = "never") -> SafeString | str:
    """`6 d`, `today`: for a column."""
    if moment is None:
        return never
    return _stamp(moment, moments.short(moment, now=_now(context), zone=timezone.get_current_timezone()))


@register.simple_tag(takes_context=True)
def on_day(context: Context, moment: datetime | None, never: str = "never") -> SafeString | str:
    """`12 January`: the day in the reader's zone."""
    if moment is None:
        return never
    return _stamp(moment, moments.date_words(moment, now=_now(context), zone=timezone.get_current_timezone()))


@register.simple_tag
def at_time(moment: datetime) -> SafeString:
    """`07:20`: the time of day in the reader's zone."""
    return _stamp(moment, f"{moment.astimezone(timezone.get_current_timezone()):%H:%M}")


@register.simple_tag
def short_date(moment: datetime) -> SafeString:
    """`8 Mar`: the day in a narrow column."""
    return _stamp(moment, moments.short_date(moment, zone=timezone.get_current_timezone()))


@register.simple_tag(takes_context=True)
def due(context: Context, moment: datetime) -> SafeString:
    """`11:20`, `Wed 12:00`, `19 March, 12:00`."""
    return _stamp(moment, moments.due_words(moment, now=_now(context), zone=timezone.get_current_timezone()))


@register.simple_tag(takes_context=True)
def clock(context: Context, moment: datetime | None) -> SafeString:
    """The clock of a task: what is left of today, else the day, and when it is due; `soon` in the last hour, `late`
    after it. Hours of another day are not counted down: most of them are nobody's working hours.
    """
    if moment is None:
        return format_html('<p class="clock">{}</p>', "No due time")
    now, zone = _now(context), timezone.get_current_timezone()
    late, left = moment < now, abs(moment - now)
    today = now.astimezone(zone).date() == moment.astimezone(zone).date()
    soon = not late and left.total_seconds() < SOON_SECONDS
    by_clock = late or soon or (today and left.total_seconds() < 12 * SOON_SECONDS)
    words = moments.span(left) if by_clock else moments.relative(moment, now=now, zone=zone).capitalize()
    state, note = (" late", "late, due ") if late else (" soon", "left, due ") if soon else ("", "due ")
    return format_html(
        '<p class="clock{}">{} <small>{}{}</small></p>',
        state,
        words,
        note,
        _stamp(moment, moments.due_words(moment, now=now, zone=zone)),
    )


@register.filter
def money(amount: Decimal | int | str | None, currency: str) -> str:
    """`{{ amount|money:currency }}` gives `€186,000`."""
    return figures.money(amount, currency)


@register.filter
def money_short(amount: Decimal | int | str | None, currency: str) -> str:
    """`{{ revenue|money_short:currency }}` gives `€410 M`."""
    return figures.money_short(amount, currency)


@register.filter
def pct(share: float | Decimal | None, places: int = 0) -> str:
    """A share of one: `63%`; None is `no data`."""
    return figures.percent(share, places)


@register.filter
def commas(number: int | Decimal | None) -> str:
    """`2,400`; None is `no data`."""
    return figures.NO_DATA if number is None else figures.grouped(number)


@register.filter
def points(number: float | Decimal | None) -> str:
    """A score or share of points in whole points; None is `no data`."""
    return figures.NO_DATA if number is None else f"{float(number):.0f}"


@register.filter
def signed(change: float | Decimal | None) -> str:
    """A change in whole points: `up 12`, `down 3`, `even`; None is `no data`."""
    return figures.change(change)


@register.simple_tag
def tier(number: int | None, short: bool = False) -> SafeString:
    """The tier by ink weight; `short` shows the figure alone and keeps the word for a screen reader."""
    if number not in TIER_NAMES:
        if not short:
            return format_html('<span class="tier t3 off">{}</span>', NOT_ON_LIST)
        return format_html(
            '<span class="tier t3 off" title="{}"><span class="vh">{}</span>'
            '<span aria-hidden="true">\u2013</span></span>',
            NOT_ON_LIST,
            NOT_ON_LIST,
        )
    if short:
        return format_html('<span class="tier t{}"><span class="vh">Tier </span>{}</span>', number, number)
    return format_html('<span class="tier t{}">{}</span>', number, TIER_NAMES[number])


@register.simple_tag
def bar(part: float, whole: float = 100, kind: str = "intent") -> SafeString:
    """A share of a whole."""
    return drawings.bar(float(part), float(whole), kind)


@register.simple_tag
def column(part: float, whole: float) -> SafeString:
    """One of a row of columns; the highest is `whole`."""
    return drawings.column(float(part), float(whole))


@register.simple_tag
def score_bar(fit_points: float | None, intent_points: float | None, tall: bool = False) -> SafeString:
    """The score out of 100 as its two weighted parts."""
    return drawings.score_bar(float(fit_points or 0), float(intent_points or 0), tall=tall)


@register.simple_tag
def sparkline(values: Sequence[float], label: str) -> SafeString:
    """A trend; `label` says in words what it shows."""
    return drawings.sparkline(values, label=label)


@register.simple_tag
def pips(level: int | None) -> SafeString:
    """Influence 1 to 5 as dots."""
    return drawings.pips(level)


@register.filter
def at_key(mapping: Mapping[Any, Any], key: object) -> Any:
    """A value of a mapping by a key that the template holds; None where it has none."""
    return mapping.get(key)


@register.filter
def undo_url(message: Message) -> str:
    """The address that undoes what a toast says, or nothing."""
    tag = next((tag for tag in (message.extra_tags or "").split() if tag.startswith(UNDO)), "")
    return tag.removeprefix(UNDO)


@register.inclusion_tag("partials/pager.html", takes_context=True)
def pager(context: Context, page: "Page[Any]", noun: str = "rows") -> dict[str, Any]:
    """Which rows these are, and the pages before and after; keeps every other query parameter. `noun` is a plural."""
    if page.paginator.count == 1:
        noun = "person" if noun == "people" else noun.removesuffix("s")
    return {"page": page, "noun": noun, "request": context["request"]}


@register.inclusion_tag("partials/panels.html")
def panel_slot(slot: str, key: object = None) -> dict[str, Any]:
    """The panels that others registered for a page: loaded by htmx, a plain link without JavaScript.

    A page that is about no one row has no key, and its panels' addresses take none.
    """
    args = [] if key is None else [key]
    return {"panels": [(panel, reverse(panel.url_name, args=args)) for panel in panels.of(slot)]}


@register.inclusion_tag("partials/jumps.html")
def panel_jumps(slot: str) -> dict[str, Any]:
    """Links to the panels of a slot on the same page."""
    return {"panels": panels.of(slot)}
