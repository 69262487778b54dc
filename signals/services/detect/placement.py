"""Who an arrival is about: the account and contact, found by its keys in a fixed number of queries.

Order (API.md, Ingest): the account keys the event carries, its person's contact record, then what the source said
earlier of this user. Free-mail domains are never keys.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import connection
from django.db.models.functions import Lower
from psycopg2.extras import execute_values

from abmops.lib.domains import company_domain
from accounts.models import AccountDomain, AccountExternalId, Contact
from signals.models import Identity
from signals.services.detect.arrivals import Arrival


@dataclass(slots=True)
class Saying:
    """What a source said of one of its users: the account key, the e-mail, and when each was said."""

    account_key: str = ""
    account_said_at: datetime | None = None
    email: str = ""
    email_said_at: datetime | None = None

    def hear(self, arrival: Arrival) -> None:
        """Take over what an identify or group call says, unless something newer was heard."""
        at = arrival.occurred_at
        if arrival.who.account_keys and (self.account_said_at is None or at >= self.account_said_at):
            self.account_key, self.account_said_at = str(arrival.who.account_keys[0]), at
        if arrival.who.email and (self.email_said_at is None or at >= self.email_said_at):
            self.email, self.email_said_at = arrival.who.email, at


@dataclass(slots=True)
class Directory:
    """Everything looked up for one batch."""

    accounts: dict[str, int] = field(
        default_factory=dict
    )  # "domain:acme.com" and "external:42" -> account id
    contacts: dict[str, tuple[int, int | None]] = field(
        default_factory=dict
    )  # email -> (contact id, account id)
    people: dict[str, Saying] = field(default_factory=dict)  # "user:7:u1" -> what was said

    def place(self, arrival: Arrival) -> None:
        """Give the arrival its account and contact, where they are known."""
        keys = [str(key) for key in arrival.who.account_keys]
        emails = [arrival.who.email] if arrival.who.email else []
        for person in person_keys(arrival):
            said = self.people.get(person)
            if said is not None:
                keys += [said.account_key] if said.account_key else []
                emails += [said.email] if said.email else []
        known = [self.contacts[email] for email in emails if email in self.contacts]
        candidates = [self.accounts.get(key) for key in keys]
        candidates += [account_id for _, account_id in known]
        candidates += [self.accounts.get(key) for key in map(_mail_key, emails) if key]
        arrival.account_id = next((account_id for account_id in candidates if account_id is not None), None)
        arrival.contact_id = next((pk for pk, account_id in known if account_id == arrival.account_id), None)

    def email_of(self, arrival: Arrival) -> str:
        """The address of the person behind the arrival, as far as anybody said."""
        said = (self.people[key].email for key in person_keys(arrival) if key in self.people)
        return arrival.who.email or next((email for email in said if email), "")


def person_keys(arrival: Arrival) -> list[str]:
    """The source's own ids of the person, made unique over sources: `user:7:u1`."""
    return [f"{key.by}:{arrival.source_id}:{key.value}" for key in arrival.who.people]


def waiting_keys(arrival: Arrival) -> list[str]:
    """Every key whose appearance would place an arrival that could not be placed."""
    email = arrival.who.email
    keys = [str(key) for key in arrival.who.account_keys] + person_keys(arrival)
    return keys + ([f"email:{email}"] + [key for key in [_mail_key(email)] if key] if email else [])


def _mail_key(email: str) -> str | None:
    domain = company_domain(email)
    return f"domain:{domain}" if domain else None


def remember(arrivals: Iterable[Arrival]) -> list[str]:
    """Store what identify, group and alias calls say; returns the person keys that were spoken of."""
    sayings: dict[str, Saying] = {}
    for arrival in arrivals:
        for key in person_keys(arrival):
            sayings.setdefault(key, Saying()).hear(arrival)
    rows = [
        (
            int(key.split(":", 2)[1]),
            _stored(key),
            said.account_key,
            said.account_said_at,
            said.email,
            said.email_said_at,
        )
        for key, said in sorted(sayings.items())
        if said.account_said_at or said.email_said_at
    ]
    if rows:
        with connection.cursor() as cursor:
            execute_values(cursor.cursor, _REMEMBER, rows, page_size=len(rows))
    return list(sayings)


