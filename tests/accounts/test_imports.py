"""Files on their way in: mapped, tried dry, run, resumed, and taken back."""

import io
from datetime import datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import Workbook

from abmops.lib.choices import Role
from abmops.lib.errors import AbmopsError
from abmops.work import services as work
from accounts.models import Account, Change, ChangeSet, Contact, Import, ImportRow, User
from accounts.services import importing
from accounts.services.importing import slices
from tests.accounts import make
from tests.accounts.tables import dump

pytestmark = pytest.mark.django_db
LOGS = ("Change", "ChangeSet", "Import", "ImportRow", "ImportFile", "ImportMapping")


def brought(text: str, kind: str = "accounts", *, by: User, now: datetime, side: str = "revops") -> Import:
    """An uploaded CSV."""
    file = SimpleUploadedFile("file.csv", text.encode())
    return importing.upload(file=file, kind=kind, side=side, reason="The CRM's list.", by=by, now=now)


def mapped(import_: Import, *, by: User, now: datetime, columns: str = "", **answers: str) -> Import:
    """Its columns as they are offered (or as said: 6=external_ids.crm), checked by a worker."""
    mapping = {column.number: column.field for column in importing.offered(import_)}
    if columns:
        number, _, field = columns.partition("=")
        mapping[int(number)] = field
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


def state() -> tuple[object, object]:
    """The whole account graph without its logs; of accounts all but what is worked out, and when."""
    accounts = Account.objects.order_by("pk").values()
    worked_out = {"name_key", "updated_at"}
    return dump(*LOGS, "Account"), [
        {name: value for name, value in account.items() if name not in worked_out} for account in accounts
    ]


@pytest.fixture
def revops(db: None) -> User:
    """Who runs the list."""
    return make.user(Role.REVOPS)


def test_a_file_is_tried_dry_and_then_written(revops: User, now: datetime) -> None:
    make.account("Acme", "acme.example", employees=5)
    text = (
        "Name,Domain,Employees\nAcme,acme.example,7\nNew,new.example,3\nBad,bad.example,many\n"
        "Acme,www.acme.example,7\n"
    )
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


def test_a_file_is_undone_exactly(revops: User, now: datetime) -> None:
    known = make.account("Acme", "acme.example", employees=5, external_id="A-1")
    make.account("Left", "left.example")
    before = state()
    text = (
        "Name,Domain,Further domains,Employees,Country,Owner,CRM\n"
        f"Acme AG,acme.example,acme.test;acme.dev,7,Germany,{revops.name},A-1\n"
        "New,new.example,,3,FR,,N-1\nOther,other.example,,4,,,\n"
    )
    import_ = brought(text, by=revops, now=now)
    done = ran(mapped(import_, by=revops, now=now, columns="6=external_ids.crm"), by=revops, now=now)
    assert (done.created, done.updated) == (2, 1), list(ImportRow.objects.values_list("errors", flat=True))
    known.refresh_from_db()
    assert (known.name, known.employees, known.country, known.owner) == ("Acme AG", 7, "DE", revops)
    assert known.domains.count() == 3
    importing.start_undo(import_=done, by=revops, now=now)
    work.drain_all()
    done.refresh_from_db()
    assert done.state == "undone", done.problem
    assert state() == before
    with pytest.raises(AbmopsError):
        importing.start_undo(import_=done, by=revops, now=now)


def test_what_has_been_changed_since_holds_the_import(revops: User, now: datetime) -> None:
    make.account("Acme", "acme.example", employees=5)
    done = ran(
        mapped(
            brought("Name,Domain,Employees\nAcme,acme.example,7\n", by=revops, now=now), by=revops, now=now
        ),
        by=revops,
        now=now,
    )
    Account.objects.update(employees=9)
    found = importing.undo_plan(done)
    assert len(found.blocked) == 1
    with pytest.raises(AbmopsError, match="1 rows"):
        importing.start_undo(import_=done, by=revops, now=now)
    assert Account.objects.get().employees == 9


