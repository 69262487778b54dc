"""Each guardrail as a table of cases at its borders; pure, without a database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plays.domain import guardrails, opening, pressure
from plays.domain.decision import decide
from plays.domain.definition import PlayDefinition
from plays.domain.facts import AccountFacts, independent
from plays.domain.guardrails import No, Policy
from plays.domain.hours import Calendar
from plays.domain.parse import parse_play
from plays.domain.people import Someone
from plays.domain.quiet import allowed_at
from plays.domain.rules import Candidate
from plays.domain.zones import zones_of

NOW = datetime(2026, 11, 18, 10, 0, tzinfo=UTC)
DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
CALL = {"key": "call", "channel": "call", "side": "sales"}
EMAIL = {"key": "mail", "channel": "email", "side": "sales"}
ADS = {"key": "ads", "channel": "ad", "side": "marketing"}
MAIL = {"key": "parcel", "channel": "direct_mail", "side": "sales"}
ACCOUNT = AccountFacts(id=7, name="Ferrow", tier=2, owner_id=3)
TIER_1 = replace(ACCOUNT, tier=1, awareness_since=NOW - 28 * DAY, qualifying_signals=2)
BERLIN = Calendar(zone=ZoneInfo("Europe/Berlin"))


def a_play(step: Mapping[str, Any] = CALL, **said: Any) -> PlayDefinition:
    return parse_play({"trigger": {"manual": True}, "steps": [step]} | said)


def rule_of(no: No | None) -> str:
    return no.rule if no is not None else ""


def said_by(account: AccountFacts, definition: PlayDefinition, now: datetime = NOW) -> list[str]:
    """The rules that hold the first step back when it opens."""
    found = opening.step_refusals(account, definition, definition.steps[0], Policy(), BERLIN, now=now)
    return [no.rule for no in found]


def decided_by(account: AccountFacts, definition: PlayDefinition, now: datetime = NOW) -> str:
    """The rule that settles the decision; priority where the play starts."""
    candidate = Candidate("play", "Play", 1, definition, NOW - 100 * DAY)
    (line,) = decide(account, [candidate], Policy(), now=now).lines
    return line.rule


INES = Someone(1, "Ines")
BORA = Someone(2, "Bora")


@pytest.mark.parametrize(
    ("people", "step", "rule"),
    [
        pytest.param((), CALL, "", id="nobody is known: finding somebody is the work"),
        pytest.param((INES,), CALL, "", id="one who said nothing"),
        pytest.param((replace(INES, do_not_contact=True),), CALL, "do_not_contact", id="the only one said no to all"),
        pytest.param((replace(INES, do_not_contact=True), BORA), CALL, "", id="another is left"),
        pytest.param((replace(INES, no_channels=frozenset({"email"})),), EMAIL, "opt_out", id="no to this channel"),
        pytest.param((replace(INES, no_channels=frozenset({"email"})),), CALL, "", id="a call may go to them"),
        pytest.param(
            (replace(INES, do_not_contact=True), replace(BORA, no_channels=frozenset({"email"}))), EMAIL, "opt_out",
            id="one said no to all, one to this",
        ),
        pytest.param((replace(INES, do_not_contact=True),), ADS, "", id="ads reach no person"),
    ],
)  # fmt: skip
def test_a_persons_no(people: tuple[Someone, ...], step: Mapping[str, Any], rule: str) -> None:
    account = replace(
        ACCOUNT,
        people=people,
        contacts_known=len(people),
        contacts_reachable=sum(not one.do_not_contact for one in people),
    )
    definition = a_play(step)
    assert rule_of(guardrails.contact_refusal(account, definition.steps[0])) == rule
    assert decided_by(account, definition) == (rule or "priority")


def test_one_person_is_not_told_of_as_many() -> None:
    """`All of the 1 known contact` is nobody's English."""
    alone = replace(ACCOUNT, people=(INES,), contacts_known=1, contacts_reachable=0)
    call, mail = a_play(CALL).steps[0], a_play(EMAIL).steps[0]
    no = guardrails.contact_refusal(alone, call)
    assert no is not None
    assert no.sentence == "The only known contact asked not to be contacted."
    shy = replace(INES, no_channels=frozenset({"email"}))
    no = guardrails.contact_refusal(replace(alone, people=(shy,), contacts_reachable=1), mail)
    assert no is not None
    assert no.sentence == "The only known contact may not be reached by email: they said no to it."


