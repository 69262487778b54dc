"""A worker that is killed in the middle of an import: whoever goes on leaves no row out and writes none twice."""

from __future__ import annotations

import os
import signal
import time
from datetime import datetime

import pytest
from django.db import connection

from abmops.lib.choices import Role
from abmops.work import crash
from abmops.work import services as work
from accounts.models import Account, Change, Import, ImportRow
from accounts.services import importing
from accounts.services.importing import reading, slices
from tests.accounts import make
from tests.accounts.test_imports import brought

pytestmark = pytest.mark.django_db(transaction=True)

POINTS = ("after_claim", "before_effect", "after_effect", "before_commit", "after_commit")
ROWS = 13
SLICE = 5


def dies(point: str, at: int) -> int:
    """Let a process of its own work until it is killed at this pass of a point; the signal that ended it."""
    connection.close()
    child = os.fork()
    if child == 0:
        crash._plan = crash.Plan(point, on_pass=at)
        try:
            work.drain("bulk", time.monotonic() + 20)
        finally:
            os._exit(0)
    _, status = os.waitpid(child, 0)
    with connection.cursor() as cursor:  # what the sweep does once the lease has run out
        cursor.execute(
            "UPDATE work_workitem SET lease_until = now() - interval '1 second' WHERE state = 'leased'"
        )
    work.reclaim()
    with connection.cursor() as cursor:  # the pause after a second death is not what is tested
        cursor.execute("UPDATE work_workitem SET run_at = now() - interval '1 second' WHERE state = 'ready'")
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


@pytest.mark.parametrize("point", POINTS)
def test_kill_and_resume(monkeypatch: pytest.MonkeyPatch, now: datetime, point: str) -> None:
    monkeypatch.setattr(slices, "SLICE", SLICE)
    monkeypatch.setattr(reading, "AT_ONCE", SLICE)
    by = make.user(Role.REVOPS)
    make.account("Known", "a1.example", employees=1)
    text = "Name,Domain,Employees\n" + "".join(
        f"A{number},a{number}.example,{number + 5}\n" for number in range(ROWS)
    )
    import_ = brought(text, by=by, now=now)
    mapping = {0: "name", 1: "domain", 2: "employees"}
    importing.map_columns(
        import_=import_, mapping=mapping, answers={}, side="revops", reason="x", by=by, now=now
    )
    for at in (1, 2, 3, 1):
        assert dies(point, at) == signal.SIGKILL
    work.drain_all()
    import_.refresh_from_db()
    assert (import_.state, import_.total, import_.done) == ("checked", ROWS, ROWS)
    assert Account.objects.count() == 1
    importing.start_run(import_=import_, by=by, now=now)
    for at in (1, 2):
        assert dies(point, at) == signal.SIGKILL
    work.drain_all()
    import_.refresh_from_db()
    assert (import_.state, import_.done) == ("done", ROWS), import_.problem
    assert (import_.created, import_.updated, import_.unchanged, import_.refused) == (ROWS - 1, 1, 0, 0)
    assert Account.objects.count() == ROWS
    made = Change.objects.filter(change_set=import_.change_set_id, table="accounts_account")
    assert made.filter(op="I").count() == ROWS - 1
    assert made.filter(op="U").count() == 1
    assert not ImportRow.objects.filter(of=import_, row_id=None).exists()
    assert Import.objects.count() == 1
