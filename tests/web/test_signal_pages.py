"""The Signals pages: who is in market, what crossed, what waits, what is written."""

from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from abmops.lib.ids import uuid7
from accounts.models import User
from signals.models import Crossing, Signal, SignalType, Source, Threshold
from signals.views.reading import weekly_signals
from tests.web import world

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 18, 10, 0, tzinfo=UTC)


def test_in_market_lists_by_score_with_what_drives_it(as_rep: Client, rep: User) -> None:
    world.accounts(3, owner=rep, now=timezone.now())
    page = as_rep.get("/signals/?show=market").content.decode()
    assert page.index("Account 002") < page.index("Account 001") < page.index("Account 000")
    assert "Pricing page, 2 times" in page
    assert "up 14" in page


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        pytest.param("?tier=1", {"Account 000"}, id="tier"),
        pytest.param("?tier=1&tier=3", {"Account 000", "Account 002"}, id="two tiers"),
        pytest.param(
            "?tier=x", {"Account 000", "Account 001", "Account 002"}, id="an unknown tier is none named"
        ),
        pytest.param("?mine=1", {"Account 000", "Account 002"}, id="mine"),
        pytest.param("?q=001", {"Account 001"}, id="name"),
        pytest.param("?q=zzz", set(), id="nobody"),
    ],
)
def test_in_market_narrows_on_the_page_and_in_its_csv(
    as_rep: Client, rep: User, query: str, wanted: set[str]
) -> None:
    rows = world.accounts(3, owner=rep, now=timezone.now())
    page = as_rep.get(f"/signals/{query}").content.decode()
    answer = as_rep.get(f"/signals/in-market.csv{query}")
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    for row in rows:
        assert (f">{row.name}</a>" in page) is (row.name in wanted)
        assert (row.name in text) is (row.name in wanted)


def test_an_empty_market_says_how_signals_come(as_rep: Client) -> None:
    assert "Point Segment" in as_rep.get("/signals/").content.decode()


@pytest.mark.parametrize(
    ("query", "count"), [("", 3), ("?urgency=hot", 3), ("?urgency=urgent", 0), ("?urgency=x", 3)]
)
def test_crossings_come_newest_first_with_their_evidence(
    as_rep: Client, rep: User, query: str, count: int
) -> None:
    world.accounts(3, owner=rep, now=timezone.now())
    page = as_rep.get(f"/signals/crossings/{query}").content.decode()
    assert page.count('class="crossing"') == count
    if count:
        assert page.index("Account 000") < page.index("Account 002")
        assert "ooked at the pricing page twice, last " in page


def test_crossings_of_one_threshold_open_from_its_number(as_rep: Client, rep: User) -> None:
    world.accounts(2, owner=rep, now=timezone.now())
    threshold = Threshold.objects.get()
    assert f"?threshold={threshold.pk}" in as_rep.get("/thresholds/").content.decode()
    assert (
        as_rep.get(f"/signals/crossings/?threshold={threshold.pk}").content.decode().count('class="crossing"')
        == 2
    )
    assert as_rep.get("/signals/crossings/?threshold=999").content.decode().count('class="crossing"') == 0


def test_a_crossing_shows_the_rule_and_the_proof_even_when_signals_have_left(
    as_rep: Client, rep: User
) -> None:
    world.accounts(1, owner=rep, now=timezone.now())
    crossing = Crossing.objects.get()
    page = as_rep.get(f"/signals/crossings/{crossing.pk}/").content.decode()
    assert "Pricing page" in page
    assert "They compare." in page
    assert "2 signals" in page
    Signal.objects.all().delete()
    assert "No single signal" in as_rep.get(f"/signals/crossings/{crossing.pk}/").content.decode()


def test_thresholds_read_as_sentences_with_their_volume(as_rep: Client, rep: User) -> None:
    now = timezone.now()
    world.accounts(2, owner=rep, now=now)
    Crossing.objects.filter(account__name="Account 001").update(crossed_at=now - timedelta(days=200))
    page = as_rep.get("/thresholds/").content.decode()
    assert "Two pricing visits" in page
    assert "at least 2" in page
    assert "1 crossing" in page


def test_the_catalogue_says_what_a_signal_is_worth(as_rep: Client, rep: User) -> None:
    world.accounts(1, owner=rep, now=timezone.now())
    page = as_rep.get("/catalogue/").content.decode()
    assert "Pricing page" in page
    assert "Qualifying" in page
    assert "Website" in page


def test_a_near_threshold_says_how_far(as_rep: Client, rep: User) -> None:
    (one,) = world.accounts(1, owner=rep, now=timezone.now())
    part = as_rep.get(f"/signals/accounts/{one.pk}/trend/", headers={"HX-Request": "true"}).content.decode()
    assert "2 in 13 weeks" in part
    assert "Two pricing visits" in part


def test_signals_are_counted_by_weeks_that_end_now(rep: User) -> None:
    """A week is half open; what is older than all of them, or still to come, is in none."""
    (account,) = world.accounts(1, owner=rep, now=NOW - timedelta(days=700))
    type_, source = SignalType.objects.get(slug="pricing-page"), Source.objects.get(slug="web")
    tick, week = timedelta(microseconds=1), timedelta(days=7)
    ends = (
        tick,
        week - tick,
        week,
        week + tick,
        13 * week - tick,
        13 * week,
        13 * week + tick,
        -tick,
        0 * tick,
    )
    for before in ends:
        at = NOW - before
        Signal.objects.create(
            id=uuid7(at), account=account, source=source, type=type_, occurred_at=at, received_at=at,
            message_id=str(before), points=1,
        )  # fmt: skip
    assert weekly_signals(account, now=NOW) == (2, *[0] * 10, 1, 3)
