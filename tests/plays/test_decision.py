"""The decision as a table: each rule, its order, and what the record says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plays.domain.decision import Candidate, decide, in_holdout
from plays.domain.definition import Occasion
from plays.domain.facts import AccountFacts
from plays.domain.guardrails import Policy
from plays.domain.parse import parse_play

NOW = datetime(2026, 11, 18, 10, 0, tzinfo=UTC)
DAY = timedelta(days=1)
SALES = {"key": "call", "channel": "call", "side": "sales"}
ADS = {"key": "ads", "channel": "ad", "side": "marketing"}
PROSPECT = AccountFacts(
    id=7, name="Ferrow", tier=2, fit=60, industry="Optics", territory="dach", owner_id=3, owner_name="Maya"
)
TIER_1 = replace(PROSPECT, tier=1, awareness_since=NOW - 28 * DAY, qualifying_signals=2)


def a_candidate(
    slug: str = "play", *, step: Mapping[str, Any] = SALES, is_active: bool = True, **said: Any
) -> Candidate:
    past = said.pop("past_yield", None)
    created = said.pop("created_at", NOW - 100 * DAY)
    definition = parse_play({"trigger": {"manual": True}, "steps": [step]} | said)
    return Candidate(slug, slug.title(), 1, definition, created, is_active, past)


@pytest.mark.parametrize(
    ("account", "candidate", "verdict", "rule"),
    [
        pytest.param(PROSPECT, a_candidate(), "chosen", "priority", id="nothing against it"),
        pytest.param(PROSPECT, a_candidate(is_active=False), "held", "paused", id="paused"),
        pytest.param(
            replace(PROSPECT, lifecycle="disqualified"), a_candidate(), "refused", "programme", id="disqualified"
        ),
        pytest.param(
            replace(PROSPECT, lifecycle="not_ready"), a_candidate(step=ADS), "refused", "programme", id="not ready"
        ),
        pytest.param(replace(PROSPECT, phase="out"), a_candidate(), "refused", "programme", id="out"),
        pytest.param(replace(PROSPECT, lifecycle="churned"), a_candidate(), "refused", "programme", id="churned"),
        pytest.param(
            replace(PROSPECT, lifecycle="churned"), a_candidate(audience={"lifecycles": ["churned"]}),
            "chosen", "priority", id="churned, and the play is for churned accounts",
        ),
        pytest.param(PROSPECT, a_candidate(audience={"tiers": [1]}), "refused", "audience", id="tier"),
        pytest.param(PROSPECT, a_candidate(audience={"fit_at_least": 60}), "chosen", "priority", id="fit, just"),
        pytest.param(PROSPECT, a_candidate(audience={"fit_at_least": 60.5}), "refused", "audience", id="fit"),
        pytest.param(PROSPECT, a_candidate(audience={"phases": ["active"]}), "refused", "audience", id="phase"),
        pytest.param(
            PROSPECT, a_candidate(audience={"lifecycles": ["customer"]}), "refused", "audience", id="lifecycle"
        ),
        pytest.param(PROSPECT, a_candidate(audience={"industries": ["optics"]}), "chosen", "priority", id="any case"),
        pytest.param(PROSPECT, a_candidate(audience={"industries": ["Food"]}), "refused", "audience", id="industry"),
        pytest.param(PROSPECT, a_candidate(audience={"territories": ["us"]}), "refused", "audience", id="territory"),
        pytest.param(
            replace(PROSPECT, contacts_known=2), a_candidate(), "refused", "do_not_contact", id="all said no"
        ),
        pytest.param(
            replace(PROSPECT, contacts_known=2), a_candidate(step=ADS), "chosen", "priority", id="ads reach no person"
        ),
        pytest.param(
            replace(PROSPECT, contacts_known=2, contacts_reachable=1), a_candidate(), "chosen", "priority",
            id="one may be reached",
        ),
        pytest.param(TIER_1, a_candidate(), "chosen", "priority", id="tier 1 after 28 days and two signals"),
        pytest.param(
            replace(TIER_1, awareness_since=None), a_candidate(), "held", "awareness", id="no marketing yet"
        ),
        pytest.param(
            replace(TIER_1, awareness_since=NOW - 28 * DAY + timedelta(seconds=1)), a_candidate(), "held", "awareness",
            id="a second before 28 days",
        ),
        pytest.param(
            replace(TIER_1, awareness_since=NOW - 14 * DAY, familiar=True), a_candidate(), "chosen", "priority",
            id="familiar: 14 days",
        ),
        pytest.param(
            replace(TIER_1, awareness_since=NOW - 13 * DAY, familiar=True), a_candidate(), "held", "awareness",
            id="familiar: 13 days",
        ),
        pytest.param(
            replace(TIER_1, qualifying_signals=1), a_candidate(), "held", "two_signals", id="one signal is not two"
        ),
        pytest.param(
            replace(TIER_1, qualifying_signals=0, awareness_since=None, hand_raised=True), a_candidate(),
            "chosen", "priority", id="a raised hand opens the interlock",
        ),
        pytest.param(
            replace(TIER_1, awareness_since=None), a_candidate(step=ADS), "chosen", "priority",
            id="marketing needs no interlock",
        ),
        pytest.param(
            replace(TIER_1, awareness_since=None), a_candidate(step=SALES | {"wait_days": 2}), "chosen", "priority",
            id="a later sales step is looked at when it opens",
        ),
        pytest.param(replace(PROSPECT, tier=3), a_candidate(), "refused", "tier_3_inbound", id="tier 3 cold"),
        pytest.param(
            replace(PROSPECT, tier=3, strong_inbound=True), a_candidate(), "chosen", "priority", id="tier 3 inbound"
        ),
        pytest.param(replace(PROSPECT, tier=None), a_candidate(), "refused", "tier_3_inbound", id="off the list"),
        pytest.param(replace(PROSPECT, tier=3), a_candidate(step=ADS), "chosen", "priority", id="tier 3, marketing"),
        pytest.param(replace(PROSPECT, touches_this_week=4), a_candidate(), "chosen", "priority", id="four touches"),
        pytest.param(replace(PROSPECT, touches_this_week=5), a_candidate(), "held", "touch_cap", id="five touches"),
        pytest.param(
            replace(PROSPECT, touches_this_week=9, hand_raised=True), a_candidate(), "chosen", "priority",
            id="who asks is answered",
        ),
        pytest.param(
            replace(PROSPECT, live={"play": "Play"}), a_candidate(), "held", "already_live", id="runs already"
        ),
        pytest.param(replace(PROSPECT, live={"a": "A"}), a_candidate(), "chosen", "priority", id="one live of two"),
        pytest.param(
            replace(PROSPECT, live={"a": "A", "b": "B"}), a_candidate(), "held", "live_per_account",
            id="two live of two"
        ),
        pytest.param(
            replace(PROSPECT, live={"a": "A"}), a_candidate(throttle={"live_per_account": 1}),
            "held", "live_per_account", id="a stricter play",
        ),
        pytest.param(
            replace(PROSPECT, ended={"play": NOW - 30 * DAY}), a_candidate(), "chosen", "priority",
            id="the cool-down has passed, to the second",
        ),
        pytest.param(
            replace(PROSPECT, ended={"play": NOW - 30 * DAY + timedelta(seconds=1)}), a_candidate(),
            "held", "cooldown", id="a second before the cool-down ends",
        ),
        pytest.param(
            replace(PROSPECT, owner_new_this_week=3), a_candidate(throttle={"new_per_owner_per_week": 3}),
            "held", "new_per_owner", id="the owner has enough",
        ),
        pytest.param(
            replace(PROSPECT, owner_id=None, owner_new_this_week=3),
            a_candidate(throttle={"new_per_owner_per_week": 3}), "chosen", "priority", id="nobody's account",
        ),
        pytest.param(PROSPECT, a_candidate(holdout=1.0), "holdout", "holdout", id="held out"),
        pytest.param(
            replace(PROSPECT, held_out={"play": NOW - DAY}), a_candidate(), "holdout", "holdout", id="held out before"
        ),
    ],
)  # fmt: skip
def test_one_candidate(account: AccountFacts, candidate: Candidate, verdict: str, rule: str) -> None:
    (line,) = decide(account, [candidate], Policy(), now=NOW).lines
    assert (line.verdict, line.rule) == (verdict, rule)
    assert line.sentence.endswith(".")
    assert line.sentence[0].isupper()


@pytest.mark.parametrize(
    ("candidates", "chosen"),
    [
        pytest.param([a_candidate("a", priority=10), a_candidate("b", priority=20)], "b", id="priority"),
        pytest.param(
            [a_candidate("a", past_yield=0.1), a_candidate("b", past_yield=0.3)], "b", id="then the past yield"
        ),
        pytest.param([a_candidate("a"), a_candidate("b", past_yield=0.0)], "b", id="some yield before none known"),
        pytest.param(
            [a_candidate("a", created_at=NOW), a_candidate("b", created_at=NOW - DAY)], "b", id="then the older"
        ),
        pytest.param([a_candidate("b"), a_candidate("a")], "a", id="at last the name, so that it is always the same"),
        pytest.param(
            [a_candidate("a", priority=90, holdout=1.0), a_candidate("b", priority=10)], "b",
            id="below a holdout the next one starts",
        ),
        pytest.param(
            [a_candidate("a", priority=90, audience={"tiers": [1]}), a_candidate("b", priority=10)], "b",
            id="refused ones do not stand in the way",
        ),
    ],
)  # fmt: skip
def test_the_ranking(candidates: list[Candidate], chosen: str) -> None:
    assert decide(PROSPECT, candidates, Policy(), now=NOW).chosen == chosen


def test_a_lower_play_is_not_held_out_when_it_would_not_have_started() -> None:
    decided = decide(
        PROSPECT,
        [a_candidate("a", priority=90), a_candidate("b", priority=10, holdout=1.0)],
        Policy(),
        now=NOW,
    )
    assert {line.play: line.verdict for line in decided.lines} == {"a": "chosen", "b": "held"}
    assert decided.new_holdouts == ()


def test_the_loser_reads_why() -> None:
    decided = decide(
        PROSPECT, [a_candidate("a", priority=90), a_candidate("b", priority=10)], Policy(), now=NOW
    )
    assert (
        decided.lines[0].sentence
        == "Priority 90, the highest that every rule lets through. Tier 2, fit 60, 0 other plays live here."
    )
    assert decided.lines[1].sentence == "A went first: priority 90 against 10."
    assert decided.sentence == "A was chosen out of 2 plays considered."


def test_a_rule_that_is_set_aside_says_nothing_any_more() -> None:
    account = replace(TIER_1, awareness_since=None)
    decided = decide(account, [a_candidate()], Policy(), now=NOW, overridden=frozenset({"awareness"}))
    assert decided.chosen == "play"


@given(account=st.integers(1, 10**9), share=st.floats(0, 1), more=st.floats(0, 1))
def test_the_holdout_is_sticky_and_grows_without_letting_anybody_go(
    account: int, share: float, more: float
) -> None:
    low, high = sorted((share, more))
    if in_holdout("play", account, low):
        assert in_holdout("play", account, high)
    assert not in_holdout("play", account, 0.0)
    assert in_holdout("play", account, 1.0)


def test_the_holdout_takes_about_its_share() -> None:
    taken = sum(in_holdout("surge", account, 0.2) for account in range(10_000))
    assert 1_850 < taken < 2_150


tiers = st.sampled_from([1, 2, 3, None])
worlds = st.builds(
    AccountFacts,
    id=st.integers(1, 1000),
    name=st.just("Any"),
    tier=tiers,
    fit=st.floats(0, 100),
    lifecycle=st.sampled_from(["prospect", "customer", "churned", "disqualified"]),
    hand_raised=st.booleans(),
    strong_inbound=st.booleans(),
    qualifying_signals=st.integers(0, 3),
    touches_this_week=st.integers(0, 8),
    live=st.dictionaries(st.sampled_from(["a", "b", "x", "y"]), st.just("Live"), max_size=3),
)
libraries = st.lists(
    st.builds(
        a_candidate,
        st.sampled_from(["a", "b", "c", "d"]),
        step=st.sampled_from([SALES, ADS]),
        priority=st.integers(0, 100),
        holdout=st.sampled_from([0, 0.5, 1]),
        is_active=st.booleans(),
    ),
    unique_by=lambda candidate: candidate.slug,
    max_size=4,
)


@given(account=worlds, candidates=libraries, seed=st.randoms())
def test_whatever_comes_one_at_most_is_chosen_and_the_order_of_asking_does_not_matter(
    account: AccountFacts, candidates: list[Candidate], seed: Any
) -> None:
    decided = decide(account, candidates, Policy(), now=NOW)
    assert len(decided.lines) == len(candidates)
    assert sum(line.verdict == "chosen" for line in decided.lines) <= 1
    if decided.chosen is not None:
        assert decided.chosen not in account.live
        assert account.lifecycle != "disqualified"
    mixed = list(candidates)
    seed.shuffle(mixed)
    assert decide(account, mixed, Policy(), now=NOW) == decided


@pytest.mark.parametrize(
    ("trigger", "occasion", "engaged", "met"),
    [
        ({"crossing": ["pricing"]}, Occasion("crossing", "", threshold="pricing"), 0, True),
        ({"crossing": ["pricing"]}, Occasion("crossing", "", threshold="other"), 0, False),
        ({"hand_raise": True}, Occasion("crossing", "", threshold="x", hand_raise=True), 0, True),
        ({"hand_raise": True}, Occasion("crossing", "", threshold="x"), 0, False),
        ({"score": {"at_least": 60}}, Occasion("crossing", "", threshold="x", score=60), 0, True),
        ({"score": {"at_least": 60}}, Occasion("crossing", "", threshold="x", score=59.9), 0, False),
        ({"joined_tier": [1]}, Occasion("joined_list", "", tier=1), 0, True),
        ({"joined_tier": [1]}, Occasion("changed_tier", "", tier=1), 0, True),
        ({"joined_tier": [1]}, Occasion("joined_list", "", tier=2), 0, False),
        ({"joined_tier": [1]}, Occasion("left_list", "", tier=1), 0, False),
        ({"stage": ["Proposal"]}, Occasion("opportunity_stage", "", stage=" proposal "), 0, True),
        ({"stage": ["Proposal"]}, Occasion("opportunity_stage", "", stage="won"), 0, False),
        ({"contact_engaged": {}}, Occasion("contact_engaged", ""), 7, True),
        ({"contact_engaged": {"contacts_at_most": 1}}, Occasion("contact_engaged", ""), 1, True),
        ({"contact_engaged": {"contacts_at_most": 1}}, Occasion("contact_engaged", ""), 2, False),
        ({"manual": True}, Occasion("crossing", "", threshold="x"), 0, False),
    ],
)
def test_triggers(trigger: dict[str, Any], occasion: Occasion, engaged: int, met: bool) -> None:
    definition = parse_play({"trigger": trigger, "steps": [SALES]})
    assert definition.trigger.is_met_by(occasion, engaged_contacts=engaged) is met
