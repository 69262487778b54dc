"""Who an arrival is about: the account and contact, found by its keys in a fixed number of queries.

Order (API.md, Ingest): the account keys the event carries, its person's contact record, then what the source said
earlier of this user. Free-mail domains are never keys.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection
from psycopg2.extras import execute_values

from abmops.lib import prepared
from abmops.lib.arrays import TEXTS, as_json
from abmops.lib.domains import company_domain
from accounts.models import Contact
from signals.services import reverse_ip
from signals.services.detect import sayings
from signals.services.detect.arrivals import Arrival
from signals.services.detect.sayings import Person, Saying


@dataclass(slots=True)
class Directory:
    """Everything looked up for one batch."""

    accounts: dict[str, int] = field(
        default_factory=dict
    )  # "domain:acme.com" and "external:42" -> account id
    contacts: dict[str, tuple[int, int | None]] = field(
        default_factory=dict
    )  # email -> (contact id, account id)
    people: dict[Person, list[Saying]] = field(
        default_factory=dict
    )  # what was said, under any id of the person

    def said_of(self, arrival: Arrival) -> Iterator[Saying]:
        """What was ever said of the person behind an arrival."""
        for person in arrival.persons:
            yield from self.people.get(person, ())

    def place(self, arrival: Arrival) -> None:
        """Give the arrival its account and contact, where they are known."""
        keys = arrival.who.account_texts
        emails = [arrival.who.email] if arrival.who.email else []
        for said in self.said_of(arrival):
            keys += said.account_keys
            emails += [said.email] if said.email else []
        known = [self.contacts[email] for email in emails if email in self.contacts]
        arrival.account_id = self._first(keys)
        if arrival.account_id is None:
            arrival.account_id = next((pk for _, pk in known if pk is not None), None)
        if arrival.account_id is None:
            arrival.account_id = self._first(filter(None, map(_mail_key, emails)))
        if arrival.account_id is None:
            reverse_ip.place(arrival, self.accounts)
        arrival.contact_id = next((pk for pk, account_id in known if account_id == arrival.account_id), None)

    def _first(self, keys: Iterable[str]) -> int | None:
        """The account of the first key that has one."""
        return next((self.accounts[key] for key in keys if key in self.accounts), None)

    def email_of(self, arrival: Arrival) -> str:
        """The address of the person behind the arrival, as far as anybody said."""
        return arrival.who.email or next((said.email for said in self.said_of(arrival) if said.email), "")

    def name_of(self, arrival: Arrival) -> tuple[str, str]:
        """Name and title of the person behind the arrival, as far as anybody said."""
        if arrival.who.name:
            return arrival.who.name, arrival.who.title
        return next(
            ((said.name, said.title) for said in self.said_of(arrival) if said.name), ("", arrival.who.title)
        )


def person_keys(arrival: Arrival) -> list[str]:
    """The source's own ids of the person, made unique over sources: `user:7:u1`."""
    return [sayings.waiting_key(person) for person in arrival.persons]


def waiting_keys(arrival: Arrival) -> list[str]:
    """Every key whose appearance would place an arrival that could not be placed."""
    email = arrival.who.email
    keys = arrival.who.account_texts + person_keys(arrival)
    keys += [f"network:{arrival.network}"] if arrival.network else []
    return keys + ([f"email:{email}"] + [key for key in [_mail_key(email)] if key] if email else [])


def _mail_key(email: str) -> str | None:
    domain = company_domain(email)
    return f"domain:{domain}" if domain else None


def directory(arrivals: Sequence[Arrival]) -> Directory:
    """Look up every key of a batch: six queries."""
    circles = sayings.circles(person for arrival in arrivals for person in arrival.persons)
    people = {person: [saying for _, saying in circle] for person, circle in circles.items()}
    said = [saying for known in people.values() for saying in known]
    emails = {arrival.who.email for arrival in arrivals if arrival.who.email}
    emails |= {saying.email for saying in said if saying.email}
    keys = {key for arrival in arrivals for key in arrival.who.account_texts}
    keys |= {key for saying in said for key in saying.account_keys}
    keys |= {key for key in map(_mail_key, emails) if key}
    keys |= reverse_ip.look_up(arrivals)
    return Directory(accounts=_accounts(keys), contacts=_contacts(emails), people=people)


