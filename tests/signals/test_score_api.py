"""What an account's score is made of, by signal and by person; what it was; and its days."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from abmops.lib.choices import Role
from accounts.models import Account, Contact
from signals.models import ScoreDay, Surge
from signals.selectors import explanation
from signals.services.recompute import recompute
from tests.accounts import make as people
from tests.api.caller import Caller
from tests.signals import make
from tests.signals.test_feedback import crossing, signal

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def busy(site: make.Site) -> Account:
    """An account with signals of two people and of nobody, over a month."""
    account, now = people.account(fit=50), timezone.now()
    anna = Contact.objects.create(account=account, name="Anna", email="anna@acme.example", role="champion")
    bert = Contact.objects.create(account=account, name="Bert", email="bert@acme.example")
    for days in range(24):
        row = signal(
            account, of="webinar" if days % 3 else "pricing-page", at=now - days * DAY - timedelta(hours=1)
        )
        row.contact = (anna, bert, None)[days % 3]
        row.save()
    recompute(now=now)
    return account


def test_signals_and_people_add_up_to_the_score(revops: Caller, busy: Account) -> None:
    found = revops.get(f"accounts/{busy.pk}/score/").json()
    intent = found["parts"]["intent"]
    assert found["value"] == pytest.approx(found["parts"]["fit"] + intent)
    assert sum(one["points"] for one in found["contributions"]) == pytest.approx(intent)
    assert sum(one["points"] for one in found["people"]) == pytest.approx(intent, abs=1e-9)
    listed = sum(one["points"] for one in found["signals"])
    assert listed + found["other_signals"] == pytest.approx(intent, abs=1e-9)
    assert [one["points"] for one in found["signals"]] == sorted(
        (one["points"] for one in found["signals"]), reverse=True
    )
    assert {one["name"]: one["role"] for one in found["people"]} == {
        "Anna": "champion", "Bert": "", "Nobody we know by name": "",
    }  # fmt: skip
    newest = max(found["signals"], key=lambda one: one["occurred_at"])
    assert 0 < newest["now"] < newest["then"]
    assert found["is_exact"] is True


def test_of_endless_signals_the_newest_are_told_apart(
    revops: Caller, busy: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explanation, "TOLD_APART", 10)
    monkeypatch.setattr(explanation, "SHOWN_SIGNALS", 4)
    monkeypatch.setattr(explanation, "SHOWN_PEOPLE", 1)
    found = revops.get(f"accounts/{busy.pk}/score/").json()
    assert len(found["signals"]) == 4
    assert len(found["people"]) == 2
    listed = sum(one["points"] for one in found["signals"])
    assert listed + found["other_signals"] == pytest.approx(found["parts"]["intent"], abs=1e-9)
    assert sum(one["points"] for one in found["people"]) < found["parts"]["intent"]


def test_a_past_score_is_what_was_known_then(revops: Caller, busy: Account) -> None:
    at = timezone.now() - 10 * DAY
    found = revops.get(f"accounts/{busy.pk}/score/?at={at:%Y-%m-%dT%H:%M:%SZ}").json()
    assert found["is_exact"] is True
    assert found["missing"] == []
    assert found["at"].startswith(f"{at:%Y-%m-%d}")
    assert sum(one["points"] for one in found["contributions"]) == pytest.approx(found["parts"]["intent"])
    assert found["value"] == pytest.approx(0.4 * 50 + found["parts"]["intent"])
    before = revops.get(f"accounts/{busy.pk}/score/?at=2020-01-01T00:00:00Z").json()
    assert before["intent"] == 0


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        pytest.param("score/?at=yesterday", "/at", id="no moment"),
        pytest.param("score/?at=2026-11-18T10:00:00", "/at", id="without a zone"),
        pytest.param("score/?when=2026-11-18T10:00:00Z", "/when", id="unknown"),
        pytest.param("score/history/?from=18.11.2026", "/from", id="no day"),
        pytest.param("score/history/?from=2026-11-18&to=2026-11-01", "/from", id="backwards"),
        pytest.param("score/history/?from=2020-01-01&to=2026-11-01", "/from", id="too long"),
    ],
)
def test_a_wrong_question_is_answered_by_its_fault(
    revops: Caller, busy: Account, query: str, pointer: str
) -> None:
    answer = revops.get(f"accounts/{busy.pk}/{query}")
    assert answer.status_code in (400, 422)
    assert pointer in answer.content.decode()


def test_the_days_come_with_the_crossings_between(revops: Caller, busy: Account) -> None:
    today = timezone.now().date()
    for number in range(5):
        ScoreDay.objects.create(account=busy, day=today - number * DAY, fit=50, intent=20, score=30 + number)
    crossing(busy, [], at=timezone.now())
    found = revops.get(f"accounts/{busy.pk}/score/history/?from={today - 2 * DAY}&to={today}").json()
    assert [one["value"] for one in found["days"]] == [32, 31, 30]
    assert found["crossings"][0]["threshold"] == "three-pricing"


def test_the_accounts_page_tells_who_which_and_how_it_went(busy: Account) -> None:
    today = timezone.now().date()
    ScoreDay.objects.bulk_create(
        ScoreDay(account=busy, day=today - n * DAY, fit=50, intent=20, score=40 - n)
        for n in range(30)
        if n != 9
    )
    Surge.objects.create(
        account=busy, at=timezone.now(), points=20, signals=5, weeks=8, usual=10, spread=3, times=2
    )
    crossing(busy, [], at=timezone.now() - 3 * DAY)
    client = Client()
    client.force_login(people.user(Role.REP, toured_at=timezone.now()))

    def shown() -> str:
        return client.get(
            f"/signals/accounts/{busy.pk}/score/", headers={"HX-Request": "true"}
        ).content.decode()

    html = shown()
    for words in ("Who gives it", "Anna", "Champion, 8 signals", "Which signals give most", "with 1 crossing",
                  "<title>three-pricing</title>", "its usual week"):  # fmt: skip
        assert words in html, words
    assert html.count('<polyline class="t1"') == 2  # a gap where a day was not kept

    def queries() -> int:
        cache.clear()
        with CaptureQueriesContext(connection) as asked:
            shown()
        return len(asked)

    few = queries()
    for days in range(30):
        signal(busy, at=timezone.now() - days * DAY - timedelta(hours=2))
    recompute(now=timezone.now())
    assert queries() == few


def test_an_account_without_signals_says_so(site: make.Site) -> None:
    account = people.account()
    client = Client()
    client.force_login(people.user(Role.REP, toured_at=timezone.now()))
    html = client.get(f"/signals/accounts/{account.pk}/score/").content.decode()
    assert "No midnight is kept yet" in html
    assert isinstance(timezone.now(), datetime)
