"""A threshold's rate over the accounts that could cross: counted, tested, noticed once an episode and told."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.template import Context, Template
from django.test.utils import CaptureQueriesContext

from abmops.lib.choices import Role, Side
from accounts.models import Account, ListMembership, User
from plays.models import Notice
from signals.models import Crossing, Threshold, ThresholdDrift, ThresholdMove, ThresholdVersion
from signals.selectors.drift import drifts
from signals.services.definitions import put_threshold
from signals.services.drift import notice_drifts
from tests.accounts import make as people
from tests.api.caller import Caller
from tests.signals import make

pytestmark = pytest.mark.django_db
WEEK = timedelta(days=7)


@pytest.fixture
def listed(site: make.Site, now: datetime) -> list[Account]:
    """Ten accounts, on tier 1 for a year; every threshold is a year old."""
    ThresholdVersion.objects.update(created_at=now - 52 * WEEK)
    rows = [people.account(f"A{n}", f"a{n}.example") for n in range(10)]
    for row in rows:
        on_list(row, 1, now - 52 * WEEK)
    return rows


def on_list(account: Account, tier: int | None, since: datetime, until: datetime | None = None) -> None:
    """A stretch of the list's history."""
    ListMembership.objects.create(
        account=account, tier=tier, valid_from=since, valid_to=until, side=Side.REVOPS, reason="A test."
    )


def crossed(account: Account, at: datetime, of: str = "three-pricing") -> Crossing:
    """A crossing at a moment."""
    threshold = Threshold.objects.get(slug=of)
    assert threshold.current is not None
    turn = Crossing.objects.filter(threshold=threshold, account=account).count() + 1
    return Crossing.objects.create(
        threshold=threshold, version=threshold.current, account=account, sequence=turn, crossed_at=at
    )


def spread(
    accounts: list[Account], now: datetime, *, recent: int, before: int, of: str = "three-pricing"
) -> None:
    """So many crossings in the last 4 weeks, and so many in the 12 before."""
    for n in range(recent):
        crossed(accounts[n % len(accounts)], now - 4 * WEEK * (n + 0.5) / recent, of)
    for n in range(before):
        crossed(accounts[n % len(accounts)], now - 4 * WEEK - 12 * WEEK * (n + 0.5) / before, of)


def test_rates_are_per_account_week_of_its_tiers(listed: list[Account], now: datetime) -> None:
    put_threshold(slug="two-people", fields={"tiers": [1]}, by=None)
    ThresholdVersion.objects.update(created_at=now - 52 * WEEK)
    late, lower = people.account("Late", "late.example"), people.account("Lower", "lower.example")
    on_list(late, 1, now - 2 * WEEK)
    on_list(lower, 2, now - 52 * WEEK, now - WEEK)
    stranger = people.account("Stranger", "stranger.example")
    for one in (listed[0], late, lower, stranger):
        crossed(one, now - timedelta(days=10))
        crossed(one, now - timedelta(days=10), "two-people")
        crossed(one, now - 6 * WEEK)
    crossed(listed[1], now - 17 * WEEK)
    found = drifts(now=now)
    assert (found.tested, len(found.lines)) == (3, 3)
    every = {line.threshold.slug: line.change for line in found.lines}
    all_tiers, tier_1 = every["three-pricing"], every["two-people"]
    assert all_tiers is not None
    assert tier_1 is not None
    assert all_tiers.recent.crossings == 3
    assert all_tiers.recent.exposure == pytest.approx(4 * 10 + 2 + 3)
    assert all_tiers.baseline.crossings == 2
    assert all_tiers.baseline.exposure == pytest.approx(12 * 11)
    assert (tier_1.recent.crossings, tier_1.baseline.crossings) == (2, 0)
    assert tier_1.recent.exposure == pytest.approx(42)
    assert all_tiers.recent.rate == pytest.approx(100 * 3 / 45)


def test_a_new_version_and_a_pause_begin_anew(listed: list[Account], now: datetime) -> None:
    spread(listed, now, recent=8, before=24)
    threshold = Threshold.objects.get(slug="three-pricing")
    assert drifts(now=now).by_threshold[threshold.pk].change is not None
    put_threshold(slug="three-pricing", fields={"rearm_days": 30}, by=None)
    assert drifts(now=now + 5 * WEEK).by_threshold[threshold.pk].change is None
    later = drifts(now=now + 400 * WEEK).by_threshold[threshold.pk].change
    assert later is not None
    assert later.recent.crossings + later.baseline.crossings == 0
    other = Threshold.objects.get(slug="two-people")
    assert drifts(now=now).by_threshold[other.pk].windows is not None
    ThresholdMove.objects.create(threshold=other, before="paused", after="active")
    ThresholdMove.objects.update(at=now - 5 * WEEK)
    assert drifts(now=now).by_threshold[other.pk].windows is None
    put_threshold(slug="two-people", fields={"status": "paused"}, by=None)
    assert other.pk not in drifts(now=now).by_threshold


