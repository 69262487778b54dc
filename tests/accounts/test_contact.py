"""Contacts: a no stays a no."""

from datetime import UTC, datetime, timedelta

import pytest

from abmops.lib.choices import Role
from abmops.lib.errors import Refused
from accounts.domain.records import ContactRecord
from accounts.models import Contact
from accounts.services.contact import mark_do_not_contact, opt_out, upsert_contacts
from tests.accounts import make

NOW = datetime(2026, 11, 18, 10, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=1)

pytestmark = pytest.mark.django_db


def send(record: ContactRecord, *, now: datetime = NOW) -> Contact:
    """One record."""
    result = upsert_contacts(records={0: record}, now=now)
    assert not result.errors
    return Contact.objects.get(email__iexact=str(record.get("email")))


def test_the_api_lifts_only_its_own_no() -> None:
    contact = send(ContactRecord(email="jane@a.example", do_not_contact=True))
    assert (contact.do_not_contact_at, contact.do_not_contact_source) == (NOW, "integration")
    assert (
        send(ContactRecord(email="jane@a.example", do_not_contact=True), now=LATER).do_not_contact_at == NOW
    )
    contact = send(ContactRecord(email="jane@a.example", do_not_contact=False))
    assert (contact.do_not_contact, contact.do_not_contact_at) == (False, None)
    person = make.user(Role.REP, email="ann@ours.example")
    mark_do_not_contact(contact=contact, is_on=True, source="Asked on the phone", by=person, now=NOW)
    contact = send(ContactRecord(email="jane@a.example", do_not_contact=False), now=LATER)
    assert (contact.do_not_contact, contact.do_not_contact_source) == (
        True,
        "Asked on the phone (ann@ours.example)",
    )


def test_a_person_says_where_a_no_comes_from() -> None:
    contact = send(ContactRecord(email="jane@a.example"))
    with pytest.raises(Refused, match="where this comes from"):
        mark_do_not_contact(contact=contact, is_on=True, source=" ", by=make.user(), now=NOW)


def test_opt_outs_are_added_and_never_lifted_by_leaving_them_out() -> None:
    contact = send(ContactRecord(email="jane@a.example", opt_outs=[{"channel": "email"}]))
    send(ContactRecord(email="jane@a.example", opt_outs=[]), now=LATER)
    send(
        ContactRecord(email="jane@a.example", opt_outs=[{"channel": "email"}, {"channel": "call"}]), now=LATER
    )
    opt_out(contact=contact, channel="call", source="again", now=LATER + timedelta(days=1))
    assert dict(contact.opt_outs.values_list("channel", "at")) == {"email": NOW, "call": LATER}


def test_an_address_is_one_contact_in_any_case() -> None:
    assert send(ContactRecord(email="Jane@A.example", name="Jane")) == send(
        ContactRecord(email="jane@a.EXAMPLE")
    )


def test_a_contact_stays_where_it_was_put() -> None:
    acme, other = make.account(), make.account("Other", "other.example")
    contact = send(ContactRecord(email="jane@acme.example"))
    assert contact.account == acme
    contact = send(ContactRecord(email="jane@acme.example", account_domain="other.example"))
    assert contact.account == other
    assert send(ContactRecord(email="jane@acme.example", title="CTO")).account == other
    assert send(ContactRecord(email="jane@acme.example", account_domain=None)).account is None


def test_reports_make_no_circle_over_several_calls() -> None:
    send(ContactRecord(email="a@a.example"))
    send(ContactRecord(email="b@a.example", reports_to="a@a.example"))
    result = upsert_contacts(
        records={0: ContactRecord(email="a@a.example", reports_to="b@a.example")}, now=NOW
    )
    assert [error.pointer for error in result.errors] == ["/reports_to"]
    assert send(ContactRecord(email="b@a.example", reports_to=None)).reports_to is None
