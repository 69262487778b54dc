"""Telling people: a notice each, once; and at once by e-mail or Slack where that is how they want this kind.

What does not go at once waits for the person's digest (`services.notice.digests`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import transaction

from abmops.lib.notices import Told
from accounts.models import User
from plays.domain import outgoing
from plays.domain.hours import zone_named
from plays.domain.notifying import EMAIL, SLACK, Wishes
from plays.models import Delivery, Endpoint, Notice, NoticeWishes
from plays.services.outbox.publishing import mail_endpoint, put_deliveries
from plays.surfaces import named

LONGEST = 400


@transaction.atomic
def tell(*, user_ids: Collection[int], kind: str, subject: str, text: str, url: str, now: datetime) -> None:
    """Tell people `text` once a (person, kind, subject), in the caller's transaction; see `tell_all`."""
    tell_all(
        notices=[
            Notice(user_id=pk, kind=kind, subject=subject, text=text, url=url, at=now)
            for pk in sorted(set(user_ids))
        ],
        now=now,
    )


@transaction.atomic
def tell_all(*, notices: Sequence[Notice], now: datetime) -> None:
    """Store notices and send at once what their people want at once; a fixed number of statements.

    Who was told of the same (kind, subject) already is not told again.
    """
    if not notices:
        return
    for notice in notices:
        notice.text, notice.at = notice.text[:LONGEST], now
    Notice.objects.bulk_create(notices, ignore_conflicts=True)
    users = {notice.user_id for notice in notices}
    fresh = Notice.objects.filter(user__in=users, at=now, subject__in={notice.subject for notice in notices})
    wishes = wishes_of(users)
    instant = [
        (notice, way)
        for notice in fresh
        if (one := wishes.get(notice.user_id)) is not None
        and (way := one.way_of(notice.kind)) in (EMAIL, SLACK)
    ]
    if instant:
        _send(instant, wishes, now=now)


def wishes_of(user_ids: Collection[int]) -> dict[int, Wishes]:
    """How each of these people wants to be told; people who are no longer here are left out."""
    rows = {row.user_id: row for row in NoticeWishes.objects.filter(user__in=user_ids)}
    people = User.objects.filter(pk__in=user_ids, is_active=True).values_list("pk", "time_zone")
    found = {}
    for pk, zone in people:
        row = rows.get(pk)
        found[pk] = row.as_wishes(zone_named(zone)) if row else Wishes(zone=zone_named(zone), ways={})
    return found


def way_out(way: str, *, now: datetime) -> Endpoint | None:
    """The endpoint by which people are reached this way; None where there is none: then it is only in the program."""
    if way == EMAIL:
        if named("email").problem():
            return None
        mail = mail_endpoint(now=now)
        return mail if mail.is_active else None
    if way == SLACK:
        return Endpoint.objects.active().filter(surface=Endpoint.Surface.SLACK_BOT).order_by("pk").first()
    return None


def _send(instant: Sequence[tuple[Notice, str]], wishes: dict[int, Wishes], *, now: datetime) -> None:
    members = set(
        NoticeWishes.objects.filter(user__in=wishes).exclude(slack_member="").values_list("user", flat=True)
    )
    outs = {way: way_out(way, now=now) for way in {way for _, way in instant}}
    deliveries = []
    for notice, wanted in instant:
        way = wanted
        if way == SLACK and (notice.user_id not in members or outs[SLACK] is None):
            way = EMAIL
            outs.setdefault(EMAIL, way_out(EMAIL, now=now))
        endpoint = outs[way]
        if endpoint is None:
            continue
        deliveries.append(
            Delivery(
                endpoint=endpoint,
                key=f"notice:{notice.pk}",
                type=outgoing.NOTICE,
                user_id=notice.user_id,
                body={"subject": notice.text[:150], "text": notice.text, "url": notice.link},
                next_at=wishes[notice.user_id].speaks_at(now),
                put_at=now,
            )
        )
    put_deliveries(deliveries, now=now)


def deliver(user_ids: Sequence[int], told: Told, now: datetime) -> None:
    """What lower apps tell, by `abmops.lib.notices`."""
    tell(user_ids=user_ids, kind=told.kind, subject=told.subject, text=told.text, url=told.url, now=now)


@transaction.atomic
def settle(kind: str, subject: str, now: datetime) -> None:
    """Count what was told of it as read."""
    Notice.objects.about(subject).unread().filter(kind=kind).update(read_at=now)
