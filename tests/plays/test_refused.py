"""Nobody is proposed after their no: open tasks change hands, and no race leaves one behind."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest
from django.test import Client

from abmops.lib.errors import FieldErrors
from accounts.domain.records import ContactRecord
from accounts.models import Contact
from accounts.services.contact import mark_do_not_contact, opt_out, upsert_contacts
from accounts.services.erasing.asking import erase_contact
from plays.models import Task, TaskEvent
from plays.services import add_task
from plays.services.decision.deciding import decide_crossings
from tests.plays.make import CALL, NOW, a_contact, a_crossing, a_play, a_threshold, a_user, an_account
from tests.plays.test_races import at_once


def no_of(contact: Contact, way: str) -> None:
    """Their no, in one of the ways it can come in."""
    match way:
        case "opt-out":
            opt_out(contact=contact, channel="call", source="asked", now=NOW)
        case "do not contact":
            mark_do_not_contact(contact=contact, is_on=True, source="asked", by=a_user(), now=NOW)
        case "API":
            record = ContactRecord(email=contact.email, opt_outs=[{"channel": "call"}])
            assert not upsert_contacts(records={0: record}, now=NOW).errors
        case _:
            erase_contact(contact=contact, by=a_user(role="revops"), request="Letter", now=NOW)


@pytest.mark.django_db
@pytest.mark.parametrize("way", ["opt-out", "do not contact", "API", "erased"])
def test_a_step_goes_to_whoever_is_next(way: str) -> None:
    account = an_account(owner=a_user(), tier=2)
    first = a_contact(account, name="Ines Aldana", influence=5)
    second = a_contact(account, name="Jon Berg", influence=3)
    a_play()
    decide_crossings(crossing_ids=[a_crossing(account).pk], now=NOW)
    task = Task.objects.get()
    assert task.contact == first
    no_of(first, way)
    task.refresh_from_db()
    assert task.contact == second
    assert (task.title, task.instructions) == ("Call Jon Berg, VP Supply Chain", "Call Jon.")
    assert "said no; Jon Berg in their place." in TaskEvent.objects.get(kind="contact").text
    no_of(second, way)
    task.refresh_from_db()
    assert task.contact is None
    assert task.title == f"Find somebody at {account.name} for the next call"


@pytest.mark.django_db
def test_a_no_to_another_channel_changes_nothing() -> None:
    account = an_account(owner=a_user())
    contact = a_contact(account)
    a_play()
    decide_crossings(crossing_ids=[a_crossing(account).pk], now=NOW)
    opt_out(contact=contact, channel="email", source="asked", now=NOW)
    assert Task.objects.get().contact == contact


@pytest.mark.django_db
def test_a_job_given_by_hand_says_that_its_person_said_no_and_none_is_given_for_them() -> None:
    account, by = an_account(), a_user()
    contact = a_contact(account, name="Ines Aldana")

    def give() -> Task:
        return add_task(
            account=account, owner=by, channel="call", side="sales", title="Call back", by=by, now=NOW, contact=contact,
            instructions="She asked for figures.",
        )  # fmt: skip

    task = give()
    opt_out(contact=contact, channel="call", source="asked", now=NOW)
    task.refresh_from_db()
    assert task.contact is None
    assert task.instructions.startswith("Ines Aldana said no to this; choose somebody else")
    with pytest.raises(FieldErrors, match="said no to call"):
        give()


@pytest.mark.django_db(transaction=True)
def test_no_race_proposes_anybody_after_their_no() -> None:
    a_play(steps=[CALL])
    threshold, by = a_threshold(), a_user()
    calls: list[Callable[[], object]] = []
    contacts = []
    for number in range(60):
        account = an_account(owner=a_user())
        contact = a_contact(account, influence=5)
        contacts.append(contact.pk)
        crossing = a_crossing(account, threshold).pk
        way = ("opt-out", "do not contact", "API")[number % 3]
        calls += [
            lambda crossing=crossing: decide_crossings(crossing_ids=[crossing], now=NOW),  # type: ignore[misc]
            lambda contact=contact, way=way: no_of(contact, way),  # type: ignore[misc]
            lambda account=account, contact=contact: given(account, contact, by),  # type: ignore[misc]
        ]
    Random(7).shuffle(calls)
    assert at_once(calls) == []
    proposed = Task.objects.unfinished().filter(contact__in=contacts)
    assert proposed.count() == 0
    assert Task.objects.unfinished().count() >= 60
    assert Contact.objects.contactable("call").filter(pk__in=contacts).count() == 0


def given(account: object, contact: Contact, by: object) -> None:
    """A job by hand; refused where the no was first."""
    try:
        add_task(
            account=account, owner=by, channel="call", side="sales", title="Call", by=by, now=NOW, contact=contact  # type: ignore[arg-type]
        )  # fmt: skip
    except FieldErrors:
        return


@pytest.mark.django_db
def test_a_call_shows_no_address_of_somebody_who_said_no_to_mail() -> None:
    owner = a_user()
    contact = a_contact(an_account(owner=owner), phone="+49 80 555 1234", email="ines@acme.example")
    opt_out(contact=contact, channel="email", source="asked", now=NOW)
    add_task(
        account=contact.account, owner=owner, channel="call", side="sales", title="Call", by=owner, now=NOW,  # type: ignore[arg-type]
        contact=contact,
    )  # fmt: skip
    browser = Client()
    browser.force_login(owner)
    page = browser.get("/").content.decode()
    assert "tel:+49805551234" in page
    assert "mailto:ines@acme.example" not in page
    assert "no email" in page
