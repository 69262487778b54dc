"""Small programs whose numbers are worked out by hand."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from scoreboard.domain.catalogue import LAG, NUMBERS
from scoreboard.domain.figures import Figure, Scope
from scoreboard.domain.windows import Quarter
from scoreboard.selectors.book import read_book, read_figures
from tests.scoreboard.world import DAY, HOUR, Crossed, Deal, Heard, Person, Ran, T, Touched, World, write

pytestmark = pytest.mark.django_db

LISTED = T - 300 * DAY
TICK = timedelta(microseconds=1)


def one(*changes: Any, **acts: Any) -> World:
    """A world of one tier 1 account, on the list for 300 days unless `changes` say else."""
    return World(tiers=[list(changes) or [(LISTED, 1)]], owners=[0], created=[LISTED], **acts)


def figure(world: World, key: str, scope: Scope | None = None) -> Figure:
    write(world)
    return read_figures(T, scope or Scope())[key]


@pytest.mark.parametrize(
    ("key", "acts", "expected"),
    [
        pytest.param("coverage", {"touches": [Touched(0, T - 30 * DAY)]}, 1, id="the window's first moment"),
        pytest.param(
            "coverage", {"touches": [Touched(0, T - 30 * DAY - TICK)]}, 0, id="just before the window"
        ),
        pytest.param("coverage", {"touches": [Touched(0, T - TICK)]}, 1, id="just before T"),
        pytest.param("coverage", {"touches": [Touched(0, T)]}, 0, id="at T is not before T"),
        pytest.param(
            "coverage", {"touches": [Touched(0, T - DAY, "marketing")]}, 0, id="the other side's touch"
        ),
        pytest.param(
            "coverage", {"touches": [Touched(0, T - DAY, direction="inbound")]}, 0, id="they called us"
        ),
        pytest.param(
            "engagement",
            {"touches": [Touched(0, T - DAY, "marketing")], "signals": [Heard(0, T - 2 * DAY)]},
            1,
            id="a touch and a response, in any order",
        ),
        pytest.param(
            "engagement", {"touches": [Touched(0, T - DAY, "marketing")]}, 0, id="a touch without a response"
        ),
        pytest.param("engagement", {"signals": [Heard(0, T - DAY)]}, 0, id="a response without a touch"),
        pytest.param(
            "engagement",
            {"touches": [Touched(0, T - DAY, "marketing")], "signals": [Heard(0, T - DAY, digital=False)]},
            0,
            id="a signal that is no digital response",
        ),
        pytest.param(
            "joint_engagement",
            {"touches": [Touched(0, T - 90 * DAY, "marketing"), Touched(0, T - DAY)]},
            1,
            id="both sides in the quarter",
        ),
        pytest.param(
            "joint_engagement",
            {"touches": [Touched(0, T - 90 * DAY - TICK, "marketing"), Touched(0, T - DAY)]},
            0,
            id="marketing too long ago",
        ),
        pytest.param(
            "list_to_action", {"touches": [Touched(0, T - DAY, programmed=True)]}, 1, id="a play's step"
        ),
        pytest.param(
            "list_to_action", {"touches": [Touched(0, T - DAY)]}, 0, id="a touch outside any program"
        ),
        pytest.param("play_coverage_tier_1", {"runs": [Ran(0, T - DAY)]}, 1, id="in a play"),
        pytest.param(
            "play_coverage_tier_1", {"runs": [Ran(0, T - DAY, holdout=True)]}, 0, id="only held out"
        ),
        pytest.param(
            "play_coverage_tier_1", {"runs": [Ran(0, T - DAY, T - HOUR)]}, 0, id="finished before T"
        ),
        pytest.param("play_coverage_tier_1", {"runs": [Ran(0, T - DAY, T + HOUR)]}, 1, id="finished after T"),
        pytest.param(
            "committee_coverage",
            {
                "people": [Person(0)] * 3,
                "touches": [Touched(0, T - 200 * DAY, contact=0), Touched(0, T - DAY, contact=1)],
                "signals": [Heard(0, T - DAY, contact=2)],
            },
            1,
            id="three contacts, each touched or heard from",
        ),
        pytest.param(
            "committee_coverage",
            {"people": [Person(0)] * 3, "touches": [Touched(0, T - DAY, contact=n) for n in (0, 0, 1)]},
            0,
            id="three contacts, one of them silent",
        ),
    ],
)
def test_what_counts(key: str, acts: dict[str, Any], expected: float) -> None:
    assert figure(one(**acts), key).value == expected


@pytest.mark.parametrize(
    ("changes", "size"),
    [
        pytest.param([(T, 2)], 1, id="joining at T is being on the list at T"),
        pytest.param([(T + TICK, 2)], 0, id="joining after T is not"),
        pytest.param([(LISTED, 1), (T, None)], 0, id="leaving at T is being off it at T"),
        pytest.param([(LISTED, 1), (T + TICK, None)], 1, id="leaving after T is not"),
    ],
)
def test_the_list_at_t(changes: list[Any], size: int) -> None:
    write(one(*changes))
    assert read_book(T, Scope()).list_size == size


def test_an_empty_program_has_no_data_and_never_zero_percent(db: None) -> None:
    figures = read_figures(T, Scope())
    counted = {"plays_run_per_week", "accounts_touched_per_week", "escalation_rate"}
    assert {key for key, figure in figures.items() if figure.value is not None} == counted
    assert list(figures) == list(NUMBERS)


def test_an_as_of_in_the_past_knows_nothing_of_what_came_later() -> None:
    """The same question before and after later facts are told gives the same answer, number by number."""
    early = one(
        touches=[Touched(0, T - 40 * DAY)],
        crossings=[Crossed(0, T - 50 * DAY)],
        deals=[Deal(0, T - 60 * DAY, amounts=[(T - 60 * DAY, Decimal(100), "USD")])],
    )
    asked = T - 35 * DAY
    write(early)
    before = read_figures(asked, Scope())
    written_later = World(
        tiers=early.tiers,
        touches=[Touched(0, T - 34 * DAY), Touched(0, asked)],
        signals=[Heard(0, asked)],
        deals=[Deal(0, asked, amounts=[(asked, Decimal(900), "USD")])],
    )
    _tell_more(written_later)
    assert read_figures(asked, Scope()) == before


def _tell_more(world: World) -> None:
    from accounts.models import Account, ListMembership, Opportunity, OpportunityAmount, Touch

    account = Account.objects.get()
    for touch in world.touches:
        Touch.objects.create(
            account=account, side=touch.side, direction="outbound", channel="call", occurred_at=touch.at
        )
    first = Opportunity.objects.get()
    OpportunityAmount.objects.create(
        opportunity=first, valid_from=T - 35 * DAY, amount=Decimal(5000), currency="USD"
    )
    Opportunity.objects.filter(pk=first.pk).update(closed_at=T - 35 * DAY, outcome="won")
    for deal in world.deals:
        Opportunity.objects.create(external_id="later", account=account, opened_at=deal.opened)
    ListMembership.objects.filter(account=account).update(valid_to=T - 34 * DAY)
    ListMembership.objects.create(
        account=account, tier=3, valid_from=T - 34 * DAY, side="revops", reason="Moved."
    )


def test_crossings_still_waiting_hold_the_median_up() -> None:
    """Answered after 1 h and 3 h, one waiting for 5 h, one for 100 h: half are answered at 3 h.

    S falls to 3/4 at 1 h and to 1/2 at 3 h. The plain median of the answered says 2 h; in time is one hot of
    four: both answered ones are within 24 h, so two.
    """
    crossings = [Crossed(0, T - 200 * HOUR)]
    touches = [Touched(0, T - 199 * HOUR)]
    world = World(
        tiers=[[(LISTED, 1)] for _ in range(4)],
        owners=[0] * 4,
        created=[LISTED] * 4,
        crossings=[
            *crossings,
            Crossed(1, T - 50 * HOUR),
            Crossed(2, T - 5 * HOUR),
            Crossed(3, T - 100 * HOUR),
        ],
        touches=[*touches, Touched(1, T - 47 * HOUR)],
    )
    write(world)
    figures = read_figures(T, Scope())
    assert (figures[LAG].value, figures[LAG].numerator, figures[LAG].denominator) == (3, 2, 4)
    assert figures[LAG].notes["waiting"] == 2
    assert figures["signal_to_action_answered_median_hours"].value == 2
    assert figures["answered_within_sla"].value == 0.5
    assert figures["answered_within_sla"].notes["still_in_time"] == 1
    assert figures[LAG].notes["by_urgency"]["hot"].value == 3
    assert figures[LAG].notes["by_urgency"]["urgent"].value is None


def test_a_touch_at_the_crossings_own_moment_answers_it() -> None:
    lag = figure(one(crossings=[Crossed(0, T - 9 * HOUR)], touches=[Touched(0, T - 9 * HOUR)]), LAG)
    assert (lag.value, lag.numerator) == (0, 1)


def test_a_touch_just_before_the_crossing_does_not() -> None:
    world = one(crossings=[Crossed(0, T - 9 * HOUR)], touches=[Touched(0, T - 9 * HOUR - TICK)])
    assert figure(world, LAG).numerator == 0


@pytest.mark.parametrize(
    ("after", "counts"),
    [
        pytest.param(timedelta(0), 1, id="at the moment of joining"),
        pytest.param(-TICK, 0, id="just before"),
        pytest.param(180 * DAY - TICK, 1, id="in the last moment of the 180 days"),
        pytest.param(180 * DAY, 0, id="at the end of the 180 days"),
    ],
)
def test_the_180_days_of_a_joiner(after: timedelta, counts: int) -> None:
    joined = T - 290 * DAY
    world = one((joined, 1), deals=[Deal(0, joined + after)])
    asked = Scope(cohort=Quarter.of(joined))
    assert figure(world, "conversion_list_to_opportunity", asked).numerator == counts


@pytest.mark.parametrize(
    ("stalled", "smooth"),
    [
        pytest.param(None, 1, id="never stalled"),
        pytest.param(T - 2 * DAY, 0, id="stalled, and moved on"),
        pytest.param(T, 1, id="what is only known later counts later"),
    ],
)
def test_finished_without_a_stall(stalled: datetime | None, smooth: int) -> None:
    world = one(runs=[Ran(0, T - 9 * DAY, finished=T - DAY, stalled=stalled)])
    assert figure(world, "completed_without_stall").numerator == smooth


@pytest.mark.parametrize(
    ("opened", "born"),
    [
        pytest.param(T - 50 * DAY, 1, id="on the day of joining"),
        pytest.param(T - 50 * DAY - TICK, 0, id="just before joining"),
        pytest.param(T - 20 * DAY - TICK, 1, id="just before leaving"),
        pytest.param(T - 20 * DAY, 0, id="at the moment of leaving"),
    ],
)
def test_born_on_the_list(opened: datetime, born: int) -> None:
    world = one((T - 50 * DAY, 2), (T - 20 * DAY, None), deals=[Deal(0, opened)])
    assert figure(world, "pipeline_influence_count").numerator == born


@pytest.mark.parametrize(("holdout", "started"), [(False, 1), (True, 0)])
def test_a_holdout_is_no_start(holdout: bool, started: int) -> None:
    crossed = Crossed(0, T - DAY, heard=T - DAY)
    world = one(crossings=[crossed], runs=[Ran(0, T - DAY + HOUR, crossing=0, holdout=holdout)])
    found = figure(world, "signal_to_enrollment_median_seconds")
    assert (found.numerator, found.value) == (started, 3600 if started else None)


def test_a_median_that_is_not_reached_says_how_long_at_least() -> None:
    world = one(crossings=[Crossed(0, T - 7 * HOUR), Crossed(0, T - 3 * HOUR)])
    lag = figure(world, LAG)
    assert lag.value is None
    assert (lag.notes["waiting"], lag.notes["longer_than"]) == (2, 7.0)


def test_money_is_converted_at_the_rate_of_its_own_day_and_what_has_none_is_said_aloud() -> None:
    """On the list 100 EUR at 1.25 (said before the rate rose); off it 250 USD; 70 SEK have no rate."""
    world = World(
        tiers=[[(LISTED, 2)], []],
        owners=[0, 0],
        created=[LISTED, LISTED],
        deals=[
            Deal(0, T - 90 * DAY, amounts=[(T - 90 * DAY, Decimal(100), "EUR")]),
            Deal(1, T - 90 * DAY, amounts=[(T - 90 * DAY, Decimal(250), "USD")]),
            Deal(0, T - 80 * DAY, amounts=[(T - 80 * DAY, Decimal(70), "SEK")]),
        ],
        rates=[("EUR", date(2026, 1, 1), Decimal("1.25")), ("EUR", T.date(), Decimal(2))],
    )
    write(world)
    found = read_figures(T, Scope())
    influence = found["pipeline_influence"]
    assert (influence.numerator, influence.denominator) == (Decimal(125), Decimal(375))
    assert influence.value == pytest.approx(1 / 3)
    assert influence.notes["left_out"] == 1
    assert influence.by_tier[2].value == pytest.approx(1 / 3)
    assert found["pipeline_influence_count"].value == pytest.approx(2 / 3)


def test_each_cohort_is_seen_at_the_same_age() -> None:
    """Third quarter: one of two had an opportunity by T. Second quarter: one of one, but only after that
    age.
    """
    joined_q3, joined_q2 = T - 60 * DAY, T - 150 * DAY
    world = World(
        tiers=[[(joined_q3, 1)], [(joined_q3, 1)], [(joined_q2, 1)]],
        owners=[0] * 3,
        created=[LISTED] * 3,
        deals=[
            Deal(0, joined_q3 + 10 * DAY, joined_q3 + 20 * DAY, won=True),
            Deal(2, T - 20 * DAY, T - 10 * DAY, won=True),
        ],
    )
    write(world)
    found = read_figures(T, Scope())
    own = found["conversion_list_to_opportunity"]
    assert (own.value, own.notes["cohort"], own.notes["prior"].value) == (0.5, "2026-Q3", 0.0)
    assert found["conversion_opportunity_to_won"].value == 1
    assert found["conversion_opportunity_to_won"].notes["prior"].value is None


def test_a_change_of_tier_is_no_joining() -> None:
    world = one((LISTED, 2), (T - 60 * DAY, 1))
    assert figure(world, "conversion_list_to_opportunity").denominator == 0


def sides() -> World:
    """Two target accounts, two others, nine closed deals and two open ones.

    Target: won 100, 300 and 200 in 10, 20 and 60 days, lost one. Others: won 150 and 250 in 30 and 50 days,
    lost three.
    """
    start = T - 200 * DAY

    def deal(account: int, days: int, won: bool, amount: int) -> Deal:
        return Deal(account, start, start + days * DAY, won, [(start, Decimal(amount), "USD")])

    return World(
        tiers=[[(LISTED, 1)], [(LISTED, 2)], [], [(LISTED, 1), (T - 250 * DAY, None)]],
        owners=[0] * 4,
        created=[LISTED] * 4,
        deals=[
            deal(0, 10, True, 100),
            deal(0, 20, True, 300),
            deal(1, 60, True, 200),
            deal(1, 5, False, 0),
            deal(2, 30, True, 150),
            deal(3, 50, True, 250),
            *(deal(2, 7, False, 0) for _ in range(3)),
            Deal(0, start, amounts=[(start, Decimal(900), "USD")]),
            Deal(3, start, amounts=[(start, Decimal(40), "USD")]),
        ],
    )


@pytest.mark.parametrize(
    ("key", "value", "numerator", "denominator"),
    [
        ("win_rate_target", 0.75, 3, 4),
        ("win_rate_other", 0.4, 2, 5),
        ("won_amount_target", 200, 600, 3),
        ("won_amount_other", 200, 400, 2),
        ("days_to_win_target", 20, 3, 3),
        ("days_to_win_other", 40, 2, 2),
        ("pipeline_per_account_target", 450, 900, 2),
        ("pipeline_per_account_other", 20, 40, 2),
    ],
)
def test_target_against_the_others(key: str, value: float, numerator: float, denominator: int) -> None:
    found = figure(sides(), key)
    assert (found.value, found.numerator, found.denominator) == (value, numerator, denominator)


def test_what_may_be_chance_is_said() -> None:
    """Win rate 3 of 4 against 2 of 5: Wilson limits 0.3006 to 0.9544 and 0.1176 to 0.7693 give -0.23 to 0.70.

    Won amounts: equal means, variances 10,000 and 5,000; Welch with 2.88 degrees of freedom, t = 3.26: 0 ±
    249.
    """
    write(sides())
    found = read_figures(T, Scope())
    assert found["win_rate_target"].notes["difference"] == pytest.approx(0.35)
    assert found["win_rate_target"].notes["interval"] == pytest.approx([-0.2316, 0.6983], abs=1e-3)
    low, high = found["won_amount_target"].notes["interval"]
    assert (round(low), round(high)) == (-249, 249)
    assert found["days_to_win_target"].notes["interval"] is None


def test_the_period_takes_what_closed_in_it_and_open_deals_that_opened_in_it() -> None:
    write(sides())
    since = T - 200 * DAY + 15 * DAY
    found = read_figures(T, Scope(since=since))
    assert (found["win_rate_target"].numerator, found["win_rate_target"].denominator) == (2, 2)
    assert found["pipeline_per_account_target"].numerator == 0


def test_one_tier_of_the_list_against_the_same_others() -> None:
    write(sides())
    found = read_figures(T, Scope(tier=2))
    assert found["win_rate_target"].value == 0.5
    assert found["win_rate_other"].denominator == 5