LOST = replace(
    ACCOUNT, quarantined="No cold play until 1 December 2026, because the deal X was lost.",
    quarantined_until=NOW + 13 * DAY, lost_until=NOW + 13 * DAY,
)  # fmt: skip
OPEN_DEAL = replace(
    ACCOUNT, quarantined="No cold play for now, because the deal X is open.", has_open_deal=True
)
HELD = replace(ACCOUNT, quarantined="No cold play for now, because Ada wrote: lawsuit.")


@pytest.mark.parametrize(
    ("account", "definition", "rule"),
    [
        pytest.param(ACCOUNT, a_play(), "", id="free"),
        pytest.param(LOST, a_play(), "quarantine", id="a fresh loss"),
        pytest.param(OPEN_DEAL, a_play(), "quarantine", id="an open deal"),
        pytest.param(HELD, a_play(), "quarantine", id="somebody's word"),
        pytest.param(OPEN_DEAL, a_play(trigger={"stage": ["proposal"]}), "", id="a play that deals trigger"),
        pytest.param(LOST, a_play(trigger={"stage": ["proposal"]}), "", id="a stage play on a lost one: another deal"),
        pytest.param(
            OPEN_DEAL, a_play(audience={"lifecycles": ["open_opportunity"]}), "", id="a play that names open deals"
        ),
        pytest.param(
            LOST, a_play(audience={"lifecycles": ["open_opportunity", "prospect"]}), "quarantine",
            id="naming open deals does not open a loss",
        ),
        pytest.param(replace(LOST, hand_raised=True), a_play(), "", id="who asks is answered"),
    ],
)  # fmt: skip
def test_quarantine_at_both_moments(account: AccountFacts, definition: PlayDefinition, rule: str) -> None:
    assert rule_of(guardrails.quarantine_refusal(account, definition)) == rule
    assert ("quarantine" in said_by(account, definition)) == bool(rule)
    if not definition.audience.lifecycles:
        assert decided_by(account, definition) == (rule or "priority")


@pytest.mark.parametrize(
    ("account", "definition", "rule"),
    [
        pytest.param(ACCOUNT, a_play(ADS), "", id="a prospect"),
        pytest.param(replace(ACCOUNT, lifecycle="disqualified"), a_play(ADS), "programme", id="disqualified"),
        pytest.param(replace(ACCOUNT, lifecycle="not_ready"), a_play(ADS), "programme", id="not ready"),
        pytest.param(replace(ACCOUNT, lifecycle="customer"), a_play(ADS), "spend", id="a customer"),
        pytest.param(
            replace(ACCOUNT, lifecycle="customer"), a_play(ADS, audience={"lifecycles": ["customer"]}), "",
            id="a play for customers",
        ),
        pytest.param(replace(ACCOUNT, lifecycle="churned"), a_play(ADS), "spend", id="churned"),
        pytest.param(replace(ACCOUNT, lifecycle="customer"), a_play(CALL), "", id="a sales call costs nothing"),
        pytest.param(replace(ACCOUNT, lifecycle="customer"), a_play(MAIL), "spend", id="direct mail costs too"),
        pytest.param(
            replace(ACCOUNT, lifecycle="customer"), a_play(ADS, trigger={"stage": ["proposal"]}), "",
            id="a customer's open deal",
        ),
        pytest.param(LOST, a_play(ADS), "spend", id="lost in the quarantine"),
        pytest.param(replace(ACCOUNT, lifecycle="customer", hand_raised=True), a_play(ADS), "", id="who asks"),
    ],
)  # fmt: skip
def test_marketing_spends_nothing_on_closed_accounts(
    account: AccountFacts, definition: PlayDefinition, rule: str
) -> None:
    assert rule_of(guardrails.spend_refusal(account, definition, definition.steps[0])) == rule


