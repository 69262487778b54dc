"""Data gaps: found, costed, sorted by value, asked for, closed when filled, taken out and brought back."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from abmops.lib.choices import Role
from abmops.work import services as work
from accounts.domain.gaps import CATALOGUE
from accounts.models import Account, Contact, ContactOptOut, GapAssignment, ListMembership, Territory, User
from accounts.selectors.gaps import open_gaps
from accounts.services import importing
from accounts.services.account import adopt_icp
from accounts.services.gaps import close_filled
from plays.models import Notice
from tests.accounts import make
from tests.api.conftest import caller_of
from tests.web import world
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db


def on_list(row: Account, tier: int = 1) -> Account:
    """Put it on the list."""
    ListMembership.objects.create(
        account=row, tier=tier, valid_from=timezone.now() - timedelta(days=9), side="revops", reason="Fits."
    )
    row.refresh_from_db()
    return row


def complete(name: str = "Whole") -> Account:
    """An account without any hole."""
    place, _ = Territory.objects.get_or_create(slug="dach", defaults={"name": "DACH", "countries": ["DE"]})
    row = make.account(
        name, f"{name.lower()}.example", industry="Optics", employees=100, annual_revenue=5_000_000, currency="EUR",
        country="DE", technologies=["SAP"], territory=place, owner=make.user(Role.REP),
    )  # fmt: skip
    for number, role in enumerate(("economic_buyer", "technical_evaluator", "champion", "end_user")):
        make.contact(row, f"p{number}@{name.lower()}.example", role=role)
    return on_list(row)


def holes(row: Account) -> tuple[str, ...]:
    """What is missing of it now."""
    return open_gaps([row.pk], now=timezone.now()).get(row.pk, ())


OLD = timedelta(days=400)


@pytest.mark.parametrize(
    ("gap", "columns"),
    [
        pytest.param("industry", {"industry": ""}, id="industry"),
        pytest.param("employees", {"employees": None}, id="employees"),
        pytest.param("annual_revenue", {"annual_revenue": None}, id="revenue"),
        pytest.param("country", {"country": ""}, id="country"),
        pytest.param("domain", {"domain": None}, id="domain"),
        pytest.param("owner", {"owner": None}, id="owner"),
        pytest.param("territory", {"territory": None}, id="territory"),
        pytest.param("technologies", {"technologies": []}, id="technologies"),
    ],
)
def test_an_empty_column_is_a_hole(gap: str, columns: dict[str, object]) -> None:
    row = complete()
    assert holes(row) == ()
    Account.objects.filter(pk=row.pk).update(**columns)
    assert holes(row) == (gap,)


def test_people_leave_holes_too() -> None:
    row = complete()
    row.contacts.filter(role="champion").delete()
    assert holes(row) == ("role:champion",)
    row.contacts.filter(role__in=["end_user", "economic_buyer"]).delete()
    assert "contacts" in holes(row)
    row.contacts.update(email=None)
    assert "email" in holes(row)
    for channel in ("email", "call", "linkedin"):
        assert "reachable" not in holes(row)
        ContactOptOut.objects.create(
            contact=row.contacts.get(), channel=channel, at=timezone.now(), source="asked"
        )
    assert "reachable" in holes(row)


def test_what_nobody_confirmed_for_a_year_is_stale(sign_in: SignIn) -> None:
    row = complete()
    Account.objects.filter(pk=row.pk).update(updated_at=timezone.now() - OLD)
    assert holes(row) == ("stale",)
    sign_in(Role.REVOPS).post(reverse("gaps:confirm"), {"pick": row.pk})
    assert holes(row) == ()
    assert GapAssignment.objects.get().note == "Confirmed as still right."
    Contact.objects.filter(account=row, role="champion").update(updated_at=timezone.now() - OLD)
    assert holes(row) == ("stale_contacts",)


def test_the_most_valuable_come_first_with_what_they_cost(as_rep: Client, now: object) -> None:
    adopt_icp(
        name="Best",
        criteria=[
            {"field": "industry", "weight": 30, "any_of": ["Optics"]},
            {"field": "employees", "weight": 70, "at_least": 10},
        ],
        now=timezone.now(),
    )
    low, high = (
        on_list(make.account("Low", "low.example"), 3),
        on_list(make.account("High", "high.example"), 1),
    )
    make.account("Off", "off.example")
    complete()
    url = reverse("gaps:list")
    text = as_rep.get(url).content.decode()
    assert text.index(">High<") < text.index(">Low<")
    assert ">Off<" not in text
    assert ">Whole<" not in text
    assert "Fit cannot count 30 of its 100 points." in text
    assert ">Off<" in as_rep.get(url, {"view": "all"}).content.decode()
    assert ">Low<" not in as_rep.get(url, {"tier": "1"}).content.decode()
    Account.objects.filter(pk=low.pk).update(industry="Steel")
    assert ">Low<" not in as_rep.get(url, {"gap": "industry"}).content.decode()
    file = b"".join(as_rep.get(reverse("gaps:csv"), {"gap": "industry"})).decode()
    assert "High,high.example,1,,No industry,Fit cannot count 30 of its 100 points." in file
    assert high.name in file


def test_the_page_costs_the_same_with_more_accounts(as_rep: Client, rep: User) -> None:
    now = timezone.now()
    world.accounts(3, owner=rep, now=now)
    url = reverse("gaps:list")
    as_rep.get(url)
    with CaptureQueriesContext(connection) as few:
        as_rep.get(url)
    world.accounts(12, owner=rep, now=now, start=3)
    with CaptureQueriesContext(connection) as many:
        page = as_rep.get(url).content.decode()
    assert len(many) == len(few)
    assert page.count("data-row") == 15


def test_a_person_is_asked_told_and_released_when_the_hole_is_filled(sign_in: SignIn, rep: User) -> None:
    row = complete()
    Account.objects.filter(pk=row.pk).update(industry="", country="")
    revops, url = sign_in(Role.REVOPS), reverse("gaps:assign")
    assert "Which gaps" in revops.get(url, {"pick": row.pk, "do": "assign"}).content.decode()  # type: ignore[arg-type]
    said: dict[str, str | int] = {"pick": row.pk, "to": rep.pk, "gap": "", "note": "Before Friday"}
    assert revops.post(url, said).status_code == 302
    assert set(GapAssignment.objects.values_list("field", "to")) == {
        ("industry", rep.pk),
        ("country", rep.pk),
    }
    assert "Before Friday" in Notice.objects.get(user=rep).text
    revops.post(url, said)
    assert GapAssignment.objects.count() == 2
    page = revops.get(reverse("gaps:list"), {"assignee": rep.pk}).content.decode()
    assert "Whole" in page
    assert rep.name in page
    Account.objects.filter(pk=row.pk).update(industry="Optics")
    close_filled(now=timezone.now())
    assert list(GapAssignment.objects.filter(closed_at=None).values_list("field", flat=True)) == ["country"]
    revops.post(url, said | {"to": ""})
    assert not GapAssignment.objects.filter(closed_at=None).exists()


def test_the_file_for_enrichment_comes_back_filled(sign_in: SignIn, now: object) -> None:
    row = complete("Acme")
    bare = on_list(make.account("Bare", None, external_id="A-7"), 2)
    Account.objects.filter(pk=row.pk).update(industry="", employees=None)
    browser = sign_in(Role.REVOPS)
    file = b"".join(browser.get(reverse("gaps:enrichment"))).decode("utf-8-sig")
    header, *rows = file.splitlines()
    titles = header.split(",")
    filled = []
    for line in rows:
        cells = dict(zip(titles, line.split(","), strict=True))
        cells |= {"Industry": "Optics", "Employees": "250"}
        cells |= {"Domain": "bare.example"} if cells["Name"] == "Bare" else {}
        filled.append(",".join(cells[title] for title in titles))
    by = make.user(Role.REVOPS)
    text = "\n".join([header, *filled]) + "\n"
    moment = timezone.now()
    brought = importing.upload(
        file=SimpleUploadedFile("back.csv", text.encode()),
        kind="accounts",
        side="revops",
        reason="Enriched.",
        by=by,
        now=moment,
    )
    mapping = {column.number: column.field for column in importing.offered(brought)}
    assert {"name", "domain", "industry", "employees", "technologies", "external_ids.crm"} <= set(
        mapping.values()
    )
    importing.map_columns(
        import_=brought, mapping=mapping, answers={}, side="revops", reason="Enriched.", by=by, now=moment
    )
    work.drain_all()
    brought.refresh_from_db()
    importing.start_run(import_=brought, by=by, now=moment)
    work.drain_all()
    brought.refresh_from_db()
    assert (brought.updated, brought.created, brought.refused) == (2, 0, 0)
    for one in (row, bare):
        one.refresh_from_db()
        assert (one.industry, one.employees) == ("Optics", 250)
    assert bare.domain == "bare.example"
    assert row.technologies == ["SAP"]


def test_the_people_to_find_come_back_as_contacts(sign_in: SignIn) -> None:
    row = complete("Acme")
    row.contacts.filter(role__in=["champion", "end_user"]).delete()
    file = b"".join(sign_in(Role.REVOPS).get(reverse("gaps:people"))).decode("utf-8-sig")
    header, *rest = file.splitlines()
    assert rest == [",,,,acme.example,Champion", ",,,,acme.example,End User"]
    text = f"{header}\nida@acme.example,Ida Boss,COO,,acme.example,Champion\n"
    by, moment = make.user(Role.REVOPS), timezone.now()
    brought = importing.upload(
        file=SimpleUploadedFile("people.csv", text.encode()),
        kind="contacts",
        side="revops",
        reason="Found.",
        by=by,
        now=moment,
    )
    mapping = {column.number: column.field for column in importing.offered(brought)}
    assert set(mapping.values()) == {"email", "name", "title", "phone", "account_domain", "role"}
    importing.map_columns(
        import_=brought, mapping=mapping, answers={}, side="revops", reason="Found.", by=by, now=moment
    )
    work.drain_all()
    brought.refresh_from_db()
    importing.start_run(import_=brought, by=by, now=moment)
    work.drain_all()
    assert holes(row) == ("role:end_user",)


def test_the_api_pages_through_gaps() -> None:
    for number in range(3):
        on_list(make.account(f"A {number}", f"a{number}.example"))
    caller = caller_of(Role.INTEGRATION)
    first = caller.get("gaps/?limit=2&gap=industry").json()
    assert [one["name"] for one in first["results"]] == ["A 0", "A 1"]
    assert {hole["gap"] for hole in first["results"][0]["gaps"]} <= {gap.key for gap in CATALOGUE}
    second = caller.get("gaps/" + first["next"].partition("/gaps/")[2]).json()
    assert ([one["name"] for one in second["results"]], second["next"]) == (["A 2"], None)
    assert caller.get("gaps/?gap=shoe_size").status_code == 400
    assert caller.get("gaps/?colour=red").status_code == 400