_REMEMBER = """
INSERT INTO signals_identity AS known (source_id, key, account_key, account_said_at, email, email_said_at) VALUES %s
ON CONFLICT (source_id, key) DO UPDATE SET
    account_key = CASE WHEN excluded.account_said_at >= COALESCE(known.account_said_at, '-infinity')
        THEN excluded.account_key ELSE known.account_key END,
    account_said_at = GREATEST(known.account_said_at, excluded.account_said_at),
    email = CASE WHEN excluded.email_said_at >= COALESCE(known.email_said_at, '-infinity')
        THEN excluded.email ELSE known.email END,
    email_said_at = GREATEST(known.email_said_at, excluded.email_said_at)
"""


def _stored(person_key: str) -> str:
    by, _, value = person_key.split(":", 2)
    return f"{by}:{value}"[:300]


def directory(arrivals: Sequence[Arrival]) -> Directory:
    """Look up every key of a batch: four queries."""
    people = _sayings({key for arrival in arrivals for key in person_keys(arrival)})
    emails = {arrival.who.email for arrival in arrivals if arrival.who.email}
    emails |= {said.email for said in people.values() if said.email}
    keys = {str(key) for arrival in arrivals for key in arrival.who.account_keys}
    keys |= {said.account_key for said in people.values() if said.account_key}
    keys |= {key for key in map(_mail_key, emails) if key}
    return Directory(accounts=_accounts(keys), contacts=_contacts(emails), people=people)


def _sayings(person_keys: set[str]) -> dict[str, Saying]:
    if not person_keys:
        return {}
    sources = {int(key.split(":", 2)[1]) for key in person_keys}
    rows = Identity.objects.filter(source_id__in=sources, key__in={_stored(key) for key in person_keys})
    found = {}
    for row in rows:
        by, _, value = row.key.partition(":")
        said = Saying(row.account_key, row.account_said_at, row.email, row.email_said_at)
        found[f"{by}:{row.source_id}:{value}"] = said
    return found


def _accounts(keys: set[str]) -> dict[str, int]:
    domains = [key.removeprefix("domain:") for key in keys if key.startswith("domain:")]
    values = [key.removeprefix("external:") for key in keys if key.startswith("external:")]
    found: dict[str, int] = {}
    if domains:
        pairs = AccountDomain.objects.filter(domain__in=domains).values_list("domain", "account_id")
        found |= {f"domain:{domain}": account_id for domain, account_id in pairs}
    if values:
        owners: dict[str, set[int]] = {}
        for value, account_id in AccountExternalId.objects.filter(value__in=values).values_list(
            "value", "account_id"
        ):
            owners.setdefault(value, set()).add(account_id)
        # Two systems may give the same number to two accounts; then the id says nothing.
        found |= {f"external:{value}": min(ids) for value, ids in owners.items() if len(ids) == 1}
    return found


def _contacts(emails: set[str]) -> dict[str, tuple[int, int | None]]:
    if not emails:
        return {}
    rows = Contact.objects.annotate(address=Lower("email")).filter(address__in=emails)
    return {
        email: (pk, account_id) for email, pk, account_id in rows.values_list("address", "id", "account_id")
    }


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
        ):
            strangers.setdefault(email, arrival)
    if not strangers:
        return
    Contact.objects.bulk_create(
        [
            Contact(
                account_id=one.account_id,
                email=email,
                name=one.who.name or email.partition("@")[0],
                title=one.who.title,
            )
            for email, one in sorted(strangers.items())
        ],
        ignore_conflicts=True,
    )
    found.contacts |= _contacts(set(strangers))
    for arrival in arrivals:
        contact = found.contacts.get(found.email_of(arrival))
        if arrival.contact_id is None and contact is not None and contact[1] == arrival.account_id:
            arrival.contact_id = contact[0]
