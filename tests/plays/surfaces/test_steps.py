"""Steps that a surface does: sent is done, with one touch; what cannot be sent becomes a person's, with the reason."""

from __future__ import annotations

import smtplib
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from django.core import mail as outbox

from abmops.work import services as work
from accounts.models import Account, Contact, ContactOptOut, Touch
from plays.audits import open_step_has_its_task
from plays.models import Delivery, Enrollment, StepRun, Task
from plays.services.decision.deciding import decide_crossings
from plays.services.enrollment.ending import cancel_enrollment
from plays.services.outbox import endpoints, replaying
from plays.surfaces import Answer
from plays.surfaces.email import Email
from tests.plays import make
from tests.plays.surfaces.receiver import Receiver

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mail")]

NOW = make.NOW
MAIL = make.CALL | {
    "key": "mail",
    "channel": "email",
    "surface": "email",
    "title": "A question, {{contact.first_name}}",
    "instructions": "Hello {{contact.first_name}}, how is it at {{account.name}}?",
}


def begun(*steps: dict[str, Any], now: Any = NOW) -> tuple[Account, Contact, Enrollment]:
    owner = make.a_user()
    account = make.an_account(owner=owner, name="Acme")
    contact = make.a_contact(account, name="Ines Aldana")
    make.warmed_up(account)
    make.a_play(steps=list(steps))
    decide_crossings(crossing_ids=[make.a_crossing(account, hand_raise=True).pk], now=now)
    return account, contact, Enrollment.objects.get()


def test_an_email_step_is_sent_done_and_the_next_one_opens() -> None:
    account, contact, enrollment = begun(MAIL, make.CALL)
    assert list(open_step_has_its_task(NOW)) == []
    assert not Task.objects.exists()
    work.drain_all(NOW)
    (sent,) = outbox.outbox
    assert (sent.to, sent.subject) == ([contact.email], "A question, Ines")
    assert "how is it at Acme?" in str(sent.body)
    assert "List-Unsubscribe" not in sent.extra_headers
    assert sent.extra_headers["Reply-To"] == account.owner.email  # type: ignore[union-attr]
    touch = Touch.objects.get(external_id__startswith="delivery:")
    assert (touch.direction, touch.channel, touch.programmed, touch.contact) == (
        "outbound",
        "email",
        True,
        contact,
    )
    assert list(enrollment.step_runs.values_list("key", "state")) == [("mail", "done"), ("call", "open")]
    assert Task.objects.get().step_run.key == "call"  # type: ignore[union-attr]


def test_the_last_step_that_a_surface_does_completes_the_play() -> None:
    *_, enrollment = begun(MAIL)
    work.drain_all(NOW)
    enrollment.refresh_from_db()
    assert enrollment.state == "completed"


@pytest.mark.parametrize("how", ["opt_out", "do_not_contact", "gone"])
def test_a_no_before_it_is_sent_stops_it_and_a_person_decides(how: str) -> None:
    _, contact, _ = begun(MAIL)
    if how == "opt_out":
        ContactOptOut.objects.create(contact=contact, channel="email", at=NOW, source="reply")
    elif how == "do_not_contact":
        Contact.objects.update(do_not_contact=True)
    else:
        contact.delete()
    work.drain_all(NOW)
    assert outbox.outbox == []
    task = Task.objects.get()
    assert (task.state, task.contact) == ("open", None)
    assert "did not" in task.instructions
    assert Delivery.objects.get().state == "cancelled"
    assert not Touch.objects.filter(external_id__startswith="delivery:").exists()


