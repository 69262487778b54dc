"""What must be true after any fault: every accepted signal had each effect, and had it once."""

from __future__ import annotations

from dataclasses import dataclass

from tests.faults.installation import Installation

STEPS = ("evaluate", "enroll", "step1", "step2")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the tables say: effects missing and repeated inside, webhooks missing and repeated outside."""

    accepted: int
    missing: int
    repeated: int
    webhooks_missing: int
    webhooks_repeated: int


def judge(installation: Installation, accepted: int) -> Verdict:
    """Compare what was accepted with what came of it."""
    rows = installation.sql("SELECT step, count(*), count(DISTINCT chain) FROM effect GROUP BY step")
    counts = {step: (total, distinct) for step, total, distinct in rows}
    inside = [counts.get(step, (0, 0)) for step in STEPS]
    sent, reached = counts.get("webhook", (0, 0))
    return Verdict(
        accepted=accepted,
        missing=sum(accepted - distinct for _, distinct in inside),
        repeated=sum(total - distinct for total, distinct in inside),
        webhooks_missing=accepted - reached,
        webhooks_repeated=sent - reached,
    )


def assert_exactly_once(installation: Installation, accepted: int) -> None:
    """Inside: once. Outside: at least once, and not more often again than something was killed."""
    verdict = judge(installation, accepted)
    print(f"{verdict}, kills: {installation.kills}")
    assert (verdict.missing, verdict.repeated, verdict.webhooks_missing) == (0, 0, 0), verdict
    assert verdict.webhooks_repeated <= installation.kills, verdict
    assert installation.sql("SELECT count(*) FROM signal_in") == [(accepted,)]
    assert installation.sql("SELECT count(*) FROM work_workitem WHERE state = 'dead'") == [(0,)], (
        "innocent dead"
    )
