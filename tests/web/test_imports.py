"""The import pages: the whole way of a file, by a person without JavaScript."""

from collections.abc import Callable

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from abmops.lib.choices import Role
from abmops.work import services as work
from accounts.models import Account, Import
from tests import budgets
from tests.accounts import make

pytestmark = pytest.mark.django_db
SignIn = Callable[[Role], Client]


def upload(client: Client, text: str, kind: str = "accounts", name: str = "companies.csv") -> Import:
    """A file, brought by the page."""
    answer = client.post(
        "/imports/new/",
        {
            "file": SimpleUploadedFile(name, text.encode()),
            "kind": kind,
            "side": "revops",
            "reason": "New list.",
        },
    )
    assert answer.status_code == 302, answer.content.decode()
    return Import.objects.latest("pk")


def check(client: Client, import_: Import, **columns: str) -> Import:
    """The columns, said and checked."""
    answer = client.post(
        f"/imports/{import_.pk}/columns/",
        {
            "side": "revops",
            "reason": "New list.",
            **{f"column-{key[1:]}": value for key, value in columns.items()},
        },
    )
    assert answer.status_code == 302, answer.content.decode()
    work.drain_all()
    import_.refresh_from_db()
    return import_


GOOD = "Name,Domain,Employees\nAcme,acme.example,7\nNew,new.example,3\nBad,bad.example,many\n"


def test_the_whole_way_by_the_page(sign_in: SignIn) -> None:
    make.account("Acme", "acme.example", employees=5)
    browser = sign_in(Role.REVOPS)
    import_ = upload(browser, GOOD)
    page = browser.get(f"/imports/{import_.pk}/columns/").content.decode()
    assert "acme.example" in page
    assert '<option value="domain" selected>' in page
    check(browser, import_, c0="name", c1="domain", c2="employees")
    report = browser.get(f"/imports/{import_.pk}/").content.decode()
    assert "Write 1 new and 1 changed" in report
    assert "Employees: <span" in report
    assert "→ 7" in report
    assert not Account.objects.filter(domain="new.example").exists()
    assert browser.post(f"/imports/{import_.pk}/run/").status_code == 302
    assert "rows written" in browser.get(f"/imports/{import_.pk}/").content.decode()
    assert (
        b"progress" in browser.get(f"/imports/{import_.pk}/progress/", headers={"HX-Request": "true"}).content
    )
    work.drain_all()
    assert browser.get(f"/imports/{import_.pk}/progress/").headers["HX-Refresh"] == "true"
    assert Account.objects.get(domain="acme.example").employees == 7
    assert Account.objects.filter(domain="new.example").exists()
    assert "companies.csv" in browser.get("/imports/").content.decode()
    wrong = b"".join(browser.get(f"/imports/{import_.pk}/rows.csv?verdict=error")).decode("utf-8-sig")
    assert wrong.splitlines()[0] == "Name,Domain,Employees,What is wrong"
    assert wrong.splitlines()[1].startswith("Bad,bad.example,many,")
    asked = browser.get(f"/imports/{import_.pk}/undo/").content.decode()
    assert "Take it back" in asked
    assert browser.post(f"/imports/{import_.pk}/undo/").status_code == 302
    work.drain_all()
    import_.refresh_from_db()
    assert import_.state == "undone", import_.problem
    assert Account.objects.get(domain="acme.example").employees == 5
    assert not Account.objects.filter(domain="new.example").exists()


def test_the_corrected_list_of_errors_comes_back_with_its_columns_known(sign_in: SignIn) -> None:
    browser = sign_in(Role.REVOPS)
    check(browser, upload(browser, GOOD), c0="name", c1="domain", c2="employees")
    corrected = upload(
        browser, "Name,Domain,Employees,What is wrong\nBad,bad.example,4,Employees: not a number\n"
    )
    page = browser.get(f"/imports/{corrected.pk}/columns/").content.decode()
    assert '<option value="employees" selected>' in page
    check(browser, corrected, c0="name", c1="domain", c2="employees")
    assert (corrected.created, corrected.refused) == (1, 0)


def test_two_columns_cannot_hold_one_field(sign_in: SignIn) -> None:
    browser = sign_in(Role.REVOPS)
    import_ = upload(browser, GOOD)
    answer = browser.post(f"/imports/{import_.pk}/columns/", {"column-0": "domain", "column-1": "domain"})
    assert answer.status_code == 422
    assert "are both said to hold Domain" in answer.content.decode()


@pytest.mark.parametrize(
    ("role", "kind", "may"),
    [
        (Role.MARKETER, "contacts", True),
        (Role.MARKETER, "accounts", False),
        (Role.REVOPS, "list_changes", True),
    ],
)
def test_who_brings_what(sign_in: SignIn, role: Role, kind: str, may: bool) -> None:
    answer = sign_in(role).post(
        "/imports/new/",
        {
            "file": SimpleUploadedFile("a.csv", b"Email\na@b.example\n"),
            "kind": kind,
            "side": "sales",
            "reason": "x",
        },
    )
    assert answer.status_code == (302 if may else 422)
    assert Import.objects.exists() is may


def test_a_marketer_does_not_see_what_revops_brought(sign_in: SignIn) -> None:
    import_ = upload(sign_in(Role.REVOPS), GOOD)
    marketer = sign_in(Role.MARKETER)
    assert marketer.get(f"/imports/{import_.pk}/").status_code == 404
    assert marketer.post(f"/imports/{import_.pk}/run/").status_code == 404
    assert b"companies.csv" not in marketer.get("/imports/").content


def test_the_report_makes_as_many_queries_for_many_rows_as_for_few(sign_in: SignIn) -> None:
    browser = sign_in(Role.REVOPS)

    def queries(rows: int) -> int:
        text = "Name,Domain\n" + "".join(f"A{number},a{number}.example\n" for number in range(rows))
        import_ = check(browser, upload(browser, text), c0="name", c1="domain")
        browser.get(f"/imports/{import_.pk}/")
        return budgets.queries_of(lambda: browser.get(f"/imports/{import_.pk}/"))

    assert queries(2) == queries(40)


def test_the_list_makes_as_many_queries_for_many_imports_as_for_few(sign_in: SignIn) -> None:
    browser, by = sign_in(Role.REVOPS), make.user(Role.REVOPS)

    def queries(count: int) -> int:
        for _ in range(count):
            Import.objects.create(
                kind="accounts", file_name="a.csv", sha256="", by=by, created_at=timezone.now()
            )
        browser.get("/imports/")
        return budgets.queries_of(lambda: browser.get("/imports/?q=a&kind=accounts"))

    assert queries(2) == queries(30)


def test_money_is_read_as_money_and_a_row_without_news_says_nothing(sign_in: SignIn) -> None:
    make.account("Acme", "acme.example", annual_revenue=1_250_000, currency="EUR")
    make.account("Bolt", "bolt.example", annual_revenue=7, currency="EUR")
    browser = sign_in(Role.REVOPS)
    import_ = upload(
        browser,
        "Domain,Revenue,Currency\nacme.example,1400000.50,EUR\nbolt.example,7,EUR\n",
    )
    check(browser, import_, c0="domain", c1="annual_revenue", c2="currency")
    report = browser.get(f"/imports/{import_.pk}/").content.decode()
    assert 'Annual revenue: <span class="muted">1,250,000</span> → 1,400,000.50' in report
    assert report.count('data-label="What"') == 1
