"""`{% load queue %}`: what rows of a queue are drawn with, cheap enough for fifty of them."""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from urllib.parse import quote
from zoneinfo import ZoneInfo

from django import template
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from plays.domain.outcomes import outcomes_of
from plays.domain.zones import zones_of
from plays.models import Task

register = template.Library()

LONGEST_LINK = 1_500
"""Mail programs cut longer links."""


@register.simple_tag
def outcome_buttons(channel: str) -> SafeString:
    """A button for each way a task of this channel can go, with the key that presses it; the same for every row."""
    return _buttons(channel)


@lru_cache
def _buttons(channel: str) -> SafeString:
    return format_html_join(
        "",
        '<button class="link-btn" type="submit" name="outcome" value="{}"{}>{} <kbd>{}</kbd></button>',
        (
            (one.key, SafeString(' data-menu="meeting-menu"') if one.asks_when else "", one.label, number)
            for number, one in enumerate(outcomes_of(channel), start=1)
        ),
    )


@register.filter
def is_late(task: Task, now: datetime) -> bool:
    """Whether it is owed past its due time while its clock runs."""
    return task.is_late(now)


@register.filter
def dialled(phone: str) -> str:
    """A number as a telephone takes it: digits and a leading plus."""
    return re.sub(r"[^\d+#*,;]", "", phone)


@register.simple_tag
def mail_to(task: Task) -> str:
    """The address with the step's text as the letter, where the task is to write one."""
    contact = task.contact
    if contact is None or not contact.email:
        return ""
    address = f"mailto:{quote(contact.email, safe='@+')}"
    if task.channel != "email" or not task.instructions:
        return address
    return f"{address}?body={quote(task.instructions[:LONGEST_LINK])}"


@register.simple_tag
def local_time(country: str, now: datetime) -> str:
    """`10:33`, or `04:33 to 10:33` in a country of several zones; empty where the country is not known."""
    clocks = sorted({f"{now.astimezone(_zone(name)):%H:%M}" for name in zones_of(country)})
    return f"{clocks[0]} to {clocks[-1]}" if len(clocks) > 1 else "".join(clocks)


@lru_cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)
