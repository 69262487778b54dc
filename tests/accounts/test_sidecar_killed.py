"""A worker that is killed while it reads what a system holds: no reading or the whole one, and never two."""

from __future__ import annotations

import signal
from datetime import datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction

from abmops.lib.choices import Role
from abmops.lib.errors import Conflict
from abmops.work import services as work
from accounts.models import Import, Sidecar, SidecarFinding, SidecarReading, User
from accounts.services import sidecar_file
from accounts.services.sidecar import put_sidecar, read_sidecar
from tests.accounts import make
from tests.accounts.test_imports_killed import POINTS, dies

pytestmark = pytest.mark.django_db(transaction=True)

COLUMNS = {"account_domain": 0, "tier": 1}
HELD = "Domain,Tier\nalpha.example,1\nnobody.example,2\n"


def kept(now: datetime, by: User) -> tuple[Sidecar, Import]:
    """A file of one account off the list and one that is unknown."""
    make.account("Alpha", "alpha.example")
    system = put_sidecar(name="CRM", kind="crm", owner=None, tiers=[])
    file = SimpleUploadedFile("held.csv", HELD.encode())
    return system, sidecar_file.keep_file(sidecar=system, file=file, by=by, now=now)


@pytest.mark.parametrize("point", POINTS)
def test_kill_and_resume(now: datetime, point: str) -> None:
    by = make.user(Role.REVOPS)
    system, import_ = kept(now, by)
    sidecar_file.start_reading(sidecar=system, import_=import_, columns=COLUMNS, by=by, now=now)
    assert dies(point, 1) == signal.SIGKILL
    committed = point == "after_commit"
    assert SidecarReading.objects.count() == int(committed)
    assert SidecarFinding.objects.count() == 2 * int(committed)
    work.drain_all()
    import_.refresh_from_db()
    reading = SidecarReading.objects.get()
    assert (import_.state, import_.problem, reading.source_id, reading.by) == ("done", "", import_.pk, by)
    assert (reading.held, reading.extra, reading.unknown) == (2, 1, 1)
    assert SidecarFinding.objects.filter(reading=reading).count() == SidecarFinding.objects.count() == 2


def test_twice_makes_one_reading(now: datetime) -> None:
    by = make.user(Role.REVOPS)
    system, import_ = kept(now, by)
    sidecar_file.start_reading(sidecar=system, import_=import_, columns=COLUMNS, by=by, now=now)
    with pytest.raises(Conflict, match="being read already"):
        sidecar_file.start_reading(sidecar=system, import_=import_, columns=COLUMNS, by=by, now=now)
    for _ in range(2):
        sidecar_file.read_file(import_id=import_.pk, now=now)
    work.put(kind=sidecar_file.KIND_OF_WORK, subject_id=import_.pk)
    work.drain_all()
    assert SidecarReading.objects.count() == 1
    with pytest.raises(Conflict, match="read already"):
        sidecar_file.start_reading(sidecar=system, import_=import_, columns=COLUMNS, by=by, now=now)
    with pytest.raises(IntegrityError), transaction.atomic():
        read_sidecar(
            sidecar=system,
            header=["Domain"],
            rows=[],
            columns={"account_domain": 0},
            by=by,
            now=now,
            source=import_,
        )
    assert SidecarReading.objects.count() == 1
