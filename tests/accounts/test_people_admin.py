"""People and absences in the admin: the same rules as on their pages."""

from datetime import date

import pytest
from django.test import Client

from abmops.lib.choices import Role
from accounts.models import Absence, User
from tests.accounts import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin() -> Client:
    client = Client()
    client.force_login(make.user(Role.REVOPS, is_staff=True, is_superuser=True))
    return client


def form_of(user: User, **said: str) -> dict[str, str]:
    given = {
        "email": user.email, "name": user.name, "role": user.role, "job": user.job, "time_zone": user.time_zone,
        "opens": "09:00", "closes": "17:00", "weekdays": "0,1,2", "date_joined_0": "2026-01-01",
        "date_joined_1": "10:00", "is_active": "on",
    }  # fmt: skip
    return given | said


def test_nobody_becomes_inactive_who_still_owns_something(admin: Client) -> None:
    maya = make.user(Role.REP, job="sdr")
    make.account("Alpha", "alpha.example", owner=maya)
    address = f"/admin/accounts/user/{maya.pk}/change/"
    said = form_of(maya)
    del said["is_active"]
    answer = admin.post(address, said)
    assert answer.status_code == 200
    assert f"/settings/people/{maya.pk}/leaving/" in answer.content.decode()
    maya.refresh_from_db()
    assert maya.is_active


def test_a_circle_of_stand_ins_is_refused_here_too(admin: Client) -> None:
    maya, piet = make.user(Role.REP), make.user(Role.REP)
    Absence.objects.create(user=maya, starts_on=date(2027, 2, 1), ends_on=date(2027, 2, 5), stand_in=piet)
    said = {
        "user": piet.pk,
        "starts_on": "2027-02-03",
        "ends_on": "2027-02-09",
        "stand_in": maya.pk,
        "note": "",
    }
    answer = admin.post("/admin/accounts/absence/add/", said)
    assert "Choose somebody else." in answer.content.decode()
    assert admin.post("/admin/accounts/absence/add/", said | {"stand_in": ""}).status_code == 302
    assert Absence.objects.count() == 2
