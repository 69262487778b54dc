"""Notices that lower apps give: kept with those of plays, once a person, kind and subject."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from abmops.lib.notices import Told
from plays.models import Notice

LONGEST = 400


@transaction.atomic
def deliver(user_ids: Sequence[int], told: Told, now: datetime) -> None:
    """Store what is told, a row a person; who was told of it already is not told again."""
    Notice.objects.bulk_create(
        [
            Notice(
                user_id=user_id,
                kind=told.kind,
                subject=told.subject,
                text=told.text[:LONGEST],
                url=told.url,
                at=now,
            )
            for user_id in user_ids
        ],
        ignore_conflicts=True,
    )


@transaction.atomic
def settle(kind: str, subject: str, now: datetime) -> None:
    """Count what was told of it as read."""
    Notice.objects.about(subject).unread().filter(kind=kind).update(read_at=now)
