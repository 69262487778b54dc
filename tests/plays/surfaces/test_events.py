"""Each event is published where it happens, once, with what a receiver needs."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from abmops.work import services as work
from accounts.domain.records import ListChangeRecord
from accounts.services.membership import change_list
from governance.services.escalation import open_escalation, resolve_escalation
from plays.domain.announcing import words_of
from plays.domain.outgoing import EVENTS
from plays.models import Delivery, Endpoint, Enrollment
from plays.services.decision.deciding import decide_crossings
from plays.services.enrollment.ending import cancel_enrollment
from plays.services.outbox import endpoints
from tests.plays import make

pytestmark = pytest.mark.django_db

NOW = make.NOW


@pytest.fixture
def listener() -> Endpoint:
    return endpoints.add_endpoint(
        name="Ops", surface="email", target="ops@example.com", secret="", types=list(EVENTS),
        owner=make.a_user(role="revops"), now=NOW,
    )  # fmt: skip


def said(type_: str) -> list[dict[str, Any]]:
    return [one.body["data"] for one in Delivery.objects.filter(type=type_).order_by("pk")]


def test_list_changes(listener: Endpoint) -> None:
    account = make.an_account(tier=None, name="Acme")
    by = make.a_user(role="revops")

    def change(tier: int | None, hours: int) -> None:
        record: ListChangeRecord = {
            "account_domain": account.domain or "", "tier": tier, "at": NOW + timedelta(hours=hours), "side": "sales",
            "reason": "It fits.",
        }  # fmt: skip
        assert change_list(records={0: record}, by=by, now=NOW + timedelta(hours=hours)).errors == []

    change(2, 0)
    change(1, 1)
    change(None, 2)
    found = said("list.changed")
    assert [(one["from_tier"], one["tier"]) for one in found] == [(None, 2), (2, 1), (1, None)]
    assert found[0]["reason"] == "It fits."
    assert found[0]["side"] == "sales"
    assert words_of("list.changed", found[1])[0] == "Acme moved from tier 2 to tier 1"


def test_the_way_of_a_crossing(listener: Endpoint) -> None:
    account = make.an_account(owner=make.a_user(), name="Acme")
    make.warmed_up(account)
    make.a_play("call-them", name="Call them")
    crossing = make.a_crossing(account, hand_raise=True)
    for _ in range(2):
        decide_crossings(crossing_ids=[crossing.pk], now=NOW)
    (crossed,), (created,), (due,) = said("crossing.created"), said("enrollment.created"), said("task.due")
    assert crossed["account"]["domain"] == account.domain
    assert crossed["threshold"]["slug"] == "pricing"
    assert created["play"] == {"slug": "call-them", "name": "Call them"}
    assert due["owner"]["email"] == account.owner.email  # type: ignore[union-attr]
    late = NOW + timedelta(days=9)
    work.drain_all(late)
    (breached,) = said("task.breached")
    assert breached["due_at"] == due["due_at"]
    by = make.a_user(role="revops")
    cancel_enrollment(enrollment=Enrollment.objects.get(), by=by, reason="No budget.", now=late)
    (finished,) = said("enrollment.finished")
    assert (finished["state"], finished["reason"]) == ("cancelled", "No budget.")
    assert words_of("enrollment.finished", finished) == ("“Call them” was cancelled on Acme", "No budget.")


def test_escalations(listener: Endpoint) -> None:
    people = [make.a_user(role="executive", job="") for _ in range(3)]
    escalation = open_escalation(
        title="Keep Acme?",
        why="They have bought from somebody else, and the quarter's plan counts on them.",
        deadline=(NOW + timedelta(days=5)).date(),
        deciders=people,
        by=people[0],
        now=NOW,
    )
    outcome = (
        "We keep the account for another quarter, with one named owner and a monthly look at it together."
    )
    resolve_escalation(escalation=escalation, outcome=outcome, by=people[0], now=NOW + timedelta(days=1))
    (opened,), (resolved,) = said("escalation.opened"), said("escalation.resolved")
    assert opened["title"] == "Keep Acme?"
    assert len(opened["deciders"]) == 3
    assert resolved["outcome"] == outcome


def test_with_nobody_listening_it_costs_a_look_and_with_many_accounts_no_more(listener: Endpoint) -> None:
    def statements(count: int) -> int:
        crossings = []
        for _ in range(count):
            account = make.an_account(owner=make.a_user())
            crossings.append(make.a_crossing(account).pk)
        with CaptureQueriesContext(connection) as asked:
            decide_crossings(crossing_ids=crossings, now=NOW)
        return len(asked)

    assert statements(2) == statements(12)
    Endpoint.objects.update(types=[])
    before = Delivery.objects.count()
    statements(2)
    assert Delivery.objects.count() == before


@pytest.mark.parametrize("type_", EVENTS)
def test_every_event_reads_as_a_line(type_: str) -> None:
    data = {
        "account": {"name": "Acme"},
        "title": "Call",
        "tier": 1,
        "from_tier": 2,
        "deadline": "2026-11-30",
        "to": "meeting",
    }
    subject, _ = words_of(type_, data)
    assert subject
    assert "None" not in subject