def _accounts(keys: set[str]) -> dict[str, int]:
    domains = [key.removeprefix("domain:") for key in keys if key.startswith("domain:")]
    values = [key.removeprefix("external:") for key in keys if key.startswith("external:")]
    found = {f"domain:{domain}": account_id for domain, account_id in _found(_DOMAINS, domains)}
    owners: dict[str, set[int]] = {}
    for value, account_id in _found(_EXTERNAL_IDS, values):
        owners.setdefault(value, set()).add(account_id)
    # Two systems may give the same number to two accounts; then the id says nothing.
    return found | {f"external:{value}": min(ids) for value, ids in owners.items() if len(ids) == 1}


def _contacts(emails: set[str]) -> dict[str, tuple[int, int | None]]:
    return {email: (pk, account_id) for email, pk, account_id in _found(_CONTACTS, list(emails))}


# The texts are constants.
_DOMAINS = f"SELECT domain, account_id FROM accounts_accountdomain WHERE domain = ANY({TEXTS})"  # noqa: S608
_EXTERNAL_IDS = f"SELECT value, account_id FROM accounts_accountexternalid WHERE value = ANY({TEXTS})"  # noqa: S608
_CONTACTS = f"SELECT lower(email), id, account_id FROM accounts_contact WHERE lower(email) = ANY({TEXTS})"  # noqa: S608


def _found(sql: str, wanted: list[str]) -> list[tuple[Any, ...]]:
    """The rows of thousands of keys, by one parameter: the ORM takes as many and looks at each."""
    if not wanted:
        return []
    with connection.cursor() as cursor:
        prepared.run(cursor, sql, [as_json(wanted)])
        return list(cursor.fetchall())


def introduce(arrivals: Sequence[Arrival], found: Directory) -> None:
    """Make a contact of every person who is known by e-mail at a known account and is nobody's contact yet.

    Two colleagues are two contacts to the thresholds only if each is one to us.
    """
    strangers: dict[str, Arrival] = {}
    for arrival in arrivals:
        email = found.email_of(arrival)
        if (
            arrival.account_id is not None
            and arrival.contact_id is None
            and email
            and email not in found.contacts
            and not arrival.by_network
        ):
            strangers.setdefault(email, arrival)
    if strangers:
        _make_contacts(strangers, found)
        found.contacts |= _contacts(set(strangers))
    for arrival in arrivals:
        contact = found.contacts.get(found.email_of(arrival))
        if arrival.contact_id is None and contact is not None and contact[1] == arrival.account_id:
            arrival.contact_id = contact[0]
    _name(
        {
            one.contact_id: found.name_of(one)[0]
            for one in arrivals
            if one.contact_id and found.name_of(one)[0]
        }
    )


def _make_contacts(strangers: Mapping[str, Arrival], found: Directory) -> None:
    rows = []
    for email, one in sorted(strangers.items()):
        name, title = found.name_of(one)
        known = name[:200] or email.partition("@")[0]
        rows.append(Contact(account_id=one.account_id, email=email, name=known, title=title[:200]))
    Contact.objects.bulk_create(rows, ignore_conflicts=True)


def _name(names: Mapping[int | None, str]) -> None:
    """Call contacts by what they were said to be called, where their name is only a part of their address."""
    if names:
        with connection.cursor() as cursor:
            execute_values(cursor.cursor, _NAME, sorted(names.items()), page_size=len(names))


_NAME = """
UPDATE accounts_contact c SET name = left(v.name, 200) FROM (VALUES %s) AS v(id, name)
WHERE c.id = v.id AND c.name = split_part(lower(c.email), '@', 1) AND c.name <> v.name
"""
