"""The background edge of list drift."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from abmops.work import kinds
from abmops.work.models import WorkItem
from accounts.services import sidecar_file
from accounts.services.sidecar_file import KIND_OF_WORK

log = logging.getLogger(__name__)
TRIES = 4


def read(items: Sequence[WorkItem], now: datetime) -> None:
    """Read each file. What fails time and again ends the reading where a person sees it."""
    for item in items:
        if item.subject_id is None:
            continue
        try:
            with transaction.atomic():
                sidecar_file.read_file(import_id=item.subject_id, now=now)
        except Exception:
            if item.attempts < TRIES:
                raise
            log.exception("The file of import %s could not be read as a system's.", item.subject_id)
            sidecar_file.give_up(import_id=item.subject_id, now=now)


def register() -> None:
    """Tell the work list: one file at a time, which is some seconds of work."""
    kinds.register(
        kinds.Kind(
            KIND_OF_WORK, "bulk", read, batch=1, max_attempts=TRIES, lease=timedelta(minutes=2), coalesce=True
        )
    )
