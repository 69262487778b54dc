"""The score's own settings as weights in force: written when they differ from what was said last."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from django.db import transaction

from signals.domain.score import Scoring
from signals.models import WeightInForce

_noted: Scoring | None = None


def note_scoring(scoring: Scoring, *, now: datetime) -> None:
    """Keep the settings of the score where they are news: one look a process, and one whenever they change."""
    if scoring != _noted:
        write_scoring(scoring, now=now)
        transaction.on_commit(lambda: _remember(scoring))


def _remember(scoring: Scoring) -> None:
    """Only what is committed is known: a batch that was rolled back is done again, and looks again."""
    global _noted
    _noted = scoring


@transaction.atomic
def write_scoring(scoring: Scoring, *, now: datetime) -> bool:
    """Keep the settings as in force from `now` on, unless they are so already; returns whether they were news."""
    kind = WeightInForce.Kind.SCORING
    said = WeightInForce.objects.filter(kind=kind, subject_id=0).order_by("valid_from", "id")
    last = said.last()
    if last is not None and last.values == asdict(scoring):
        return False
    WeightInForce.objects.create(kind=kind, subject_id=0, values=asdict(scoring), valid_from=now)
    return True
