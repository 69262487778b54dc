"""A person is forgotten: no table of the whole database says who they were, every count stays, and they stay away."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection

from abmops.lib.choices import Role
from abmops.lib.erasing import Person
from abmops.lib.errors import Conflict, Refused
from abmops.lib.ids import uuid7
from abmops.work import services as work
from accounts.domain.records import ContactRecord
from accounts.models import (
    Account,
    Change,
    Contact,
    Erasure,
    IdempotentRequest,
    Import,
    ImportFile,
    ImportRow,
    Suppression,
    Touch,
)
from accounts.services.contact import opt_out, upsert_contacts
from accounts.services.erasing.asking import SECOND_PASS, erase_contact, what_is_known
from accounts.services.touch import log_touch
from plays.models import Task
from plays.services import add_task
from signals.models import Identity, RejectedEvent, Signal, SignalType, Source, UnmatchedSignal
from tests.accounts import make

NOW = datetime(2026, 11, 18, 10, 0, tzinfo=UTC)
EMAIL, NAME, PHONE = "zdenka.kovarova@acme.example", "Zdeňka Kovářová", "+420 601 555 777"
WORDS = (EMAIL, EMAIL.upper(), NAME, PHONE, "601555777", "Kovářová")

pytestmark = pytest.mark.django_db


def everything() -> Iterator[tuple[str, str, str]]:
    """Every value of every column of the database that can hold words: table, column, value as text."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.table_name, c.column_name, c.data_type FROM information_schema.columns c "
            "JOIN information_schema.tables t USING (table_schema, table_name) "
            "WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE' AND (c.data_type IN "
            "('text', 'character varying', 'character', 'jsonb', 'json', 'bytea', 'ARRAY', 'USER-DEFINED'))"
        )
        for table, column, kind in cursor.fetchall():
            cursor.execute(f'SELECT "{column}" FROM "{table}" WHERE "{column}" IS NOT NULL')
            for (value,) in cursor.fetchall():
                said = bytes(value).decode("utf-8", "replace") if kind == "bytea" else str(value)
                yield table, column, said


def said_of(words: tuple[str, ...] = WORDS) -> list[tuple[str, str]]:
    """Where any of the words still stands."""
    return sorted(
        {
            (table, column)
            for table, column, value in everything()
            for word in words
            if word.lower() in value.lower()
        }
    )


def known_person() -> Contact:
    """A contact who has left traces in every kind of table."""
    acme = make.account(owner=make.user(Role.REP))
    upsert_contacts(
        records={
            0: ContactRecord(
                email=EMAIL, name=NAME, phone=PHONE, title="Head of Quality", role="champion", influence=4,
                external_ids={"crm": "C-771"},
            )
        },
        now=NOW,
    )  # fmt: skip
    contact = Contact.objects.get(email=EMAIL)
    opt_out(contact=contact, channel="direct_mail", source=f"said {NAME} on the phone", now=NOW)
    log_touch(
        account=acme, contact=contact, side="sales", channel="call", occurred_at=NOW, now=NOW,
        subject=f"Spoke with {NAME} ({EMAIL.upper()}), call back on {PHONE}",
    )  # fmt: skip
    by = make.user(Role.REP)
    add_task(
        account=acme, owner=by, channel="call", side="sales", title=f"Call {NAME}", by=by, now=NOW, contact=contact,
        instructions="Zdeňka asked for the figures; her number is +420 601-555-777.",
    )  # fmt: skip
    source = Source.objects.create(slug="web", name="Website", kind="first_party")
    kind = SignalType.objects.create(slug="pricing", name="Pricing page", kind="first_party", qualifying=True)
    Signal.objects.create(
        id=uuid7(NOW), account=acme, contact=contact, source=source, type=kind, points=10, occurred_at=NOW,
        received_at=NOW, message_id=f"m:{EMAIL}", properties={"form": {"email": EMAIL, "note": [f"I am {NAME}"]}},
    )  # fmt: skip
    Identity.objects.create(source=source, key="user:u1", email=EMAIL, name=NAME, title="Head of Quality")
    Identity.objects.create(source=source, key=f"user:{EMAIL}", same_as="user:u1")
    UnmatchedSignal.objects.create(
        signal_id=uuid7(NOW), source=source, keys=[f"email:{EMAIL}", "domain:other.example"], received_at=NOW
    )
    RejectedEvent.objects.create(
        source=source, code="invalid", reason=f"{EMAIL} is wrong", excerpt=f'{{"email": "{EMAIL}"}}',
        dedup_key="r1", received_at=NOW,
    )  # fmt: skip
    IdempotentRequest.objects.create(
        caller="key:1",
        key="k1",
        request_hash="x",
        response=f'{{"email": "{EMAIL}", "name": "{NAME}"}}'.encode(),
    )
    done = Import.objects.create(
        kind="contacts", state="done", file_name="people.csv", sha256="0" * 64, created_at=NOW
    )
    ImportRow.objects.create(
        of=done,
        number=2,
        cells=[EMAIL, NAME, PHONE, "Praha"],
        changes={"name": ["", NAME]},
        row_id=contact.pk,
    )
    half = len(EMAIL) // 2
    ImportFile.objects.create(of=done, number=0, body=b"Email,Name\n" + EMAIL[:half].encode())
    ImportFile.objects.create(of=done, number=1, body=EMAIL[half:].encode() + b",x\n")
    work.put(
        kind="ingest",
        dedup_key="later",
        payload={"form": "native"},
        body=f'[{{"email": "{EMAIL.upper()}"}}]'.encode(),
    )
    return contact


def erase(contact: Contact, *, request: str = f"Letter of {NAME}") -> Erasure:
    """Asked for, and carried out to its end."""
    erasure = erase_contact(contact=contact, by=make.user(), request=request, now=NOW)
    run_erasures(NOW)
    run_erasures(NOW + SECOND_PASS)
    erasure.refresh_from_db()
    return erasure


