"""Near misses: on their page, in CSV, over the interface and on the account's page, one and the same."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from abmops.lib.choices import Role
from abmops.work import services as work
from accounts.models import Account, ListMembership
from signals.models import AccountState, Threshold
from signals.selectors import book, near
from signals.selectors.thresholds import type_names
from signals.services import definitions
from tests.accounts import make
from tests.api.caller import Caller
from tests.api.conftest import caller_of
from tests.signals import make as signals
from tests.web import forms

pytestmark = pytest.mark.django_db
NEAR = "/thresholds/three-pricing/near/"


@pytest.fixture
def integration(db: None) -> Caller:
    """An integration's key."""
    return caller_of(Role.INTEGRATION)


@pytest.fixture
def lived(integration: Caller) -> list[Account]:
    """Three accounts on the list: two of three visits, one of three, and all three."""
    signals.site()
    now = timezone.now()
    found = [visited(integration, name, visits, now) for name, visits in (("Two", 2), ("One", 1), ("All", 3))]
    work.drain_all()
    return found


def visited(integration: Caller, name: str, visits: int, now: datetime) -> Account:
    """An account with so many pricing visits, of which the newest is an hour old."""
    row = make.account(name, f"{name.lower()}.example")
    sent: list[dict[str, Any]] = [
        signals.record(
            now,
            type="pricing-page",
            message_id=f"{name}-{n}",
            account_domain=row.domain,
            occurred_at=(now - timedelta(hours=n + 1)).isoformat(),
        )
        for n in range(visits)
    ]
    integration.bulk("signals", *sent)
    return row


def everybody(slug: str = "three-pricing") -> dict[str, tuple[str, ...]]:
    """Who is near, by name, as the account's page would tell it one by one."""
    now, written, names = timezone.now(), book(), type_names()
    told = {}
    for account in Account.objects.order_by("name"):
        for one in near.near(account, written, now=now, names=names):
            if one.threshold.slug == slug:
                told[account.name] = one.said
    return told


def test_page_csv_interface_and_account_agree(
    as_rep: Client, integration: Caller, lived: list[Account]
) -> None:
    said = "1 more “pricing-page” signal within 14 days (2 of 3)"
    assert everybody() == {"Two": (said,)}
    page = forms.text_of(as_rep.get(NEAR).content.decode())
    assert said in page
    assert "Two" in page
    assert "1 of 3" not in page
    csv = b"".join(as_rep.get(f"{NEAR}near.csv").streaming_content).decode()  # type: ignore[attr-defined]
    assert "Two,two.example,,," in csv
    assert said in csv
    assert said in as_rep.get(f"{NEAR}few/", headers={"HX-Request": "true"}).content.decode()
    answer = integration.get("thresholds/three-pricing/near/").json()
    [row] = answer["results"]
    assert (row["account_name"], row["lacking"]) == ("Two", [{"sentence": said, "have": 2.0, "need": 3.0}])
    assert answer["count"] == 1
    assert said in forms.text_of(as_rep.get(f"/signals/accounts/{lived[0].pk}/trend/").content.decode())


def test_only_an_active_threshold_has_any(as_rep: Client, integration: Caller, lived: list[Account]) -> None:
    definitions.put_threshold(slug="three-pricing", fields={"status": "paused"}, by=None)
    assert "This threshold is paused" in as_rep.get(NEAR).content.decode()
    assert integration.get("thresholds/three-pricing/near/").json()["results"] == []
    assert "Nobody" in as_rep.get(f"{NEAR}few/").content.decode()


@pytest.mark.parametrize("query", ["limit=0", "limit=x", "page=2"])
def test_the_interface_refuses_what_it_does_not_read(
    integration: Caller, lived: list[Account], query: str
) -> None:
    assert integration.get(f"thresholds/three-pricing/near/?{query}").status_code == 400
    assert integration.get("thresholds/nothing/near/").status_code == 404