def test_how_many_are_looked_at_raises_p(listed: list[Account], now: datetime) -> None:
    spread(listed, now, recent=12, before=12)
    found = drifts(now=now)
    line = found.by_threshold[Threshold.objects.get(slug="three-pricing").pk]
    assert line.change is not None
    assert line.change.p is not None
    assert line.p_of_all == pytest.approx(line.change.p * 3)
    assert line.change.p < 0.01
    assert not line.has_drifted


def test_an_episode_is_noticed_once_and_ends(listed: list[Account], now: datetime) -> None:
    owner = people.user(Role.MARKETER)
    put_threshold(slug="three-pricing", fields={"owner": owner}, by=None)
    spread(listed, now, recent=16, before=12)
    assert notice_drifts(now=now) == 1
    assert notice_drifts(now=now + timedelta(days=1)) == 0
    row, notice = ThresholdDrift.objects.get(), Notice.objects.get()
    assert (row.direction, row.recent_crossings, row.baseline_crossings, row.tested) == ("more", 16, 12, 3)
    assert notice.user == owner
    assert notice.text.startswith(
        "“three-pricing” crosses 4 times as often as before: 40 a week per 100 accounts"
    )
    assert notice.url == "/thresholds/#three-pricing"
    assert notice_drifts(now=now + 3 * WEEK) in (0, 1)
    quiet = now + 30 * WEEK
    assert notice_drifts(now=quiet) == 0
    assert not ThresholdDrift.objects.filter(ended_at=None).exists()


def test_more_that_turns_to_fewer_is_another_episode_told_to_revops(
    listed: list[Account], now: datetime
) -> None:
    revops = people.user(Role.REVOPS)
    spread(listed, now, recent=40, before=12)
    notice_drifts(now=now)
    notice_drifts(now=now + 8 * WEEK)
    rows = ThresholdDrift.objects.order_by("noticed_at")
    assert [(row.direction, row.ended_at is None) for row in rows] == [("more", False), ("fewer", True)]
    assert Notice.objects.filter(user=revops).count() == 2
    assert "no more" in Notice.objects.order_by("-at")[0].text


def test_thresholds_cost_no_queries(listed: list[Account], now: datetime) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            drifts(now=now)
        return len(queries)

    few = asked()
    for n in range(6):
        fields = {"name": f"T{n}", "status": "active", **make.THRESHOLDS["three-pricing"]}
        put_threshold(slug=f"t{n}", fields=fields, by=None)
    ThresholdVersion.objects.update(created_at=now - 52 * WEEK)
    assert asked() == few == 5


def test_the_line_on_the_page_says_it(listed: list[Account], now: datetime) -> None:
    spread(listed, now, recent=16, before=12)
    template = Template("{% load drift %}{% drift drifts threshold %}")

    def line(slug: str) -> str:
        threshold = Threshold.objects.get(slug=slug)
        return template.render(Context({"drifts": drifts(now=now), "threshold": threshold}))

    assert "Fires more often" in line("three-pricing")
    assert "40.0 a week per 100 accounts in the last 4 weeks" in line("three-pricing")
    assert "as usual" in line("two-people")
    put_threshold(slug="two-people", fields={"rearm_days": 3}, by=None)
    assert "Too new to compare" in line("two-people")
    assert template.render(Context({"threshold": Threshold.objects.first()})).strip() == ""


def test_the_api_tells_every_active_threshold(listed: list[Account], revops: Caller) -> None:
    answer = revops.get("thresholds/drift/")
    assert answer.status_code == 200
    body = answer.json()
    assert {one["threshold"] for one in body["results"]} == set(make.THRESHOLDS)
    assert not any(one["has_drifted"] for one in body["results"])


def test_nobody_to_tell_is_no_fault(listed: list[Account], now: datetime) -> None:
    User.objects.all().delete()
    spread(listed, now, recent=16, before=12)
    assert notice_drifts(now=now) == 1
    assert not Notice.objects.exists()
