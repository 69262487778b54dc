"""The pages: what they show, to whom, and in how many queries."""

from __future__ import annotations

from datetime import timedelta
from typing import cast

import pytest
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Touch, User
from plays.models import Decision, Enrollment, Play, Task
from plays.services.decision.deciding import decide_crossings
from plays.services.play.library import install_starter_plays
from tests import budgets
from tests.plays.make import CALL, EMAIL, a_contact, a_crossing, a_play, a_threshold, a_user, an_account

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true", "HX-Target": "queue"}


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def some_tasks(owner: User, n: int = 1) -> list[Task]:
    a_play() if not Play.objects.exists() else None
    threshold = a_threshold()
    crossings = []
    for _ in range(n):
        account = an_account(owner=owner)
        a_contact(account)
        crossings.append(a_crossing(account, threshold).pk)
    decide_crossings(crossing_ids=crossings, now=timezone.now())
    return list(Task.objects.filter(owner=owner).order_by("id"))


def test_today_shows_the_queue_with_its_reason_and_buttons() -> None:
    owner = a_user()
    (task,) = some_tasks(owner)
    page = signed_in(owner).get(reverse("plays:today")).content.decode()
    assert task.account.name in page
    assert task.title in page
    assert 'name="do" value="done"' in page
    assert "<strong>1</strong> open" in page


def test_a_done_by_htmx_logs_the_touch_and_answers_with_the_queue_that_the_page_includes() -> None:
    owner = a_user()
    (task,) = some_tasks(owner)
    client = signed_in(owner)
    answer = client.post(reverse("plays:task", args=[task.pk]), {"do": "done"}, headers=HTMX)
    assert answer.status_code == 200
    assert '<div id="queue"' in answer.content.decode()
    assert "Your queue is empty" in answer.content.decode()
    assert reverse("plays:undo", args=[task.pk]) in answer.content.decode()
    assert Touch.objects.get().external_id == f"task:{task.pk}"
    again = client.post(reverse("plays:task", args=[task.pk]), {"do": "done"}, headers=HTMX)
    assert "already done" in again.content.decode()
    assert Touch.objects.count() == 1


@pytest.mark.parametrize(
    ("sent", "state"),
    [
        pytest.param({"do": "skip", "reason": "spoken"}, "skipped", id="skip with a reason"),
        pytest.param({"reason": "noise"}, "skipped", id="the reason alone says skip"),
        pytest.param({"do": "snooze"}, "snoozed", id="snooze"),
        pytest.param({"do": "skip"}, "open", id="skip without a reason asks for it"),
        pytest.param({"do": "hand-on"}, "open", id="hand on leads to its form"),
        pytest.param({"do": "nonsense"}, "open", id="something else does nothing"),
    ],
)
def test_a_plain_form_does_the_same(sent: dict[str, str], state: str) -> None:
    owner = a_user()
    (task,) = some_tasks(owner)
    answer = signed_in(owner).post(reverse("plays:task", args=[task.pk]), sent)
    assert answer.status_code == 302
    task.refresh_from_db()
    assert task.state == state


def test_undo_takes_back_what_was_done() -> None:
    owner = a_user()
    (task,) = some_tasks(owner)
    client = signed_in(owner)
    client.post(reverse("plays:task", args=[task.pk]), {"do": "done"})
    client.post(reverse("plays:undo", args=[task.pk]))
    task.refresh_from_db()
    assert (task.state, Touch.objects.count()) == ("open", 0)


def test_hand_on_by_its_form() -> None:
    owner, other = a_user(), a_user(name="Piet van Dorn")
    (task,) = some_tasks(owner)
    client = signed_in(owner)
    assert "Piet van Dorn" in client.get(reverse("plays:hand_on", args=[task.pk])).content.decode()
    assert client.post(reverse("plays:hand_on", args=[task.pk]), {}).status_code == 422
    client.post(reverse("plays:hand_on", args=[task.pk]), {"to": other.pk, "reason": "Your trade."})
    task.refresh_from_db()
    assert task.owner == other


def test_changes_answers_204_until_something_changes() -> None:
    owner = a_user()
    some_tasks(owner)
    client = signed_in(owner)
    since = client.get(reverse("plays:today")).context["queue"].since
    url = reverse("plays:today_changes")
    assert client.get(url, {"since": since}).status_code == 204
    some_tasks(owner)
    answer = client.get(url, {"since": since})
    assert answer.status_code == 200
    assert 'data-live-says="A new task is in your queue."' in answer.content.decode()


def test_a_rep_does_not_work_another_territorys_task() -> None:
    owner, stranger = a_user(), a_user()
    (task,) = some_tasks(owner)
    answer = signed_in(stranger).post(reverse("plays:task", args=[task.pk]), {"do": "done"})
    assert answer.status_code == 403
    assert Task.objects.get().state == "open"


def test_the_pages_of_a_play_render_with_their_figures() -> None:
    revops = a_user(role="revops", job="")
    plays = install_starter_plays(owner=revops, now=timezone.now())
    client = signed_in(revops)
    library = client.get(reverse("plays:library")).content.decode()
    for play in plays:
        assert play.name in library
        page = client.get(reverse("plays:play", args=[play.pk]))
        assert page.status_code == 200
    client.post(reverse("plays:play_status", args=[plays[0].pk]), {"status": "paused"})
    plays[0].refresh_from_db()
    assert plays[0].status == "paused"


