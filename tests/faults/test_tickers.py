"""None, two or five tickers, and beats besides: every slot starts once, and any one of them is enough."""

from __future__ import annotations

import time

import pytest

from tests.faults.installation import Installation

pytestmark = pytest.mark.fault


def slots(installation: Installation) -> tuple[int, int, int]:
    """(slots started, effects, distinct effects by second of start)."""
    ((started,),) = installation.sql("SELECT count(*) FROM work_periodicrun WHERE name = 'test.slot'")
    ((left,),) = installation.sql("SELECT count(*) FROM work_workitem WHERE kind = 'work.periodic.react'")
    ((effects,),) = installation.sql("SELECT count(*) FROM slot_effect")
    return started, left, effects


def test_any_number_of_tickers_start_each_slot_once(installation: Installation) -> None:
    installation.worker("worker")
    time.sleep(2)
    assert slots(installation) == (0, 0, 0), "without a ticker no slot starts, and nothing breaks"
    for number in range(4):
        installation.ticker(f"ticker{number}")
    installation.beat()
    installation.until(lambda: slots(installation)[0] >= 3, seconds=20, what="the first slots")
    for name in ("ticker0", "ticker1", "beat", "ticker3"):
        installation.kill(name)
    before = slots(installation)[0]
    installation.until(lambda: slots(installation)[0] >= before + 2, seconds=10, what="slots from one ticker")
    installation.kill("ticker2")
    installation.until(lambda: slots(installation)[1] == 0, seconds=10, what="the end of the last slot")
    started, _, effects = slots(installation)
    # `work.audit` shares the lane and its kind, and leaves no effect here.
    assert effects == started
    ((span,),) = installation.sql(
        "SELECT extract(epoch FROM max(slot) - min(slot))::int / 2 + 1 FROM work_periodicrun WHERE name = 'test.slot'"
    )
    assert span - started <= 1, "a slot is missed only where the last but one ticker was killed"
