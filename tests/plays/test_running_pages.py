"""The pages of what rests and of what runs: pausing, resuming, handing over, taking a stop back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from plays import services
from plays.models import Enrollment, Pause, Task
from plays.services.decision.deciding import decide_crossings
from tests import budgets
from tests.plays.make import CALL, EMAIL, a_crossing, a_play, a_user, an_account

pytestmark = pytest.mark.django_db


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def running(owner: User) -> Enrollment:
    account = an_account(owner=owner)
    a_play(steps=[CALL, EMAIL])
    decide_crossings(crossing_ids=[a_crossing(account, at=timezone.now()).pk], now=timezone.now())
    return Enrollment.objects.select_related("account", "play").get(account=account)


def subject(scope: str, enrollment: Enrollment) -> int:
    owner = enrollment.owner_id
    assert owner is not None
    return {
        "play": enrollment.play_id,
        "account": enrollment.account_id,
        "enrollment": enrollment.pk,
        "person": owner,
    }[scope]


PAGES = {"play": "plays:play", "account": "plays:account_panel", "enrollment": "plays:enrollment"}


@pytest.mark.parametrize("scope", ["play", "account", "enrollment", "person"])
def test_pause_with_a_reason_shows_and_resume_ends_it(scope: str) -> None:
    owner, revops = a_user(), a_user(role="revops", job="", name="Ruth Okafor")
    enrollment = running(owner)
    client, pk = signed_in(revops), subject(scope, enrollment)
    day = (timezone.now() + timedelta(days=10)).date()
    said = {"reason": "They move offices", "until": f"{day:%Y-%m-%d}"}
    assert client.post(reverse("plays:pause", args=[scope, pk]), said).status_code == 302
    rest = Pause.objects.active().get()
    assert (rest.scope, rest.subject_id, rest.by) == (scope, pk, revops)
    assert Task.objects.get().stopped_at is not None
    sentence = f"paused until {day:%-d %B %Y} by Ruth Okafor: They move offices."
    if scope in PAGES:
        assert sentence in client.get(reverse(PAGES[scope], args=[pk])).content.decode()
    if scope != "person":
        assert sentence in client.get(reverse("plays:enrollment", args=[enrollment.pk])).content.decode()
    assert "They move offices" in client.get(reverse("plays:pauses")).content.decode()
    client.post(reverse("plays:resume", args=[rest.pk]))
    assert not Pause.objects.active().exists()
    assert Task.objects.get().stopped_at is None


def test_without_a_reason_nothing_rests_and_the_page_says_so() -> None:
    owner = a_user()
    enrollment = running(owner)
    answer = signed_in(owner).post(
        reverse("plays:pause", args=["enrollment", enrollment.pk]), {"reason": " "}, follow=True
    )
    assert "Say why it is paused" in answer.content.decode()
    assert not Pause.objects.exists()


@pytest.mark.parametrize(
    ("scope", "status"),
    [
        pytest.param("play", 403, id="not a play"),
        pytest.param("account", 403, id="not somebody else's account"),
        pytest.param("enrollment", 403, id="not what runs there"),
        pytest.param("person", 403, id="not another person"),
        pytest.param("nothing", 404, id="no such thing"),
    ],
)
def test_a_rep_pauses_only_their_own(scope: str, status: int) -> None:
    enrollment = running(a_user())
    pk = 1 if scope == "nothing" else subject(scope, enrollment)
    answer = signed_in(a_user()).post(reverse("plays:pause", args=[scope, pk]), {"reason": "Fair"})
    assert answer.status_code == status
    assert not Pause.objects.exists()


def test_a_rep_pauses_themselves() -> None:
    me = a_user()
    running(me)
    assert (
        signed_in(me).post(reverse("plays:pause", args=["person", me.pk]), {"reason": "Ill"}).status_code
        == 302
    )
    assert Pause.objects.active().get().person == me


def test_what_somebody_else_paused_may_not_be_resumed_by_strangers() -> None:
    owner = a_user()
    enrollment = running(owner)
    rest = services.pause(subject=enrollment, by=owner, reason="Fair", now=timezone.now())
    assert signed_in(a_user()).post(reverse("plays:resume", args=[rest.pk])).status_code == 403
    assert Pause.objects.active().exists()


def test_the_list_is_narrowed_sorted_and_exported() -> None:
    revops = a_user(role="revops", job="")
    now = timezone.now()
    first, second = an_account(name="Casara"), an_account(name="=HYPER")
    services.pause(subject=first, by=revops, reason="Merger", until=now + timedelta(days=9), now=now)
    services.pause(subject=second, by=revops, reason="Fair", until=now + timedelta(days=3), now=now)
    client, url = signed_in(revops), reverse("plays:pauses")
    page = client.get(url, {"q": "casara"}).content.decode()
    assert "Merger" in page
    assert "HYPER" not in page
    by_end = client.get(url, {"sort": "until"}).content.decode()
    assert by_end.index("HYPER") < by_end.index("Casara")
    assert "No pause is like that" in client.get(url, {"scope": "play"}).content.decode()
    assert "No pause is like that" in client.get(url, {"when": "ended"}).content.decode()
    lines = b"".join(client.get(reverse("plays:pauses_csv"))).decode().splitlines()
    assert len(lines) == 3
    assert not any(cell.startswith("=") for line in lines for cell in line.split(","))


def test_the_list_takes_as_many_queries_for_ten_as_for_two() -> None:
    me, counts = a_user(), []
    client = signed_in(me)
    client.get(reverse("plays:pauses"))
    for size in (2, 8):
        for _ in range(size):
            services.pause(subject=an_account(owner=me), by=me, reason="Fair", now=timezone.now())
        counts.append(budgets.queries_of(lambda: client.get(reverse("plays:pauses"))))
    assert counts[0] == counts[1]


def test_handed_over_and_stopped_and_taken_up_again_on_the_page() -> None:
    owner, other = a_user(), a_user(name="Piet van Dorn")
    enrollment = running(owner)
    client = signed_in(owner)
    url = reverse("plays:enrollment", args=[enrollment.pk])
    assert "Hand the whole play over" in client.get(url).content.decode()
    client.post(reverse("plays:hand_over", args=[enrollment.pk]), {"to": other.pk, "reason": "Knows her"})
    assert Task.objects.get().owner == other
    page = client.get(url).content.decode()
    assert "Handed over to" in page
    assert "Piet van Dorn" in page

    client.post(reverse("plays:enrollment_cancel", args=[enrollment.pk]), {"reason": "A slip"})
    assert "Undo the stop" in client.get(url).content.decode()
    client.post(reverse("plays:restore", args=[enrollment.pk]))
    assert Enrollment.objects.get().state == "active"
    assert "Undo the stop" not in client.get(url).content.decode()


@pytest.mark.parametrize("to", ["", "0", "x", "9" * 30])
def test_nobody_chosen_is_said(to: str) -> None:
    owner = a_user()
    enrollment = running(owner)
    answer = signed_in(owner).post(reverse("plays:hand_over", args=[enrollment.pk]), {"to": to}, follow=True)
    assert "Choose who takes it over." in answer.content.decode()


@pytest.mark.parametrize("name", ["plays:hand_over", "plays:restore"])
def test_strangers_change_nothing(name: str) -> None:
    enrollment = running(a_user())
    assert signed_in(a_user()).post(reverse(name, args=[enrollment.pk]), {"to": "1"}).status_code == 403
