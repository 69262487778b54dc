"""`/api/v1/work/`: read by RevOps and executives, replay by RevOps, and never a payload."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from abmops.work import services as work
from abmops.work.models import State, Verdict, WorkItem
from tests.work.conftest import MakeKind

pytestmark = pytest.mark.django_db


@pytest.fixture
def dead(make_kind: MakeKind) -> WorkItem:
    """An item that was given up."""
    record = make_kind(max_attempts=1)
    record.error = RuntimeError("no")
    work.put(kind="t", dedup_key="mail:kim@acme.com", payload={"email": "kim@acme.com"}, body=b"secret")
    work.drain("react", float("inf"))
    return WorkItem.objects.get()


def sign_in(client: Client, role: str) -> None:
    """A person of that role."""
    user = get_user_model().objects.create_user(email=f"{role}@example.com", name=role.title(), role=role)
    client.force_login(user)


@pytest.mark.parametrize(
    ("role", "read", "replay"),
    [("revops", 200, 200), ("executive", 200, 403), ("marketer", 403, 403), ("rep", 403, 403)],
)
def test_who_may(client: Client, dead: WorkItem, role: str, read: int, replay: int) -> None:
    sign_in(client, role)
    assert client.get("/api/v1/work/").status_code == read
    assert client.get(f"/api/v1/work/{dead.pk}/").status_code == read
    assert client.post(f"/api/v1/work/{dead.pk}/replay/").status_code == replay


def test_the_list_filters_and_shows_no_content(client: Client, dead: WorkItem) -> None:
    sign_in(client, "revops")
    work.put(kind="t", dedup_key="k")
    answer = client.get("/api/v1/work/", {"state": "dead", "lane": "react", "kind": "t"})
    (item,) = answer.json()["results"]
    assert (item["id"], item["state"], item["last_error"].splitlines()[0]) == (
        dead.pk,
        "dead",
        "RuntimeError: no",
    )
    assert "kim@acme.com" not in answer.content.decode()
    assert "secret" not in answer.content.decode()


def test_an_unknown_filter_is_refused(client: Client, dead: WorkItem) -> None:
    sign_in(client, "revops")
    assert client.get("/api/v1/work/", {"payload": "x"}).status_code == 400
    assert client.get("/api/v1/work/", {"state": "nowhere"}).status_code == 400


def test_replay_is_recorded_and_only_once(client: Client, dead: WorkItem) -> None:
    sign_in(client, "revops")
    answer = client.post(f"/api/v1/work/{dead.pk}/replay/")
    assert (answer.status_code, answer.json()["state"]) == (200, State.READY)
    assert Verdict.objects.get().by == "revops@example.com"
    again = client.post(f"/api/v1/work/{dead.pk}/replay/")
    assert again.status_code == 409
    assert "given up" in again.json()["detail"]
