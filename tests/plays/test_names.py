"""No two plays in use have one name, whatever its capitals: in the services, over the API, in the database."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from abmops.lib.errors import FieldErrors
from plays.domain.starter import PLAYS
from plays.models import Play
from plays.services.play import drafting
from plays.services.play.library import install_starter_plays, put_play, set_status
from tests.plays.make import CALL, NOW, a_play, a_user

pytestmark = pytest.mark.django_db

BODY: dict[str, Any] = {"name": "pilot OFFER ", "trigger": {"manual": True}, "steps": [CALL]}


def revops_client() -> Client:
    client = Client()
    client.force_login(a_user(role="revops", job=""))
    return client


@pytest.mark.parametrize(
    ("status", "code"),
    [("active", 400), ("paused", 400), ("draft", 400), ("retired", 201)],
)
def test_the_api_refuses_the_name_of_another_and_says_whose_it_is(status: str, code: int) -> None:
    there = a_play("pilot", name="Pilot offer")
    Play.objects.filter(pk=there.pk).update(status=status)
    answer = revops_client().put("/api/v1/plays/second/", BODY, content_type="application/json")
    assert answer.status_code == code, answer.content
    if code == 400:
        (error,) = answer.json()["errors"]
        assert error["pointer"] == "/name"
        assert error["detail"] == (
            f"Another play is called “Pilot offer” already: pilot, {status}. Give this one a name of its own."
        )
        assert Play.objects.count() == 1


def test_a_play_keeps_its_own_name_in_other_capitals() -> None:
    there, client = a_play("pilot", name="Pilot offer"), revops_client()
    url = "/api/v1/plays/pilot/"
    assert client.patch(url, {"name": "PILOT offer"}, content_type="application/json").status_code == 200
    there.refresh_from_db()
    assert there.name == "PILOT offer"


def test_a_play_is_not_renamed_to_another_nor_brought_back_beside_it() -> None:
    old, by = a_play("old", name="Pilot offer"), a_user(role="revops", job="")
    set_status(play=old, status="retired", now=NOW)
    new = a_play("new", name="Pilot offer")
    other = a_play("other")
    with pytest.raises(FieldErrors, match="new, active"):
        set_status(play=old, status="active", now=NOW)
    with pytest.raises(FieldErrors, match="new, active"):
        put_play(slug="old", fields={"status": "paused"}, by=by, now=NOW)
    with pytest.raises(FieldErrors, match="new, active"):
        put_play(slug="other", fields={"name": "Pilot Offer"}, by=by, now=NOW)
    current = Play.objects.select_related("current").get(pk=other.pk)
    assert current.current is not None
    sheet = drafting.Sheet(name="pilot offer", definition=current.current.as_json())
    with pytest.raises(FieldErrors, match="new, active"):
        drafting.save_draft(play=current, sheet=sheet, seen=drafting.mark_of(current, None), by=by, now=NOW)
    page = revops_client().post(
        reverse("plays:play_status", args=[old.pk]), {"status": "active"}, follow=True
    )
    assert "Another play is called “Pilot offer” already" in page.content.decode()
    set_status(play=new, status="retired", now=NOW)
    assert set_status(play=old, status="active", now=NOW).status == "active"


def test_the_database_keeps_it() -> None:
    a_play("one", name="Pilot offer")
    with pytest.raises(IntegrityError, match="one_play_in_use_per_name"), transaction.atomic():
        Play.objects.create(slug="two", name="PILOT OFFER", created_at=NOW)
    Play.objects.create(slug="two", name="PILOT OFFER", status="retired", created_at=NOW)


def test_the_admin_says_it_too() -> None:
    a_play("one", name="Pilot offer")
    two, admin = a_play("two"), a_user(role="revops", job="")
    type(admin).objects.filter(pk=admin.pk).update(is_staff=True, is_superuser=True)
    client = Client()
    client.force_login(admin)
    form = {
        "name": "PILOT offer", "purpose": "", "owner": "", "versions-TOTAL_FORMS": "0", "versions-INITIAL_FORMS": "0",
    }  # fmt: skip
    answer = client.post(reverse("admin:plays_play_change", args=[two.pk]), form)
    assert answer.status_code == 200
    assert "Another play is called “Pilot offer” already" in answer.content.decode()


def test_a_starter_whose_name_is_taken_comes_with_a_number() -> None:
    taken = PLAYS[0].name
    a_play("ours", name=taken.upper())
    installed = install_starter_plays(owner=None, now=NOW)
    assert [play.name for play in installed][:2] == [f"{taken} (2)", PLAYS[1].name]


def test_the_migration_numbers_the_doubles_and_leaves_the_oldest_and_the_retired() -> None:
    migration = import_module("plays.migrations.0018_play_names")
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX one_play_in_use_per_name")
    for number, (name, status) in enumerate(
        [
            ("Offer", "draft"), ("OFFER", "active"), ("offer (2)", "paused"), ("Offer", "retired"),
            ("x" * 120, "draft"), ("X" * 120, "draft"), ("Alone", "active"),
        ]
    ):  # fmt: skip
        Play.objects.create(slug=f"p{number}", name=name, status=status, created_at=NOW)
    migration.number_doubles(apps, None)
    assert list(Play.objects.order_by("pk").values_list("name", flat=True)) == [
        "Offer", "OFFER (3)", "offer (2)", "Offer", "x" * 120, "X" * 114 + " (2)", "Alone",
    ]  # fmt: skip
