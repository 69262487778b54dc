"""Every number against the brute force, on random small worlds whose facts sit on the windows' edges."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scoreboard.domain.figures import Figure, Scope
from scoreboard.selectors.book import read_figures
from tests.scoreboard.brute import Brute
from tests.scoreboard.world import DAY, HOUR, Crossed, Deal, Heard, Person, Ran, T, Touched, World, write

pytestmark = pytest.mark.django_db

TICK = timedelta(microseconds=1)
EDGES = [T + TICK, T, T - TICK]
for _days in (7, 30, 90):
    EDGES += [T - _days * DAY - TICK, T - _days * DAY, T - _days * DAY + TICK]
QUARTERS = [datetime.fromisoformat(f"2026-{month:02}-01T00:00:00+00:00") for month in (1, 4, 7, 10)]
EDGES += [edge + shift for edge in QUARTERS for shift in (-TICK, timedelta(0), TICK)]

MOMENTS = st.one_of(
    st.sampled_from(EDGES),
    st.integers(-60, 24 * 240).map(lambda hours: T - hours * HOUR),
)
LATER = st.one_of(st.none(), st.integers(0, 24 * 100).map(lambda hours: hours * HOUR))
MONEY = st.one_of(st.none(), st.integers(0, 5000).map(lambda cents: Decimal(cents) / 4))
Moments = st.SearchStrategy[datetime]


@st.composite
def deals(draw: st.DrawFn, accounts: int, moments: Moments) -> Deal:
    opened = draw(st.one_of(st.none(), moments))
    length = draw(LATER)
    start = opened or draw(moments)
    currency = st.sampled_from(["USD", "EUR", "SEK", ""])
    amounts = st.lists(st.tuples(moments, MONEY, currency), max_size=3, unique_by=lambda amount: amount[0])
    return Deal(
        account=draw(st.one_of(st.none(), st.integers(0, accounts - 1))),
        opened=opened,
        closed=None if length is None else start + length,
        won=draw(st.booleans()),
        amounts=draw(amounts),
        told=draw(moments),
    )


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Few moments, so that facts coincide; any of them may sit on a window's edge."""
    n = draw(st.integers(1, 5))
    moments = st.sampled_from(draw(st.lists(MOMENTS, min_size=4, max_size=12, unique=True)))
    account = st.integers(0, n - 1)
    tier = st.one_of(st.none(), st.integers(1, 3))
    changes = st.lists(st.tuples(moments, tier), max_size=4, unique_by=lambda c: c[0]).map(sorted_changes)
    people = draw(st.lists(account.map(Person), max_size=8))
    contact = st.one_of(st.none(), st.integers(0, len(people) - 1)) if people else st.none()
    touch = st.builds(
        Touched,
        account,
        moments,
        st.sampled_from(["sales", "marketing", "customer_success"]),
        st.sampled_from(["outbound", "outbound", "inbound"]),
        st.booleans(),
        st.none(),
    )
    touches = [
        touched if place is None or people[place].account != touched.account else replaced(touched, place)
        for touched, place in draw(st.lists(st.tuples(touch, contact), max_size=14))
    ]
    signals = [
        heard if place is None or people[place].account != heard.account else replaced(heard, place)
        for heard, place in draw(
            st.lists(st.tuples(st.builds(Heard, account, moments, st.booleans()), contact), max_size=8)
        )
    ]
    crossings = draw(
        st.lists(
            st.builds(
                Crossed,
                account,
                moments,
                st.sampled_from(["urgent", "hot", "normal"]),
                st.one_of(st.none(), moments),
            ),
            max_size=8,
        )
    )
    runs = [draw(run(account, crossings, moments)) for _ in range(draw(st.integers(0, 5)))]
    return World(
        tiers=[draw(changes) for _ in range(n)],
        owners=[draw(st.integers(0, 1)) for _ in range(n)],
        created=[draw(moments) for _ in range(n)],
        people=people,
        touches=touches,
        signals=signals,
        crossings=crossings,
        runs=runs,
        deals=[draw(deals(n, moments)) for _ in range(draw(st.integers(0, 8)))],
        rates=[
            ("EUR", date(2026, 3, 1), Decimal("1.25")),
            ("EUR", date(2026, 10, 1), Decimal("1.5")),
            ("EUR", date(2026, 11, 30), Decimal(2)),
        ],
    )


@st.composite
def run(draw: st.DrawFn, account: st.SearchStrategy[int], crossings: list[Crossed], moments: Moments) -> Ran:
    start = draw(moments)
    length, stall = draw(LATER), draw(LATER)
    place = draw(st.one_of(st.none(), st.integers(0, len(crossings) - 1))) if crossings else None
    return Ran(
        account=crossings[place].account if place is not None else draw(account),
        at=start,
        finished=None if length is None else start + length,
        stalled=None if stall is None else start + stall,
        crossing=place,
        holdout=draw(st.sampled_from([False, False, False, True])),
    )


def sorted_changes(changes: list[tuple[datetime, int | None]]) -> list[tuple[datetime, int | None]]:
    return sorted(changes, key=lambda change: change[0])


def replaced(act: Any, contact: int) -> Any:
    return type(act)(**{**vars(act), "contact": contact})


def same(figure: Figure, expected: dict[str, Any], where: str) -> None:
    """Value, numerator and denominator agree; an empty denominator is None on both sides."""
    for name in ("value", "numerator", "denominator"):
        got, want = getattr(figure, name), expected[name]
        if want is None or got is None:
            assert got is want, f"{where}: {name} is {got}, not {want}"
        else:
            assert float(got) == pytest.approx(float(want), rel=1e-9, abs=1e-9), f"{where}: {name}"


@settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(worlds(), st.sampled_from([None, None, 1, 2, 3]), st.sampled_from([None, None, 0, 1]))
def test_every_number_agrees_with_the_brute_force(world: World, tier: int | None, owner: int | None) -> None:
    with transaction.atomic():
        written = write(world)
        scope = Scope(tier=tier, owner=None if owner is None else written.owners[owner].pk)
        figures = read_figures(T, scope)
        transaction.set_rollback(True)
    for key, expected in Brute(world, T, tier, owner).numbers().items():
        same(figures[key], expected, key)
        for number, part in expected.get("by_tier", {}).items():
            same(figures[key].by_tier[number], part, f"{key} tier {number}")
        if "prior" in expected:
            same(figures[key].notes["prior"], expected["prior"], f"{key} prior")
