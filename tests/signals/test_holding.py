"""Events from the future: held, taken in once when their moment comes, whatever happens meanwhile."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from abmops.work import services as work
from abmops.work.models import WorkItem
from signals.domain.segment import read_batch
from signals.models import RejectedEvent, Signal, SignalKey
from signals.selectors.held import held, shown
from signals.services import holding, ingest, sending
from tests.accounts import make as accounts
from tests.api.caller import Caller
from tests.signals import make

pytestmark = pytest.mark.django_db


def take(site: make.Site, at: datetime, *events: dict[str, Any], sent_at: datetime | None = None) -> None:
    """One call that came at a moment, worked out right then."""
    body: dict[str, Any] = {"batch": events}
    if sent_at is not None:
        body["sentAt"] = sent_at.isoformat()
    ingest.accept_segment(
        source=site.source, reading=read_batch(json.dumps(body).encode()), call=None, now=at
    )
    # Work is due by the database's clock, which has gone on since.
    work.drain_all(max(at, work.database_now()))


def future(message_id: str, at: datetime, **fields: Any) -> dict[str, Any]:
    return make.page(message_id, timestamp=at.isoformat(), **fields)


def waiting() -> list[WorkItem]:
    return list(WorkItem.objects.filter(kind=holding.KIND))


@pytest.fixture
def later(moment: datetime) -> datetime:
    """In three hours."""
    return moment + timedelta(hours=3)


def test_an_event_waits_for_its_moment(site: make.Site, moment: datetime, later: datetime) -> None:
    acme = accounts.account()
    take(site, moment, future("ahead", later), make.page("now"))
    assert [signal.message_id for signal in Signal.objects.all()] == ["now"]
    assert SignalKey.objects.count() == 1
    assert not RejectedEvent.objects.exists()
    [item] = waiting()
    assert item.run_at == later
    work.drain_all(later - timedelta(seconds=1))
    assert Signal.objects.count() == 1
    work.drain_all(later + timedelta(seconds=2))
    signal = Signal.objects.get(message_id="ahead")
    assert (signal.occurred_at, signal.account_id) == (later, acme.pk)
    assert signal.received_at >= later
    assert not WorkItem.objects.filter(kind__in=["held", "ingest"]).exists()


def test_a_person_can_see_what_is_held(site: make.Site, moment: datetime, later: datetime) -> None:
    take(site, moment, future("b", later + timedelta(minutes=1), name="Pricing"), future("a", later))
    other = make.site("other")
    rows = shown(held())
    assert [(row.message_id, row.due_at, row.received_at) for row in rows] == [
        ("a", later, moment),
        ("b", later + timedelta(minutes=1), moment),
    ]
    assert [(row.source, row.name) for row in rows] == [(site.source, "page"), (site.source, "Pricing")]
    assert shown(held(source_id=other.source.pk)) == []


def test_however_often_it_is_sent_it_is_one(site: make.Site, moment: datetime, later: datetime) -> None:
    event = future("m", later)
    for minutes in (0, 9, 60, 174, 179, 181, 400):
        take(site, moment + timedelta(minutes=minutes), event)
        assert len(waiting()) == (minutes < 180)
    assert Signal.objects.count() == 1
    assert not RejectedEvent.objects.exists()


def test_of_two_that_wait_with_one_id_the_first_stands(
    site: make.Site, moment: datetime, later: datetime
) -> None:
    for number in (1, 2):
        take(site, moment, future("m", later, properties={"path": "/pricing", "n": number}))
    assert len(waiting()) == 2
    work.drain_all(later + timedelta(seconds=1))
    assert Signal.objects.get().properties["n"] == 1
    assert RejectedEvent.objects.get().code == RejectedEvent.Code.CONFLICT


def test_the_time_is_the_corrected_one(site: make.Site, moment: datetime) -> None:
    """A clock three days ahead announces something for in ten minutes."""
    theirs = moment + timedelta(days=3)
    take(site, moment, future("m", theirs + timedelta(minutes=10)), sent_at=theirs)
    [item] = waiting()
    due = moment + timedelta(minutes=10)
    assert item.run_at == due
    work.drain_all(due + timedelta(seconds=1))
    assert Signal.objects.get().occurred_at == due


@pytest.mark.parametrize(
    ("ahead", "code"),
    [
        pytest.param(timedelta(minutes=5), None, id="five minutes: now"),
        pytest.param(timedelta(minutes=5, seconds=1), "held", id="a second more: held"),
        pytest.param(timedelta(hours=24), "held", id="a day: held"),
        pytest.param(timedelta(hours=24, seconds=1), "invalid", id="a second more: refused with the reason"),
    ],
)
def test_how_far_ahead(site: make.Site, moment: datetime, ahead: timedelta, code: str | None) -> None:
    take(site, moment, future("m", moment + ahead))
    assert Signal.objects.count() == (code is None)
    assert len(waiting()) == (code == "held")
    kept = list(RejectedEvent.objects.all())
    assert [row.code for row in kept] == (["invalid"] if code == "invalid" else [])
    assert all(row.pointer == "/timestamp" for row in kept)
    assert all(row.reason.startswith("The time is 1 day ahead of ours") for row in kept)


def test_a_visitor_stays_who_they_were(site: make.Site, moment: datetime, later: datetime) -> None:
    """A held identify says who somebody is from its moment on."""
    accounts.account()
    identify = {"type": "identify", "userId": "u9", "messageId": "i", "traits": {"email": "ann@acme.example"}}
    take(site, moment, identify | {"timestamp": later.isoformat()})
    take(site, moment, make.page("m", userId="u9", context={"page": {"path": "/pricing"}}))
    assert Signal.objects.get().account_id is None
    work.drain_all(later + timedelta(seconds=1))
    work.drain_all(later + timedelta(seconds=2))
    assert Signal.objects.get().account is not None


def test_many_are_taken_in_together_and_in_any_order(site: make.Site, moment: datetime) -> None:
    accounts.account()
    rng = random.Random(3)
    events = [future(f"m{n}", moment + timedelta(minutes=6, seconds=n)) for n in range(700)]
    rng.shuffle(events)
    take(site, moment, *events[:400])
    take(site, moment, *events[200:])
    assert len(waiting()) == 700
    end = moment + timedelta(hours=1)
    work.drain_all(end)
    found = dict(Signal.objects.values_list("message_id", "occurred_at"))
    assert found == {event["messageId"]: datetime.fromisoformat(event["timestamp"]) for event in events}
    assert not RejectedEvent.objects.exists()


def test_half_a_release_is_none(site: make.Site, moment: datetime, later: datetime) -> None:
    """A worker that dies between taking an event off the list and putting it into the inbox leaves it on the list."""
    accounts.account()
    take(site, moment, future("m", later))
    [item] = waiting()

    def dies() -> None:
        with transaction.atomic():
            holding.release([item], later)
            WorkItem.objects.filter(pk=item.pk).delete()
            raise InterruptedError

    with pytest.raises(InterruptedError):
        dies()
    assert len(waiting()) == 1
    assert not WorkItem.objects.filter(kind="ingest").exists()
    # And one that died right after: the lease runs out, the item comes again, the message is known.
    holding.release([item], later)
    work.drain_all(later + timedelta(seconds=1))
    assert Signal.objects.count() == 1
    assert not RejectedEvent.objects.exists()


def test_records_are_held_too(site: make.Site, integration: Caller, moment: datetime) -> None:
    acme = accounts.account()
    due = moment + timedelta(hours=2)
    ahead = make.record(moment, occurred_at=due.isoformat(), message_id="r1")
    for counts in ((1, 0), (0, 1)):
        answer = integration.post("/api/v1/signals/bulk/", {"records": [ahead]})
        assert (answer.status_code, answer.json()["errors"]) == (200, [])
        assert (answer.json()["created"], answer.json()["unchanged"]) == counts
        work.drain_all()
    assert not Signal.objects.exists()
    assert [item.run_at for item in waiting()] == [due]
    work.drain_all(due + timedelta(seconds=1))
    signal = Signal.objects.get()
    assert (signal.account_id, signal.occurred_at) == (acme.pk, due)


def test_a_record_more_than_a_day_ahead_is_refused(
    site: make.Site, integration: Caller, moment: datetime
) -> None:
    far = make.record(moment, occurred_at=(moment + timedelta(hours=25)).isoformat())
    answer = integration.post("/api/v1/signals/bulk/", {"records": [far]})
    [error] = answer.json()["errors"]
    assert error["pointer"] == "/occurred_at"
    assert "future" in error["detail"]


def test_every_way_in_holds(site: make.Site, moment: datetime, later: datetime) -> None:
    """Hooks, files and the API write records through one service."""
    accounts.account()
    record = make.record(moment, occurred_at=later.astimezone(UTC))
    sending.send_records(records={0: record}, now=moment)
    work.drain_all()
    assert not Signal.objects.exists()
    assert len(waiting()) == 1


def test_nobody_is_kept_waiting_by_the_door(site: make.Site, moment: datetime, later: datetime) -> None:
    body = json.dumps({"batch": [future("m", later)], "writeKey": site.key})
    answer = Client().post("/v1/batch", body, content_type="application/json")
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    work.drain_all()
    assert len(waiting()) == 1
