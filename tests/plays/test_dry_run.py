"""The dry run: it writes nothing, costs no query per account, and over a past that was lived it says what was lived."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from abmops.lib.errors import FieldErrors
from accounts.models import AccountEvent
from plays.domain.parse import parse_play
from plays.models import Decision, Enrollment, Play, Task
from plays.selectors.library import definition_of
from plays.services.decision.deciding import decide_crossings
from plays.services.decision.dry_run import dry_run
from plays.services.enrollment.ending import react_to_events
from plays.services.task.closing import complete_task
from tests.plays.make import (
    AD,
    CALL,
    EMAIL,
    NOW,
    a_contact,
    a_crossing,
    a_play,
    a_signal,
    a_signal_type,
    a_threshold,
    a_touch,
    a_user,
    an_account,
    an_event,
)

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
SINCE = NOW - 90 * DAY


def lived(play: Play, *, seed: int = 5, crossings: int = 60) -> None:
    """A quarter in which nothing but this play runs: crossings, tasks done some days later, meetings."""
    dice = random.Random(seed)
    threshold = a_threshold()
    bought = a_signal_type("bought-intent", kind="intent", qualifying=True)
    owners = [a_user() for _ in range(3)]
    accounts = []
    for number in range(14):
        account = an_account(tier=(1, 2, 2, 3)[number % 4], owner=owners[number % 3])
        a_contact(account)
        if account.tier == 1:
            a_touch(account, at=SINCE - 60 * DAY)
        accounts.append(account)
    moments = sorted(SINCE + dice.random() * 89 * DAY for _ in range(crossings))
    for at in moments:
        account = dice.choice(accounts)
        kind = a_signal_type() if dice.random() < 0.5 else bought
        evidence = [a_signal(account, type_=kind, at=at)]
        crossing = a_crossing(account, threshold, evidence=evidence, at=at, hand_raise=dice.random() < 0.1)
        decide_crossings(crossing_ids=[crossing.pk], now=at)
        for task in Task.objects.unfinished().filter(created_at__lt=at - 3 * DAY):
            complete_task(task=task, by=task.owner, now=at + timedelta(minutes=1))
        if dice.random() < 0.2:
            event = an_event(dice.choice(accounts), "meeting_booked", at=at + timedelta(minutes=5))
            react_to_events(event_ids=[event.pk], now=at + timedelta(minutes=5))


@pytest.mark.parametrize(
    ("said", "seed"),
    [
        pytest.param({"throttle": {"cooldown_days": 10}}, 5, id="cool-down"),
        pytest.param({"audience": {"tiers": [1, 2]}, "throttle": {"cooldown_days": 0}}, 6, id="audience"),
        pytest.param({"holdout": 0.3, "throttle": {"cooldown_days": 5}}, 7, id="holdout"),
        pytest.param(
            {"throttle": {"cooldown_days": 0, "new_per_owner_per_week": 1}}, 8, id="one new a week per owner"
        ),
    ],
)
def test_over_a_past_that_was_lived_it_says_what_was_lived(said: dict[str, Any], seed: int) -> None:
    play = a_play("surge", steps=[CALL, AD], **said)
    lived(play, seed=seed)
    assert play.current is not None

    run = dry_run(definition=definition_of(play.current), play=play, since=SINCE, until=NOW, now=NOW)

    really = {
        (decision.account_id, decision.made_at): tuple(
            decision.candidates[0][name] for name in ("verdict", "rule")
        )
        for decision in Decision.objects.filter(crossing__isnull=False)
    }
    said_now = {(row.account_id, row.at): (row.verdict, row.rule) for row in run.rows}
    assert {key: (said_now.get(key), really[key]) for key in really if said_now.get(key) != really[key]} == {}
    assert len(said_now) == len(really)
    assert len({verdict for verdict, _ in really.values()}) > 1
    enrolled = Enrollment.objects.filter(held_out=False)
    assert {(row.account_id, row.at) for row in run.rows if row.verdict == "chosen"} == set(
        enrolled.values_list("account", "enrolled_at")
    )
    assert sum(week.enrolled for week in run.weeks) == run.enrolled == enrolled.count() > 3
    assert sum(one.times for one in run.rules) == len(run.rows) - run.enrolled


def test_a_deal_that_was_taken_back_sets_nothing_off() -> None:
    account = an_account(owner=a_user())
    definition = parse_play({"trigger": {"stage": ["Proposal"]}, "steps": [CALL]})
    event = an_event(
        account, "opportunity_stage", at=NOW - 3 * DAY, opportunity=1, stage="Proposal", outcome=None
    )
    ways: tuple[dict[str, Any], ...] = ({}, {"since": SINCE})
    assert [len(dry_run(definition=definition, now=NOW, **way).rows) for way in ways] == [1, 1]
    AccountEvent.objects.filter(pk=event.pk).update(withdrawn_at=NOW - DAY)
    assert [len(dry_run(definition=definition, now=NOW, **way).rows) for way in ways] == [0, 0]


def test_it_writes_nothing() -> None:
    play = a_play("surge", steps=[CALL, EMAIL])
    lived(play, crossings=15)
    before = (Decision.objects.count(), Enrollment.objects.count(), Task.objects.count())
    definition = parse_play({"trigger": {"crossing": ["pricing"]}, "steps": [CALL], "holdout": 0.5})
    for since in (None, SINCE):
        dry_run(definition=definition, since=since, now=NOW)
    assert (Decision.objects.count(), Enrollment.objects.count(), Task.objects.count()) == before


def test_today_says_who_would_start_and_which_rule_turns_the_others_down() -> None:
    maya = a_user(name="Maya")
    fits, cold, elsewhere = (an_account(tier=tier, owner=maya) for tier in (2, 1, 3))
    for account in (fits, cold, elsewhere):
        a_crossing(account, at=NOW - 3 * DAY)
    definition = parse_play(
        {"trigger": {"crossing": ["pricing"]}, "steps": [CALL, EMAIL], "audience": {"tiers": [1, 2]}}
    )

    run = dry_run(definition=definition, now=NOW)

    said = {row.account_id: (row.verdict, row.rule) for row in run.rows}
    assert said == {
        fits.pk: ("chosen", "priority"),
        cold.pk: ("held", "awareness"),
        elsewhere.pk: ("refused", "audience"),
    }
    assert [(one.person_id, one.tasks) for one in run.load] == [(maya.pk, 2)]
    assert (
        run.sentence
        == "Today this play would start on 1 of 3 accounts that set it off. The rest: 1 held for now and 1 refused."
    )
    quarter = replace(run, since=datetime(2026, 7, 1, tzinfo=UTC), until=datetime(2026, 10, 1, tzinfo=UTC))
    assert quarter.sentence == (
        "From 1 July 2026 to 30 September 2026 this play would have started on 1 of 3 accounts that set it off. "
        "The other times: 1 held for now and 1 refused."
    )


def test_a_live_play_that_goes_first_holds_the_new_one_and_one_that_runs_clashes() -> None:
    account, other = an_account(owner=a_user()), an_account(owner=a_user())
    a_play("first", priority=90, audience={"tiers": [2]}, steps=[CALL])
    runs = a_crossing(account, at=NOW - 2 * DAY)
    decide_crossings(crossing_ids=[runs.pk], now=NOW - 2 * DAY)
    a_crossing(other, at=NOW - DAY)
    definition = parse_play({"trigger": {"crossing": ["pricing"]}, "steps": [CALL], "priority": 50})

    run = dry_run(definition=definition, now=NOW)

    said = {row.account_id: (row.verdict, row.rule) for row in run.rows}
    assert said == {account.pk: ("chosen", "priority"), other.pk: ("held", "priority")}
    assert run.clashes[0].account_id == account.pk
    assert run.clashes[0].sentence == "First runs there when it begins."


def test_touches_of_others_count_towards_the_cap() -> None:
    owner = a_user()
    account = an_account(owner=owner)
    a_crossing(account, at=NOW - DAY)
    by_hand = [an_account() for _ in range(2)]
    for day in range(5):
        Task.objects.create(
            account=account, owner=owner, title="By hand", channel="call", side="sales",
            due_at=NOW + timedelta(hours=day), created_at=NOW, updated_at=NOW,
        )  # fmt: skip
    definition = parse_play({"trigger": {"crossing": ["pricing"]}, "steps": [CALL]})
    run = dry_run(definition=definition, now=NOW)
    assert [row.rule for row in run.rows] == ["touch_cap"]
    Task.objects.first().delete()  # type: ignore[union-attr]
    run = dry_run(definition=definition, now=NOW)
    assert run.enrolled == 1
    assert (run.pressure[0].own, run.pressure[0].others, run.over_cap) == (1, 4, 0)
    assert len(by_hand) == 2


@pytest.mark.parametrize(
    ("since", "until"), [(NOW, NOW - DAY), (NOW - 500 * DAY, NOW)], ids=["backwards", "too long"]
)
def test_a_window_that_is_none_is_told(since: object, until: object) -> None:
    definition = parse_play({"trigger": {"crossing": ["pricing"]}, "steps": [CALL]})
    with pytest.raises(FieldErrors):
        dry_run(definition=definition, since=since, until=until, now=NOW)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("days_ago", "verdicts"),
    [
        pytest.param(12, ["chosen", "held", "chosen"], id="the hold lifts within the window"),
        pytest.param(4, ["chosen", "held"], id="the window ends before it lifts"),
    ],
)
def test_a_hold_with_a_date_is_followed_where_the_play_never_ran(days_ago: int, verdicts: list[str]) -> None:
    """The first starts at once and ends with its call; the second comes in the rest that follows."""
    account, first = an_account(owner=a_user()), NOW - days_ago * DAY
    for at in (first, first + 3 * DAY):
        a_crossing(account, at=at)
    said = {"trigger": {"crossing": ["pricing"]}, "steps": [CALL], "throttle": {"cooldown_days": 4}}
    run = dry_run(definition=parse_play(said), since=SINCE, now=NOW)
    rows = sorted(run.rows, key=lambda row: row.at)
    assert [row.verdict for row in rows] == verdicts
    assert any("asked again then, for 14 days" in note for note in run.notes)
    if len(rows) == 3:
        assert rows[2].why.endswith(", asked again")
        assert rows[2].at - rows[1].at >= DAY


def test_the_queries_do_not_grow_with_accounts_or_crossings() -> None:
    threshold = a_threshold()
    owner = a_user()
    definition = parse_play({"trigger": {"crossing": ["pricing"]}, "steps": [CALL, EMAIL]})

    def queries(n: int) -> tuple[int, int]:
        for _ in range(n):
            account = an_account(owner=owner)
            a_contact(account)
            a_crossing(account, threshold, evidence=[a_signal(account, at=NOW - DAY)], at=NOW - DAY)
        counts = []
        for since in (None, SINCE):
            with CaptureQueriesContext(connection) as captured:
                dry_run(definition=definition, since=since, now=NOW)
            counts.append(len(captured))
        return counts[0], counts[1]

    queries(1)  # reads what is written down, for both that follow
    assert queries(2) == queries(30)


def test_the_api_tries_what_it_is_sent_and_names_the_place_of_a_mistake() -> None:
    account = an_account(owner=a_user())
    a_crossing(account, at=timezone.now() - DAY)
    a_play("surge", steps=[CALL], audience={"tiers": [1]})
    client = Client()
    client.force_login(a_user(role="executive", job=""))
    url = "/api/v1/plays/surge/dry-run/"

    as_it_is = client.post(url, {}, content_type="application/json").json()
    assert [(row["account"], row["rule"]) for row in as_it_is["rows"]] == [(account.pk, "audience")]

    other = {"trigger": {"crossing": ["pricing"]}, "steps": [CALL]}
    tried = client.post(url, {"definition": other}, content_type="application/json").json()
    assert (tried["enrolled"], tried["accounts"], tried["since"]) == (1, 1, None)
    since = (timezone.now() - 30 * DAY).isoformat()
    past = client.post(url, {"definition": other, "since": since}, content_type="application/json").json()
    assert past["enrolled"] == 1
    assert sum(week["enrolled"] for week in past["weeks"]) == 1

    wrong = client.post(url, {"definition": {"trigger": {}, "steps": []}}, content_type="application/json")
    assert wrong.status_code == 400
    assert all(error["pointer"].startswith("/definition/") for error in wrong.json()["errors"])
    assert Enrollment.objects.count() == 0
