"""Every trigger from its fact to the enrollment: the fact comes in by its own door, and the work list does the rest."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from abmops.work import services as work
from accounts.models import Account, AccountEvent
from plays.domain.definition import Occasion, Trigger
from plays.models import Decision, Enrollment
from signals.services import score as scores
from tests.plays.make import AD, a_contact, a_play, a_user, an_account
from tests.signals import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def api() -> Client:
    client = Client()
    client.force_login(a_user(role="revops", job=""))
    return client


@pytest.fixture
def account() -> Account:
    return an_account(owner=a_user(), tier=None)


def told(api: Client, path: str, *records: dict[str, Any]) -> None:
    answer = api.post(f"/api/v1/{path}/bulk/", {"records": list(records)}, content_type="application/json")
    assert answer.status_code == 200, answer.json()
    work.drain_all()


def acted(site: make.Site, account: Account, event: str, number: int, who: str = "ann") -> None:
    """Somebody of the account does something on the website."""
    answer = Client().post(
        "/v1/track",
        {
            "event": event,
            "userId": f"{who}@{account.domain}",
            "messageId": f"m{number}",
            "writeKey": site.key,
            "context": {"traits": {"email": f"{who}@{account.domain}"}},
        },
        content_type="application/json",
    )
    assert answer.status_code == 200
    work.drain_all()


def runs(account: Account) -> list[str]:
    return sorted(Enrollment.objects.filter(account=account).values_list("play__slug", flat=True))


def test_a_crossing_starts_what_names_its_threshold(account: Account) -> None:
    site = make.site()
    a_play("answer", trigger={"crossing": ["two-people"]}, steps=[AD])
    acted(site, account, "Webinar Registered", 1)
    assert runs(account) == []
    acted(site, account, "Webinar Registered", 2, who="bob")
    assert runs(account) == ["answer"]


def test_a_hand_raised_starts_what_answers_hands(account: Account) -> None:
    site = make.site()
    a_play("hands", trigger={"hand_raise": True}, steps=[AD])
    acted(site, account, "Demo Requested", 1)
    assert runs(account) == ["hands"]
    assert Enrollment.objects.get().hand_raised


@pytest.mark.parametrize(("tier", "starts"), [(1, ["welcome"]), (2, [])])
def test_joining_a_tier_starts_its_welcome(
    api: Client, account: Account, tier: int, starts: list[str]
) -> None:
    a_play("welcome", trigger={"joined_tier": [1]}, steps=[AD])
    at = timezone.now().isoformat()
    told(
        api,
        "list-changes",
        {"account_domain": account.domain, "tier": tier, "at": at, "side": "revops", "reason": "Fits."},
    )
    assert runs(account) == starts


def test_changing_into_a_tier_starts_its_welcome(api: Client) -> None:
    account = an_account(owner=a_user(), tier=2)
    a_play("welcome", trigger={"joined_tier": [1]}, steps=[AD])
    at = timezone.now().isoformat()
    told(
        api,
        "list-changes",
        {"account_domain": account.domain, "tier": 1, "at": at, "side": "revops", "reason": "Up."},
    )
    assert runs(account) == ["welcome"]


def test_an_opportunity_that_reaches_a_stage_starts_the_reinforcement(api: Client, account: Account) -> None:
    a_play("late", trigger={"stage": ["Proposal"]}, steps=[AD], exits=[])
    now = timezone.now()
    deal = {
        "external_id": "o1",
        "account_domain": account.domain,
        "name": "Deal",
        "opened_at": (now - timedelta(days=3)).isoformat(),
    }
    told(api, "opportunities", deal | {"stage": "Discovery"})
    assert runs(account) == []
    told(api, "opportunities", deal | {"stage": "proposal"})
    assert runs(account) == ["late"]


def test_a_single_contact_engaged_on_a_tier_one_account_starts_the_committee_play() -> None:
    site = make.site()
    trigger = {"contact_engaged": {"contacts_at_most": 1}}
    a_play("committee", trigger=trigger, steps=[AD], audience={"tiers": [1]}, exits=[])
    lonely, busy, small = (an_account(owner=a_user(), tier=tier) for tier in (1, 1, 2))
    acted(site, lonely, "Webinar Registered", 1)
    assert runs(lonely) == ["committee"]
    acted(site, lonely, "Webinar Registered", 2)
    assert Enrollment.objects.filter(account=lonely).count() == 1
    acted(site, small, "Webinar Registered", 3)
    assert runs(small) == []
    a_play("first", trigger={"contact_engaged": {}}, steps=[AD], throttle={"live_per_account": 9}, exits=[])
    acted(site, busy, "Webinar Registered", 4)
    acted(site, busy, "Webinar Registered", 5, who="bob")
    assert runs(busy) == ["committee", "first"]
    last = Decision.objects.filter(account=busy, event__isnull=False).latest("pk")
    assert [line["play"] for line in last.candidates] == ["first"]


def test_a_score_that_rises_past_the_bar_starts_the_play_without_any_crossing(account: Account) -> None:
    site = make.site()
    a_play("high", trigger={"score": {"at_least": 10}}, steps=[AD])
    a_play("higher", trigger={"score": {"at_least": 95}}, steps=[AD])
    number = 0
    while not runs(account):
        number += 1
        assert number < 20, "The score never rose so far."
        acted(site, account, "page" if number % 2 else "Webinar Registered", number)
    assert runs(account) == ["high"]
    assert Decision.objects.get(enrollments__account=account).crossing is None
    event = AccountEvent.objects.get(account=account, kind="score_risen")
    assert event.payload["was"] < 10 <= event.payload["score"]
    assert (
        Enrollment.objects.get().why
        == f"The score rose from {event.payload['was']:.0f} to {event.payload['score']:.0f}"
    )
    for more in range(3):
        acted(site, account, "Webinar Registered", number + 1 + more)
    assert AccountEvent.objects.filter(account=account, kind="score_risen").count() == 1


def test_a_better_fit_lifts_the_score_past_the_bar_at_the_next_refresh(account: Account) -> None:
    site = make.site()
    acted(site, account, "Webinar Registered", 1)
    a_play("high", trigger={"score": {"at_least": 30}}, steps=[AD])
    assert scores.refresh(now=timezone.now()) == 1
    assert not AccountEvent.objects.filter(kind="score_risen").exists()
    Account.objects.filter(pk=account.pk).update(fit=90)
    for _ in range(2):
        scores.refresh(now=timezone.now())
    work.drain_all()
    assert runs(account) == ["high"]
    assert AccountEvent.objects.filter(kind="score_risen").count() == 1


def test_where_no_play_waits_for_a_score_no_rise_is_written(account: Account) -> None:
    site = make.site()
    a_play("paused", trigger={"score": {"at_least": 1}}, steps=[AD], status="paused")
    acted(site, account, "Webinar Registered", 1)
    assert not AccountEvent.objects.filter(kind="score_risen").exists()


def test_by_hand_for_a_reason(api: Client, account: Account) -> None:
    play = a_play("manual", trigger={"manual": True}, steps=[AD])
    a_contact(account)
    answer = api.post(
        f"/api/v1/plays/{play.slug}/start/",
        {"account_domain": account.domain, "reason": "Met them."},
        content_type="application/json",
    )
    assert answer.status_code == 201
    assert runs(account) == ["manual"]
    assert reverse("plays:play", args=[play.pk])


@pytest.mark.parametrize(
    ("was", "score", "met"),
    [
        pytest.param(69.9, 70.0, True, id="just past"),
        pytest.param(0.0, 99.0, True, id="from nothing"),
        pytest.param(70.0, 80.0, False, id="it was there already"),
        pytest.param(50.0, 69.9, False, id="not yet"),
    ],
)
def test_a_rise_counts_once(was: float, score: float, met: bool) -> None:
    occasion = Occasion(kind="score_risen", words="", score=score, score_was=was)
    assert Trigger(score_at_least=70).is_met_by(occasion) is met
    assert Trigger(manual=True).is_met_by(occasion) is False
