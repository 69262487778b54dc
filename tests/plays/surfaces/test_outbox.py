"""The outbox: put once, sent under one id, tried again by the standard's schedule, given up with a reason."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import pytest
import time_machine
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from abmops.work import services as work
from abmops.work.models import WorkItem
from accounts.models import User
from plays.domain.outgoing import EVENTS
from plays.models import Delivery, DeliveryAttempt, Endpoint, Notice
from plays.services.outbox import endpoints, replaying, sealing
from plays.services.outbox.publishing import Event, item_of, publish, publish_all
from tests.plays import make
from tests.plays.surfaces.receiver import Receiver

pytestmark = pytest.mark.django_db

NOW = make.NOW


@pytest.fixture
def owner() -> User:
    return make.a_user(role="revops")


@pytest.fixture
def endpoint(receiver: Receiver, owner: User) -> Endpoint:
    return endpoints.add_endpoint(
        name="Warehouse",
        surface="webhook",
        target=receiver.url,
        secret="",
        types=list(EVENTS),
        owner=owner,
        now=NOW,
    )


def put(now: datetime = NOW, key: str = "1") -> Delivery:
    publish(type="crossing.created", data={"id": 1, "account": {"name": "Ünïcode"}}, key=key, now=now)
    return Delivery.objects.get(key__endswith=f":{key}")


def run(now: datetime) -> None:
    """Everything that is due by then, and nothing later."""
    work.drain_all(now)


def until_ended(delivery: Delivery, start: datetime = NOW) -> list[float]:
    """Run each turn when it is due; the hours at which attempts were made."""
    moments = []
    for _ in range(40):
        delivery.refresh_from_db()
        if delivery.state != "waiting":
            break
        before = delivery.attempts
        moment = max(delivery.next_at, start)
        run(moment)
        delivery.refresh_from_db()
        if delivery.attempts > before:
            moments.append((moment - start).total_seconds() / 3600)
    return moments


def test_what_arrives_is_signed_and_verifies_with_the_standards_own_library(
    receiver: Receiver, endpoint: Endpoint
) -> None:
    now = timezone.now()
    delivery = put(now)
    run(now)
    (payload,) = receiver.verified(sealing.signing_secret(endpoint))
    assert payload["type"] == "crossing.created"
    assert payload["data"]["account"] == {"name": "Ünïcode"}
    assert datetime.fromisoformat(payload["timestamp"]) <= now
    assert receiver.calls[0].id == str(delivery.pk)
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == ("sent", 1)
    assert list(delivery.tries.values_list("n", "status", "error")) == [(1, 204, "")]


def test_the_same_key_is_put_once_and_sent_once(receiver: Receiver, endpoint: Endpoint) -> None:
    put()
    run(NOW)
    put(NOW + timedelta(hours=1))
    run(NOW + timedelta(hours=1))
    assert Delivery.objects.count() == len(receiver.calls) == 1


def test_what_is_rolled_back_is_never_sent(receiver: Receiver, endpoint: Endpoint) -> None:
    with transaction.atomic():
        publish(type="task.due", data={}, key="1", now=NOW)
        transaction.set_rollback(True)
    run(NOW)
    assert receiver.calls == []
    assert not WorkItem.objects.filter(kind="deliver").exists()


def test_a_thousand_events_cost_as_many_statements_as_one(endpoint: Endpoint) -> None:
    def statements(count: int, name: str) -> int:
        events = [Event(f"{name}{n}", {"n": n}) for n in range(count)]
        with CaptureQueriesContext(connection) as asked:
            publish_all(type="crossing.created", events=events, now=NOW)
        return len(asked)

    assert statements(1, "a") == statements(1_000, "b")
    assert Delivery.objects.count() == 1_001


def test_nobody_who_did_not_ask_for_a_type_gets_it(receiver: Receiver, endpoint: Endpoint) -> None:
    Endpoint.objects.update(types=["task.due"])
    publish(type="crossing.created", data={}, key="1", now=NOW)
    assert not Delivery.objects.exists()


def test_attempts_follow_the_schedule_for_three_days_under_one_id(
    receiver: Receiver, endpoint: Endpoint
) -> None:
    receiver.answers = [(500, {}, b"Oops")]
    delivery = put()
    hours = until_ended(delivery)
    wanted = [0, 5 / 3600, 305 / 3600, 2105 / 3600, 2.585, 7.585, 17.585, 31.585, 51.585, 72]
    assert len(hours) == 10
    for found, meant in zip(hours, wanted, strict=True):
        assert meant * 0.79 <= found <= meant * 1.21 + 0.01
    assert max(hours) <= 72
    assert {call.id for call in receiver.calls} == {str(delivery.pk)}
    assert len({call.body for call in receiver.calls}) == 1
    assert delivery.state == "dead"
    assert "500" in delivery.answer


def test_a_success_after_failures_ends_it(receiver: Receiver, endpoint: Endpoint) -> None:
    receiver.answers = [(500, {}, b""), (502, {}, b""), (200, {}, b"ok")]
    delivery = put()
    until_ended(delivery)
    assert (delivery.state, delivery.attempts) == ("sent", 3)
    endpoint.refresh_from_db()
    assert endpoint.failures == 0


@pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 404, 422])
def test_what_stays_wrong_is_confirmed_once_and_then_dead(
    receiver: Receiver, endpoint: Endpoint, status: int
) -> None:
    receiver.answers = [(status, {"Location": receiver.url}, b"")]
    delivery = put()
    hours = until_ended(delivery)
    assert (delivery.state, len(hours), len(receiver.calls)) == ("dead", 2, 2)
    assert Notice.objects.get(kind="delivery_dead").user_id == endpoint.owner_id


def test_gone_switches_the_endpoint_off_tells_its_owner_and_holds_what_waits(
    receiver: Receiver, endpoint: Endpoint
) -> None:
    receiver.answers = [(410, {}, b""), (204, {}, b"")]
    first, second = put(key="1"), put(key="2")
    run(NOW)
    endpoint.refresh_from_db()
    assert not endpoint.is_active
    told = list(Notice.objects.filter(user=endpoint.owner).values_list("kind", flat=True))
    assert told == ["surface_disabled"], "and not of the message that was given up by it, besides"
    assert sorted(Delivery.objects.values_list("state", flat=True)) == ["dead", "waiting"]
    assert len(receiver.calls) == 1
    publish(type="task.due", data={}, key="while off", now=NOW)
    assert Delivery.objects.count() == 2
    assert endpoints.enable_endpoint(endpoint=endpoint, now=NOW + timedelta(days=5)) == 1
    run(NOW + timedelta(days=5))
    assert sorted(Delivery.objects.values_list("state", flat=True)) == ["dead", "sent"]
    assert {first.pk, second.pk} == {UUID(call.id) for call in receiver.calls}


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        pytest.param("120", 120, id="seconds"),
        pytest.param("Wed, 18 Nov 2026 10:10:00 GMT", 600, id="an HTTP date"),
        pytest.param("999999", 86_400, id="more than a day is cut to a day"),
    ],
)
def test_retry_after_comes_first_and_everything_else_waits_too(
    receiver: Receiver, endpoint: Endpoint, value: str, seconds: int
) -> None:
    receiver.answers = [(429, {"Retry-After": value}, b""), (204, {}, b"")]
    first = put(key="1")
    run(NOW)
    first.refresh_from_db()
    assert seconds - 2 <= (first.next_at - NOW).total_seconds() <= seconds + 5
    other = put(NOW + timedelta(seconds=1), key="2")
    run(NOW + timedelta(seconds=1))
    other.refresh_from_db()
    assert (other.state, other.attempts) == ("waiting", 0)
    assert other.next_at >= first.next_at - timedelta(seconds=5)
    assert len(receiver.calls) == 1


def test_after_twenty_failures_one_probe_in_five_minutes_and_no_attempt_is_spent_by_waiting(
    receiver: Receiver, endpoint: Endpoint
) -> None:
    receiver.answers = [(500, {}, b"")]
    Endpoint.objects.update(failures=19)
    put(key="1")
    run(NOW)
    endpoint.refresh_from_db()
    assert endpoint.breaker.is_open
    later = NOW + timedelta(seconds=10)
    for number in range(5):
        put(later, key=f"w{number}")
    run(later)
    assert len(receiver.calls) == 1
    assert not DeliveryAttempt.objects.filter(delivery__key__contains="w").exists()
    receiver.answers = [(204, {}, b"")]
    run(NOW + timedelta(minutes=6))
    endpoint.refresh_from_db()
    assert not endpoint.breaker.is_open
    run(NOW + timedelta(minutes=12))
    assert not Delivery.objects.exclude(state="sent").exists()


def test_an_old_turn_or_a_cancelled_delivery_sends_nothing(
    receiver: Receiver, endpoint: Endpoint, owner: User
) -> None:
    delivery = put()
    put_item = item_of(delivery)
    replaying.take_back(delivery=delivery, by=str(owner), now=NOW)
    work.put_many([put_item])
    run(NOW)
    assert receiver.calls == []
    delivery.refresh_from_db()
    assert delivery.state == "cancelled"


def test_replay_sends_the_same_id_again_with_three_days_of_its_own(
    receiver: Receiver, endpoint: Endpoint
) -> None:
    receiver.answers = [(404, {}, b"")]
    delivery = put()
    until_ended(delivery)
    later = NOW + timedelta(days=9)
    receiver.answers = [(500, {}, b""), (500, {}, b""), (204, {}, b"")]
    assert replaying.replay(ids=[delivery.pk], now=later).sent == 1
    assert replaying.replay(ids=[delivery.pk], now=later).sent == 0
    until_ended(delivery, later)
    assert (delivery.state, delivery.attempts) == ("sent", 5)
    assert {call.id for call in receiver.calls} == {str(delivery.pk)}
    assert list(delivery.tries.values_list("n", flat=True)) == [1, 2, 3, 4, 5]


def test_a_rotated_secret_signs_beside_the_former_for_a_day(receiver: Receiver, endpoint: Endpoint) -> None:
    start = timezone.now()
    former = sealing.signing_secret(endpoint)
    fresh = endpoints.rotate_secret(endpoint=endpoint, now=start)
    assert fresh != former
    put(start, key="1")
    run(start)
    assert receiver.verified(former) == receiver.verified(fresh)
    receiver.calls.clear()
    later = start + timedelta(hours=25)
    put(later, key="2")
    run(later)
    with time_machine.travel(later):
        assert len(receiver.verified(fresh)) == 1
        with pytest.raises(Exception, match="signature"):
            receiver.verified(former)


def test_slack_goes_at_one_message_a_second(owner: User) -> None:
    bot = endpoints.add_endpoint(
        name="Deals", surface="slack_bot", target="#deals", secret="xoxb-1-secret", types=["task.due"], owner=owner,
        now=NOW,
    )  # fmt: skip
    Endpoint.objects.filter(pk=bot.pk).update(free_at=NOW + timedelta(seconds=1))
    for number in range(4):
        publish(type="task.due", data={}, key=str(number), now=NOW)
    run(NOW)
    moments = sorted(Delivery.objects.values_list("next_at", flat=True))
    assert [(moment - NOW).total_seconds() for moment in moments] == [1, 2, 3, 4]
    assert not DeliveryAttempt.objects.exists()


def test_a_delivery_whose_item_was_lost_gets_it_back(receiver: Receiver, endpoint: Endpoint) -> None:
    from plays.audits import deliveries_move

    delivery = put()
    WorkItem.objects.all().delete()
    later = NOW + timedelta(minutes=10)
    assert [finding.key for finding in deliveries_move(later)] == [f"delivery:{delivery.pk}"]
    assert list(deliveries_move(later)) == []
    run(later)
    delivery.refresh_from_db()
    assert delivery.state == "sent"