def test_a_threshold_of_tiers_looks_at_those_tiers(lived: list[Account]) -> None:
    definitions.put_threshold(slug="three-pricing", fields={"tiers": [1]}, by=None)
    written = book()
    live = near.live_threshold(Threshold.objects.get(slug="three-pricing"), written)
    assert live is not None
    found = near.near_misses(
        live, written, user=make.user(Role.REVOPS), now=timezone.now(), names=type_names()
    )
    assert (found.rows, found.looked_at, found.of) == ((), 0, 0)
    assert everybody() == {}


def list_all() -> None:
    """Put every account on the list."""
    for row in Account.objects.all():
        ListMembership.objects.create(
            account=row, tier=1, valid_from=timezone.now(), side="revops", reason="Test."
        )


def test_all_are_covered_and_only_who_may_be_near_is_looked_at(
    as_rep: Client, integration: Caller, lived: list[Account]
) -> None:
    """One account's last signal is too old for the window; another never had any."""
    make.account("Quiet", "quiet.example")
    list_all()
    AccountState.objects.filter(account__name="One").update(
        last_signal_at=timezone.now() - timedelta(days=15)
    )
    answer = integration.get("thresholds/three-pricing/near/").json()
    assert (answer["of"], answer["looked_at"], answer["count"]) == (4, 2, 1)
    page = forms.text_of(as_rep.get(NEAR).content.decode())
    assert "This covers all 4 accounts on the list" in page
    assert "2 of them have a signal of the last 14 days, without which nobody is near" in page


def test_of_too_many_those_with_the_highest_score_are_looked_at_and_the_page_says_so(
    as_rep: Client, integration: Caller, lived: list[Account], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two of the three who have visited; the fourth never did, and is ruled out as ever."""
    make.account("Quiet", "quiet.example")
    list_all()
    monkeypatch.setattr(near, "MOST", 2)
    for name, score, count in (("Two", 0, 0), ("Two", 99, 1)):
        AccountState.objects.filter(account__name=name).update(score=score)
        answer = integration.get("thresholds/three-pricing/near/").json()
        told = [answer[field] for field in ("of", "possible", "looked_at", "count")]
        assert told == [4, 3, 2, count]
    page = forms.text_of(as_rep.get(NEAR).content.decode())
    assert "who is near among the 2 with the highest score" in page
    assert "looked at one by one." not in page
    assert "1 among the 2 with the highest score" in forms.text_of(as_rep.get(f"{NEAR}few/").content.decode())
    monkeypatch.setattr(near, "MOST", 3)
    assert "the highest score" not in forms.text_of(as_rep.get(NEAR).content.decode())


def test_nobody_comes_near_what_a_single_signal_crosses(as_rep: Client, lived: list[Account]) -> None:
    one = {"count": {"types": ["pricing-page"], "at_least": 1, "days": 14}}
    definitions.put_threshold(slug="three-pricing", fields={"condition": one}, by=None)
    for path in ("", "few/"):
        page = as_rep.get(f"{NEAR}{path}").content.decode()
        assert "A single signal crosses this threshold" in page
        assert " inf" not in page


@pytest.mark.parametrize(
    ("query", "count"),
    [("?q=two", 1), ("?q=zzz", 0), ("?mine=on", 0), ("?tier=2", 0), ("?tier=x", 1), ("?page=9", 1)],
)
def test_the_page_narrows(as_rep: Client, lived: list[Account], query: str, count: int) -> None:
    assert as_rep.get(f"{NEAR}{query}").content.decode().count("1 more “pricing-page”") == count


def test_the_nearest_come_first_and_the_number_of_queries_does_not_grow(
    as_rep: Client, integration: Caller, lived: list[Account]
) -> None:
    definitions.put_threshold(
        slug="three-pricing",
        fields={"condition": {"count": {"types": ["pricing-page"], "at_least": 4, "days": 14}}},
        by=None,
    )
    work.drain_all()

    def count() -> int:
        as_rep.get(NEAR)
        with CaptureQueriesContext(connection) as queries:
            page = as_rep.get(NEAR).content.decode()
        assert page.index(">All<") < page.index(">Two<")
        return len(queries)

    few = count()
    for number in range(4):
        visited(integration, f"More{number}", 2, timezone.now())
    work.drain_all()
    assert count() == few
