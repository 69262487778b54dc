"""Files on their way in: mapped, tried dry, run, resumed, and taken back."""

from datetime import datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from abmops.lib.choices import Role
from abmops.lib.errors import AbmopsError
from abmops.work import services as work
from accounts.models import Account, Change, Import, ImportRow, User
from accounts.services import importing
from tests.accounts import make

pytestmark = pytest.mark.django_db


def brought(text: str, kind: str = "accounts", *, by: User, now: datetime, side: str = "revops") -> Import:
    """An uploaded CSV."""
    file = SimpleUploadedFile("file.csv", text.encode())
    return importing.upload(file=file, kind=kind, side=side, reason="The CRM's list.", by=by, now=now)


def mapped(import_: Import, *, by: User, now: datetime, **answers: str) -> Import:
    """Its columns as they are offered, checked by a worker."""
    mapping = {column.number: column.field for column in importing.offered(import_)}
    importing.map_columns(
        import_=import_,
        mapping=mapping,
        answers=answers,
        side=import_.side,
        reason=import_.reason,
        by=by,
        now=now,
    )
    work.drain_all()
    import_.refresh_from_db()
    return import_


def ran(import_: Import, *, by: User, now: datetime) -> Import:
    """Written."""
    importing.start_run(import_=import_, by=by, now=now)
    work.drain_all()
    import_.refresh_from_db()
    return import_


def verdicts(import_: Import) -> list[str]:
    """The verdict of each row."""
    return list(ImportRow.objects.filter(of=import_).order_by("number").values_list("verdict", flat=True))


@pytest.fixture
def revops(db: None) -> User:
    """Who runs the list."""
    return make.user(Role.REVOPS)


def test_a_file_is_tried_dry_and_then_written(revops: User, now: datetime) -> None:
    make.account("Acme", "acme.example", employees=5)
    text = "Name,Domain,Employees\nAcme,acme.example,7\nNew,new.example,3\nBad,bad.example,many\nAcme,www.acme.example,7\n"
    checked = mapped(brought(text, by=revops, now=now), by=revops, now=now)
    assert checked.state == "checked", (checked.problem, checked.found)
    assert verdicts(checked) == ["changed", "new", "error", "error"]
    row = ImportRow.objects.get(of=checked, number=2)
    assert row.changes == {"employees": [5, 7]}
    assert Account.objects.get(domain="acme.example").employees == 5
    assert not Account.objects.filter(domain="new.example").exists()
    assert not Change.objects.filter(change_set__via="import").exists()
    done = ran(checked, by=revops, now=now)
    assert done.state == "done", done.problem
    assert (done.created, done.updated, done.unchanged, done.refused) == (1, 1, 0, 2)
    assert Account.objects.get(domain="acme.example").employees == 7
