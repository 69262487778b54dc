"""Audits: what is found broken is kept until it is whole again, and one that fails does not stop the rest."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from abmops.work import audits, upkeep
from abmops.work import services as work
from abmops.work.audits import Finding
from abmops.work.models import Audit, Breach, PeriodicRun, State, Worker, WorkItem
from tests.work.conftest import MakeKind

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 18, 10, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def register() -> Iterator[Callable[[str, audits.AuditFunction], None]]:
    """Register audits for the length of a test, in place of all others."""
    others = audits.all_audits()
    for name in others:
        audits.unregister(name)
    yield audits.register
    for name in audits.all_audits():
        audits.unregister(name)
    for name, function in others.items():
        audits.register(name, function)


def test_a_breach_opens_stays_and_closes(register: Callable[[str, audits.AuditFunction], None]) -> None:
    findings = [Finding("a", "A is broken."), Finding("b", "B is broken.", repaired=True)]
    register("t", lambda now: findings)
    assert work.run_audits(now=NOW) == 2
    findings[:] = [Finding("b", "B is still broken."), Finding("b", "B, said twice.")]
    assert work.run_audits(now=NOW + MINUTE) == 1
    rows = Breach.objects.order_by("key").values_list(
        "key", "detail", "found_at", "seen_at", "closed_at", "repaired"
    )
    assert list(rows) == [
        ("a", "A is broken.", NOW, NOW, NOW + MINUTE, False),
        ("b", "B, said twice.", NOW, NOW + MINUTE, None, False),
    ]
    findings.clear()
    work.run_audits(now=NOW + 2 * MINUTE)
    assert not Breach.objects.filter(closed_at=None).exists()
    audit = Audit.objects.get()
    assert (audit.name, audit.ran_at, audit.open_breaches, audit.error) == ("t", NOW + 2 * MINUTE, 0, "")


def test_an_audit_that_fails_is_recorded_and_the_others_run(
    register: Callable[[str, audits.AuditFunction], None],
) -> None:
    def broken(now: datetime) -> list[Finding]:
        raise RuntimeError("no such table")

    register("a", broken)
    register("b", lambda now: [Finding("x", "X is broken.")])
    assert work.run_audits(now=NOW) == 1
    assert Audit.objects.get(name="a").error.startswith("RuntimeError: no such table")
    assert Audit.objects.get(name="b").open_breaches == 1


def test_a_name_belongs_to_one_audit(register: Callable[[str, audits.AuditFunction], None]) -> None:
    register("a", lambda now: [])
    with pytest.raises(ValueError, match="registered twice"):
        register("a", lambda now: [])


def late(now: datetime) -> None:
    work.put(kind="t", dedup_key="k", run_at=now - timedelta(seconds=61))


def hung(now: datetime) -> None:
    work.put(kind="t", dedup_key="k", run_at=now - timedelta(hours=1))
    assert work.claim("react") is not None
    WorkItem.objects.update(lease_until=now - timedelta(seconds=61))


def dead(now: datetime) -> None:
    work.put(kind="t", dedup_key="k")
    WorkItem.objects.update(state=State.DEAD, done_at=now - 6 * MINUTE)


def unknown(now: datetime) -> None:
    work.put(kind="tomorrow", dedup_key="k", run_at=now - 11 * MINUTE, lane="bulk")


@pytest.mark.parametrize(
    ("break_it", "audit", "key"),
    [
        pytest.param(late, upkeep.nothing_is_late, "late:react", id="due for a minute"),
        pytest.param(hung, upkeep.leases_end, None, id="held past three leases"),
        pytest.param(dead, upkeep.dead_are_attended, "dead:t", id="dead for five minutes"),
        pytest.param(unknown, upkeep.kinds_are_known, "unknown:tomorrow", id="unknown for ten minutes"),
    ],
)
def test_the_list_audits_itself(
    make_kind: MakeKind, break_it: Callable[[datetime], None], audit: audits.AuditFunction, key: str | None
) -> None:
    make_kind()
    now = work.database_now()
    assert list(audit(now)) == []
    break_it(now)
    (finding,) = audit(now)
    assert finding.key == (key or f"lease:{WorkItem.objects.get().pk}")


def test_pruning_keeps_what_is_young_pending_or_dead(make_kind: MakeKind) -> None:
    make_kind(keep_done=True)
    old = NOW - timedelta(days=31)
    for state in ("done", "cancelled", "superseded", "dead", "ready"):
        for done_at in (old, NOW):
            work.put(kind="t", dedup_key=f"{state}:{done_at}")
            WorkItem.objects.filter(dedup_key=f"{state}:{done_at}").update(state=state, done_at=done_at)
    PeriodicRun.objects.create(name="t", slot=NOW - timedelta(days=91))
    Worker.objects.create(name="gone", role="worker", heartbeat_at=NOW - timedelta(days=2))
    upkeep.prune(NOW)
    kept = WorkItem.objects.filter(done_at=old).values_list("state", flat=True)
    assert set(kept) == {"dead", "ready"}
    assert WorkItem.objects.filter(done_at=NOW).count() == 5
    assert not PeriodicRun.objects.exists()
    assert not Worker.objects.exists()
