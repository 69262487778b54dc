"""What is in force is read once, and again as soon as a row of it is another one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.db import transaction

from signals.models import BotPattern, SignalType, Source, Threshold, ThresholdVersion
from signals.selectors import book
from signals.services.starter import install_starter_catalogue

pytestmark = pytest.mark.django_db


def _bot() -> None:
    BotPattern.objects.create(kind=BotPattern.Kind.USER_AGENT, pattern="crawls-a-lot")


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda: SignalType.objects.update(points=77), id="a type"),
        pytest.param(lambda: Source.objects.update(weight=0.5), id="a source"),
        pytest.param(lambda: Threshold.objects.update(status="paused"), id="a threshold"),
        pytest.param(lambda: Threshold.objects.order_by("pk")[:1].get().delete(), id="one threshold fewer"),
        pytest.param(lambda: ThresholdVersion.objects.update(rearm_days=99), id="a version"),
        pytest.param(_bot, id="a machine more"),
    ],
)
def test_whoever_changes_a_row_is_seen_by_the_next_batch(change: Callable[[], object], now: datetime) -> None:
    install_starter_catalogue(owner=None, now=now)
    Source.objects.create(slug="s", name="S", kind="product", write_key_hash="x")
    first = book()
    assert book() is first
    with transaction.atomic():
        change()
        changed = book()
        assert changed is not first
        transaction.set_rollback(True)
    assert book() is not changed


def test_settings_of_the_score_are_part_of_it(now: datetime, settings: Any) -> None:
    install_starter_catalogue(owner=None, now=now)
    assert book().scoring.k != 17
    settings.SCORE_K = 17.0
    assert book().scoring.k == 17
