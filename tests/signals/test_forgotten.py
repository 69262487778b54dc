"""What comes in about an erased person: the account keeps the signal, and nothing of it names the person."""

import json
from typing import Any

import pytest
from django.utils import timezone

from abmops.lib import erasing
from abmops.lib.erasing import Person
from abmops.work import services as work
from abmops.work.models import WorkItem
from accounts.models import Account, Contact
from accounts.services.erasing.asking import erase_contact
from signals.domain import segment
from signals.models import Identity, RejectedEvent, Signal, UnmatchedSignal
from signals.services import ingest
from tests.accounts import make as accounts
from tests.accounts.test_erasure import everything
from tests.api.caller import Caller
from tests.signals import make
from tests.signals.test_matching import deliver, identify

pytestmark = pytest.mark.django_db

EMAIL, NAME = "zdenka.kovarova@acme.example", "Zdenka Kovarova"


def erased_at(domain: str = "acme.example") -> Account:
    """An account whose one person was erased, with the erasing done."""
    account = accounts.account(domain=domain)
    contact = accounts.contact(account, EMAIL, name=NAME)
    erase_contact(contact=contact, by=accounts.user(), request="Letter", now=timezone.now())
    work.drain_all()
    WorkItem.objects.filter(kind="erase").delete()  # the second pass, twenty seconds on
    return account


EVENTS: dict[str, dict[str, Any]] = {
    "traits": make.page(
        "m1", context={"page": {"path": "/pricing"}, "traits": {"email": EMAIL.upper(), "name": NAME}}
    ),
    "a form's properties": make.page(
        "m2",
        context={"page": {"path": "/pricing"}, "groupId": "acme.example"},
        properties={"form": {"e-mail": f"mailto:{EMAIL}"}},
    ),
    "the user's id": make.page(
        "m3", userId=EMAIL, context={"page": {"path": "/pricing"}, "groupId": "acme.example"}
    ),
    "the message's id": make.page(f"m4:{EMAIL}"),
}


@pytest.mark.parametrize("event", EVENTS.values(), ids=EVENTS)
def test_a_signal_stays_with_the_account_and_says_nothing_of_the_person(
    site: make.Site, event: dict[str, Any]
) -> None:
    account = erased_at()
    deliver(site, event)
    assert Signal.objects.get().account == account
    assert Contact.objects.filter(erased_at=None).count() == 0
    assert [place for *place, value in everything() if EMAIL in value.lower() or NAME in value] == []


def test_what_is_said_of_them_later_is_not_remembered(site: make.Site) -> None:
    erased_at()
    deliver(site, identify("i1", traits={"email": EMAIL, "name": NAME}), make.page("m1"))
    assert set(Identity.objects.values_list("email", "name")) <= {("", "")}
    assert Signal.objects.get().contact is None
    assert not Contact.objects.filter(erased_at=None).exists()


def test_an_unmatched_or_refused_event_keeps_no_address(site: make.Site) -> None:
    erased_at()
    elsewhere = {"page": {"path": "/pricing"}, "traits": {"email": EMAIL}}
    Account.objects.get().domains.all().delete()
    deliver(site, make.page("m1", context=elsewhere), make.track("m2", f"Mystery of {EMAIL}"))
    assert UnmatchedSignal.objects.count() == 1
    assert RejectedEvent.objects.count() == 1
    assert [place for *place, value in everything() if EMAIL in value.lower()] == []


def test_the_call_erases_and_the_list_names_nobody(revops: Caller, integration: Caller) -> None:
    contact = accounts.contact(accounts.account(), EMAIL, name=NAME)
    assert integration.post(f"contacts/{contact.pk}/erase/", {"request": "Letter"}).status_code == 403
    assert revops.post(f"contacts/{contact.pk}/erase/", {}).status_code == 400
    answer = revops.post(f"contacts/{contact.pk}/erase/", {"request": "Letter of 3 May"})
    assert answer.status_code == 202
    assert revops.post(f"contacts/{contact.pk}/erase/", {"request": "Letter"}).status_code == 409
    shown = revops.get(f"contacts/{contact.pk}/").json()
    assert (shown["name"], shown["email"], shown["do_not_contact"]) == ("Erased person", None, True)
    listed = revops.get("erasures/").json()["results"]
    assert [one["request"] for one in listed] == ["Letter of 3 May"]
    assert integration.post("contacts/", {"email": EMAIL, "name": NAME}).status_code == 400


def test_a_packed_call_that_waits_is_cleaned_before_it_is_worked_out(site: make.Site) -> None:
    account = accounts.account(domain="acme.example")
    contact = accounts.contact(account, EMAIL, name=NAME)
    context = {
        "page": {"path": "/pricing"},
        "groupId": "acme.example",
        "traits": {"email": EMAIL, "name": NAME},
    }
    many = [make.page(f"m{n}", context=context) for n in range(40)]
    reading = segment.read_batch(json.dumps({"batch": many}).encode())
    ingest.accept_segment(source=site.source, reading=reading, call=None, now=timezone.now())
    item = WorkItem.objects.get(kind="ingest")
    assert item.body is not None
    assert EMAIL.encode() not in bytes(item.body)  # packed: nobody finds it by looking
    erasing.forget(Person(contact.pk, account.pk, (EMAIL,), name=NAME, is_only_one=True))
    assert EMAIL.encode() not in ingest.unpacked(WorkItem.objects.get(pk=item.pk).body)
    work.drain_all()
    assert Signal.objects.filter(account=account).count() == len(many)
