"""Views of the queue that people keep: private and shared, one to begin with, in the address, without a script."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from abmops.lib.choices import Role
from accounts.models import DefaultView, SavedView, User
from accounts.services import saved_views as keeping
from plays import services
from plays.models import Task
from tests import budgets
from tests.plays.make import a_user, an_account

pytestmark = pytest.mark.django_db

PAGE = "plays:today"


def client_of(user: User) -> Client:
    cache.clear()
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def owner() -> User:
    """Owes a call and a letter."""
    person = a_user()
    for channel in ("call", "email"):
        services.add_task(
            account=an_account(owner=person), owner=person, channel=channel, side="sales", title=f"By {channel}",
            by=person, now=timezone.now(),
        )  # fmt: skip
    return person


def titles(client: Client, address: str) -> list[str]:
    return sorted(row.task.title for row in client.get(address).context["queue"].rows)


def kept(
    owner: User, name: str = "Calls", query: str = "channel=call", *, is_shared: bool = False
) -> SavedView:
    return keeping.save_view(
        owner=owner, page=PAGE, name=name, query=query, columns=[], is_shared=is_shared, now=timezone.now()
    )


def test_a_view_is_saved_from_what_is_shown_opened_changed_and_taken_away(owner: User) -> None:
    client = client_of(owner)
    page = client.get("/?channel=call&group=account&q=&late=").content.decode()
    assert "/today/views/new/?channel=call&amp;group=account" in page
    answer = client.post(
        "/today/views/new/?channel=call&group=account&q=&all=1", {"name": "My calls", "starts": ""}
    )
    view = SavedView.objects.get()
    assert (view.page, view.query) == (PAGE, "channel=call&group=account")
    assert answer.headers["Location"] == f"/?saved={view.pk}"
    shown = client.get(f"/?saved={view.pk}")
    assert f'href="/?saved={view.pk}" aria-current="page"' in shown.content.decode()
    assert [row.task.channel for row in shown.context["queue"].rows] == ["call"]
    assert shown.context["wanted"].group == "account"
    assert "channel=call" in shown.content.decode().split('data-live-url="')[1].split('"')[0], "news keeps it"

    changed = client.get(f"/?saved={view.pk}&channel=email").content.decode()
    assert "My calls, changed." in changed
    assert f'action="/accounts/views/{view.pk}/keep/?saved={view.pk}&amp;channel=email"' in changed
    client.post(f"/accounts/views/{view.pk}/keep/?saved={view.pk}&channel=email&view=all")
    assert titles(client, f"/?saved={view.pk}") == ["By email"]

    gone = client.post(f"/accounts/views/{view.pk}/remove/")
    assert gone.headers["Location"] == "/?view=all"
    assert titles(client, f"/?saved={view.pk}") == ["By call", "By email"]
    assert client.post(f"/accounts/views/{view.pk}/restore/").headers["Location"] == f"/?saved={view.pk}"


def test_one_view_is_what_today_opens_with(owner: User) -> None:
    client = client_of(owner)
    client.post("/today/views/new/?channel=call", {"name": "My calls", "starts": "on"})
    assert DefaultView.objects.get().page == PAGE
    assert titles(client, "/") == ["By call"]
    assert titles(client, "/?view=all") == ["By call", "By email"]
    assert titles(client, "/?channel=email") == ["By email"], "whatever is asked for goes before it"
    assert '<a class="num" href="/?view=all">' in client.get("/").content.decode(), "all that is open is all"
    form = client.get(f"/accounts/views/{SavedView.objects.get().pk}/").content.decode()
    assert "Open Today with it" in form
    assert "view of Today" in form


def test_it_does_not_narrow_another_persons_queue_unasked(owner: User) -> None:
    lead = a_user(role="revops", job="")
    view = kept(lead, is_shared=True)
    keeping.begin_with(user=lead, page=PAGE, view=view)
    client = client_of(lead)
    assert titles(client, f"/?person={owner.pk}") == ["By call", "By email"]
    assert titles(client, f"/?saved={view.pk}&person={owner.pk}") == ["By call"]
    assert (
        f'href="/?saved={view.pk}&person={owner.pk}"'.replace("&", "&amp;")
        in client.get(f"/?person={owner.pk}").content.decode()
    )


@pytest.mark.parametrize(("is_shared", "seen"), [(False, False), (True, True)])
def test_who_sees_it(owner: User, *, is_shared: bool, seen: bool) -> None:
    view = kept(a_user(role=Role.REVOPS, job="", name="Ruth Okafor"), is_shared=is_shared)
    page = client_of(owner).get("/").content.decode()
    assert (f'href="/?saved={view.pk}"' in page) is seen
    assert ("Shared by Ruth Okafor" in page) is seen


def test_views_of_other_lists_are_not_here(owner: User) -> None:
    keeping.save_view(
        owner=owner, page="accounts:list", name="Top", query="tier=1", columns=[], now=timezone.now()
    )
    assert "Top</a>" not in client_of(owner).get("/").content.decode()


def test_the_page_costs_the_same_however_long_the_queue_and_however_many_views(owner: User) -> None:
    client = client_of(owner)
    client.get("/")

    def cost() -> int:
        return budgets.queries_of(lambda: client.get("/"))

    few = cost()
    for number in range(5):
        kept(owner, f"View {number}")
        services.add_task(
            account=an_account(owner=owner), owner=owner, channel="call", side="sales", title="More", by=owner,
            now=timezone.now(),
        )  # fmt: skip
    assert cost() == few
    assert Task.objects.count() == 7
    assert few <= 26