@pytest.mark.parametrize(
    ("account", "rule"),
    [
        pytest.param(TIER_1, "", id="28 days to the second"),
        pytest.param(replace(TIER_1, awareness_since=NOW - 28 * DAY + SECOND), "awareness", id="27.99 days"),
        pytest.param(replace(TIER_1, familiar=True, awareness_since=NOW - 14 * DAY), "", id="familiar: 14"),
        pytest.param(
            replace(TIER_1, familiar=True, awareness_since=NOW - 14 * DAY + SECOND),
            "awareness",
            id="familiar: 13.99",
        ),
        pytest.param(replace(TIER_1, awareness_since=None), "awareness", id="no marketing yet"),
        pytest.param(replace(TIER_1, qualifying_signals=1), "two_signals", id="one signal"),
        pytest.param(replace(TIER_1, qualifying_signals=0, hand_raised=True), "", id="a raised hand"),
        pytest.param(
            replace(TIER_1, tier=2, awareness_since=None, qualifying_signals=0), "", id="tier 2 is free"
        ),
        pytest.param(replace(TIER_1, tier=3), "tier_3_inbound", id="tier 3"),
        pytest.param(replace(TIER_1, tier=3, strong_inbound=True), "", id="tier 3, inbound"),
    ],
)
def test_the_interlock_at_both_moments(account: AccountFacts, rule: str) -> None:
    definition = a_play()
    assert said_by(account, definition) == ([rule] if rule else [])
    assert decided_by(account, definition) == (rule or "priority")


def test_a_held_step_knows_when_awareness_has_run() -> None:
    no = guardrails.sales_refusal(
        replace(TIER_1, awareness_since=NOW - 3 * DAY), a_play().steps[0], Policy(), now=NOW
    )
    assert no is not None
    assert no.until == NOW + 25 * DAY


@pytest.mark.parametrize(
    ("seen", "n"),
    [
        pytest.param([], 0, id="nothing"),
        pytest.param([("a", 1), ("a", 1)], 1, id="two views by one person are one"),
        pytest.param([("a", 1), ("b", 1)], 2, id="another type"),
        pytest.param([("a", 1), ("a", 2)], 2, id="another contact"),
        pytest.param([("a", None), ("a", None)], 1, id="unknown visitors are one together"),
        pytest.param([("a", 1), ("a", None)], 1, id="an unknown one beside a known proves nobody else"),
        pytest.param([("a", None), ("b", None)], 2, id="unknown, of two types"),
        pytest.param([("a", 1), ("a", 2), ("a", None), ("b", None)], 3, id="all together"),
    ],
)
def test_independence_is_the_engines_rule(seen: list[tuple[str, int | None]], n: int) -> None:
    from accounts.domain.phase import independent as independent_pairs
    from signals.domain.condition.counting import _independent_of  # the engine's own count, by type

    assert len(independent((kind, contact, NOW) for kind, contact in seen)) == n
    assert independent_pairs(seen) == n
    by_type: dict[str, set[int]] = {}
    for kind, contact in seen:
        by_type.setdefault(kind, set()).add(contact or 0)
    assert sum(_independent_of(people) for people in by_type.values()) == n


TOUCHES = tuple(NOW - timedelta(days=days) for days in (6, 5, 3, 2, 1))


