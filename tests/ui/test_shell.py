"""Sign-in, theme, tour, navigation, errors: what surrounds every page."""

from datetime import UTC, datetime

import pytest
from django.contrib.messages.storage.base import Message
from django.template import Context, Template
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from abmops.lib.choices import Role
from abmops.ui import navigation
from abmops.ui.templatetags.ui import undo_url
from accounts.models import User
from tests.accounts import make

pytestmark = pytest.mark.django_db
PASSWORD = "a-long-pass-phrase"
OFF, DASH = "Not on the list", '<span aria-hidden="true">\u2013</span>'


def signed_in(role: Role = Role.REP, **fields: object) -> Client:
    client = Client()
    client.force_login(make.user(role, **({"toured_at": timezone.now()} | fields)))
    return client


def test_signing_in_leads_to_the_page_asked_for_and_ignores_the_case_of_the_address() -> None:
    person = make.user(email="maya@ours.example")
    person.set_password(PASSWORD)
    person.save()
    client = Client()
    asked = client.get(reverse("accounts:list"))
    assert asked.headers["Location"] == "/login/?next=/accounts/"
    answer = client.post(
        asked.headers["Location"],
        {"username": "Maya@Ours.example", "password": PASSWORD, "next": "/accounts/"},
    )
    assert answer.headers["Location"] == "/accounts/"


def test_a_wrong_password_says_so_beside_the_form() -> None:
    answer = Client().post(reverse("ui:login"), {"username": "x@y.example", "password": "no"})
    assert 'role="alert"' in answer.content.decode()


@pytest.mark.parametrize(
    ("sent", "kept", "drawn"),
    [
        ("dark", "dark", 'data-theme="dark"'),
        ("light", "light", 'data-theme="light"'),
        ("system", "", "<html lang"),
        ("x", "", "<html lang"),
    ],
)
def test_the_theme_is_kept_with_the_person(sent: str, kept: str, drawn: str) -> None:
    client = signed_in(theme="light")
    answer = client.post(reverse("ui:theme"), {"theme": sent, "next": "/accounts/"})
    assert answer.headers["Location"] == "/accounts/"
    page = client.get("/accounts/")
    assert User.objects.get().theme == kept
    assert drawn in page.content.decode()
    assert ('data-theme="' in page.content.decode()) is bool(kept)


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_nobody_is_sent_elsewhere(target: str) -> None:
    assert signed_in().post(reverse("ui:theme"), {"theme": "dark", "next": target}).headers["Location"] == "/"


def test_the_tour_is_shown_once_and_again_when_asked_for() -> None:
    client = signed_in(toured_at=None)
    assert 'id="tour"' in client.get("/").content.decode()
    client.post(reverse("ui:tour"), {"next": "/"})
    assert 'id="tour"' not in client.get("/").content.decode()
    client.post(reverse("ui:tour"), {"again": "1"})
    assert 'id="tour"' in client.get("/").content.decode()


def test_the_navigation_marks_the_nearest_place_and_hides_what_a_role_may_not_open() -> None:
    person = make.user(Role.REP)
    here = navigation.navigation_for(person, path="/signals/crossings/", now=timezone.now())
    entries = {entry.label: entry.current for group in here.groups for entry in (*group.entries, *here.foot)}
    assert entries["Signals"] == "true"
    assert entries["Thresholds"] == ""
    assert "Administration" not in entries
    assert "Health" not in entries


@pytest.mark.parametrize(
    ("path", "label"),
    [
        ("/settings/deliveries/", "Surfaces"),
        ("/settings/routing/new/", "People & routing"),
        ("/settings/notices/", "Notices"),
    ],
)
def test_a_page_beside_a_place_lies_in_it(path: str, label: str) -> None:
    found = navigation.navigation_for(make.user(Role.REVOPS), path=path, now=timezone.now())
    marked = {entry.label for group in found.groups for entry in group.entries if entry.current}
    assert marked == {label}


def test_the_counts_of_the_navigation_cost_nothing_when_warm(django_assert_num_queries: object) -> None:
    person, now = make.user(Role.REP), timezone.now()
    navigation.forget_counts(person)
    first = navigation.counts_for(person, now=now)
    with django_assert_num_queries(0):  # type: ignore[operator]
        assert navigation.counts_for(person, now=now) == first


