"""The Health page and its doors: RevOps judges, executives look, machines get a status code."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.db import OperationalError
from django.test import Client
from django.urls import reverse

from abmops.work import nudge, selectors, views
from abmops.work import services as work
from abmops.work.models import State, Verdict, Worker, WorkItem
from tests.work.conftest import MakeKind

pytestmark = pytest.mark.django_db


def sign_in(client: Client, role: str) -> None:
    """A person of that role."""
    user = get_user_model().objects.create_user(email=f"{role}@example.com", name=role.title(), role=role)
    client.force_login(user)


@pytest.fixture
def dead(make_kind: MakeKind) -> WorkItem:
    """An item that was given up, with markup in its reason."""
    record = make_kind(max_attempts=1)
    record.error = RuntimeError("<b>no</b> such host for kim@acme.com")
    work.put(kind="t", dedup_key="k")
    work.drain("react", float("inf"))
    return WorkItem.objects.get()


@pytest.fixture
def grown_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A web process past its first minute."""
    monkeypatch.setattr(views, "_started", float("-inf"))


@pytest.mark.parametrize(
    ("role", "status"),
    [("revops", 200), ("executive", 200), ("marketer", 403), ("rep", 403), ("integration", 403)],
)
def test_who_sees_the_page(client: Client, role: str, status: int) -> None:
    sign_in(client, role)
    assert client.get(reverse("work:health")).status_code == status


def test_a_stranger_is_asked_to_sign_in(client: Client) -> None:
    assert client.get(reverse("work:health")).status_code == 302


def test_the_page_says_what_was_given_up_and_why(client: Client, dead: WorkItem) -> None:
    sign_in(client, "revops")
    text = client.get(reverse("work:health")).content.decode()
    assert "RuntimeError: &lt;b&gt;no&lt;/b&gt; such host for ***@acme.com" in text
    assert "kim@" not in text
    assert f'id="work-{dead.pk}"' in text
    assert "Send all round again" in text


def test_an_executive_may_look_and_not_touch(client: Client, dead: WorkItem) -> None:
    sign_in(client, "executive")
    assert "Send" not in client.get(reverse("work:health")).content.decode().split('id="dead"')[1]
    answer = client.post(reverse("work:judge"), {"verb": "replay", "item": dead.pk})
    assert answer.status_code == 403
    dead.refresh_from_db()
    assert dead.state == State.DEAD