def test_lines_about_the_same_record_come_out_the_same_whatever_the_slices(
    revops: User, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (
        "Name,Domain\nA,a.example\nB,b.example\nA,a.example\nOther A,a.example\nC,gmail.com\nC,gmail.com\n"
        "B,www.b.example\n"
    )
    for size in (1, 2, 100):
        monkeypatch.setattr(slices, "SLICE", size)
        checked = mapped(brought(text, by=revops, now=now), by=revops, now=now)
        assert verdicts(checked) == ["new", "new", "same", "error", "error", "error", "error"]
        row = ImportRow.objects.get(of=checked, number=5)
        assert row.errors[0]["detail"].startswith(
            "a.example stands in line 2 already, and the two lines differ."
        )
        assert row.errors[0]["title"] == "Domain"
    done = ran(checked, by=revops, now=now)
    assert (done.created, done.updated, done.unchanged, done.refused) == (2, 0, 1, 4)
    again = mapped(brought(text, by=revops, now=now), by=revops, now=now)
    assert (again.created, again.updated, again.unchanged, again.refused) == (0, 0, 3, 4)
    with pytest.raises(AbmopsError, match="nothing to write"):
        importing.start_run(import_=again, by=revops, now=now)


def test_a_row_without_a_key_finds_its_account_by_name_and_country_and_else_only_suggests(
    revops: User, now: datetime
) -> None:
    known = make.account("Müller Maschinenbau GmbH", "mueller.example", country="DE")
    text = (
        "Name,Country,Domain,Employees\nMueller Maschinenbau,Germany,,12\n"
        "Muller Maschinenbau,France,muller.example,3\n"
    )
    done = ran(mapped(brought(text, by=revops, now=now), by=revops, now=now), by=revops, now=now)
    known.refresh_from_db()
    assert (known.employees, known.domain) == (12, "mueller.example")
    assert verdicts(done) == ["changed", "new"]
    assert Account.objects.count() == 2


def test_our_own_export_comes_back_as_the_same(revops: User, now: datetime) -> None:
    make.account(
        "=Acme", "acme.example", country="DE", industry="-Optics", lifecycle="customer", owner=revops
    )
    make.account("Öl & Söhne, KG", "oel.example", employees=5)
    browser = Client()
    browser.force_login(revops)
    exported = b"".join(browser.get("/accounts/accounts.csv?view=all"))
    file = SimpleUploadedFile("accounts.csv", exported)
    import_ = importing.upload(file=file, kind="accounts", side="revops", reason="Back.", by=revops, now=now)
    checked = mapped(import_, by=revops, now=now)
    assert checked.state == "checked", (checked.problem, checked.found)
    rows = list(ImportRow.objects.filter(of=checked).values("verdict", "changes", "errors"))
    assert [row["verdict"] for row in rows] == ["same", "same"], rows
    assert {"name", "domain"} <= set(checked.mapping.values())


def test_a_workbook_goes_the_whole_way(revops: User, now: datetime) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["Name", "Domain", "Employees"], ["New", "new.example", 12], ["Bad", "bad.example", "#REF!"]):
        sheet.append(row)
    body = io.BytesIO()
    book.save(body)
    file = SimpleUploadedFile("companies.xlsx", body.getvalue())
    import_ = importing.upload(file=file, kind="accounts", side="revops", reason="x", by=revops, now=now)
    done = ran(mapped(import_, by=revops, now=now), by=revops, now=now)
    assert (done.created, done.refused) == (1, 1)
    assert Account.objects.get().employees == 12


def test_a_file_that_is_none_is_refused_at_once(revops: User, now: datetime) -> None:
    for body in (b"", b"\x89PNG\r\n\x1a\n" + b"\0" * 50):
        with pytest.raises(AbmopsError):
            importing.upload(
                file=SimpleUploadedFile("a.csv", body),
                kind="accounts",
                side="",
                reason="",
                by=revops,
                now=now,
            )
    assert not Import.objects.exists()


def test_the_file_goes_after_thirty_days_and_its_rows_stay(revops: User, now: datetime) -> None:
    import_ = brought("Name,Domain\nA,a.example\n", by=revops, now=now)
    ran(mapped(import_, by=revops, now=now), by=revops, now=now)
    Import.objects.update(finished_at=now)
    assert importing.drop_old_files(now=now + timedelta(days=29)) == 0
    assert importing.drop_old_files(now=now + timedelta(days=31)) == 1
    assert ImportRow.objects.filter(of=import_).count() == 1


def test_the_changes_of_an_import_are_one_set_with_who_and_why(revops: User, now: datetime) -> None:
    done = ran(
        mapped(brought("Name,Domain\nA,a.example\n", by=revops, now=now), by=revops, now=now),
        by=revops,
        now=now,
    )
    made = ChangeSet.objects.get(pk=str(done.change_set_id))
    assert (made.by, made.via, made.side, made.reason) == (revops, "import", "revops", "The CRM's list.")
    assert made.what == f"Import {done.pk}: file.csv"
    assert set(made.changes.values_list("table", flat=True)) == {"accounts_account", "accounts_accountdomain"}


@pytest.mark.parametrize("size", [1, 2, 100])
def test_lines_name_each_other_whatever_the_slices(
    revops: User, now: datetime, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(slices, "SLICE", size)
    text = (
        "Name,Domain,Parent domain\nChild,child.example,parent.example\nParent,parent.example,top.example\n"
        "Top,top.example,\nLate,late.example,child.example\nLost,lost.example,nobody.example\n"
    )
    checked = mapped(brought(text, by=revops, now=now), by=revops, now=now)
    assert verdicts(checked) == ["new", "new", "new", "new", "error"]
    done = ran(checked, by=revops, now=now)
    assert (done.state, done.created, done.refused) == ("done", 4, 1), done.problem
    parents = dict(Account.objects.values_list("name", "parent__name"))
    assert parents == {"Child": "Parent", "Parent": "Top", "Top": None, "Late": "Child"}
    importing.start_undo(import_=done, by=revops, now=now)
    work.drain_all()
    assert not Account.objects.exists()


def test_people_report_to_people_of_later_lines(
    revops: User, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slices, "SLICE", 1)
    make.account("Acme", "acme.example")
    text = "Email,Manager's email\nann@acme.example,bo@acme.example\nbo@acme.example,\n"
    import_ = brought(text, "contacts", by=revops, now=now)
    done = ran(mapped(import_, by=revops, now=now, columns="1=reports_to"), by=revops, now=now)
    assert (done.state, done.created, done.refused) == ("done", 2, 0), done.problem
    assert Contact.objects.get(email="ann@acme.example").reports_to == Contact.objects.get(
        email="bo@acme.example"
    )
