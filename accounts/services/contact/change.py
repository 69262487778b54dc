"""What one record does to one contact, and what a call refers to, looked up once and locked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from abmops.lib.bulk import BulkResult, Verdict
from abmops.lib.domains import company_domain
from abmops.lib.errors import FieldError
from accounts.domain.records import ContactRecord
from accounts.models import AccountDomain, Contact, ContactExternalId, ContactOptOut
from accounts.services import lookups
from accounts.services.claims import Claims
from accounts.services.contact.refusing import lift_do_not_contact, lock_accounts_of, set_do_not_contact
from accounts.services.erasing.suppressing import REFUSAL, email_key, external_key, suppressed

PLAIN = ("name", "title", "phone", "role", "seniority", "persona", "influence")
Key = tuple[str, ...]
_REFUSED = -1


@dataclass(slots=True)
class Change:
    index: int
    contact: Contact
    is_new: bool
    changed: bool = False
    external_ids: list[tuple[str, str]] = field(default_factory=list)
    opt_outs: list[ContactOptOut] = field(default_factory=list)
    says_no: bool = False
    boss: str | None = None  # the e-mail that reports_to names
    superior: Contact | None = None

    @property
    def has_news(self) -> bool:
        return self.changed or bool(self.external_ids or self.opt_outs)

    @property
    def verdict(self) -> Verdict:
        """What the record does, in a word."""
        if self.is_new:
            return "created"
        return "updated" if self.has_news else "unchanged"


@dataclass(slots=True)
class Call:
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
    suppressed: set[str]

    @classmethod
    def of(
        cls,
        records: Mapping[int, ContactRecord],
        result: BulkResult,
        claims: Claims,
        pinned: Mapping[int, int],
        source: str,
        now: datetime,
    ) -> Call:
        emails = {email.lower() for record in records.values() if (email := record.get("email"))}
        values = {value for record in records.values() for value in record.get("external_ids", {}).values()}
        known: dict[Key, int] = {
            ("email", email): contact.pk for email, contact in lookups.contacts_by_email(emails).items()
        }
        rows = ContactExternalId.objects.filter(value__in=values).values_list("system", "value", "contact_id")
        known.update({("external", system, value): pk for system, value, pk in rows})
        ids = {*known.values(), *pinned.values()}
        lock_accounts_of(_saying_no(records, known, pinned))
        stored = Contact.objects.filter(id__in=ids).order_by("id").select_for_update(no_key=True)
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
            suppressed=suppressed(key for record in records.values() for key in _known_by(record)),
        )

    def change(self, index: int) -> Change | None:
        """Put the record on its contact, in memory; None where it is refused or repeats another."""
        record = self.records[index]
        keys = _keys(record)
        target = self._target(index, keys)
        if target is _REFUSED:
            return None
        if self._is_erased(index, record, target):
            return None
        contact = Contact() if target is None else self.stored[target]
        before = {name: getattr(contact, name) for name in (*PLAIN, "email", "account_id", "do_not_contact")}
        for name in PLAIN:
            if name in record:
                value = record[name]  # type: ignore[literal-required]
                setattr(contact, name, "" if value is None and name != "influence" else value)
        if record.get("email"):
            contact.email = str(record["email"]).lower()
        self._set_account(index, contact, record)
        self._set_do_not_contact(contact, record)
        if index in self.result.refused():
            return None
        change = Change(index, contact, is_new=target is None, boss=record.get("reports_to"))
        change.changed = any(before[name] != getattr(contact, name) for name in before)
        change.external_ids = [key[1:] for key in keys if key[0] == "external" and key not in self.known]  # type: ignore[misc]
        change.opt_outs = self._opt_outs(contact, record)
        has_new_no = contact.do_not_contact and not before["do_not_contact"]
        change.says_no = not change.is_new and (has_new_no or bool(change.opt_outs))
        if "reports_to" in record and record["reports_to"] is None and contact.reports_to_id is not None:
            contact.reports_to = None
            change.changed = True
        return change

    def _is_erased(self, index: int, record: ContactRecord, target: int | None) -> bool:
        """Whether the record is about a person who was erased: refused, so that they stay so."""
        gone = next((key for key in _known_by(record) if key in self.suppressed), None)
        if gone is not None:
            field = "/email" if gone.startswith("email:") else "/external_ids"
            self.result.refuse(index, field, REFUSAL)
        elif target is not None and self.stored[target].erased_at is not None:
            self.result.refuse(index, "", "This person was erased on request; their record stays empty.")
        else:
            return False
        return True

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


def _saying_no(
    records: Mapping[int, ContactRecord], known: Mapping[Key, int], pinned: Mapping[int, int]
) -> list[Contact]:
    """Stored contacts with a no in this call, at the account where plays see them until it is over."""
    saying = {
        index for index, record in records.items() if record.get("do_not_contact") or record.get("opt_outs")
    }
    ids = {known[key] for index in saying for key in _keys(records[index]) if key in known}
    ids |= {pinned[index] for index in saying if index in pinned}
    return list(Contact.objects.filter(pk__in=ids)) if ids else []


def _known_by(record: ContactRecord) -> list[str]:
    """What the record's person is known by, as suppression writes it."""
    email = record.get("email")
    ids = record.get("external_ids", {})
    return [*([email_key(email)] if email else []), *(external_key(*pair) for pair in ids.items())]


def _keys(record: ContactRecord) -> dict[Key, str]:
    keys: dict[Key, str] = {
        ("external", system, value): f"/external_ids/{system}"
        for system, value in record.get("external_ids", {}).items()
    }
    if email := record.get("email"):
        keys["email", email.lower()] = "/email"
    return keys
