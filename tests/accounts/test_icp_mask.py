"""Fit by the database and fit in Python are one number, whatever the accounts and whatever the criteria."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from abmops.work import services as work
from abmops.work.models import WorkItem
from accounts.domain.fit import BEHAVIOUR, FIELDS, WORDS_OF, fit_of, read_criteria
from accounts.models import Account, Contact, ExchangeRate, IcpModel, Opportunity, Touch
from accounts.selectors.fit import companies
from accounts.services.account import adopt_icp, refresh_fit
from accounts.services.account import fit as services
from tests.accounts import make

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
WORDS = [
    "Steel",
    "steel",
    "STEEL",
    "Straße",
    "STRASSE",
    "Optics",
    "I\u0307zmir",
    "Łódź",
    "ΣΟΦΟΣ",
    "σοφος",
    "",
    "50% off",
]
AMOUNTS = [
    None,
    Decimal(0),
    Decimal("99999999.9999"),
    Decimal(100_000_000),
    Decimal("83333333.3333"),
    Decimal("1E14"),
]


def world(count: int = 60) -> None:
    """Accounts of every kind, with deals, people and touches on the edges of the windows."""
    ExchangeRate.objects.create(currency="EUR", day=NOW.date(), rate=Decimal("1.20000001"))
    for number in range(count):
        account = make.account(
            f"A {number}",
            f"a{number}.example",
            industry=WORDS[number % len(WORDS)],
            country=["DE", "FR", "", "GB"][number % 4],
            region=WORDS[(number * 5) % len(WORDS)],
            employees=[None, 0, 599, 600, 8_000, 8_001][number % 6],
            annual_revenue=AMOUNTS[number % len(AMOUNTS)],
            currency=["EUR", "USD", "", "XXX"][number // 2 % 4],
            technologies=[word for place, word in enumerate(WORDS) if word and number >> (place % 6) & 1],
        )
        for one in range(number % 3):
            Contact.objects.create(account=account, name="P", email=f"p{one}@a{number}.example")
        for one in range(number % 4):
            closed = [NOW, NOW - timedelta(seconds=1), None, NOW - timedelta(days=900)][one]
            Opportunity.objects.create(
                external_id=f"{number}-{one}",
                account=account,
                closed_at=closed,
                outcome=None if closed is None else ["won", "won", "lost"][number % 3],
            )
        for one in range(number % 5):
            at = (
                NOW
                - [
                    timedelta(0),
                    timedelta(days=90),
                    timedelta(days=90, seconds=1),
                    timedelta(1),
                    timedelta(2),
                ][one]
            )
            Touch.objects.create(account=account, side="sales", channel="call", occurred_at=at)


def criterion(field: str, weight: Any, words: list[str], bounds: list[Any]) -> dict[str, Any]:
    """A stored criterion of a field."""
    if field in WORDS_OF:
        return {"field": field, "weight": weight, "any_of": words}
    low, high = sorted(bounds)
    return {"field": field, "weight": weight, "at_least": low, "at_most": high}


CRITERIA = st.lists(
    st.builds(
        criterion,
        st.sampled_from(FIELDS),
        st.sampled_from([0, 1, 3, 7.5, 33, 100]),
        st.lists(st.sampled_from([*WORDS, "de", "Fr", "gone"]), min_size=1, max_size=4),
        st.lists(
            st.sampled_from([0, 1, 2, 599.5, 600, 8_000, 99_999_999.99995, 100_000_000, 1e14]),
            min_size=2,
            max_size=2,
        ),
    ),
    max_size=6,
)


@pytest.mark.django_db
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(raw=CRITERIA)
def test_the_database_computes_the_fit_that_python_computes(raw: list[dict[str, Any]]) -> None:
    if not Account.objects.exists():
        world()
    IcpModel.objects.all().delete()
    IcpModel.objects.create(number=1, name="Any", criteria=raw, adopted_at=NOW)
    refresh_fit(now=NOW)
    rows = list(Account.objects.order_by("id"))
    criteria = read_criteria(raw)
    by_hand = [fit_of(company, criteria).value for company in companies(rows, criteria, now=NOW)]
    assert [row.fit for row in rows] == by_hand


@pytest.mark.django_db
def test_the_world_of_the_test_meets_and_misses_every_field() -> None:
    world()
    rows = list(Account.objects.order_by("id"))
    raw = [
        criterion(
            name,
            1,
            ["steel", "DE"],
            [1, 600 if name == "employees" else 1e14 if name == "annual_revenue" else 3],
        )
        for name in FIELDS
    ]
    criteria = read_criteria(raw)
    seen = companies(rows, criteria, now=NOW)
    for one in criteria:
        met = {one.is_met_by(company) for company in seen}
        assert met == {True, False}, one.field
    assert {company.touches_90d for company in seen} == {0, 1, 2}


@pytest.mark.django_db
def test_many_accounts_are_recomputed_by_a_worker_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "AT_ONCE", 7)
    world(30)
    adopt_icp(name="One", criteria=[criterion("industry", 1, ["steel"], [])], now=NOW)
    assert not Account.objects.filter(fit__gt=0).exists()
    assert WorkItem.objects.filter(kind="refit").count() == 1
    adopt_icp(name="Two", criteria=[criterion("employees", 1, [], [600, 8000])], now=NOW)
    assert WorkItem.objects.filter(kind="refit").count() == 1
    work.drain_all()
    assert set(Account.objects.filter(fit=100).values_list("employees", flat=True)) == {600, 8_000}
    assert Account.objects.filter(fit=100).count() == 10


@pytest.mark.django_db
def test_a_profile_adopted_half_way_starts_the_count_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "AT_ONCE", 7)
    world(30)
    adopt_icp(name="One", criteria=[criterion("industry", 1, ["steel"], [])], now=NOW)
    first = list(Account.objects.order_by("id").values_list("id", flat=True)[:7])
    services.refit_next(after=0, version=1, now=NOW)
    assert Account.objects.filter(fit=100).exists()
    adopt_icp(name="Two", criteria=[criterion("employees", 1, [], [600, 8000])], now=NOW)
    services.refit_next(after=first[-1], version=1, now=NOW)
    assert set(Account.objects.filter(id__in=first, fit=100).values_list("employees", flat=True)) == {
        600,
        8_000,
    }


@pytest.mark.django_db
@pytest.mark.parametrize("field", FIELDS)
def test_fits_are_counted_by_the_day_only_where_the_profile_asks_for_behaviour(field: str) -> None:
    IcpModel.objects.create(
        number=1, name="Any", criteria=[criterion(field, 1, ["x"], [1, 2])], adopted_at=NOW
    )
    services.refit_by_the_day(now=NOW)
    assert WorkItem.objects.filter(kind="refit").exists() == (field in BEHAVIOUR)