@pytest.mark.parametrize(
    ("moments", "limit", "room"),
    [
        pytest.param((), 1, None, id="nothing yet"),
        pytest.param(TOUCHES[:4], 5, None, id="one below"),
        pytest.param(TOUCHES, 5, NOW + DAY, id="at the limit: when the oldest leaves"),
        pytest.param(TOUCHES, 3, NOW + 4 * DAY, id="two past it: when the third oldest leaves"),
        pytest.param((NOW + 2 * DAY, NOW - DAY), 1, NOW + 9 * DAY, id="what is promised leaves later"),
    ],
)
def test_when_there_is_room(moments: tuple[datetime, ...], limit: int, room: datetime | None) -> None:
    assert pressure.room_at(moments, limit) == room


@pytest.mark.parametrize(
    ("moment", "counts"),
    [
        pytest.param(NOW - 7 * DAY, False, id="a week ago to the second: gone"),
        pytest.param(NOW - 7 * DAY + SECOND, True, id="a second less"),
        pytest.param(NOW + 7 * DAY, True, id="promised in a week"),
        pytest.param(NOW + 7 * DAY + SECOND, False, id="promised for later"),
    ],
)
def test_what_counts(moment: datetime, counts: bool) -> None:
    assert bool(pressure.counting([moment], now=NOW)) is counts


@settings(max_examples=60)
@given(
    hours=st.lists(st.integers(-167, 168), min_size=1, max_size=12),
    limit=st.integers(1, 6),
)
def test_at_the_moment_of_room_there_is_room_and_not_before(hours: list[int], limit: int) -> None:
    moments = pressure.counting([NOW + timedelta(hours=hour) for hour in hours], now=NOW)
    until = pressure.room_at(moments, limit)
    if until is None:
        assert len(moments) < limit
        return
    assert sum(moment > until - pressure.WEEK for moment in moments) < limit
    assert sum(moment > until - SECOND - pressure.WEEK for moment in moments) >= limit


@pytest.mark.parametrize(
    ("account", "step", "rules"),
    [
        pytest.param(replace(ACCOUNT, touches_this_week=4, touch_times=TOUCHES[:4]), CALL, [], id="four of five"),
        pytest.param(replace(ACCOUNT, touches_this_week=5, touch_times=TOUCHES), CALL, ["touch_cap"], id="five"),
        pytest.param(
            replace(ACCOUNT, touches_this_week=5, touch_times=TOUCHES), ADS, ["touch_cap"], id="over every channel"
        ),
        pytest.param(
            replace(ACCOUNT, touches_this_week=5, touch_times=TOUCHES, hand_raised=True), CALL, [], id="who asks"
        ),
        pytest.param(
            replace(ACCOUNT, people=(replace(INES, touched=TOUCHES[:3]),)), CALL, ["contact_cap"], id="three of three"
        ),
        pytest.param(
            replace(ACCOUNT, people=(replace(INES, touched=TOUCHES[:3]), BORA)), CALL, [], id="another is rested"
        ),
        pytest.param(
            replace(
                ACCOUNT, people=(replace(INES, touched=TOUCHES[:3]), replace(BORA, no_channels=frozenset({"call"})))
            ),
            CALL, ["contact_cap"], id="the rested one said no to calls",
        ),
        pytest.param(
            replace(ACCOUNT, people=(replace(INES, touched=TOUCHES[:3]),)), ADS, [], id="ads reach no person"
        ),
        pytest.param(
            replace(ACCOUNT, people=(replace(INES, touched=(NOW - 7 * DAY, *TOUCHES[:2])),)), CALL, [],
            id="one has left the week",
        ),
    ],
)  # fmt: skip
def test_pressure_at_both_moments(account: AccountFacts, step: Mapping[str, Any], rules: list[str]) -> None:
    definition = a_play(step)
    assert said_by(account, definition) == rules
    assert decided_by(account, definition) == (rules or ["priority"])[0]


