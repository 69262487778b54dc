"""The sample's bursts: of whatever accounts its minute has left, so that no first start ends in the middle."""

from __future__ import annotations

import pytest

from abmops.sample import bursts
from plays.models import Burst
from tests.plays.make import NOW, a_user, an_account

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("phase", "lifecycle", "found"),
    [
        ("awareness", "prospect", 3),
        ("engagement", "prospect", 3),
        ("active", "prospect", 2),
        ("awareness", "customer", 0),
    ],
)
def test_a_burst_without_an_account_is_left_out(phase: str, lifecycle: str, found: int) -> None:
    marketer = a_user(role="marketer", job="")
    an_account(tier=1, phase=phase, lifecycle=lifecycle)
    bursts.write({"m": marketer}, end=NOW)
    assert Burst.objects.count() == found
