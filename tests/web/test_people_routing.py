"""People & routing and the late tasks, as people use them: forms without a script, sentences when refused."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from abmops.lib.choices import Role
from accounts.models import Absence, Holiday, Territory, User
from plays.models import Departure, RoutingRule, Task
from tests.plays.make import NOW, a_territory, a_user, an_account
from tests.plays.test_away import a_task
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db


@pytest.fixture
def as_revops(sign_in: SignIn) -> Client:
    return sign_in(Role.REVOPS)


def text(answer: object) -> str:
    return answer.content.decode()  # type: ignore[attr-defined, no-any-return]


def test_people_are_listed_with_what_they_carry(as_revops: Client) -> None:
    maya = a_user(name="Maya", capacity=1)
    a_task(maya, due=timezone.now() - timedelta(days=1))
    page = text(as_revops.get("/settings/people/?sort=-late&seat=sdr"))
    assert "of 1" in page
    assert f"/sla/?owner={maya.pk}" in page
    assert "Nobody is like that" in text(as_revops.get("/settings/people/?q=zzz"))
    assert "Maya" in b"".join(as_revops.get("/settings/people/people.csv")).decode()


def test_anybody_sets_their_own_hours_and_absences_and_nobody_elses(as_rep: Client, rep: User) -> None:
    week = {"time_zone": "Europe/Rome", "opens": "08:00", "closes": "12:30", "weekdays": ["0", "2"]}
    assert as_rep.post(f"/settings/people/{rep.pk}/week/", week).status_code == 302
    rep.refresh_from_db()
    assert (rep.time_zone, rep.weekdays, f"{rep.closes:%H:%M}") == ("Europe/Rome", [0, 2], "12:30")
    wrong = as_rep.post(f"/settings/people/{rep.pk}/week/", week | {"closes": "07:00"})
    assert wrong.status_code == 422
    assert "The working day ends before it begins." in text(wrong)
    other = a_user()
    assert as_rep.post(f"/settings/people/{other.pk}/week/", week).status_code == 403
    assert as_rep.get(f"/settings/people/{rep.pk}/seat/").status_code == 403


@time_machine.travel("2026-11-18 10:00")  # an absence that is over is not removed any more
def test_absences_are_added_changed_and_removed(as_rep: Client, rep: User) -> None:
    piet = a_user(name="Piet")
    said = {"starts_on": "2027-02-01", "ends_on": "2027-02-05", "stand_in": piet.pk, "note": "Skiing"}
    as_rep.post(f"/settings/people/{rep.pk}/away/", said)
    row = Absence.objects.get()
    assert (row.stand_in, row.note) == (piet, "Skiing")
    page = text(as_rep.get(f"/settings/people/{rep.pk}/"))
    assert "Piet stands in." in page
    again = as_rep.post(f"/settings/people/{rep.pk}/away/", said)
    assert "already away from 1 February to 5 February 2027" in text(again)
    as_rep.post(f"/settings/people/{rep.pk}/away/{row.pk}/", said | {"ends_on": "2027-02-08"})
    row.refresh_from_db()
    assert row.ends_on == date(2027, 2, 8)
    address = f"/settings/people/{rep.pk}/away/{row.pk}/remove/"
    assert "after all?" in text(as_rep.get(address))
    as_rep.post(address)
    assert not Absence.objects.exists()


def test_seat_territory_and_capacity_are_revops(as_revops: Client) -> None:
    maya, dach = a_user(), a_territory("dach")
    as_revops.post(f"/settings/people/{maya.pk}/seat/", {"job": "ae", "territory": dach.pk, "capacity": "12"})
    maya.refresh_from_db()
    assert (maya.job, maya.territory, maya.capacity) == ("ae", dach, 12)


def test_territories_and_their_countries(as_revops: Client) -> None:
    account = an_account(country="NO")
    as_revops.post(
        "/settings/territories/new/", {"name": "Nordics", "slug": "nordics", "countries": "no, SE"}
    )
    account.refresh_from_db()
    assert account.territory == Territory.objects.get(slug="nordics", countries=["NO", "SE"])
    wrong = as_revops.post("/settings/territories/new/", {"name": "X", "slug": "x", "countries": "QQ"})
    assert "QQ: no such country" in text(wrong)
    assert "Nordics" in text(as_revops.get("/settings/territories/?q=SE"))


def test_holidays_are_added_pasted_and_removed(as_revops: Client, sign_in: SignIn) -> None:
    dach = a_territory("dach")
    as_revops.post("/settings/holidays/", {"day": "2027-01-01", "name": "New Year"})
    pasted = "day,name,territory\n2027-01-01,New Year,\n2027-05-01,Labour Day,dach\n"
    as_revops.post("/settings/holidays/paste/", {"text": pasted})
    assert list(Holiday.objects.values_list("name", "territory")) == [
        ("New Year", None),
        ("Labour Day", dach.pk),
    ]
    wrong = as_revops.post("/settings/holidays/paste/", {"text": "1.5.2027,Labour\n2027-06-01,X,mars"})
    page = text(wrong)
    assert "Line 1: “1.5.2027” is no day." in page
    assert "Line 2: There is no territory “mars”." in page
    day = Holiday.objects.get(name="Labour Day")
    assert (
        sign_in(Role.REP).post("/settings/holidays/", {"day": "2027-01-02", "name": "X"}).status_code == 403
    )
    as_revops.post(f"/settings/holidays/{day.pk}/remove/")
    assert Holiday.objects.count() == 1
    assert "New Year" in text(as_revops.get("/settings/holidays/?year=2027&territory=all"))


def test_rules_are_written_ordered_and_removed(as_revops: Client) -> None:
    ada = a_user(name="Ada", job="ae")
    nordics = a_territory("nordics")
    first = {
        "name": "Nordics", "tiers": ["1", "0"], "territories": [nordics.pk], "countries": "no", "industries": "Optics",
        "sides": ["sales"], "roles": ["sdr"], "target": "person", "person": ada.pk, "reason": "She knows them.",
        "active": "on",
    }  # fmt: skip
    assert as_revops.post("/settings/routing/new/", first).status_code == 302
    second = {"name": "Any AE", "target": "anywhere", "seats": ["ae"], "reason": "So.", "active": "on"}
    as_revops.post("/settings/routing/new/", second)
    page = text(as_revops.get("/settings/routing/"))
    assert (
        "Sales steps for an SDR on tier 1 accounts or accounts off the list of Nordics in Norway "
        "in the industry Optics go to Ada." in page
    )
    rule = RoutingRule.objects.get(name="Any AE")
    as_revops.post(f"/settings/routing/{rule.pk}/move/", {"way": "up"})
    assert list(RoutingRule.objects.values_list("name", flat=True)) == ["Any AE", "Nordics"]
    wrong = as_revops.post("/settings/routing/new/", second | {"seats": [], "reason": ""})
    assert "Choose at least one seat." in text(wrong) or "This field is required." in text(wrong)
    assert "Remove “Any AE”?" in text(as_revops.get(f"/settings/routing/{rule.pk}/remove/"))
    as_revops.post(f"/settings/routing/{rule.pk}/remove/")
    assert RoutingRule.objects.get().name == "Nordics"


def test_the_tester_says_who_and_why_not_the_others(as_revops: Client) -> None:
    here = a_territory("here")
    maya = a_user(name="Maya", territory=here)
    account = an_account(name="Casara", territory=here)
    page = text(
        as_revops.get(
            "/settings/routing/try/", {"account": "casara", "side": "sales", "role": "sdr", "sla": "4"}
        )
    )
    assert "Maya</a> would get it" in page
    assert "The account has no owner." in page
    assert not Task.objects.exists()
    Absence.objects.create(user=maya, starts_on=date(2027, 3, 1), ends_on=date(2027, 3, 5))
    away: dict[str, str | int] = {
        "territory": here.pk,
        "side": "sales",
        "role": "sdr",
        "sla": "4",
        "moment": "2027-03-02T10:00",
    }
    assert "Everybody of them is away" in text(as_revops.get("/settings/routing/try/", away))
    assert "No account has this name" in text(
        as_revops.get("/settings/routing/try/?account=zzz&side=sales&role=sdr&sla=4")
    )
    assert account.owner is None


def test_a_leaving_is_shown_first_and_carried_out_then(as_revops: Client) -> None:
    maya, piet = a_user(name="Maya"), a_user(name="Piet")
    a_task(maya, due=NOW + timedelta(days=1))
    url = f"/settings/people/{maya.pk}/leaving/"
    me = User.objects.get(role="revops")
    said = {"accounts": "seat", "tasks": "routing", "rest": "one", "things": me.pk, "reason": ""}
    page = text(as_revops.post(url, said | {"do": "plan"}))
    assert "Piet" in page
    assert "Carry it out" in page
    assert Task.objects.get().owner == maya
    picked = text(as_revops.post(url, said | {"do": "plan", f"to-tasks-{Task.objects.get().pk}": me.pk}))
    assert f'<option value="{me.pk}" selected>' in picked
    assert "Choose who shares." in text(as_revops.post(url, said | {"do": "plan", "tasks": "load"}))
    missing = text(as_revops.post(url, said | {"do": "leave"}))
    assert "Say why" in missing
    assert "Carry it out" in missing
    assert as_revops.post(url, said | {"do": "leave", "reason": "Last day."}).status_code == 302
    assert Task.objects.get().owner == piet
    departure = Departure.objects.get()
    assert "Take the leaving back" in text(as_revops.get(f"/settings/people/{maya.pk}/"))
    as_revops.post(f"/settings/people/departures/{departure.pk}/undo/")
    assert Task.objects.get().owner == maya


def test_late_tasks_by_person_and_every_number_opens(as_revops: Client) -> None:
    maya = a_user(name="Maya")
    now = timezone.now()
    late = a_task(maya, due=now - timedelta(days=1))
    a_task(maya, due=now + timedelta(hours=2))
    done = a_task(maya, due=now + timedelta(hours=2))
    Task.objects.filter(pk=done.pk).update(state="done", closed_at=now)
    page = text(as_revops.get("/sla/"))
    assert "1 task is late, 1 more is due soon." in page
    assert "100 % of 1" in page or "100% of 1" in page
    for show, n in (("late", 1), ("risk", 1), ("open", 2), ("inside", 1), ("outside", 0), ("handed", 0)):
        rows = list(as_revops.get(f"/sla/tasks.csv?show={show}&owner={maya.pk}"))
        assert len(rows) - 2 == n, show
    assert late.account.name in page
    assert "No task is like that" in text(as_revops.get("/sla/?urgency=urgent"))


@pytest.mark.parametrize(
    "url", ["/settings/people/", "/sla/?show=open", "/settings/routing/", "/settings/territories/"]
)
def test_the_queries_of_a_page_do_not_grow_with_its_rows(as_revops: Client, url: str) -> None:
    def queries(n: int) -> int:
        for _ in range(n):
            person = a_user(territory=a_territory())
            a_task(person, due=NOW)
            Absence.objects.create(user=person, starts_on=NOW, ends_on=NOW + timedelta(days=900))
            last = RoutingRule.objects.count()
            RoutingRule.objects.create(
                position=last + 1, name="R", target="person", person=person, reason="So.", changed_at=NOW
            )
        as_revops.get(url)
        with CaptureQueriesContext(connection) as captured:
            assert as_revops.get(url).status_code == 200
        return len(captured)

    assert queries(1) == queries(6)
