"""A file of signals: columns told by their titles, every row tried dry, taken in by workers once, slice by slice."""

from datetime import datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from abmops.lib.choices import Role
from abmops.lib.errors import Refused
from abmops.work import services as work
from abmops.work.models import WorkItem
from accounts.models import Import, ImportRow, User
from accounts.services import importing
from signals.models import Signal
from tests.accounts import make as accounts
from tests.signals import hooking, make

pytestmark = pytest.mark.django_db

HEADER = "Domain;Contact's e-mail;Thema;Composite Score;Datum\r\n"
ROWS = (
    "https://www.acme.example/;ann@acme.example;Sales enablement;78,5;16.11.2026\r\n"
    "umbra.example;;Sales enablement;=1+1;16.11.2026\r\n"
    "norvik.example;;Sales enablement;61;16.11.2026;one more\r\n"
    "low.example;;Sales enablement;140;17.11.2026\r\n"
    ";;Sales enablement;80;17.11.2026\r\n"
    "acme.example;bo@acme.example;Sales enablement;;17.11.2026\r\n"
)
ANSWERS = {"source": "vendor", "type": "topic-surge", "zone": "Europe/Berlin"}


@pytest.fixture
def vendor(db: None) -> make.Site:
    """A source of intent."""
    return hooking.vendor()


@pytest.fixture
def keeper(db: None) -> User:
    """Somebody of RevOps."""
    return accounts.user(role=Role.REVOPS)


def brought(body: bytes, by: User, now: datetime, **more: Any) -> Import:
    """A file, uploaded, its columns as they are offered."""
    file = SimpleUploadedFile("intent.csv", body)
    made = importing.upload(
        file=file, kind="signals", side="revops", reason="A vendor's week.", by=by, now=now
    )
    offered = {one.number: one.field for one in importing.offered(made)}
    return importing.map_columns(
        import_=made,
        mapping=more.get("mapping", offered),
        answers=more.get("answers", ANSWERS),
        side="revops",
        reason="A vendor's week.",
        by=by,
        now=now,
    )


def checked(import_: Import) -> Import:
    """The import once the workers are done."""
    work.drain_all()
    import_.refresh_from_db()
    assert not WorkItem.objects.filter(kind="import").exists()
    return import_


@pytest.mark.parametrize(
    "body",
    [
        pytest.param((HEADER + ROWS).encode(), id="UTF-8"),
        pytest.param(b"\xef\xbb\xbf" + (HEADER + ROWS).encode(), id="with a BOM"),
        pytest.param((HEADER + ROWS).replace("\r\n", "\r").encode(), id="CR only"),
        pytest.param((HEADER + ROWS).encode("utf-16"), id="UTF-16"),
    ],
)
def test_a_file_is_tried_dry_and_then_its_good_rows_are_signals(
    vendor: make.Site, keeper: User, moment: datetime, body: bytes
) -> None:
    import_ = checked(brought(body, keeper, moment))
    assert (import_.state, import_.total) == ("checked", 6), (import_.problem, import_.found["questions"])
    assert (import_.created, import_.refused) == (2, 4)
    assert not Signal.objects.exists()
    assert not WorkItem.objects.filter(kind="ingest").exists()
    told = {
        row.number: " ".join(str(error["detail"]) for error in row.errors)
        for row in ImportRow.objects.filter(of=import_)
    }
    assert "formula" in told[3]
    assert "from 0 to 100" in told[5]
    assert "whose signal" in told[6]
    import_ = checked(importing.start_run(import_=import_, by=keeper, now=moment))
    assert (import_.state, import_.created, import_.refused) == ("done", 2, 4)
    found = hooking.stored()
    assert [(one.strength, one.occurred_at.isoformat(), one.topic) for one in found] == [
        (78.5, "2026-11-15T23:00:00+00:00", "Sales enablement"),
        (None, "2026-11-16T23:00:00+00:00", "Sales enablement"),
    ]


def test_the_same_file_again_has_nothing_to_write(vendor: make.Site, keeper: User, moment: datetime) -> None:
    for _ in range(2):
        import_ = checked(brought((HEADER + ROWS).encode(), keeper, moment))
        if import_.created:
            checked(importing.start_run(import_=import_, by=keeper, now=moment))
    assert (import_.created, import_.unchanged) == (0, 2)
    with pytest.raises(Refused, match="nothing to write"):
        importing.start_run(import_=import_, by=keeper, now=moment)
    assert len(hooking.stored()) == 2


def test_source_and_type_are_asked_unless_a_column_says_them(
    vendor: make.Site, keeper: User, moment: datetime
) -> None:
    with pytest.raises(Refused, match="Which source"):
        brought((HEADER + ROWS).encode(), keeper, moment, answers={"type": "topic-surge"})
    with pytest.raises(Refused, match="no answer"):
        brought((HEADER + ROWS).encode(), keeper, moment, answers=ANSWERS | {"source": "nobody"})
    body = (
        "source,type,account_domain,occurred_at,message_id\n"
        "vendor,topic-surge,acme.example,2026-11-16T10:00:00Z,m1\n"
        "vendor,topic-surge,acme.example,2026-11-16T10:00:00Z,m1\n"
        "vendor,topic-surge,umbra.example,2026-11-16T10:00:00Z,m1\n"
        "nobody,topic-surge,acme.example,2026-11-16T10:00:00Z,m2\n"
        "vendor,gone,acme.example,2026-11-16T10:00:00Z,m3\n"
    )
    import_ = checked(brought(body.encode(), keeper, moment, answers={}))
    assert (import_.created, import_.unchanged, import_.refused) == (1, 1, 3)
    told = " ".join(str(row.errors) for row in ImportRow.objects.filter(of=import_))
    assert "no source “nobody”" in told
    assert "no signal type “gone”" in told
    assert "two lines differ" in told


def test_a_file_of_signals_is_not_taken_back_and_says_why(
    vendor: make.Site, keeper: User, moment: datetime
) -> None:
    import_ = checked(brought((HEADER + ROWS).encode(), keeper, moment))
    import_ = checked(importing.start_run(import_=import_, by=keeper, now=moment))
    with pytest.raises(Refused, match="removed on their account's page"):
        importing.start_undo(import_=import_, by=keeper, now=moment)


@pytest.mark.parametrize(("role", "may"), [(Role.REVOPS, True), (Role.MARKETER, False), (Role.REP, False)])
def test_revops_brings_signals(db: None, role: Role, may: bool) -> None:
    user = accounts.user(role=role)
    assert importing.may_import(user, "signals") is may
    assert ("signals" in dict(importing.kinds_for(user))) is may
