"""Guardrails on rows: at the decision and when a step opens, overrides, the numbers, and who may write them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from abmops.lib.errors import Conflict, FieldErrors, Refused
from abmops.work import services as work
from accounts.models import Account, AccountEvent, ContactOptOut, Opportunity, Quarantine, User
from accounts.services.contact.refusing import opt_out
from plays.models import Decision, Enrollment, GuardrailNumbers, Override, StepHold, StepRun, Task
from plays.selectors import facts as facts_of
from plays.selectors import guarded
from plays.services import complete_task, decide_crossings, start_play
from plays.services.enrollment.stepping import open_due_steps
from plays.services.guardrail.numbers import write_numbers
from plays.services.guardrail.overriding import open_step_anyway
from tests.plays.make import (
    AD,
    CALL,
    EMAIL,
    NOW,
    a_contact,
    a_crossing,
    a_play,
    a_threshold,
    a_touch,
    a_user,
    an_account,
)

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
REVOPS: dict[str, Any] = {"role": "revops", "job": ""}


def begun(account: Account, **play: Any) -> Enrollment:
    """A crossing on the account, decided; the enrollment that it began."""
    a_play(**play)
    decide_crossings(crossing_ids=[a_crossing(account).pk], now=NOW)
    return Enrollment.objects.get(account=account)


def lost(account: Account, *, days_ago: int) -> Opportunity:
    closed = NOW - days_ago * DAY
    return Opportunity.objects.create(
        account=account, name="Scanner line", external_id=f"o{account.pk}", stage="lost", outcome="lost",
        opened_at=closed - 30 * DAY, closed_at=closed,
    )  # fmt: skip


def verdict(account: Account) -> tuple[str, str]:
    (line,) = Decision.objects.filter(account=account).latest("pk").candidates
    return line["verdict"], line["rule"]


@pytest.mark.parametrize(
    ("days_ago", "expected"),
    [
        pytest.param(89, ("held", "quarantine"), id="lost 89 days ago"),
        pytest.param(90, ("chosen", "priority"), id="lost 90 days ago, to the second"),
    ],
)
def test_a_fresh_loss_keeps_cold_plays_away(days_ago: int, expected: tuple[str, str]) -> None:
    account = an_account(owner=a_user())
    lost(account, days_ago=days_ago)
    a_play(steps=[CALL])
    decide_crossings(crossing_ids=[a_crossing(account).pk], now=NOW)
    assert verdict(account) == expected


def test_a_hold_by_hand_keeps_cold_plays_away_until_it_is_lifted() -> None:
    account = an_account(owner=a_user())
    Quarantine.objects.create(account=account, starts_at=NOW - DAY, reason="A lawsuit.")
    a_play(steps=[CALL])
    decide_crossings(crossing_ids=[a_crossing(account).pk], now=NOW)
    assert verdict(account) == ("held", "quarantine")
    Quarantine.objects.update(lifted_at=NOW)
    decide_crossings(crossing_ids=[a_crossing(account, at=NOW).pk], now=NOW + timedelta(hours=1))
    assert Task.objects.filter(account=account).exists()


def test_a_step_that_opens_days_later_is_asked_again_and_waits_for_the_day_of_room() -> None:
    owner = a_user()
    account = an_account(owner=owner)
    begun(account, steps=[CALL, EMAIL])
    complete_task(task=Task.objects.get(), by=owner, now=NOW)
    for hours in (1, 2, 3, 4):
        a_touch(account, at=NOW + timedelta(hours=hours), side="marketing", channel="email")
    work.drain_all(NOW + 3 * DAY)
    run = StepRun.objects.get(key="email")
    assert (run.state, run.opens_at) == ("pending", NOW + 7 * DAY)
    assert run.held.endswith("the limit is 5; there is room from 25 November.")
    hold = StepHold.objects.get()
    assert (hold.rule, hold.account_id, hold.until, hold.ended_at) == (
        "touch_cap",
        account.pk,
        NOW + 7 * DAY,
        None,
    )
    work.drain_all(NOW + 7 * DAY)
    assert StepRun.objects.get(key="email").state == "open"
    assert StepHold.objects.get().ended_at is not None


def test_a_promised_touch_counts_so_that_nothing_is_promised_twice() -> None:
    owner = a_user()
    account = an_account(owner=owner)
    for number in range(3):
        a_touch(account, at=NOW - timedelta(hours=number + 1), side="marketing", channel="ad")
    *fitting, one_too_many = [a_play(steps=[CALL], throttle={"live_per_account": 9}) for _ in range(3)]
    for play in fitting:
        start_play(play=play, account=account, by=owner, reason="They asked.", now=NOW)
    with pytest.raises(Refused, match="limit is 5") as refusal:
        start_play(play=one_too_many, account=account, by=owner, reason="They asked.", now=NOW)
    assert refusal.value.code == "touch_cap"
    assert Task.objects.count() == 2


def test_a_tired_contact_is_spared_and_somebody_else_is_gone_to() -> None:
    account = an_account(owner=a_user())
    tired = a_contact(account, influence=5)
    rested = a_contact(account, influence=1)
    for days in (1, 2, 3):
        a_touch(account, at=NOW - days * DAY, contact=tired, side="marketing", channel="email")
    begun(account, steps=[CALL])
    assert Task.objects.get().contact == rested


def test_a_step_waits_when_everybody_who_may_be_reached_is_tired() -> None:
    account = an_account(owner=a_user())
    tired = a_contact(account)
    silent = a_contact(account)
    ContactOptOut.objects.create(contact=silent, channel="email", at=NOW, source="footer")
    for days in (1, 2, 3):
        a_touch(account, at=NOW - days * DAY, contact=tired, side="marketing", channel="call")
    a_play(steps=[EMAIL | {"wait_days": 0}])
    decide_crossings(crossing_ids=[a_crossing(account).pk], now=NOW)
    assert verdict(account) == ("held", "contact_cap")


def test_an_open_deal_holds_the_later_steps_of_a_cold_play_until_it_closes() -> None:
    owner = a_user()
    account = an_account(owner=owner)
    begun(account, steps=[CALL, EMAIL])
    complete_task(task=Task.objects.get(), by=owner, now=NOW)
    deal = lost(account, days_ago=0)
    Opportunity.objects.filter(pk=deal.pk).update(outcome=None, closed_at=None, opened_at=NOW)
    work.drain_all(NOW + 2 * DAY)
    run = StepRun.objects.get(key="email")
    assert run.state == "pending"
    assert run.held.startswith("No cold play for now, because the deal Scanner line is open")


def test_an_opt_out_refuses_the_play_by_its_channel_only() -> None:
    account = an_account(owner=a_user())
    contact = a_contact(account)
    opt_out(contact=contact, channel="email", source="footer", now=NOW)
    a_play("mail", steps=[EMAIL | {"wait_days": 0}])
    decide_crossings(crossing_ids=[a_crossing(account).pk], now=NOW)
    assert verdict(account) == ("refused", "opt_out")
    call = a_play("call", steps=[CALL], trigger={"manual": True})
    start_play(play=call, account=account, by=a_user(), reason="They like calls.", now=NOW)
    assert Task.objects.get().contact == contact


# Overrides


def test_starting_past_rules_leaves_a_row_for_each_that_was_in_the_way() -> None:
    account, by = an_account(tier=1, owner=a_user()), a_user(**REVOPS)
    play = a_play(steps=[CALL])
    with pytest.raises(Refused) as refusal:
        start_play(play=play, account=account, by=by, reason="A tip.", now=NOW)
    assert refusal.value.code == "awareness"
    assert not Override.objects.exists()
    enrollment = start_play(
        play=play, account=account, by=by, reason="A tip.", now=NOW,
        override=["awareness", "two_signals", "touch_cap", "cooldown"],
    )  # fmt: skip
    rows = list(Override.objects.order_by("rule"))
    # Not the cap and the cool-down: they were in nobody's way.
    assert [row.rule for row in rows] == ["awareness"]
    assert rows[0].said.startswith("Awareness: marketing has not run")
    assert (rows[0].reason, rows[0].by, rows[0].enrollment, rows[0].play) == ("A tip.", by, enrollment, play)


@pytest.mark.parametrize("rule", ["do_not_contact", "opt_out", "programme", "already_live", "nonsense"])
def test_some_rules_nobody_sets_aside(rule: str) -> None:
    with pytest.raises(FieldErrors, match="cannot be set aside"):
        start_play(
            play=a_play(steps=[CALL]),
            account=an_account(),
            by=a_user(),
            reason="Why not.",
            now=NOW,
            override=[rule],
        )


def held_step(account: Account) -> StepRun:
    """A step of a running play that awareness holds back."""
    begun(account, steps=[AD, EMAIL])
    complete_task(task=Task.objects.get(), by=a_user(**REVOPS), now=NOW)
    work.drain_all(NOW + 3 * DAY)
    run = StepRun.objects.get(key="email")
    assert run.held
    return run


def test_a_held_step_opens_anyway_for_a_reason() -> None:
    a_user(role="marketer", job="")
    account, by = an_account(tier=1, owner=a_user()), a_user(**REVOPS)
    run = held_step(account)
    later = NOW + 3 * DAY
    with pytest.raises(FieldErrors):
        open_step_anyway(run=run, rules=["awareness"], by=by, reason=" ", now=later)
    with pytest.raises(Refused, match="Set it aside too"):
        open_step_anyway(run=run, rules=["touch_cap"], by=by, reason="A tip.", now=later)
    assert not Override.objects.exists()
    task = open_step_anyway(run=run, rules=["awareness"], by=by, reason="A tip.", now=later)
    assert task.step_run == StepRun.objects.get(pk=run.pk, state="open", held="")
    row = Override.objects.get()
    assert (row.rule, row.step_run, row.reason, row.by) == ("awareness", run, "A tip.", by)
    with pytest.raises(Conflict):
        open_step_anyway(run=run, rules=["awareness"], by=by, reason="Again.", now=later)


def test_nobody_opens_a_step_of_an_account_that_left_the_program() -> None:
    a_user(role="marketer", job="")
    account = an_account(tier=1, owner=a_user())
    run = held_step(account)
    Account.objects.filter(pk=account.pk).update(lifecycle="disqualified")
    with pytest.raises(Refused, match="leaves it alone") as refusal:
        open_step_anyway(
            run=run, rules=["awareness"], by=a_user(**REVOPS), reason="A tip.", now=NOW + 3 * DAY
        )
    assert refusal.value.code == "programme"


def test_an_override_has_a_reason_by_the_database() -> None:
    with pytest.raises(IntegrityError, match="override_has_a_reason"), transaction.atomic():
        Override.objects.create(account=an_account(), rule="awareness", said="No.", reason="", at=NOW)


# The numbers


def test_other_numbers_are_in_force_at_once_and_ask_again_what_is_held() -> None:
    a_user(role="marketer", job="")
    account, revops = an_account(tier=1, owner=a_user()), a_user(**REVOPS)
    run = held_step(account)
    later = NOW + 3 * DAY
    write_numbers(
        numbers={"awareness_days": 3, "awareness_days_familiar": 2, "qualifying_signals": 1}, reason="A pilot.",
        by=revops, now=later,
    )  # fmt: skip
    assert facts_of.policy().awareness_days == 3
    run.refresh_from_db()
    assert run.opens_at == later
    work.drain_all(later)
    run.refresh_from_db()
    assert run.held.startswith("Sales steps on tier 1 wait for 1 distinct qualifying signal")
    assert set(StepHold.objects.values_list("rule", flat=True)) == {"awareness", "two_signals"}


@pytest.mark.parametrize(
    ("numbers", "pointer"),
    [
        pytest.param({"touches_per_week": 101}, "/touches_per_week", id="past all bounds"),
        pytest.param({"touches_per_contact": 9}, "/touches_per_contact", id="a person above the account"),
        pytest.param(
            {"awareness_days_familiar": 40}, "/awareness_days_familiar", id="familiar above unknown"
        ),
        pytest.param({"day_opens": 20}, "/day_closes", id="a day without hours"),
        pytest.param({"qualifying_days": 91}, "/qualifying_days", id="past what signals are looked back"),
    ],
)
def test_numbers_that_make_no_sense(numbers: dict[str, int], pointer: str) -> None:
    with pytest.raises(FieldErrors) as errors:
        write_numbers(numbers=numbers, reason="To try.", by=a_user(**REVOPS), now=NOW)
    assert [error.pointer for error in errors.value.errors] == [pointer]
    assert not GuardrailNumbers.objects.exists()


def test_only_revops_writes_the_numbers_and_only_with_a_reason() -> None:
    with pytest.raises(Refused, match="Only RevOps"):
        write_numbers(numbers={"touches_per_week": 6}, reason="More.", by=a_user(), now=NOW)
    with pytest.raises(FieldErrors):
        write_numbers(numbers={"touches_per_week": 6}, reason="", by=a_user(**REVOPS), now=NOW)
    with pytest.raises(Refused, match="Nothing has changed"):
        write_numbers(numbers={"touches_per_week": 5}, reason="The same.", by=a_user(**REVOPS), now=NOW)


def test_the_settings_are_the_numbers_until_somebody_writes_others(settings: Any) -> None:
    settings.GUARDRAILS = {"touches_per_week": 4}
    assert facts_of.policy().touches_per_week == 4
    write_numbers(numbers={"touches_per_contact": 2}, reason="Fewer.", by=a_user(**REVOPS), now=NOW)
    policy = facts_of.policy()
    assert (policy.touches_per_week, policy.touches_per_contact) == (4, 2)


# Figures


def test_the_figures_open_to_as_many_rows() -> None:
    owner = a_user()
    for _ in range(3):
        account = an_account(owner=owner)
        lost(account, days_ago=5)
        a_play(f"p{account.pk}", steps=[CALL], trigger={"crossing": [f"t{account.pk}"]})
    a_play(steps=[CALL])
    for account in Account.objects.all():
        decide_crossings(crossing_ids=[a_crossing(account).pk], now=NOW)
    figures = guarded.figures_since(NOW - 28 * DAY)
    question = guarded.Question(since=NOW - 28 * DAY, rules=("quarantine",))
    assert figures["quarantine"].decisions == len(question) == 3
    assert [row.rule for row in question[0:50]] == ["quarantine"] * 3
    assert len(guarded.Question(since=NOW - 28 * DAY, find="Account 1%")) == 0


def test_opening_many_steps_takes_as_many_queries_as_opening_one() -> None:
    owner, play, counts = a_user(), a_play(steps=[CALL, EMAIL]), []
    for n in (2, 9):
        runs = []
        for number in range(n):
            account = an_account(owner=owner)
            enrollment = start_play(play=play, account=account, by=owner, reason="They asked.", now=NOW)
            complete_task(task=Task.objects.get(enrollment=enrollment), by=owner, now=NOW)
            if number % 2:
                lost(account, days_ago=1)
            runs.append(StepRun.objects.get(enrollment=enrollment, key="email").pk)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            open_due_steps(run_ids=runs, now=NOW + 3 * DAY)
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert StepHold.objects.count() == 5


def test_events_wake_what_is_held() -> None:
    a_user(role="marketer", job="")
    account = an_account(tier=1, owner=a_user())
    run = held_step(account)
    later = NOW + 3 * DAY
    work.drain_all(later)
    AccountEvent.objects.create(
        account=account, kind="opportunity_stage", at=later, payload={"stage": "discovery"}, dedup_key="e1"
    )
    from plays.services import react_to_events

    react_to_events(event_ids=[AccountEvent.objects.get(dedup_key="e1").pk], now=later)
    run.refresh_from_db()
    assert run.opens_at == later


def test_people_of_every_role_see_overrides() -> None:
    for role in ("executive", "rep", "marketer", "revops"):
        user = User.objects.create_user(f"{role}@example.org", role=role, name=role)
        assert Override.objects.visible_to(user).count() == 0


def test_the_sample_goes_past_a_held_step_and_a_deal() -> None:
    from abmops.sample import past_rules

    a_user(role="marketer", job="")
    held_step(an_account(tier=1, owner=a_user()))
    account = an_account(owner=a_user())
    lost(account, days_ago=5)
    a_play("cold", steps=[CALL], trigger={"crossing": ["other"]})
    decide_crossings(crossing_ids=[a_crossing(account, a_threshold("other")).pk], now=NOW)
    past_rules.write({"revops": a_user(**REVOPS)}, end=NOW + 3 * DAY)
    assert sorted(Override.objects.values_list("rule", "account")) == [
        ("awareness", Account.objects.exclude(pk=account.pk).get().pk), ("quarantine", account.pk),
    ]  # fmt: skip
