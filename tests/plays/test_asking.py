"""Why this play, why not that, why not yet: asked on an account, and nothing is written."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from plays.models import Decision, Enrollment, Play, Waiting
from plays.selectors.asking import ask
from plays.services.decision.deciding import decide_crossings
from tests.plays.make import AD, CALL, NOW, a_crossing, a_play, a_threshold, a_user, an_account

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize(
    ("tier", "said", "crossed", "begins"),
    [
        pytest.param(2, {}, True, "Every rule lets it through: it would start here now", id="yes"),
        pytest.param(2, {}, False, "Every rule lets it through, but nothing has set it off", id="not set off"),
        pytest.param(2, {"audience": {"tiers": [1]}}, True, "No. Audience: needs tier 1", id="no"),
        pytest.param(1, {}, True, "Not yet. Awareness: marketing has not run", id="not yet"),
        pytest.param(2, {"holdout": 1.0}, True, "It would do nothing here", id="holdout"),
        pytest.param(2, {"status": "retired"}, True, "No. This play is retired", id="retired"),
        pytest.param(2, {"status": "paused"}, True, "Not yet. This play is paused", id="paused"),
    ],
)  # fmt: skip
def test_the_answer_in_a_sentence(tier: int, said: dict[str, Any], crossed: bool, begins: str) -> None:
    account = an_account(tier=tier, owner=a_user())
    play = a_play("surge", steps=[CALL], **said)
    if crossed:
        a_crossing(account, at=NOW - timedelta(days=3))
    answer = ask(play, account, now=NOW)
    assert answer.sentence.startswith(begins)
    assert bool(answer.happened) is crossed
    assert len(answer.line.answers) >= 12
    assert not Decision.objects.exists()
    assert not Enrollment.objects.exists()


def test_the_page_says_each_rule_and_what_is_needed() -> None:
    account = an_account(tier=1, owner=a_user())
    play = a_play("surge", steps=[CALL])
    client = signed_in(a_user(role="executive", job=""))
    url = reverse("plays:ask_play", args=[account.pk])
    assert "Why, or why not?" in client.get(url).content.decode()
    answer = client.get(url, {"play": play.pk}, headers=HTMX).content.decode()
    assert "<html" not in answer
    assert "Marketing touches the account, and 28 days pass." in answer
    assert "Starts when the threshold" in answer or "pricing" in answer.lower()
    assert "Cool-down" in answer
    assert "Start it by hand" not in answer


def test_a_decision_page_shows_every_rule_what_was_known_and_that_it_waits() -> None:
    account = an_account(tier=1, owner=a_user())
    a_play("surge", steps=[CALL])
    now = timezone.now()
    decide_crossings(crossing_ids=[a_crossing(account, at=now).pk], now=now)
    page = (
        signed_in(a_user()).get(reverse("plays:decision", args=[Decision.objects.get().pk])).content.decode()
    )
    assert "What was known then" in page
    assert "What it waits for: Marketing touches the account" in page
    assert "Still waiting" in page
    assert Waiting.objects.exists()


def test_the_account_panel_does_not_ask_more_for_more_decisions() -> None:
    account = an_account(tier=1, owner=a_user())
    a_play("surge", steps=[CALL])
    client = signed_in(a_user())
    url = reverse("plays:account_panel", args=[account.pk])

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert "Ask about another play" in client.get(url, headers=HTMX).content.decode()
        return len(captured)

    now = timezone.now()
    decide_crossings(crossing_ids=[a_crossing(account, at=now).pk], now=now)
    queries()
    few = queries()
    decide_crossings(crossing_ids=[a_crossing(account, at=now).pk for _ in range(5)], now=now)
    assert queries() == few


@pytest.mark.parametrize("window", ["today", "2026-Q3", "nonsense"])
def test_the_dry_run_fragment_answers_for_a_draft_too(window: str) -> None:
    a_play("live", steps=[CALL])
    draft = a_play("draft", steps=[AD], status="draft")
    now = timezone.now()
    account = an_account(owner=a_user())
    a_crossing(account, a_threshold(), at=now - timedelta(days=2))
    client = signed_in(a_user())
    url = reverse("plays:dry_run", args=[draft.pk])
    answer = client.get(url, {"window": window}, headers=HTMX)
    assert answer.status_code == 200
    text = answer.content.decode()
    assert 'id="dry-run"' in text
    assert "<html" not in text
    assert "<html" in client.get(url, {"window": window}).content.decode()
    table = client.get(reverse("plays:dry_run_csv", args=[draft.pk]), {"window": window})
    assert b"Account,Tier,Owner" in b"".join(table)
    if window == "today":
        assert account.name in text
    assert Play.objects.get(slug="draft").status == "draft"
