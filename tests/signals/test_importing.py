"""A file of signals: columns told by their titles, every row tried dry, taken in by workers once, slice by slice."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction

from abmops.lib.choices import Role
from abmops.lib.errors import Refused
from abmops.work import services as work
from abmops.work.models import WorkItem
from accounts.models import Import, ImportRow, User
from accounts.services import importing
from signals.models import AccountState, Crossing, RemovalRun, Signal, UnmatchedSignal
from signals.services import definitions, file_removal, ingest
from tests.accounts import make as accounts
from tests.signals import hooking, make
from tests.web.conftest import SignIn

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


BACK = (
    "Domain;Contact's e-mail;Thema;Composite Score;Datum\r\n"
    "acme.example;ann@acme.example;Sales enablement;78;{day}\r\n"
    "acme.example;bo@acme.example;Sales enablement;90;{day}\r\n"
    "umbra.example;;Sales enablement;61;{day}\r\n"
)


def back(now: datetime, score: int = 78) -> bytes:
    """A file of last week."""
    text = BACK.format(day=f"{now - timedelta(days=7):%d.%m.%Y}")
    return text.replace(";78;", f";{score};").encode()


def written(by: User, now: datetime, score: int = 78) -> Import:
    """A file whose rows have become signals."""
    import_ = checked(brought(back(now, score), by, now))
    return checked(importing.start_run(import_=import_, by=by, now=now))


def test_a_file_of_signals_is_taken_back_and_nothing_else(
    vendor: make.Site, keeper: User, moment: datetime
) -> None:
    acme = accounts.account("Acme", "acme.example")
    other = make.record(moment, type="topic-surge", message_id="other", occurred_at=moment.isoformat())
    ingest.accept_records(records=[(vendor.source.pk, make.without(other, "source"))], now=moment)
    import_ = written(keeper, moment)
    assert (import_.created, Signal.objects.count()) == (3, 4)
    plan = file_removal.plan(import_, moment)
    assert (plan.preview.signals, plan.preview.accounts, plan.preview.homeless) == (3, 1, 1)
    importing.start_undo(import_=import_, by=keeper, now=moment)
    assert checked(import_).state == "undone"
    assert list(Signal.objects.values_list("message_id", flat=True)) == ["other"]
    run = RemovalRun.objects.get()
    assert (run.removed, run.expected, run.kind, run.asked_by) == (3, 3, "mistake", keeper)
    assert run.reason == "The file intent.csv was taken back."
    assert AccountState.objects.get(account=acme).signals_seen == 1
    assert not UnmatchedSignal.objects.exists()
    again = checked(brought(back(moment), keeper, moment))
    assert (again.created, again.unchanged) == (0, 3), "the messages stay known"
    corrected = written(keeper, moment, 77)
    assert (corrected.created, Signal.objects.count()) == (3, 4)


def test_what_crossings_lose_by_it_is_said_before_and_after(
    vendor: make.Site, keeper: User, moment: datetime, sign_in: SignIn
) -> None:
    accounts.account("Acme", "acme.example")
    definitions.put_threshold(
        slug="surges",
        fields={
            "name": "Surges",
            "status": "active",
            "condition": {"count": {"types": ["topic-surge"], "at_least": 2, "days": 30}},
        },
        by=None,
    )
    import_ = written(keeper, moment)
    crossing = Crossing.objects.get()
    browser = sign_in(Role.REVOPS)
    page = browser.get(f"/imports/{import_.pk}/undo/").content.decode()
    assert "1 crossing rests on them" in page
    assert "would lose 2 of its 2 signals" in page
    assert "number does not change" in page
    assert "a corrected file does" in page
    assert browser.post(f"/imports/{import_.pk}/undo/").status_code == 302
    assert "signals of the file are being counted" in browser.get(f"/imports/{import_.pk}/").content.decode()
    assert checked(import_).state == "undone"
    assert crossing.removed_evidence.get().signals == 2
    report = browser.get(f"/imports/{import_.pk}/").content.decode()
    removal = f"/signals/removals/{RemovalRun.objects.get().pk}/"
    assert removal in report
    assert "intent.csv" in browser.get(removal).content.decode()


def test_a_file_cannot_be_taken_back_while_it_is_worked_out(
    vendor: make.Site, keeper: User, moment: datetime
) -> None:
    import_ = written(keeper, moment)
    WorkItem.objects.create(
        lane="ingest", kind="ingest", run_at=moment, payload={"received_at": import_.found["moments"][0]}
    )
    with pytest.raises(Refused, match="still being worked out"):
        importing.start_undo(import_=import_, by=keeper, now=moment)


def test_a_file_of_an_earlier_release_says_where_its_signals_are_taken_out(
    vendor: make.Site, keeper: User, moment: datetime, sign_in: SignIn
) -> None:
    import_ = written(keeper, moment)
    import_.found.pop("moments")
    import_.save()
    with pytest.raises(Refused, match="earlier release"):
        importing.start_undo(import_=import_, by=keeper, now=moment)
    assert "earlier release" in sign_in(Role.REVOPS).get(f"/imports/{import_.pk}/undo/").content.decode()


def test_an_integration_does_not_judge_that_signals_were_a_mistake(
    vendor: make.Site, keeper: User, moment: datetime
) -> None:
    import_ = written(keeper, moment)
    with pytest.raises(Refused, match="Only RevOps"):
        importing.start_undo(import_=import_, by=accounts.user(role=Role.INTEGRATION), now=moment)


def test_a_taking_back_that_dies_is_finished_by_the_next_worker(
    vendor: make.Site, keeper: User, moment: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    accounts.account("Acme", "acme.example")
    import_ = written(keeper, moment)
    importing.start_undo(import_=import_, by=keeper, now=moment)
    for _ in ("counted", "those without an account"):
        importing.step(import_id=import_.pk, now=moment)
    with monkeypatch.context() as dying:
        dying.setattr("signals.services.removing.act.advance", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError), transaction.atomic():
            importing.step(import_id=import_.pk, now=moment)
    assert Signal.objects.count() == 2
    assert checked(import_).state == "undone"
    assert not Signal.objects.exists()
    assert RemovalRun.objects.get().removed == 3


@pytest.mark.parametrize(("role", "may"), [(Role.REVOPS, True), (Role.MARKETER, False), (Role.REP, False)])
def test_revops_brings_signals(db: None, role: Role, may: bool) -> None:
    user = accounts.user(role=role)
    assert importing.may_import(user, "signals") is may
    assert ("signals" in dict(importing.kinds_for(user))) is may
