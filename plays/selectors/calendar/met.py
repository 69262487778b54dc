"""Entries for meetings: those booked for these days, and those that have been."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.dateparse import parse_datetime

from abmops.lib.choices import Channel
from accounts.models import Account, AccountEvent, Touch, User
from plays.domain.calendar import Entry
from plays.domain.meeting import BOOKED_AHEAD, LASTS
from plays.selectors.calendar.planned import at_moment, of_account
from plays.selectors.calendar.scope import MOST, Scope, Span


def meetings(scope: Scope, span: Span, *, now: datetime, with_cancelled: bool) -> Iterator[Entry]:
    """Meetings that were booked for these days, and those logged as held."""
    booked = (
        AccountEvent.objects.standing()
        .filter(
            scope.accounts("account"),
            kind=AccountEvent.Kind.MEETING_BOOKED,
            at__gte=span.starts - BOOKED_AHEAD,
            at__lt=span.ends,
            payload__on__gte=(span.starts - timedelta(days=1)).isoformat()[:10],
            payload__on__lt=(span.ends + timedelta(days=2)).isoformat()[:10],
        )
        .select_related("account__owner")
        .order_by("pk")[:MOST]
    )
    for event in booked:
        at = parse_datetime(str(event.payload["on"]))
        is_off = bool(event.payload.get("off"))
        if at is not None and span.starts <= at < span.ends and (with_cancelled or not is_off):
            yield _meeting(event.pk, event.account, at, event.account.owner, span, now=now, is_off=is_off)
    held = (
        Touch.objects.filter(
            scope.accounts("account"),
            channel=Channel.MEETING,
            occurred_at__gte=span.starts,
            occurred_at__lt=span.ends,
        )
        .select_related("account__owner", "person")
        .order_by("pk")[:MOST]
    )
    for touch in held:
        at, who = touch.occurred_at, touch.person or touch.account.owner
        yield _meeting(-touch.pk, touch.account, at, who, span, now=now, subject=touch.subject)


def _meeting(
    pk: int,
    account: Account,
    at: datetime,
    owner: User | None,
    span: Span,
    *,
    now: datetime,
    subject: str = "",
    is_off: bool = False,
) -> Entry:
    is_ahead = not is_off and at + LASTS > now
    return Entry(
        kind="meeting",
        pk=pk,
        title=subject or f"Meeting with {account.name}",
        **at_moment(at, span),
        **of_account(account),
        channel=Channel.MEETING,
        side="sales",
        owner_id=owner.pk if owner else None,
        owner=str(owner or ""),
        url=reverse("plays:meeting", args=[pk]) if pk > 0 else reverse("plays:meeting_of_touch", args=[-pk]),
        note="Marketing rests here until it is over." if is_ahead else "",
        is_cancelled=is_off,
    )
