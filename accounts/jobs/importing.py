"""The background edge of imports."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import DatabaseError, transaction

from abmops.work import kinds
from abmops.work.models import WorkItem
from accounts.services import importing
from accounts.services.importing.steps import KIND_OF_WORK

log = logging.getLogger(__name__)
TRIES = 4


def go_on(items: Sequence[WorkItem], now: datetime) -> None:
    """Do the next piece of each import. What fails time and again ends the import where a person sees it."""
    for item in items:
        if item.subject_id is None:
            continue
        try:
            with transaction.atomic():
                importing.step(import_id=item.subject_id, now=now)
        except DatabaseError:
            raise
        except Exception:
            if item.attempts < TRIES:
                raise
            log.exception("Import %s has been given up.", item.subject_id)
            importing.give_up(import_id=item.subject_id, now=now)


def drop_files(now: datetime) -> None:
    """Drop the files of old imports."""
    importing.drop_old_files(now=now)


# One piece at a time: a piece is seconds of work, and no two pieces of one import run side by side.
IMPORT = kinds.Kind(
    KIND_OF_WORK, "bulk", go_on, batch=1, max_attempts=TRIES, lease=timedelta(minutes=2), coalesce=True
)