def test_the_renewing_part_alone(client: Client, dead: WorkItem) -> None:
    sign_in(client, "revops")
    text = client.get(reverse("work:health"), headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in text
    assert "Given up" in text


def test_the_page_costs_the_same_with_many_rows(
    client: Client, make_kind: MakeKind, django_assert_max_num_queries: object
) -> None:
    sign_in(client, "revops")
    make_kind()
    work.put_many(work.Put("t", dedup_key=f"k{number}") for number in range(300))
    WorkItem.objects.update(state=State.DEAD, last_error="no", done_at=work.database_now())
    with django_assert_max_num_queries(21):  # type: ignore[operator]
        client.get(reverse("work:health"))


@pytest.mark.parametrize(
    "chosen", [{"item": None}, {"kind": "t"}, {"all": "1"}], ids=["one", "a kind", "all"]
)
def test_replay_is_recorded(client: Client, dead: WorkItem, chosen: dict[str, object]) -> None:
    sign_in(client, "revops")
    if "item" in chosen:
        chosen = {"item": dead.pk}
    answer = client.post(reverse("work:judge"), {"verb": "replay", **chosen}, follow=True)
    assert "1 item sent round again." in answer.content.decode()
    dead.refresh_from_db()
    assert (dead.state, dead.attempts) == (State.READY, 1)
    verdict = Verdict.objects.get()
    assert (verdict.item, verdict.action, verdict.by) == (dead.pk, "replayed", "revops@example.com")
    assert "no such host" not in verdict.reason
    assert verdict.reason.startswith("RuntimeError")


def test_dismissed_items_leave_the_list(client: Client, dead: WorkItem) -> None:
    sign_in(client, "revops")
    client.post(reverse("work:judge"), {"verb": "dismiss", "item": dead.pk})
    dead.refresh_from_db()
    assert dead.state == State.CANCELLED
    assert Verdict.objects.get().action == "dismissed"


@pytest.mark.parametrize(
    "order",
    [
        {"verb": "replay"},
        {"verb": "explode", "all": "1"},
        {"verb": "replay", "item": "1; drop table"},
        {"verb": "replay", "item": "9" * 40},
        {},
    ],
)
def test_an_unknown_order_changes_nothing(client: Client, dead: WorkItem, order: dict[str, str]) -> None:
    sign_in(client, "revops")
    answer = client.post(reverse("work:judge"), order, follow=True)
    assert "nothing was done" in answer.content.decode()
    dead.refresh_from_db()
    assert dead.state == State.DEAD


def test_replaying_what_is_gone_says_so(client: Client) -> None:
    sign_in(client, "revops")
    answer = client.post(reverse("work:judge"), {"verb": "replay", "item": 1}, follow=True)
    assert "somebody was faster" in answer.content.decode()


def ticked(ago: timedelta) -> None:
    Worker.objects.create(name="tick@test", role="tick", heartbeat_at=work.database_now() - ago)


def test_healthz_is_well_with_a_fresh_tick(client: Client, grown_up: None) -> None:
    ticked(timedelta(seconds=1))
    answer = client.get("/healthz")
    body = answer.json()
    assert (answer.status_code, body["status"], body["problems"]) == (200, "ok", [])
    assert set(body) == {
        "status", "database", "broker", "last_tick_seconds", "oldest_late_seconds", "dead", "problems",
    }  # fmt: skip


@pytest.mark.parametrize("path", ["/healthz", "/healthz/"])
def test_healthz_fails_when_nobody_ticks(client: Client, grown_up: None, path: str) -> None:
    assert client.get(path).status_code == 503
    ticked(timedelta(seconds=31))
    answer = client.get(path)
    assert answer.status_code == 503
    assert answer.json()["problems"] == ["The last tick was 31 seconds ago."]


def test_healthz_fails_when_work_lies_still(client: Client, grown_up: None, make_kind: MakeKind) -> None:
    make_kind()
    ticked(timedelta(0))
    work.put(kind="t", dedup_key="k", run_at=work.database_now() - timedelta(seconds=61))
    assert client.get("/healthz").json()["problems"] == ["The oldest due work has waited 61 seconds."]


def test_healthz_gives_a_new_process_a_minute(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "_started", float("inf"))
    answer = client.get("/healthz")
    assert (answer.status_code, len(answer.json()["problems"])) == (200, 1)


def test_healthz_without_a_database(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise OperationalError("connection to 10.0.0.7 refused, password=hunter2")

    monkeypatch.setattr("abmops.work.selectors.alive.database_now", away)
    answer = client.get("/healthz")
    assert answer.status_code == 503
    assert answer.json()["problems"] == ["The database does not answer."]


def test_a_broker_that_is_away_is_told_and_not_judged(
    client: Client, grown_up: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nudge, "is_reachable", lambda: False)
    ticked(timedelta(0))
    answer = client.get("/healthz")
    assert (answer.status_code, answer.json()["broker"]) == (200, False)


def test_the_figures_count_by_kind_and_stop_at_many(
    make_kind: MakeKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("abmops.work.selectors.standing.MOST_COUNTED", 5)
    make_kind("a")
    make_kind("b", lane="bulk")
    now = work.database_now()
    long_ago, tomorrow = now - timedelta(hours=1), now + timedelta(days=1)
    work.put_many(work.Put("a", dedup_key=f"t{number}", run_at=tomorrow) for number in range(20))
    work.put_many(work.Put("a", dedup_key=f"d{number}", run_at=long_ago) for number in range(3))
    work.put(kind="a", dedup_key="soon", run_at=now - timedelta(seconds=1))
    work.put(kind="tomorrow", dedup_key="u", run_at=long_ago, lane="deliver")
    WorkItem.objects.filter(dedup_key="d0").update(state=State.DEAD)
    WorkItem.objects.filter(dedup_key="d1").update(attempts=2)
    found = {figure.kind: figure for figure in selectors.figures(now=now)}
    a = found["a"]
    assert (a.due, a.late, a.waiting, a.leased, a.dead, a.oldest) == (3, 2, 6, 0, 1, long_ago)
    assert (found["b"].due, found["b"].oldest, found["b"].is_known) == (0, None, True)
    assert (found["tomorrow"].late, found["tomorrow"].is_known) == (1, False)
    lanes = [figure.lane for figure in selectors.figures(now=now)]
    assert lanes == sorted(lanes, key=["ingest", "react", "deliver", "bulk"].index)