def test_a_capped_step_waits_for_the_day_of_room_in_words() -> None:
    account = replace(ACCOUNT, touches_this_week=5, touch_times=TOUCHES)
    no = guardrails.pressure_refusal(account, Policy())
    assert no is not None
    assert no.until == NOW + DAY
    assert no.sentence.endswith("the limit is 5; there is room from 19 November.")


AUTOMATIC = EMAIL | {"surface": "email"}


@pytest.mark.parametrize(
    ("country", "now", "until"),
    [
        pytest.param("DE", datetime(2026, 11, 18, 10, 0, tzinfo=UTC), None, id="by day"),
        pytest.param(
            "DE", datetime(2026, 11, 18, 19, 0, tzinfo=UTC), datetime(2026, 11, 19, 7, 0, tzinfo=UTC),
            id="20:00 there is night already",
        ),
        pytest.param("DE", datetime(2026, 11, 18, 18, 59, 59, tzinfo=UTC), None, id="a second before it"),
        pytest.param(
            "DE", datetime(2026, 11, 20, 20, 0, tzinfo=UTC), datetime(2026, 11, 23, 7, 0, tzinfo=UTC),
            id="Friday night to Monday",
        ),
        pytest.param(
            "JP", datetime(2026, 11, 18, 11, 0, tzinfo=UTC), datetime(2026, 11, 18, 23, 0, tzinfo=UTC), id="Japan"
        ),
        pytest.param(
            "US", datetime(2026, 11, 18, 14, 0, tzinfo=UTC), datetime(2026, 11, 18, 16, 0, tzinfo=UTC),
            id="a wide country waits for its west",
        ),
        pytest.param(
            "US", datetime(2026, 11, 19, 1, 0, tzinfo=UTC), datetime(2026, 11, 19, 16, 0, tzinfo=UTC),
            id="and sleeps with its east",
        ),
        pytest.param("", datetime(2026, 11, 18, 10, 0, tzinfo=UTC), None, id="unknown: the owner's zone"),
        pytest.param(
            "DE", datetime(2026, 3, 28, 23, 0, tzinfo=UTC), datetime(2026, 3, 30, 6, 0, tzinfo=UTC),
            id="over the night when the clocks go forward",
        ),
    ],
)  # fmt: skip
def test_quiet_hours(country: str, now: datetime, until: datetime | None) -> None:
    account, definition = replace(ACCOUNT, country=country), a_play(AUTOMATIC)
    no = opening.quiet_refusal(account, definition.steps[0], Policy(), BERLIN, now=now)
    assert (no.until if no else None) == until
    assert opening.quiet_refusal(account, a_play(EMAIL).steps[0], Policy(), BERLIN, now=now) is None


def test_a_holiday_is_quiet() -> None:
    calendar = replace(BERLIN, holidays=frozenset({date(2026, 11, 18)}))
    no = opening.quiet_refusal(
        replace(ACCOUNT, country="DE"), a_play(AUTOMATIC).steps[0], Policy(), calendar, now=NOW
    )
    assert no is not None
    assert no.until == datetime(2026, 11, 19, 7, 0, tzinfo=UTC)


def test_zones_whose_days_never_meet_are_judged_by_the_first() -> None:
    zones = [ZoneInfo("Pacific/Auckland"), ZoneInfo("Europe/London")]
    moment = allowed_at(NOW, zones, opens=9, closes=17)
    local = moment.astimezone(zones[0])
    assert (local.hour, local.weekday() < 5) == (9, True)


@pytest.mark.parametrize("code", ["DE", "US", "CA", "AU", "BR", "GB", "IN", "de"])
def test_every_zone_of_the_table_is_one(code: str) -> None:
    assert all(ZoneInfo(name) for name in zones_of(code))


def test_a_country_nobody_knows_has_no_zone() -> None:
    assert zones_of("XX") == ()


def test_what_nobody_sets_aside() -> None:
    assert guardrails.SETTABLE.isdisjoint(
        {"do_not_contact", "opt_out", "programme", "paused", "status", "already_live"}
    )
