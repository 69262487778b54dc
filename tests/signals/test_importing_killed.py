"""A worker that is killed in the middle of a file of signals: no row is left out and none becomes two signals."""

from __future__ import annotations

import signal
from datetime import datetime

import pytest

from abmops.lib.choices import Role
from abmops.work import services as work
from accounts.models import ImportRow
from accounts.services import importing
from accounts.services.importing import slices
from signals.models import RejectedEvent
from tests.accounts import make as accounts
from tests.accounts.test_imports_killed import dies
from tests.signals import hooking
from tests.signals.test_importing import HEADER, brought

pytestmark = pytest.mark.django_db(transaction=True)

ROWS = 13


@pytest.mark.parametrize("point", ["before_effect", "after_effect", "before_commit", "after_commit"])
def test_kill_and_resume(monkeypatch: pytest.MonkeyPatch, moment: datetime, point: str) -> None:
    monkeypatch.setattr(slices, "SLICE", 5)
    hooking.vendor()
    by = accounts.user(Role.REVOPS)
    body = HEADER + "".join(f"a{n}.example;;Sales enablement;7{n % 10};16.11.2026\r\n" for n in range(ROWS))
    import_ = brought(body.encode(), by, moment)
    work.drain_all()
    import_.refresh_from_db()
    assert (import_.state, import_.created) == ("checked", ROWS)
    importing.start_run(import_=import_, by=by, now=moment)
    for at in (1, 2):
        assert dies(point, at) == signal.SIGKILL
    work.drain_all()
    import_.refresh_from_db()
    assert (import_.state, import_.done, import_.created, import_.refused) == ("done", ROWS, ROWS, 0)
    assert ImportRow.objects.filter(of=import_, verdict="new").count() == ROWS
    assert len({one.message_id for one in hooking.stored()}) == len(hooking.stored()) == ROWS
    assert not RejectedEvent.objects.exists()