def test_the_enrollment_page_says_why_this_and_why_not_that() -> None:
    owner = a_user()
    a_play("chosen-one", priority=90, steps=[CALL, EMAIL])
    a_play("other-one", audience={"tiers": [1]})
    (task,) = some_tasks(owner)
    page = signed_in(owner).get(reverse("plays:enrollment", args=[task.enrollment_id])).content.decode()
    assert "Chosen one was chosen out of 2 plays considered." in page
    assert "Audience: needs tier 1; the account is tier 2." in page
    decision = Decision.objects.get()
    assert signed_in(owner).get(reverse("plays:decision", args=[decision.pk])).status_code == 200


def test_starting_by_hand_needs_a_reason_and_obeys_the_rules() -> None:
    owner = a_user()
    account = an_account(owner=owner, tier=3)
    play = a_play()
    client = signed_in(owner)
    url = reverse("plays:start", args=[play.pk])
    assert client.get(url).status_code == 200
    refused = client.post(url, {"account": account.domain, "reason": "They asked at the fair."})
    assert refused.status_code == 422
    assert "strong inbound" in refused.content.decode()
    sent = {"account": account.domain, "reason": "They asked at the fair.", "override": ["tier_3_inbound"]}
    assert client.post(url, sent).status_code == 302
    enrollment = Enrollment.objects.get()
    assert enrollment.decision is not None
    assert enrollment.decision.overridden == ["tier_3_inbound"]


def test_stopping_an_enrollment_cancels_what_was_owed() -> None:
    owner = a_user()
    (task,) = some_tasks(owner)
    url = reverse("plays:enrollment_cancel", args=[task.enrollment_id])
    signed_in(owner).post(url, {"reason": "They merged."})
    task.refresh_from_db()
    assert (task.state, Enrollment.objects.get().state) == ("cancelled", "cancelled")


def test_of_a_stopped_enrollment_no_step_lies_ahead() -> None:
    owner = a_user()
    a_play("calls-twice", steps=[CALL, EMAIL])
    (task,) = some_tasks(owner)
    client, url = signed_in(owner), reverse("plays:enrollment", args=[task.enrollment_id])
    seen = []
    for _ in range(2):
        page = client.get(url).content.decode()
        seen.append([one in page for one in (">Ahead<", ">later<", ">Not reached<", ">never<")])
        client.post(reverse("plays:enrollment_cancel", args=[task.enrollment_id]), {"reason": "They merged."})
    assert seen == [[True, True, False, False], [False, False, True, True]]


def test_the_account_panels_render() -> None:
    owner = a_user()
    (task,) = some_tasks(owner)
    client = signed_in(owner)
    crossing = Decision.objects.get().crossing_id
    panels = (
        reverse("plays:account_panel", args=[task.account_id]),
        reverse("plays:account_tasks", args=[task.account_id]),
        reverse("plays:peek_panel", args=[task.account_id]),
    )
    for url in panels:
        answer = client.get(url, headers={"HX-Request": "true"})
        assert task.title in answer.content.decode()
    decision = client.get(reverse("plays:crossing_panel", args=[crossing]), headers={"HX-Request": "true"})
    assert "the only play considered" in decision.content.decode()


@pytest.mark.parametrize(
    ("name", "part"),
    [
        pytest.param("page plays:today", "", id="today"),
        pytest.param("part plays:today_changes", "today/changes", id="the queue's news"),
        pytest.param("page plays:library", "plays/", id="library"),
        pytest.param("page plays:play", "plays/{play}/", id="a play"),
        pytest.param("page plays:enrollment", "enrollments/{enrollment}/", id="an enrollment"),
        pytest.param("page plays:decision", "decisions/{decision}/", id="a decision"),
        pytest.param("part plays:account_panel", "accounts/{account}/plays/", id="live plays of an account"),
        pytest.param("part plays:account_tasks", "accounts/{account}/tasks/", id="tasks of an account"),
    ],
)
def test_a_page_keeps_its_budget_however_many_rows_it_has(name: str, part: str) -> None:
    owner = a_user(role="revops", job="")
    client = signed_in(owner)
    some_tasks(owner, 3)
    first = Enrollment.objects.order_by("pk")[0]
    ids = {
        "play": first.play_id,
        "enrollment": first.pk,
        "decision": first.decision_id,
        "account": first.account_id,
    }

    def queries() -> int:
        cache.clear()
        return budgets.queries_of(lambda: cast("HttpResponse", client.get(f"/{part.format(**ids)}")))

    queries()  # the session's first write
    few = queries()
    some_tasks(owner, 27)
    assert queries() == few
    budgets.hold(name, few)


def test_today_stays_quick_for_a_rep_with_five_hundred_open_tasks() -> None:
    owner = a_user()
    some_tasks(owner, 120)
    client = signed_in(owner)
    page = client.get(reverse("plays:today"))
    assert page.context["queue"].hidden == 70
    assert page.content.decode().count('class="task"') == 50
    everything = client.get(reverse("plays:today"), {"all": "1"}).content.decode()
    assert everything.count('class="task"') == 120


def test_late_tasks_are_counted_late() -> None:
    owner = a_user()
    some_tasks(owner)
    Task.objects.update(due_at=timezone.now() - timedelta(hours=1))
    assert "1 late" in signed_in(owner).get(reverse("plays:today")).content.decode()
