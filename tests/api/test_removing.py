"""What may be deleted: nothing that past numbers count, and nobody who said no."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.contrib import admin
from django.test import RequestFactory

from abmops.lib.choices import Role
from accounts.models import Account, Contact, ContactOptOut, User
from signals.models import Crossing
from tests.accounts import make
from tests.api.caller import Caller
from tests.plays import make as plays

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 18, 10, 0, tzinfo=UTC)


def _task(account: Account, revops: Caller) -> None:
    make.user(Role.REVOPS)
    said = {"account_domain": account.domain, "title": "Call them.", "channel": "call", "side": "sales"}
    made = revops.post("tasks/", said)
    assert made.status_code == 201, made.content


HISTORY: dict[str, Callable[[Account, Caller], object]] = {
    "contacts": lambda account, _: plays.a_contact(account),
    "signals": lambda account, _: plays.a_signal(account),
    "crossings": lambda account, _: plays.a_crossing(account),
    "tasks": _task,
}


@pytest.mark.parametrize("what", HISTORY)
def test_an_account_to_which_anything_happened_stays(revops: Caller, what: str) -> None:
    account = plays.an_account(tier=None)
    HISTORY[what](account, revops)
    answer = revops.send("DELETE", f"accounts/{account.pk}/")
    assert (answer.status_code, answer.json()["code"]) == (422, "account_has_history")
    assert what in answer.json()["detail"]
    assert Account.objects.get() == account


def test_an_account_to_which_nothing_happened_goes_with_its_keys(revops: Caller) -> None:
    account = make.account(external_id="7")
    assert revops.send("DELETE", f"accounts/{account.pk}/").status_code == 204
    assert not Account.objects.exists()


@pytest.mark.parametrize("said", ["do not contact", "an opt-out", "nothing"])
def test_a_contact_who_said_no_stays(revops: Caller, said: str) -> None:
    account = make.account()
    contact = make.contact(account, do_not_contact=said == "do not contact")
    if said == "an opt-out":
        ContactOptOut.objects.create(contact=contact, channel="call", at=NOW, source="asked")
    crossing = plays.a_crossing(account, evidence=[plays.a_signal(account, contact=contact)])
    answer = revops.send("DELETE", f"contacts/{contact.pk}/")
    assert answer.status_code == (204 if said == "nothing" else 422)
    assert Contact.objects.exists() == (said != "nothing")
    assert revops.get(f"crossings/{crossing.pk}/").status_code == 200
    assert Crossing.objects.get() == crossing


@pytest.mark.parametrize("model", [Account, Contact, User])
def test_the_admin_deletes_nobody(model: type[Account | Contact | User], rf: RequestFactory) -> None:
    request = rf.get("/admin/")
    request.user = make.user(Role.REVOPS, is_staff=True, is_superuser=True)
    assert not admin.site.get_model_admin(model).has_delete_permission(request)
