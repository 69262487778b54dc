"""Opening, discussing and closing an escalation: the rules, who may, and what is kept."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from abmops.lib.choices import Role
from abmops.lib.errors import Conflict, FieldErrors, Refused
from accounts.models import User
from governance.models import Escalation, EscalationEvent
from governance.services import (
    Subject,
    comment,
    open_escalation,
    resolve_escalation,
    withdraw_escalation,
)
from tests.accounts import make

pytestmark = pytest.mark.django_db

OUTCOME = "Nordics keep the account; DACH hands over its two contacts by Friday."


Close = Callable[[Escalation, User], Escalation]


def opened(now: datetime, **changes: Any) -> Escalation:
    """An escalation with three deciders who are reps."""
    values: dict[str, Any] = {
        "title": "Who owns Arlus Machines?",
        "why": "Both teams meet them next week with two stories.",
        "deadline": now.date() + timedelta(days=2),
        "deciders": [make.user(Role.REP) for _ in range(3)],
        "by": make.user(Role.MARKETER),
        "now": now,
    }
    return open_escalation(**(values | changes))


def test_it_is_open_with_its_people_links_and_first_event(now: datetime) -> None:
    account = make.account()
    subject = Subject("account", account.pk)
    escalation = opened(now, subjects=[subject, subject])
    assert (escalation.state, escalation.opened_at) == ("open", now)
    assert escalation.deciders.count() == 3
    assert [(link.kind, link.target_id, link.label) for link in escalation.links.all()] == [
        ("account", account.pk, "Acme")
    ]
    assert [(event.kind, event.text) for event in escalation.events.all()] == [("opened", escalation.why)]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        pytest.param({"title": "  "}, "/title", id="no title"),
        pytest.param({"title": "x" * 161}, "/title", id="a title that is no line"),
        pytest.param({"why": "Soon."}, "/why", id="no reason"),
        pytest.param({"deadline": date(2026, 11, 17)}, "/deadline", id="yesterday"),
        pytest.param({"deciders": []}, "/deciders", id="nobody decides"),
        pytest.param({"subjects": [Subject("account", 0)]}, "/links/0/id", id="no such account"),
        pytest.param({"subjects": [Subject("planet", 1)]}, "/links/0/type", id="no such kind"),
    ],
)
def test_what_is_missing_is_named(now: datetime, changes: dict[str, Any], pointer: str) -> None:
    with pytest.raises(FieldErrors) as refused:
        opened(now, **changes)
    assert [error.pointer for error in refused.value.errors] == [pointer]
    assert not Escalation.objects.exists()


@pytest.mark.parametrize(("count", "fine"), [(1, False), (2, False), (3, True), (4, True), (5, False)])
def test_three_or_four_decide(now: datetime, count: int, fine: bool) -> None:
    people = [make.user(Role.EXECUTIVE) for _ in range(count)]
    if fine:
        assert opened(now, deciders=people).deciders.count() == count
        return
    with pytest.raises(FieldErrors, match="three or four"):
        opened(now, deciders=people)


def test_one_person_named_twice_is_one_decider(now: datetime) -> None:
    one, other = make.user(), make.user()
    with pytest.raises(FieldErrors, match="three or four"):
        opened(now, deciders=[one, other, one])


def test_a_key_decides_nothing(now: datetime) -> None:
    people = [make.user(), make.user(), make.user(Role.INTEGRATION)]
    with pytest.raises(FieldErrors, match="no active person"):
        opened(now, deciders=people)


def test_today_is_a_deadline_and_is_not_overdue(now: datetime) -> None:
    escalation = opened(now, deadline=now.date())
    assert not escalation.is_overdue(now)
    assert escalation.is_overdue(now + timedelta(days=1))


@pytest.mark.parametrize("role", list(Role))
def test_who_may_open(now: datetime, role: Role) -> None:
    by = make.user(role)
    if role == Role.INTEGRATION:
        with pytest.raises(Refused):
            opened(now, by=by)
    else:
        assert opened(now, by=by).opened_by == by


def test_the_program_itself_may_open(now: datetime) -> None:
    assert opened(now, by=None, cause=Escalation.Cause.TIER_ONE_CHURN).opened_by is None


def person(escalation: Escalation, who: str) -> User:
    """A decider, the opener, or a fresh person of a role."""
    if who == "decider":
        return escalation.deciders.all()[0]
    if who == "opener":
        assert escalation.opened_by is not None
        return escalation.opened_by
    return make.user(Role(who))


@pytest.mark.parametrize(
    ("who", "resolves", "withdraws"),
    [
        ("decider", True, True),
        ("revops", True, True),
        ("executive", True, True),
        ("opener", False, True),
        ("rep", False, False),
        ("marketer", False, False),
        ("integration", False, False),
    ],
)
def test_who_may_close(now: datetime, who: str, resolves: bool, withdraws: bool) -> None:
    closes: tuple[tuple[bool, Close], ...] = (
        (resolves, lambda e, by: resolve_escalation(escalation=e, outcome=OUTCOME, by=by, now=now)),
        (withdraws, lambda e, by: withdraw_escalation(escalation=e, reason="Solved itself.", by=by, now=now)),
    )
    for allowed, close in closes:
        escalation = opened(now)
        by = person(escalation, who)
        if allowed:
            assert close(escalation, by).closed_by == by
        else:
            with pytest.raises(Refused):
                close(escalation, by)
            escalation.refresh_from_db()
            assert escalation.state == "open"


@pytest.mark.parametrize(
    ("outcome", "fine"),
    [
        pytest.param("", False, id="nothing"),
        pytest.param("Done.", False, id="a word"),
        pytest.param("x" * 39, False, id="39 characters"),
        pytest.param("   " + "x" * 39 + "   ", False, id="blanks do not count"),
        pytest.param("x" * 40, True, id="40 characters"),
    ],
)
def test_it_takes_a_paragraph_to_resolve(now: datetime, outcome: str, fine: bool) -> None:
    escalation, by = opened(now), make.user(Role.EXECUTIVE)
    if fine:
        done = resolve_escalation(escalation=escalation, outcome=outcome, by=by, now=now)
        assert (done.state, done.outcome, done.closed_at) == ("resolved", outcome, now)
        return
    with pytest.raises(FieldErrors, match="it takes a paragraph of 40 or more"):
        resolve_escalation(escalation=escalation, outcome=outcome, by=by, now=now)


def test_withdrawing_takes_a_reason(now: datetime) -> None:
    with pytest.raises(FieldErrors, match="Say why"):
        withdraw_escalation(escalation=opened(now), reason=" ", by=make.user(), now=now)


def test_who_closes_second_hears_that_it_is_closed(now: datetime) -> None:
    escalation, by = opened(now), make.user(Role.EXECUTIVE)
    stale = Escalation.objects.get(pk=escalation.pk)
    resolve_escalation(escalation=escalation, outcome=OUTCOME, by=by, now=now)
    with pytest.raises(Conflict):
        withdraw_escalation(escalation=stale, reason="Too late.", by=by, now=now)
    assert Escalation.objects.get().outcome == OUTCOME
    assert Escalation.objects.get().events.count() == 2


def test_discussion_goes_on_after_the_end(now: datetime) -> None:
    escalation, by = opened(now), make.user(Role.EXECUTIVE)
    resolve_escalation(escalation=escalation, outcome=OUTCOME, by=by, now=now)
    comment(escalation=escalation, text="It worked.", by=by, now=now + timedelta(days=9))
    assert [event.kind for event in escalation.events.all()] == ["opened", "resolved", "comment"]


def test_what_was_said_stays_said(now: datetime) -> None:
    event = opened(now).events.get()
    with pytest.raises(DatabaseError, match="never edited"), transaction.atomic():
        EscalationEvent.objects.filter(pk=event.pk).update(text="Something else.")
    assert event.by is not None
    event.by.delete()
    event.refresh_from_db()
    assert event.by_id is None
    assert event.text == "Both teams meet them next week with two stories."


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"state": "resolved", "outcome": "Done."}, id="resolved without a paragraph"),
        pytest.param({"state": "resolved", "outcome": OUTCOME}, id="resolved without an end"),
        pytest.param({"state": "withdrawn", "outcome": ""}, id="withdrawn without a reason"),
        pytest.param({"state": "asleep"}, id="no such state"),
        pytest.param({"title": ""}, id="no title"),
    ],
)
def test_the_database_keeps_the_promises_too(now: datetime, changes: dict[str, Any]) -> None:
    escalation = opened(now)
    values = changes if changes.get("outcome") in {OUTCOME, None} else changes | {"closed_at": now}
    with pytest.raises(IntegrityError), transaction.atomic():
        Escalation.objects.filter(pk=escalation.pk).update(**values)
