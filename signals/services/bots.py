"""What machines sent, counted and kept where a person sees it; and RevOps' own list of machines."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from abmops.lib.errors import Conflict, FieldErrors
from accounts.models import User
from signals.domain import bots
from signals.models import BotPattern, RejectedEvent

if TYPE_CHECKING:
    from signals.services.detect.arrivals import SetAside

LEAST_TEXT = 4
"""A shorter text is part of every browser's user agent sooner or later."""
WIDEST = {4: 8, 6: 16}
"""The shortest prefix of a network: a wider one is a slip of the pen that silences half the internet."""
EVERYBODY = (
    "mozilla",
    "chrome",
    "safari",
    "firefox",
    "applewebkit",
    "gecko",
    "windows nt",
    "macintosh",
    "version/",
)


def dedup_key(source_id: int, name: str, received_at: datetime) -> str:
    """One row for each source, machine and day."""
    digest = hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:24]
    return f"bot:{source_id}:{digest}:{received_at:%Y%m%d}"


def reason(machine: bots.Machine, times: int = 1) -> str:
    """In words; the count comes first and is brought up to date in place."""
    return f"{_events(times)} from {machine.name} on this day left out: {machine.why}."


def _events(times: int) -> str:
    return f"{times} event{'' if times == 1 else 's'}"


def count(asides: Iterable[SetAside]) -> list[SetAside]:
    """Add what machines sent to their rows of the day; returns what else was set aside. Rows in the order of their
    keys, so that two workers never wait in a ring."""
    others: list[SetAside] = []
    seen: dict[str, list[SetAside]] = {}
    for aside in asides:
        if aside.code == RejectedEvent.Code.BOT:
            seen.setdefault(aside.dedup_key, []).append(aside)
        else:
            others.append(aside)
    if seen:
        rows = [(replace(seen[key][0], reason=_of_many(seen[key])), len(seen[key])) for key in sorted(seen)]
        columns: tuple[list[Any], ...] = (
            [row.source_id for row, _ in rows],
            [row.reason for row, _ in rows],
            [row.message_id[:200] for row, _ in rows],
            [row.excerpt.replace("\0", "") for row, _ in rows],
            [row.dedup_key[:80] for row, _ in rows],
            [times for _, times in rows],
            [row.received_at for row, _ in rows],
        )
        with connection.cursor() as cursor:
            cursor.execute(_COUNT, columns)
    return others


def _of_many(asides: list[SetAside]) -> str:
    return asides[0].reason.replace(_events(1), _events(len(asides)), 1)


_COUNT = r"""
INSERT INTO signals_rejectedevent AS r
  (source_id, code, pointer, reason, message_id, excerpt, dedup_key, times, received_at)
SELECT source_id, 'bot', '', reason, message_id, excerpt, dedup_key, times, received_at
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[], %s::int[], %s::timestamptz[])
  AS t(source_id, reason, message_id, excerpt, dedup_key, times, received_at)
ON CONFLICT (dedup_key) DO UPDATE SET
  times = r.times + excluded.times,
  received_at = greatest(r.received_at, excluded.received_at),
  reason = regexp_replace(r.reason, '^\d+ events?', (r.times + excluded.times) || ' events')
"""


@transaction.atomic
def add_pattern(*, kind: str, pattern: str, note: str, by: User | None) -> BotPattern:
    """Put a machine on the list. What it sent before stays; FieldErrors where the pattern would hit everybody."""
    text = checked(kind, pattern)
    row, is_new = BotPattern.objects.get_or_create(
        kind=kind, pattern=text, defaults={"note": note.strip(), "created_by": by}
    )
    if not is_new and row.is_active:
        raise Conflict(f"“{text}” is on the list already.")
    if not is_new:
        row.is_active = True
        row.note = note.strip() or row.note
        row.save(update_fields=["is_active", "note"])
    return row


def switch(*, pattern: BotPattern, is_active: bool) -> None:
    """Let a line of the list count, or not. What was left out meanwhile is not taken in again."""
    BotPattern.objects.filter(pk=pattern.pk).update(is_active=is_active)


def checked(kind: str, pattern: str) -> str:
    """The pattern as it is stored, or FieldErrors."""
    text = pattern.strip()
    if kind == BotPattern.Kind.NETWORK:
        network = bots.read_network(text)
        if network is None:
            raise FieldErrors.one("/pattern", "Write a network such as 192.0.2.0/24, or one address.")
        if network.prefixlen < WIDEST[network.version]:
            raise FieldErrors.one(
                "/pattern", f"{network} is too wide: it would leave out a large part of the internet."
            )
        return str(network)
    if len(text) < LEAST_TEXT or len(text) > 200:
        raise FieldErrors.one("/pattern", f"Write {LEAST_TEXT} to 200 characters of the user agent.")
    if any(text.casefold() in common or text.casefold() == common for common in EVERYBODY):
        raise FieldErrors.one(
            "/pattern", f"Every browser says “{text}”. Write what only this machine says of itself."
        )
    return text
