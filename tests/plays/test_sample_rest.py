"""The sample has an account at rest, so that a stranger sees what a pause looks like."""

from __future__ import annotations

import pytest

from abmops.sample import rests
from plays.models import Pause, Task
from plays.services.decision.deciding import decide_crossings
from tests.plays.make import CALL, NOW, a_crossing, a_play, a_user, an_account

pytestmark = pytest.mark.django_db


def test_one_account_rests_for_a_reason() -> None:
    rep = a_user()
    a_play(steps=[CALL])
    accounts = [an_account(owner=rep, name=name) for name in ("Zeltin", "Ferrow")]
    decide_crossings(crossing_ids=[a_crossing(account).pk for account in accounts], now=NOW)
    rests.write({rep.email: rep}, end=NOW)
    pause = Pause.objects.get()
    assert (pause.account, pause.by, pause.reason) == (accounts[1], rep, rests.REASON)
    assert pause.until is not None
    assert pause.until > NOW
    assert set(Task.objects.filter(stopped_at__isnull=False).values_list("account__name", flat=True)) == {
        "Ferrow"
    }


def test_where_nobody_owes_anything_nothing_rests() -> None:
    rests.write({}, end=NOW)
    assert not Pause.objects.exists()
