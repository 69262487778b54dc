"""A refused form of a menu keeps what was typed: it comes back as a page, filled in, and goes on from there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from plays.models import Burst, Enrollment, Pause, Play, Task
from plays.services.decision.deciding import decide_crossings
from plays.services.play import drafting
from tests.plays.make import CALL, EMAIL, a_crossing, a_play, a_user, an_account

pytestmark = pytest.mark.django_db

Sent = dict[str, str]


def a_client(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def running(owner: User) -> Enrollment:
    account = an_account(owner=owner)
    a_play(steps=[CALL, EMAIL])
    decide_crossings(crossing_ids=[a_crossing(account, at=timezone.now()).pk], now=timezone.now())
    return Enrollment.objects.select_related("account", "play").get(account=account)


def pausing(scope: str) -> Callable[[Enrollment], tuple[str, Sent, str, str]]:
    def case(found: Enrollment) -> tuple[str, Sent, str, str]:
        pk = {
            "play": found.play_id,
            "account": found.account_id,
            "enrollment": found.pk,
            "person": found.owner_id,
        }[scope]
        sent = {"reason": "They move offices.", "until": "2020-01-01"}
        return reverse("plays:pause", args=[scope, pk]), sent, "They move offices.", "within the next year"

    return case


def handing_over(found: Enrollment) -> tuple[str, Sent, str, str]:
    url = reverse("plays:hand_over", args=[found.pk])
    return url, {"to": "", "reason": "Knows her."}, "Knows her.", "Choose who takes it over."


def stopping(found: Enrollment) -> tuple[str, Sent, str, str]:
    said = "x" * 301
    return reverse("plays:enrollment_cancel", args=[found.pk]), {"reason": said}, said, "at most 300"


def calling_off(found: Enrollment) -> tuple[str, Sent, str, str]:
    now, day = timezone.now(), timezone.now().date()
    burst = Burst.objects.create(
        name="Fair", channel="ad", starts_on=day, ends_on=day, cancelled_at=now, cancelled_reason="Rain.",
        created_at=now, updated_at=now,
    )  # fmt: skip
    url = reverse("plays:burst_cancel", args=[burst.pk])
    return url, {"reason": "No stand."}, "No stand.", "has been called off"


def taking_over(found: Enrollment) -> tuple[str, Sent, str, str]:
    task = Task.objects.get()
    Task.objects.update(state="done", closed_at=timezone.now())
    return (
        reverse("plays:take_over", args=[task.pk]),
        {"reason": "She is ill."},
        "She is ill.",
        "already done",
    )


def submitting(found: Enrollment) -> tuple[str, Sent, str, str]:
    url = reverse("plays:play_review", args=[found.play_id])
    return url, {"do": "submit", "note": "Sharper."}, "Sharper.", "There is no draft to submit"


def snoozing(found: Enrollment) -> tuple[str, Sent, str, str]:
    url = reverse("plays:task", args=[Task.objects.get().pk])
    return url, {"do": "snooze", "until_at": "2020-01-01T09:00"}, "2020-01-01T09:00", "Choose a moment within"


def a_meeting(found: Enrollment) -> tuple[str, Sent, str, str]:
    url = reverse("plays:task", args=[Task.objects.get().pk])
    sent = {"outcome": "meeting_booked", "meeting_at": "2020-01-01T09:00"}
    return url, sent, "2020-01-01T09:00", "Choose a moment that lies ahead"


def noting(found: Enrollment) -> tuple[str, Sent, str, str]:
    url = reverse("plays:task", args=[Task.objects.get().pk])
    return url, {"outcome": "unheard", "note": "Back in May."}, "Back in May.", "Choose"


CASES = {
    **{f"pause of {scope}": pausing(scope) for scope in ("play", "account", "enrollment", "person")},
    **{
        case.__name__: case
        for case in (
            handing_over, stopping, calling_off, taking_over, submitting, snoozing, a_meeting, noting,
        )
    },
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_was_typed_comes_back_with_why_it_was_refused(
    case: Callable[[Enrollment], tuple[str, Sent, str, str]],
) -> None:
    found = running(a_user())
    url, sent, typed, why = case(found)
    answer = a_client(a_user(role="revops", job="")).post(url, sent, headers={"Referer": "/plays/"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert typed in page
    assert why in page
    assert f'<form class="form" method="post" action="{url}">' in page
    for name, value in sent.items():
        assert f'name="{name}"' in page, "whatever else was sent goes along"
        assert value in page


def test_the_page_it_comes_back_on_can_be_sent_and_leads_to_where_the_menu_stood() -> None:
    found = running(a_user())
    client, url = (
        a_client(a_user(role="revops", job="")),
        reverse("plays:pause", args=["play", found.play_id]),
    )
    was_on = reverse("plays:play", args=[found.play_id])
    asked = client.post(url, {"reason": "Fair.", "until": "soon"}, headers={"Referer": was_on})
    assert "Give a date as year-month-day." in asked.content.decode()
    carried = dict(asked.context["carried"])
    day = timezone.now().date() + timedelta(days=9)
    sent = {"reason": "Fair.", "until": f"{day}"} | carried
    done = client.post(url, sent, headers={"Referer": url})
    assert (done.status_code, done.headers["Location"]) == (302, was_on)
    assert Pause.objects.get().reason == "Fair."


def test_no_page_leads_back_to_a_stranger() -> None:
    found = running(a_user())
    client, url = (
        a_client(a_user(role="revops", job="")),
        reverse("plays:pause", args=["play", found.play_id]),
    )
    asked = client.post(url, {"reason": ""}, headers={"Referer": "https://elsewhere.example/"})
    assert asked.context["back"] == reverse("plays:play", args=[found.play_id])


def test_a_row_that_is_refused_is_drawn_anew_with_its_note() -> None:
    owner = a_user()
    running(owner)
    task = Task.objects.get()
    sent = {"outcome": "reached", "seen": "999999", "note": "Wants the paper."}
    headers = {"HX-Request": "true", "HX-Target": f"task-{task.pk}"}
    url = reverse("plays:task", args=[task.pk])
    page = a_client(owner).post(url, sent, headers=headers).content.decode()
    assert 'value="Wants the paper." data-typed' in page
    assert Task.objects.get().state == "open"


def another_person(found: Enrollment) -> tuple[str, Sent, str]:
    url = reverse("plays:task", args=[Task.objects.get().pk])
    return url, {"outcome": "reached", "seen": "999999", "note": "Wants the paper."}, "goes to nobody for now"


def another_version(found: Enrollment) -> tuple[str, Sent, str]:
    writer = a_user(role="revops", job="")
    play = Play.objects.select_related("current").get(pk=found.play_id)
    assert play.current is not None
    sheet = drafting.Sheet(name=play.name, definition={**play.current.as_json(), "priority": 60})
    now, seen = timezone.now(), drafting.mark_of(play, None)
    drafting.save_draft(play=play, sheet=sheet, seen=seen, by=writer, now=now)
    drafting.submit_draft(play=play, reason="Sharper.", by=writer, now=now)
    url = reverse("plays:play_review", args=[found.play_id])
    return url, {"do": "approve", "seen": seen, "note": "Read all."}, "Read it again before you approve."


@pytest.mark.parametrize("case", [another_person, another_version], ids=["person", "version"])
def test_what_is_another_by_now_has_only_a_way_back_with_the_note_to_copy(
    case: Callable[[Enrollment], tuple[str, Sent, str]],
) -> None:
    found = running(a_user())
    url, sent, why = case(found)
    answer = a_client(a_user(role="revops", job="")).post(url, sent, headers={"Referer": "/plays/"})
    page = answer.content.decode().partition("<main")[2].partition("</main>")[0]
    assert answer.status_code == 422
    assert why in page
    assert sent["note"] in page
    assert "readonly" in page
    assert "<form" not in page, "the same would be refused each time"
    assert "<button" not in page
    assert f'<a class="btn primary" href="{answer.context["back"]}">Go back and look again</a>' in page
    assert Task.objects.get().state == "open"


def test_an_unknown_way_of_a_version_does_nothing_even_for_who_may_everything() -> None:
    play, by = a_play(), a_user(role="revops", job="")
    User.objects.filter(pk=by.pk).update(is_superuser=True)
    client = a_client(by)
    assert client.post(reverse("plays:play_review", args=[play.pk]), {"do": "burn"}).status_code == 302
    assert drafting.open_version(Play.objects.get(pk=play.pk)) is None