def run_erasures(now: datetime) -> None:
    """One pass of the erasing work alone: nothing else may have cleaned up by accident."""
    from abmops.work.models import WorkItem
    from accounts.jobs.erasing import forget_person

    for item in WorkItem.objects.filter(kind="erase").order_by("pk"):
        forget_person([item], now)
        item.delete()


def figures(account: Account, contact: Contact) -> dict[str, Any]:
    """What was counted of the person."""
    return {
        "contacts": account.contacts.count(),
        "role": Contact.objects.values_list("role", "influence", "account").get(pk=contact.pk),
        "touches": Touch.objects.filter(contact=contact).count(),
        "signals": Signal.objects.filter(account=account, contact=contact).count(),
        "changes": Change.objects.filter(table="accounts_contact", row_id=contact.pk, op="I").count(),
    }


def test_nothing_in_the_whole_database_says_who_they_were_and_every_count_stays() -> None:
    contact = known_person()
    account = contact.account
    assert account is not None
    before, places = figures(account, contact), len(said_of())
    assert places > 15, "the person is all over the place to begin with"
    erasure = erase(contact)
    assert said_of() == []
    assert figures(account, contact) == before
    contact.refresh_from_db()
    assert (contact.name, contact.email, contact.do_not_contact, contact.erased_at) == (
        "Erased person",
        None,
        True,
        NOW,
    )
    assert erasure.done_at is not None
    assert not ImportFile.objects.exists()
    assert Task.objects.get().contact is None


def test_the_request_is_forgotten_at_once_in_the_contact_and_what_was_logged_of_it() -> None:
    contact = known_person()
    erase_contact(contact=contact, by=make.user(), request="Letter of 3 May", now=NOW)
    logged = Change.objects.filter(table="accounts_contact", row_id=contact.pk)
    assert logged.count() >= 2
    assert not [
        row for row in logged if EMAIL in f"{row.before}{row.after}" or NAME in f"{row.before}{row.after}"
    ]


def test_an_erased_person_stays_so() -> None:
    contact = known_person()
    erase(contact)
    for record in (
        ContactRecord(email=EMAIL.title(), name=NAME),
        ContactRecord(email="new@acme.example", external_ids={"crm": "C-771"}),
    ):
        result = upsert_contacts(records={0: record}, now=NOW)
        assert "asked to be erased" in result.errors[0].detail
    result = upsert_contacts(records={0: ContactRecord(title="CEO")}, pinned={0: contact.pk}, now=NOW)
    assert "stays empty" in result.errors[0].detail
    assert Contact.objects.count() == 1
    assert EMAIL not in "".join(Suppression.objects.values_list("key_hmac", flat=True))


def test_only_revops_erases_once_and_says_where_it_was_asked() -> None:
    contact = known_person()
    with pytest.raises(Refused, match="Only RevOps"):
        erase_contact(contact=contact, by=make.user(Role.MARKETER), request="Letter", now=NOW)
    with pytest.raises(Refused, match="where the request came from"):
        erase_contact(contact=contact, by=make.user(), request=" ", now=NOW)
    erase_contact(contact=contact, by=make.user(), request="Letter", now=NOW)
    with pytest.raises(Conflict, match="already"):
        erase_contact(contact=contact, by=make.user(), request="Letter", now=NOW)


def test_the_page_that_asks_first_can_say_what_is_held() -> None:
    known = what_is_known(known_person())
    assert known["touches (they stay, without the name)"] == 1
    assert known["tasks"] == 1
    assert known["signals (they stay with the account, without the person)"] == 1


def test_a_namesake_keeps_their_name() -> None:
    contact = known_person()
    other = make.account("Other", "other.example")
    namesake = make.contact(other, "z@other.example", name=NAME)
    log_touch(
        account=other, contact=namesake, side="sales", channel="call", occurred_at=NOW, now=NOW,
        subject=f"Spoke with {NAME}",
    )  # fmt: skip
    erase(contact)
    namesake.refresh_from_db()
    assert namesake.name == NAME
    assert Touch.objects.get(account=other).subject == f"Spoke with {NAME}"
    assert not Touch.objects.filter(account=contact.account, subject__contains=NAME).exists()


def test_a_line_about_somebody_alike_stays() -> None:
    contact = known_person()
    done = Import.objects.create(
        kind="contacts", state="done", file_name="b.csv", sha256="1" * 64, created_at=NOW
    )
    alike = ["anna-" + EMAIL, "Anna Kov"]
    other = ImportRow.objects.create(of=done, number=2, cells=alike)
    erase(contact)
    other.refresh_from_db()
    assert other.cells == alike


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        pytest.param("to jane.doe@acme.com.", "to [erased].", id="at the end of a sentence"),
        pytest.param("mary-jane.doe@acme.com", "mary-jane.doe@acme.com", id="another's longer address"),
        pytest.param("JANE  doe called", "Erased person called", id="any case and spacing"),
        pytest.param("Janet Doering", "Janet Doering", id="a longer name"),
        pytest.param("+49 (80) 555-1234!", "[erased]!", id="a number written otherwise"),
        pytest.param("49805551234", "[erased]", id="without its plus"),
        pytest.param("149805551234", "149805551234", id="inside a longer number"),
    ],
)
def test_words_are_taken_out_whole(text: str, cleaned: str) -> None:
    person = Person(
        1, 1, emails=("jane.doe@acme.com",), phones=("+49 80 555 1234",), name="Jane Doe", is_only_one=True
    )
    assert person.everywhere.taken_out(text) == cleaned
    assert person.everywhere.taken_out({"a": [text]}) == {"a": [cleaned]}