def test_an_unknown_address_says_where_to_look() -> None:
    answer = signed_in().get("/there-is-no-such-page/")
    assert answer.status_code == 404
    assert "There is nothing at this address" in answer.content.decode()


def test_a_page_of_another_role_says_whose_it_is() -> None:
    answer = signed_in(Role.INTEGRATION).get("/accounts/")
    assert answer.status_code == 403
    assert "You may not open this" in answer.content.decode()


@pytest.mark.parametrize("name", ["400", "500", "403_csrf"])
def test_error_pages_stand_without_any_context(name: str) -> None:
    from django.template.loader import render_to_string

    assert "<h1>" in render_to_string(f"{name}.html")


def test_a_form_without_its_token_is_told_in_words() -> None:
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post(reverse("ui:login"), {"username": "x", "password": "y"})
    assert answer.status_code == 403
    assert "This form is too old" in answer.content.decode()


def test_an_htmx_call_of_an_ended_session_sends_the_page_to_sign_in() -> None:
    answer = Client().get(
        "/accounts/1/peek/",
        headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/accounts/?q=a"},
    )
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/login/?next=/accounts/%3Fq%3Da"


@pytest.mark.parametrize(
    ("on", "back"),
    [
        ({"Referer": "http://testserver/plays/7/"}, "/plays/7/"),
        ({"Referer": "https://elsewhere.example/plays/7/"}, "/plays/7/"),
        ({}, "/"),
    ],
)
def test_whoever_sent_a_form_after_the_session_ended_comes_back_to_a_page(
    on: dict[str, str], back: str
) -> None:
    """The address of a form may answer POST alone: after signing in it would be a blank refusal."""
    asked = Client().post("/plays/7/review/", {"do": "approve"}, headers=on)
    assert asked.headers["Location"] == f"/login/?next={back}"


def test_the_undo_of_a_toast_is_read_from_its_tag() -> None:
    assert undo_url(Message(25, "Done.", extra_tags="undo:/tasks/1/undo/")) == "/tasks/1/undo/"
    assert undo_url(Message(25, "Done.")) == ""


@pytest.mark.parametrize(
    ("source", "drawn"),
    [
        ("{% tier 1 %}", '<span class="tier t1">Tier 1</span>'),
        ("{% tier 2 short=True %}", '<span class="tier t2"><span class="vh">Tier </span>2</span>'),
        ("{% tier None %}", '<span class="tier t3 off">Not on the list</span>'),
        (
            "{% tier None short=True %}",
            f'<span class="tier t3 off" title="{OFF}"><span class="vh">{OFF}</span>{DASH}</span>',
        ),
        ("{% ago None %}", "never"),
        ("{{ value|pct }}", "no data"),
        ("{% pips 2 %}", '<span class="pips" role="img" aria-label="Influence 2 of 5">●●○○○</span>'),
    ],
)
def test_tags_draw_their_mark(source: str, drawn: str) -> None:
    assert Template("{% load ui %}" + source).render(Context({"value": None})) == drawn


@pytest.mark.parametrize(
    ("now", "due", "words"),
    [
        pytest.param("2026-03-10T06:00", "2026-03-10T10:15", "4 h 15 min <small>due ", id="today by the clock"),
        pytest.param("2026-03-10T22:30", "2026-03-11T10:15", "Tomorrow <small>due ", id="no hours of the night"),
        pytest.param(
            "2026-03-10T23:40", "2026-03-11T00:10", "30 min <small>left, due ", id="the last hour, over midnight"
        ),
        pytest.param("2026-03-11T10:15", "2026-03-10T22:30", "11 h 45 min <small>late, due ", id="late"),
    ],
)  # fmt: skip
def test_a_clock_counts_down_the_hours_of_its_own_day_alone(now: str, due: str, words: str) -> None:
    at = {"now": datetime.fromisoformat(f"{now}+00:00"), "due": datetime.fromisoformat(f"{due}+00:00")}
    with timezone.override(UTC):
        assert f'">{words}' in Template("{% load ui %}{% clock due %}").render(Context(at))
