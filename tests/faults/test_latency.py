"""How long from the put to the handler at 50 a second, healthy: a hint arrives in milliseconds, not at the
next tick.
"""

from __future__ import annotations

import pytest

from tests.faults.installation import SLACK, Installation

pytestmark = pytest.mark.fault


def test_work_is_taken_up_in_milliseconds(installation: Installation, scale: float) -> None:
    """From before the commit of the put (so an upper bound) to inside the handler's transaction."""
    count = int(150 * scale)
    installation.worker("fast", pool="prefork", lanes="ingest,react,tick")
    installation.worker("slow", pool="solo", lanes="deliver,bulk")
    installation.ticker("ticker")
    installation.producer(10, 5).wait(30 * SLACK)
    installation.until(installation.is_quiet, seconds=20, what="the first ones, which start everything")
    installation.clean()
    assert installation.producer(count, 50).wait(60 * scale * SLACK) == 0, installation.log("producer")
    installation.until(installation.is_quiet, seconds=20, what="the chains")
    (((p50, p95, p99, longest),),) = installation.sql(
        "SELECT percentile_disc(ARRAY[0.5, 0.95, 0.99, 1])"
        " WITHIN GROUP (ORDER BY extract(epoch FROM e.at - s.at) * 1000)"
        " FROM signal_in s JOIN effect e ON e.chain = s.chain AND e.step = 'evaluate'"
    )
    print(f"put to handler at 50/s: p50 {p50:.1f}, p95 {p95:.1f}, p99 {p99:.1f}, longest {longest:.1f} ms")
    ((late,),) = installation.sql(
        "SELECT percentile_disc(0.99) WITHIN GROUP (ORDER BY extract(epoch FROM t.at - e.at) - 0.5)"
        " FROM effect e JOIN effect t ON t.chain = e.chain AND e.step = 'enroll' AND t.step = 'step2'"
    )
    print(f"timers late: p99 {late:.2f} s")
    assert p50 < 200, "a nudge should bring it, not the tick"
    assert late < 5
