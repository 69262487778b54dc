"""Two at once: tickers with a digest, a no that comes while a mail is being sent, workers with one delivery."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail as outbox
from django.db import connection, transaction

from abmops.work import services as work
from accounts.models import Account, Contact, Touch
from plays.models import Delivery, Notice, StepRun, Task
from plays.services.decision.deciding import decide_crossings
from plays.services.notice.digests import put_digests
from plays.services.outbox.publishing import item_of
from plays.services.outbox.sending import send_due
from tests.plays import make
from tests.plays.surfaces.test_steps import MAIL

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("mail")]

NOW = make.NOW


def together(*acts: Callable[[], Any]) -> list[BaseException]:
    """All at the same moment, each on a connection of its own; what they raised."""
    gate, raised = threading.Barrier(len(acts)), list[BaseException]()

    def run(act: Callable[[], Any]) -> None:
        try:
            gate.wait(20)
            act()
        except BaseException as error:  # noqa: BLE001  (handed to the test)
            raised.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return raised


def test_four_tickers_put_one_digest_a_person() -> None:
    people = [make.a_user(time_zone="UTC") for _ in range(5)]
    for one in people:
        Notice.objects.create(user=one, kind="gaps", subject="1", text="News.", at=NOW - timedelta(hours=4))
    assert together(*[lambda: put_digests(now=NOW)] * 4) == []
    put_digests(now=NOW + timedelta(minutes=5))
    assert sorted(Delivery.objects.values_list("user", flat=True)) == sorted(one.pk for one in people)


def a_mail_step() -> tuple[Contact, Delivery]:
    account = make.an_account(owner=make.a_user(), name="Acme")
    contact = make.a_contact(account)
    make.warmed_up(account)
    decide_crossings(crossing_ids=[make.a_crossing(account, hand_raise=True).pk], now=NOW)
    return contact, Delivery.objects.get(contact=contact)


def say_no(contact: Contact) -> None:
    """As every writer of a no does: the account first."""
    with transaction.atomic():
        Account.objects.select_for_update(no_key=True).get(pk=contact.account_id or 0)
        Contact.objects.filter(pk=contact.pk).update(do_not_contact=True)


def test_a_no_that_is_committed_before_a_message_is_taken_is_always_kept() -> None:
    make.a_play(steps=[MAIL])
    for _ in range(12):
        outbox.outbox.clear()
        contact, delivery = a_mail_step()
        assert together(lambda contact=contact: say_no(contact), lambda: work.drain_all(NOW)) == []  # type: ignore[misc]
        delivery.refresh_from_db()
        run = StepRun.objects.get(pk=delivery.step_run_id or 0)
        sent = len(outbox.outbox)
        if delivery.state == "sent":
            assert (sent, run.state) == (1, "done")
        else:
            assert (sent, run.state, delivery.attempts) == (0, "open", 0)
            assert Task.objects.filter(step_run=run, contact=None).count() == 1
        Delivery.objects.all().delete()


def test_of_two_workers_with_one_delivery_one_is_fenced_and_it_counts_once() -> None:
    make.a_play(steps=[MAIL])
    _, delivery = a_mail_step()
    (item,) = work.claim("deliver", now=NOW).items  # type: ignore[union-attr]
    assert item.dedup_key == item_of(delivery).dedup_key
    together(*[lambda: send_due(item=item, now=NOW)] * 2)
    assert Touch.objects.filter(external_id=f"delivery:{delivery.pk}").count() == 1
    delivery.refresh_from_db()
    assert delivery.state == "sent"
    assert StepRun.objects.get(pk=delivery.step_run_id or 0).state == "done"
