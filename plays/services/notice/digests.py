"""The daily digest: one message a person with what is new since the last, at their hour, never empty, never twice."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import Min, Q

from abmops.work import crash
from accounts.models import Account, User
from plays.domain import outgoing
from plays.domain.hours import zone_named
from plays.domain.notifying import DIGEST, EMAIL, SLACK, Wishes
from plays.models import Delivery, Endpoint, Notice, NoticeWishes
from plays.services.notice.telling import way_out
from plays.services.outbox.addressing import absolute
from plays.services.outbox.publishing import put_deliveries

LOOKED_BACK: Final = timedelta(days=7)
"""Older notices are in no digest: whoever was away for longer reads the list."""
MOST_LINES: Final = 60
_ACCOUNT: Final = re.compile(r"^/accounts/(\d{1,18})/")


@transaction.atomic
def put_digests(*, now: datetime) -> int:
    """Put the digest of everybody whose hour has come since their last; how many. Any number of clocks may ask at once.

    A digest has the unread notices up to the hour it is due. Whoever has none gets none, and waits for the next day.
    """
    people = _people_with_news(now)
    if not people:
        return 0
    NoticeWishes.objects.bulk_create(
        [NoticeWishes(user_id=pk) for pk in sorted(people)], ignore_conflicts=True
    )
    rows = list(
        NoticeWishes.objects.filter(user__in=people)
        .order_by("user")
        .select_for_update(of=("self",), skip_locked=True, no_key=True)
    )
    due: list[tuple[NoticeWishes, Wishes, datetime]] = []
    for row in rows:
        wishes = row.as_wishes(zone_named(people[row.user_id]))
        slot = wishes.digest_slot(now)
        if row.digested_at is None or row.digested_at < slot:
            due.append((row, wishes, slot))
    news = _news([(row.user_id, row.digested_at, slot) for row, _, slot in due], now=now)
    outs = {way: way_out(way, now=now) for way in (EMAIL, SLACK)} if due else {}
    deliveries: list[Delivery] = []
    for row, wishes, slot in due:
        found = [notice for notice in news.get(row.user_id, []) if wishes.way_of(notice.kind) == DIGEST]
        row.digested_at = slot
        endpoint = _out(row, outs)
        if found and endpoint is not None:
            deliveries.append(_digest(row, wishes, found, endpoint, slot, now=now))
    NoticeWishes.objects.bulk_update([row for row, _, _ in due], ["digested_at"])
    count = len(put_deliveries(_with_accounts(deliveries), now=now))
    crash.point("digest.before_commit")
    return count


def _people_with_news(now: datetime) -> dict[int, str]:
    """Active people with an unread notice of the last days that no digest has had, and their zones."""
    unread = Q(notices__read_at__isnull=True, notices__at__gt=now - LOOKED_BACK)
    rows = (
        User.objects.filter(unread, is_active=True)
        .annotate(first=Min("notices__at", filter=unread))
        .filter(Q(notice_wishes__isnull=True) | ~Q(notice_wishes__digest_way="none"))
        .values_list("pk", "time_zone")
    )
    return dict(rows)


def _news(
    due: Sequence[tuple[int, datetime | None, datetime]], *, now: datetime
) -> Mapping[int, list[Notice]]:
    found: dict[int, list[Notice]] = defaultdict(list)
    spans = {user: (since or now - LOOKED_BACK, until) for user, since, until in due}
    notices = Notice.objects.unread().filter(user__in=spans, at__gt=now - LOOKED_BACK, at__lte=now)
    for notice in notices.order_by("at", "pk"):
        since, until = spans[notice.user_id]
        if since < notice.at <= until:
            found[notice.user_id].append(notice)
    return found


def _out(row: NoticeWishes, outs: Mapping[str, Endpoint | None]) -> Endpoint | None:
    if row.digest_way == SLACK and row.slack_member and outs[SLACK] is not None:
        return outs[SLACK]
    return outs[EMAIL]


def _digest(
    row: NoticeWishes,
    wishes: Wishes,
    notices: Sequence[Notice],
    endpoint: Endpoint,
    slot: datetime,
    *,
    now: datetime,
) -> Delivery:
    many = len(notices)
    local = slot.astimezone(wishes.zone)
    return Delivery(
        endpoint=endpoint,
        key=f"digest:{row.user_id}:{local:%Y-%m-%d}",
        type=outgoing.DIGEST,
        user_id=row.user_id,
        body={
            "subject": f"{many} new in abmops" if many > 1 else notices[0].text[:150],
            "lines": [[notice.text, notice.url, notice.link] for notice in notices[:MOST_LINES]],
            "more": max(0, many - MOST_LINES),
            "url": "/notices/",
            "button": "See all notices",
        },
        next_at=now,
        put_at=now,
    )


def _with_accounts(deliveries: list[Delivery]) -> list[Delivery]:
    """Write the text of each digest, its lines grouped by account: one query for all names."""
    ids = {
        int(match[1])
        for delivery in deliveries
        for _, url, _ in delivery.body["lines"]
        if (match := _ACCOUNT.match(url))
    }
    names = dict(Account.objects.filter(pk__in=ids).values_list("pk", "name"))
    for delivery in deliveries:
        groups: dict[str, list[str]] = defaultdict(list)
        for text, url, link in delivery.body.pop("lines"):
            match = _ACCOUNT.match(url)
            name = names.get(int(match[1]), "") if match else ""
            groups[name].append(f"- {text}" + (f" {absolute(link)}" if link else ""))
        parts = [
            "\n".join([name or ("Everything else" if len(groups) > 1 else ""), *lines]).strip()
            for name, lines in sorted(groups.items(), key=lambda pair: (not pair[0], pair[0]))
        ]
        more = delivery.body.pop("more")
        if more:
            parts.append(f"And {more} more.")
        delivery.body["text"] = "\n\n".join(parts)
    return deliveries
