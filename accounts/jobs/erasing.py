"""The background edge of erasures."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from abmops.lib.erasing import Person
from abmops.work import kinds
from abmops.work.models import WorkItem
from accounts.services.erasing.asking import KIND, go_through


def forget_person(items: Sequence[WorkItem], now: datetime) -> None:
    """Go through every table for each person."""
    for item in items:
        if item.subject_id is not None:
            person = Person.of_payload(item.payload["person"])
            go_through(erasure_id=item.subject_id, person=person, number=item.payload["pass"], now=now)


def register() -> None:
    """Tell the work list: one person at a time, and tried for a day before a person is asked."""
    kinds.register(
        kinds.Kind(KIND, "bulk", forget_person, batch=1, max_attempts=100, lease=timedelta(minutes=5))
    )