@pytest.mark.parametrize("when", ["before", "meanwhile"])
def test_somebody_who_moves_to_another_account_is_sent_it_once_or_not_at_all(when: str) -> None:
    account, contact, _ = begun(MAIL, make.CALL)
    other = make.an_account()

    def moves(*_: Any, **__: Any) -> Answer:
        Contact.objects.filter(pk=contact.pk).update(account=other)
        return Answer(text="Taken.")

    if when == "before":
        moves()
    with mock.patch.object(Email, "send", side_effect=moves) as sent:
        work.drain_all(NOW)
        work.drain_all(NOW + timedelta(minutes=1))
    assert sent.call_count == (when == "meanwhile")
    touches = Touch.objects.filter(account=account, external_id__startswith="delivery:")
    assert list(touches.values_list("contact", flat=True)) == ([None] if when == "meanwhile" else [])
    assert Delivery.objects.get().state == ("sent" if when == "meanwhile" else "cancelled")
    assert Task.objects.get().contact_id is None


def test_what_is_refused_for_good_becomes_a_task_with_the_reason_and_a_replay_does_not_send_it_too() -> None:
    _, contact, _ = begun(MAIL, make.CALL)
    no = smtplib.SMTPRecipientsRefused({contact.email or "": (550, b"No such user")})
    with mock.patch("django.core.mail.backends.locmem.EmailBackend.send_messages", side_effect=no):
        work.drain_all(NOW)
        work.drain_all(NOW + timedelta(minutes=7))
    task = Task.objects.get()
    assert "refused the recipient (550)" in task.instructions
    assert task.contact == contact
    delivery = Delivery.objects.get()
    assert delivery.state == "dead"
    replaying.replay(ids=[delivery.pk], now=NOW + timedelta(hours=1))
    work.drain_all(NOW + timedelta(hours=1))
    delivery.refresh_from_db()
    assert (delivery.state, outbox.outbox, Task.objects.count()) == ("cancelled", [], 1)


@pytest.mark.parametrize(
    ("step", "words"),
    [
        pytest.param(MAIL | {"title": ""}, "no subject", id="no subject"),
        pytest.param(MAIL | {"surface": "slack"}, "No Slack surface is switched on", id="no Slack"),
        pytest.param(MAIL | {"surface": "webhook:nope"}, "called “nope”", id="no such webhook"),
    ],
)
def test_a_step_that_cannot_go_says_why_in_its_task(step: dict[str, Any], words: str) -> None:
    begun(step)
    assert words in Task.objects.get().instructions
    assert not Delivery.objects.exists()


def test_without_mail_the_step_is_a_persons(settings: Any) -> None:
    settings.EMAIL_IS_SET_UP = False
    begun(MAIL)
    assert "E-mail is not set up" in Task.objects.get().instructions


def test_a_play_that_ends_takes_its_message_back() -> None:
    *_, enrollment = begun(MAIL)
    cancel_enrollment(enrollment=enrollment, by=make.a_user(role="revops"), reason="Enough.", now=NOW)
    work.drain_all(NOW)
    assert outbox.outbox == []
    assert Delivery.objects.get().state == "cancelled"
    assert StepRun.objects.get().state == "cancelled"


def test_a_webhook_step_goes_to_the_endpoint_it_names(receiver: Receiver) -> None:
    owner = make.a_user(role="revops")
    for name in ("Other", "Gift service"):
        endpoints.add_endpoint(
            name=name, surface="webhook", target=receiver.url, secret="", types=[], owner=owner, now=NOW
        )
    begun(MAIL | {"surface": "webhook:gift-service", "channel": "direct_mail", "key": "gift"})
    work.drain_all(NOW)
    delivery = Delivery.objects.get()
    assert (delivery.endpoint.slug, delivery.state) == ("gift-service", "sent")
    assert b'"step":"gift"' in receiver.calls[0].body
    assert Touch.objects.filter(channel="direct_mail", external_id=f"delivery:{delivery.pk}").count() == 1


def test_the_page_of_the_enrollment_shows_what_is_on_its_way(client: Any) -> None:
    *_, enrollment = begun(MAIL, make.CALL)
    client.force_login(make.a_user(role="revops", job=""))
    assert "Mail to people" in client.get(f"/enrollments/{enrollment.pk}/").content.decode()
    work.drain_all(NOW)
    page = client.get(f"/enrollments/{enrollment.pk}/").content.decode()
    assert "Sent" in page
