"""Notices seen: one by opening it or by hand, all at once with undo; what is told is kept for ninety days."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from accounts.models import User
from plays.models import Notice
from plays.services.notice.reading import forget_old, mark_read, mark_unread
from tests.plays.make import NOW, a_user

pytestmark = pytest.mark.django_db


def client_of(user: User) -> Client:
    cache.clear()
    client = Client()
    client.force_login(user)
    return client


def told(user: User, number: int = 0, **fields: object) -> Notice:
    given = {
        "kind": "task_breached",
        "text": f"Late: call {number}.",
        "url": "/accounts/",
        "at": timezone.now(),
    }
    return Notice.objects.create(user=user, subject=f"task:{number}", **(given | fields))


def unread(user: User) -> list[int]:
    return sorted(Notice.objects.visible_to(user).unread().values_list("pk", flat=True))


@pytest.fixture
def user() -> User:
    return a_user()


def test_opening_one_goes_where_it_leads_and_reads_that_one(user: User) -> None:
    first, second = told(user, 1), told(user, 2)
    client = client_of(user)
    assert f'href="/notices/{first.pk}/"' in client.get("/notices/").content.decode()
    assert f'href="/notices/{first.pk}/"' in client.get("/").content.decode()
    assert client.get(f"/notices/{first.pk}/").headers["Location"] == "/accounts/"
    assert unread(user) == [second.pk]
    read_at = Notice.objects.get(pk=first.pk).read_at
    client.get(f"/notices/{first.pk}/")
    assert Notice.objects.get(pk=first.pk).read_at == read_at, "when it was read first"


@pytest.mark.parametrize("url", ["", "https://evil.example/", "//evil.example/"])
def test_one_that_leads_nowhere_or_elsewhere_leads_to_the_list(user: User, url: str) -> None:
    one = told(user, url=url)
    assert client_of(user).get(f"/notices/{one.pk}/").headers["Location"] == "/notices/"


@pytest.mark.parametrize(
    ("to", "leads"),
    [
        pytest.param("/accounts/?q=a", "/accounts/?q=a", id="a page of ours"),
        pytest.param("https://evil.example/", "/notices/", id="elsewhere"),
        pytest.param("//evil.example/", "/notices/", id="elsewhere by our own scheme"),
        pytest.param("/\\evil.example/", "/notices/", id="a backslash that browsers read as a slash"),
        pytest.param("javascript:alert(1)", "/notices/", id="no page"),
        pytest.param("/\t/evil.example/", "/notices/", id="a tab that browsers leave out"),
    ],
)
def test_a_message_link_that_was_passed_on_leads_to_our_pages_alone(user: User, to: str, leads: str) -> None:
    one, other = told(user), a_user()
    assert client_of(other).get(f"/notices/{one.pk}/", {"to": to}).headers["Location"] == leads
    assert client_of(user).get(f"/notices/{one.pk}/", {"to": to}).headers["Location"] == "/accounts/"
    assert client_of(user).get("/notices/987654321/", {"to": to}).headers["Location"] == leads, "forgotten"


def test_one_is_seen_by_hand_and_new_again(user: User) -> None:
    first, second = told(user, 1), told(user, 2)
    client = client_of(user)
    answer = client.post(f"/notices/{first.pk}/read/", {"next": "/"}, follow=True)
    assert answer.request["PATH_INFO"] == "/"
    assert f'action="/notices/{first.pk}/unread/"' in answer.content.decode(), "the message takes it back"
    assert unread(user) == [second.pk]
    client.post(f"/notices/{first.pk}/unread/")
    assert unread(user) == [first.pk, second.pk]


def test_all_are_seen_and_only_those_are_new_again(user: User) -> None:
    early, first, second = told(user, 0), told(user, 1), told(user, 2)
    client = client_of(user)
    client.get(f"/notices/{early.pk}/")
    page = client.post("/notices/read/", follow=True).content.decode()
    assert "2 notices are read." in page
    assert unread(user) == []
    undo = page.split('action="/notices/unread/')[1].split('"')[0].replace("&amp;", "&")
    client.post(f"/notices/unread/{undo}")
    assert unread(user) == [first.pk, second.pk]
    assert "There was nothing new" in client_of(a_user()).post("/notices/read/", follow=True).content.decode()


@pytest.mark.parametrize("at", ["", "x", "2026-11-22", "2026-13-45T00:00:00", "2026-11-22T10:00:00"])
def test_an_undo_that_names_no_moment_changes_nothing(user: User, at: str) -> None:
    mark_read(user=user, notice=told(user), now=NOW)
    client_of(user).post(f"/notices/unread/?at={at}")
    assert unread(user) == []


def test_nobody_reads_for_another(user: User) -> None:
    one, other = told(user), a_user()
    client = client_of(other)
    for path in (f"/notices/{one.pk}/read/", f"/notices/{one.pk}/unread/"):
        assert client.post(path).status_code == 404
    assert client.get(f"/notices/{one.pk}/").status_code == 404
    assert mark_read(user=other, notice=one, now=NOW) == 0
    assert mark_read(user=other, now=NOW) == 0
    mark_read(user=user, now=NOW)
    assert mark_unread(user=other, read_at=NOW) == 0


def test_today_says_how_many_are_new(user: User) -> None:
    for number in range(5):
        told(user, number)
    page = client_of(user).get("/").content.decode()
    assert "All 5 unread" in page
    assert page.count(">Mark as read<span") == 3
    assert "Mark all 5 as read" in client_of(user).get("/notices/").content.decode()


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        pytest.param("kind=late", [0], id="late work"),
        pytest.param("kind=data", [1], id="signals and data"),
        pytest.param("kind=other", [2], id="everything else"),
        pytest.param("show=unread", [0, 2], id="new ones"),
        pytest.param("show=unread&kind=data", [], id="both"),
        pytest.param("kind=nonsense", [0, 1, 2], id="a word that is no kind"),
    ],
)
def test_the_list_is_narrowed_by_kind_and_newness(user: User, query: str, numbers: list[int]) -> None:
    kinds = ("task_breached", "source_silent", "nomination")
    rows = [told(user, number, kind=kind) for number, kind in enumerate(kinds)]
    mark_read(user=user, notice=rows[1], now=timezone.now())
    page = client_of(user).get(f"/notices/?{query}").context["page"]
    assert sorted(one.pk for one in page) == [rows[number].pk for number in numbers]


def test_what_is_older_than_ninety_days_is_forgotten(user: User) -> None:
    kept = told(user, 1, at=NOW - timedelta(days=90))
    told(user, 2, at=NOW - timedelta(days=90, seconds=1))
    told(user, 3, at=NOW - timedelta(days=200), read_at=NOW)
    assert forget_old(now=NOW) == 2
    assert Notice.objects.get().pk == kept.pk
    assert forget_old(now=NOW) == 0
