"""The rule of re-tier proposals, line by line."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signals.domain.tiering import Policy, Standing, has_grown, is_upward, propose

NOW = datetime(2026, 11, 18, 10, tzinfo=UTC)
POLICY = Policy(up=70, down=20, quiet_days=90)
LONG = NOW - timedelta(days=200)


def ago(days: float) -> datetime:
    """That many days before."""
    return NOW - timedelta(days=days)


def standing(tier: int | None = None, score: float = 50, **facts: object) -> Standing:
    """An account with a middling score that was heard yesterday."""
    usual = Standing(1, tier, LONG if tier else None, "prospect", score, heard_at=ago(1))
    return replace(usual, **facts)  # type: ignore[arg-type]


STAYS = object()


@pytest.mark.parametrize(("of", "to_tier"), [
    pytest.param(standing(2, 50), STAYS, id="a middling score moves nothing"),
    pytest.param(standing(3, 75, kinds=2), 2, id="score and two kinds of signal: a tier up"),
    pytest.param(standing(3, 70, people=2), 2, id="at the line, with two people"),
    pytest.param(standing(3, 69.9, people=2), STAYS, id="just under the line"),
    pytest.param(standing(3, 95, kinds=1, people=1), STAYS, id="a score alone proves nothing"),
    pytest.param(standing(3, 75, open_deals=1), 2, id="an open deal is a second proof"),
    pytest.param(standing(3, 75, meeting_at=ago(90)), 2, id="so is a meeting in 90 days"),
    pytest.param(standing(3, 75, meeting_at=ago(91)), STAYS, id="an older meeting is none"),
    pytest.param(standing(2, 90, kinds=3), STAYS, id="tier 1 is for accounts that people know"),
    pytest.param(standing(2, 90, kinds=3, contacts_known=3), 1, id="with a committee"),
    pytest.param(standing(2, 90, kinds=3, meeting_at=ago(5)), 1, id="or a meeting"),
    pytest.param(standing(1, 99, kinds=5, contacts_known=9), STAYS, id="there is nothing above tier 1"),
    pytest.param(standing(None, 80, kinds=2), 3, id="off the list and hot: tier 3"),
    pytest.param(standing(None, 80, kinds=2, contacts_engaged=1, sales_at=ago(9)), 2, id="and known to sales: tier 2"),
    pytest.param(standing(None, 80, kinds=2, held=True), STAYS, id="quarantine holds back"),
    pytest.param(standing(None, 80, meeting_at=ago(2)), STAYS, id="a meeting alone brings nobody onto the list"),
    pytest.param(standing(2, 20), 3, id="a low score: a tier down"),
    pytest.param(standing(2, 20.1), STAYS, id="just over the low line"),
    pytest.param(standing(1, 50, heard_at=ago(90)), 2, id="silent for 90 days: a tier down"),
    pytest.param(standing(1, 50, heard_at=ago(89.9)), STAYS, id="not quite"),
    pytest.param(standing(2, 5, since=ago(89)), STAYS, id="new in its tier: it has its time"),
    pytest.param(standing(2, 5, open_deals=1), STAYS, id="nothing goes down while a deal is open"),
    pytest.param(standing(2, 5, meeting_at=ago(30)), STAYS, id="nor after a recent meeting"),
    pytest.param(standing(3, 5), STAYS, id="tier 3 leaves only when it is low and quiet"),
    pytest.param(standing(3, 50, heard_at=ago(400)), STAYS, id="tier 3, quiet but not low"),
    pytest.param(standing(3, 5, heard_at=ago(90)), None, id="tier 3, low and quiet: off the list"),
    pytest.param(standing(3, 5, heard_at=None), None, id="never heard counts from when it came"),
    pytest.param(standing(1, 99, kinds=5, lifecycle="disqualified"), None, id="disqualified: off, whatever else"),
    pytest.param(standing(2, 50, lifecycle="not_ready", since=ago(1)), None, id="not ready: off"),
    pytest.param(standing(None, 99, kinds=5, lifecycle="disqualified"), STAYS, id="disqualified never joins"),
])  # fmt: skip
def test_where_an_account_belongs(of: Standing, to_tier: object) -> None:
    wish = propose(of, POLICY, now=NOW)
    assert (wish.to_tier if wish else STAYS) is to_tier


def test_reasons_are_sentences_strongest_first() -> None:
    of = standing(
        2, 91, kinds=3, people=2, open_deals=2, meeting_at=ago(1), contacts_known=4, contacts_engaged=2
    )
    wish = propose(replace(of, sales_at=ago(2), marketing_at=ago(3)), POLICY, now=NOW)
    assert wish is not None
    assert [one.sentence for one in wish.evidence] == [
        "2 opportunities are open.",
        "Its score is 91; from 70 an account belongs higher.",
        "The last meeting was yesterday.",
        "3 kinds of qualifying signal came in the last 30 days.",
        "2 people there sent qualifying signals in the last 30 days.",
        "Sales and marketing both reached out in the last 90 days.",
        "4 people of the committee are known, 2 of them engaged.",
    ]


def test_silence_and_a_low_score_say_how_long_and_how_low() -> None:
    wish = propose(standing(3, 8, heard_at=ago(300), contacts_known=2), POLICY, now=NOW)
    assert wish is not None
    assert [one.sentence for one in wish.evidence] == [
        "Nothing was done or heard for 300 days.",
        "Its score is 8; up to 20 an account belongs lower.",
        "No qualifying signal came in the last 30 days.",
        "None of the 2 people known there is engaged.",
    ]


@given(
    st.sampled_from([None, 1, 2, 3]), st.floats(0, 100), st.integers(0, 5), st.integers(0, 5), st.booleans(),
    st.integers(0, 400), st.integers(0, 9), st.booleans(),
)  # fmt: skip
def test_a_wish_moves_one_step_and_more_activity_never_lowers(
    tier: int | None, score: float, kinds: int, people: int, deal: bool, quiet: int, known: int, met: bool
) -> None:
    of = standing(
        tier, score, kinds=kinds, people=people, open_deals=int(deal), heard_at=ago(quiet), contacts_known=known,
        meeting_at=ago(3) if met else None,
    )  # fmt: skip
    wish = propose(of, POLICY, now=NOW)
    if wish is not None:
        assert wish.to_tier != tier
        assert wish.evidence
        assert all(0 <= one.strength <= 1 for one in wish.evidence)
        if tier is not None:
            assert abs((wish.to_tier or 4) - tier) == 1
    more = propose(replace(of, score=min(score + 30, 100), kinds=kinds + 1, heard_at=NOW), POLICY, now=NOW)

    def place(of_wish: object, else_tier: int | None) -> int:
        return (else_tier if of_wish is None else getattr(of_wish, "to_tier")) or 4  # noqa: B009

    assert place(more, tier) <= place(wish, tier)


@pytest.mark.parametrize(("before", "after", "upward", "grown"), [
    ({"score": 72}, {"score": 81}, True, False),
    ({"score": 72}, {"score": 82}, True, True),
    ({"score": 82}, {"score": 72}, True, False),
    ({"score": 18}, {"score": 8}, False, True),
    ({"score": 72, "kinds": 2}, {"score": 72, "kinds": 3}, True, False),
    ({"score": 72, "kinds": 2}, {"score": 72, "kinds": 4}, True, True),
    ({"score": 72}, {"score": 72, "meeting": 1}, True, True),
    ({"quiet": 90}, {"quiet": 170}, False, False),
    ({"quiet": 90}, {"quiet": 90, "score": 15}, False, True),
    ({"score": 72}, {"score": 72, "committee": 3}, True, False),
])  # fmt: skip
def test_a_rejected_wish_comes_back_only_with_more_to_say(
    before: dict[str, float], after: dict[str, float], upward: bool, grown: bool
) -> None:
    def listed(said: dict[str, float]) -> list[dict[str, object]]:
        return [{"kind": kind, "value": value} for kind, value in said.items()]

    assert has_grown(listed(before), listed(after), upward=upward) is grown


def test_off_the_list_is_the_lowest_place() -> None:
    assert is_upward(None, 3)
    assert is_upward(2, 1)
    assert not is_upward(3, None)
    assert not is_upward(1, 2)
