"""Writing contacts: upserts by key, do-not-contact and opt-outs."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from abmops.lib.bulk import BulkResult
from abmops.lib.domains import company_domain
from abmops.lib.errors import FieldError, Refused
from accounts.domain.hierarchy import in_circles
from accounts.domain.records import ContactRecord
from accounts.models import AccountDomain, Contact, ContactExternalId, ContactOptOut, User
from accounts.services import lookups, resolving, storing
from accounts.services.claims import Claims
from accounts.services.locking import take_turn

# A no that came over the API may be lifted over the API; any other no only by a person.
BY_INTEGRATION = "integration"
_PLAIN = ("name", "title", "phone", "role", "seniority", "persona", "influence")
_WRITTEN = (
    *_PLAIN,
    "email",
    "account",
    "reports_to",
    "do_not_contact",
    "do_not_contact_at",
    "do_not_contact_source",
    "updated_at",
)
Key = tuple[str, ...]


@dataclass(slots=True)
class _Change:
    index: int
    contact: Contact
    is_new: bool
    changed: bool = False
    external_ids: list[tuple[str, str]] = field(default_factory=list)
    opt_outs: list[ContactOptOut] = field(default_factory=list)
    boss: str | None = None  # the e-mail that reports_to names
    superior: Contact | None = None

    @property
    def has_news(self) -> bool:
        return self.changed or bool(self.external_ids or self.opt_outs)


@transaction.atomic
def upsert_contacts(
    *,
    records: Mapping[int, ContactRecord],
    now: datetime,
    source: str = BY_INTEGRATION,
    pinned: Mapping[int, int] | None = None,
) -> BulkResult:
    """Create or update contacts by an `external_ids` entry, else by `email` in any case.

    The account: the one named, else the one that has the e-mail's domain, else none. `reports_to` may come in the
    same call. A do-not-contact and every opt-out keep when and where they were said; leaving them out lifts nothing.
    """
    take_turn("contact")
    result = BulkResult()
    claims = Claims(records, result)
    call = _Call.of(records, result, claims, pinned or {}, source, now)
    changes = [change for index in records if (change := call.change(index))]
    _settle_reports(changes, call)
    kept = [change for change in changes if change.index not in result.refused()]
    for change in kept:
        if change.is_new:
            result.created += 1
        elif change.has_news:
            result.updated += 1
        else:
            result.unchanged += 1
    claims.settle_repeats()
    _write(kept, now=now)
    resolving.announce(
        [
            f"email:{change.contact.email.lower()}"
            for change in kept
            if change.contact.email and change.contact.account_id and (change.is_new or change.changed)
        ],
        now=now,
    )
    return result


@dataclass(slots=True)
class _Call:
    records: Mapping[int, ContactRecord]
    result: BulkResult
    claims: Claims
    pinned: Mapping[int, int]
    source: str
    now: datetime
    known: dict[Key, int]
    stored: dict[int, Contact]
    outs: set[tuple[int, str]]
    accounts: lookups.AccountRefs
    by_mail_domain: dict[str, int]
    bosses: dict[str, Contact]

    @classmethod
    def of(
        cls,
        records: Mapping[int, ContactRecord],
        result: BulkResult,
        claims: Claims,
        pinned: Mapping[int, int],
        source: str,
        now: datetime,
    ) -> _Call:
        emails = {email.lower() for record in records.values() if (email := record.get("email"))}
        values = {value for record in records.values() for value in record.get("external_ids", {}).values()}
        known: dict[Key, int] = {
            ("email", email): contact.pk for email, contact in lookups.contacts_by_email(emails).items()
        }
        rows = ContactExternalId.objects.filter(value__in=values).values_list("system", "value", "contact_id")
        known.update({("external", system, value): pk for system, value, pk in rows})
        ids = {*known.values(), *pinned.values()}
        stored = Contact.objects.filter(id__in=ids).order_by("id").select_for_update()
        outs = ContactOptOut.objects.filter(contact_id__in=ids).values_list("contact_id", "channel")
        domains = {domain for email in emails if (domain := company_domain(email))}
        by_mail = AccountDomain.objects.filter(domain__in=domains).values_list("domain", "account_id")
        return cls(
            records=records,
            result=result,
            claims=claims,
            pinned=pinned,
            source=source,
            now=now,
            known=known,
            stored={contact.pk: contact for contact in stored},
            outs=set(outs),
            accounts=lookups.AccountRefs.of(records.values()),
            by_mail_domain=dict(by_mail),
            bosses=lookups.contacts_by_email(record.get("reports_to") for record in records.values()),
        )

    def change(self, index: int) -> _Change | None:
        """Put the record on its contact, in memory; None where it is refused or repeats another."""
        record = self.records[index]
        keys = _keys(record)
        target = self._target(index, keys)
        if target is _REFUSED:
            return None
        contact = Contact() if target is None else self.stored[target]
        before = {name: getattr(contact, name) for name in (*_PLAIN, "email", "account_id", "do_not_contact")}
        for name in _PLAIN:
            if name in record:
                value = record[name]  # type: ignore[literal-required]
                setattr(contact, name, "" if value is None and name != "influence" else value)
        if record.get("email"):
            contact.email = str(record["email"]).lower()
        self._set_account(index, contact, record)
        self._set_do_not_contact(contact, record)
        if index in self.result.refused():
            return None
        change = _Change(index, contact, is_new=target is None, boss=record.get("reports_to"))
        change.changed = any(before[name] != getattr(contact, name) for name in before)
        change.external_ids = [key[1:] for key in keys if key[0] == "external" and key not in self.known]  # type: ignore[misc]
        change.opt_outs = self._opt_outs(contact, record)
        if "reports_to" in record and record["reports_to"] is None and contact.reports_to_id is not None:
            contact.reports_to = None
            change.changed = True
        return change

    def _target(self, index: int, keys: dict[Key, str]) -> int | None:
        if not keys and index not in self.pinned:
            self.result.refuse(index, "", "Has no key. Send an email or an external_ids entry.")
            return _REFUSED
        found = {self.known[key]: key for key in reversed(keys) if key in self.known}
        if index in self.pinned:
            found.setdefault(self.pinned[index], ("pinned",))
        if len(found) > 1:
            other = next(key for pk, key in found.items() if pk != self.pinned.get(index))
            self.result.refuse(
                index,
                keys[other],
                f"{other[-1]} belongs to another contact than the other keys. Take the wrong one out.",
            )
            return _REFUSED
        target = next(iter(found), None)
        spoken = keys if target is None else {**keys, ("contact", f"contact {target}"): ""}
        return target if self.claims.take(index, spoken) else _REFUSED

    def _set_account(self, index: int, contact: Contact, record: ContactRecord) -> None:
        found = self.accounts.find(record)
        if isinstance(found, FieldError):
            self.result.refuse_all(index, [found])
        elif found is not None:
            contact.account_id = found
        elif "account_domain" in record:
            contact.account_id = None
        elif contact.account_id is None and contact.email:
            contact.account_id = self.by_mail_domain.get(company_domain(contact.email) or "")

    def _set_do_not_contact(self, contact: Contact, record: ContactRecord) -> None:
        wanted = record.get("do_not_contact")
        if wanted is None or wanted == contact.do_not_contact:
            return
        if wanted:
            set_do_not_contact(contact, source=self.source, now=self.now)
        elif contact.do_not_contact_source == self.source:
            lift_do_not_contact(contact)

    def _opt_outs(self, contact: Contact, record: ContactRecord) -> list[ContactOptOut]:
        rows: dict[str, ContactOptOut] = {}
        for out in record.get("opt_outs", []):
            if (contact.pk, out["channel"]) not in self.outs:
                rows.setdefault(
                    out["channel"],
                    ContactOptOut(
                        contact=contact,
                        channel=out["channel"],
                        at=out.get("at", self.now),
                        source=out.get("source") or self.source,
                    ),
                )
        return list(rows.values())


_REFUSED = -1


def _keys(record: ContactRecord) -> dict[Key, str]:
    keys: dict[Key, str] = {
        ("external", system, value): f"/external_ids/{system}"
        for system, value in record.get("external_ids", {}).items()
    }
    if email := record.get("email"):
        keys["email", email.lower()] = "/email"
    return keys


def _settle_reports(changes: list[_Change], call: _Call) -> None:
    """Give everybody their superior, stored or of this call; refuse unknown ones and circles."""
    by_email: dict[str | None, _Change] = {
        change.contact.email: change for change in changes if change.contact.email
    }
    named = [change for change in changes if change.boss]
    while True:
        refused = call.result.refused()
        lost = [
            change
            for change in named
            if change.index not in refused and not _boss(change, by_email, call, refused)
        ]
        for change in lost:
            call.result.refuse(
                change.index,
                "/reports_to",
                f"No contact has the e-mail {change.boss}. Send them first or with this one.",
            )
        circling = _circling(named, by_email, call)
        for change in circling:
            call.result.refuse(
                change.index, "/reports_to", "Would make the contact report to themselves, over others."
            )
        if not lost and not circling:
            break
    for change in named:
        if change.index in refused:
            continue
        change.superior = _boss(change, by_email, call, refused)
        superior_id = change.superior.pk if change.superior else None
        change.changed |= superior_id is None or superior_id != change.contact.reports_to_id


def _boss(
    change: _Change, by_email: Mapping[str | None, _Change], call: _Call, refused: Collection[int]
) -> Contact | None:
    email = str(change.boss).lower()
    other = by_email.get(email)
    if other is not None and (other.index not in refused):
        return other.contact
    return call.bosses.get(email)


def _circling(named: list[_Change], by_email: Mapping[str | None, _Change], call: _Call) -> list[_Change]:
    refused = call.result.refused()
    standing = [change for change in named if change.index not in refused]
    if not standing:
        return []
    edges: dict[object, object] = dict(
        Contact.objects.filter(reports_to__isnull=False).values_list("id", "reports_to_id")
    )
    for change in standing:
        boss = _boss(change, by_email, call, refused)
        if boss is not None:
            edges[_node(change.contact)] = _node(boss)
    circles = in_circles(edges)
    return [change for change in standing if _node(change.contact) in circles]


def _node(contact: Contact) -> object:
    return contact.pk or str(contact.email).lower()


def _write(changes: list[_Change], *, now: datetime) -> None:
    storing.insert([change.contact for change in changes if change.is_new], now=now)
    for change in changes:
        if change.superior is not None:
            change.contact.reports_to_id = change.superior.pk
    written = [
        change.contact for change in changes if change.changed and (not change.is_new or change.superior)
    ]
    storing.update(written, _WRITTEN, now=now)
    storing.insert(
        [
            ContactExternalId(contact=change.contact, system=system, value=value)
            for change in changes
            for system, value in change.external_ids
        ],
        now=now,
    )
    for change in changes:
        for row in change.opt_outs:
            row.contact = change.contact  # which has its id by now
    storing.insert([row for change in changes for row in change.opt_outs], now=now)


def set_do_not_contact(contact: Contact, *, source: str, now: datetime) -> None:
    """Mark a contact in memory; the first no keeps its moment and source."""
    contact.do_not_contact, contact.do_not_contact_at, contact.do_not_contact_source = True, now, source


def lift_do_not_contact(contact: Contact) -> None:
    """Unmark a contact in memory."""
    contact.do_not_contact, contact.do_not_contact_at, contact.do_not_contact_source = False, None, ""


@transaction.atomic
def mark_do_not_contact(*, contact: Contact, is_on: bool, source: str, by: User, now: datetime) -> Contact:
    """A person says that nobody may contact this one, or takes it back with a reason in `source`."""
    if not source.strip():
        raise Refused("Say where this comes from, for example: asked on the phone.")
    row = Contact.objects.select_for_update().get(pk=contact.pk)
    if is_on and not row.do_not_contact:
        set_do_not_contact(row, source=f"{source.strip()} ({by.email})"[:200], now=now)
    elif not is_on:
        lift_do_not_contact(row)
    row.save(update_fields=["do_not_contact", "do_not_contact_at", "do_not_contact_source", "updated_at"])
    return row


@transaction.atomic
def opt_out(*, contact: Contact, channel: str, source: str, now: datetime) -> ContactOptOut:
    """Record a no to one channel. The first no stays: saying it again changes nothing."""
    row, _ = ContactOptOut.objects.get_or_create(
        contact=contact, channel=channel, defaults={"at": now, "source": source[:200]}
    )
    return row
