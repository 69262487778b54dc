"""Finding what records refer to, for a whole call at once: users, accounts, contacts, each in one or two queries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models.functions import Lower

from abmops.lib.errors import FieldError
from accounts.models import Contact, User
from accounts.models.user import SERVICE
from accounts.selectors.keys import accounts_by_domain, accounts_by_external_id


def users_by_email(emails: Iterable[str | None]) -> dict[str, User]:
    """People who work here, by lower-case e-mail: nothing belongs to a program's key."""
    wanted = {email.lower() for email in emails if email}
    if not wanted:
        return {}
    rows = User.objects.here().annotate(address=Lower("email")).filter(address__in=wanted)
    return {user.email.lower(): user for user in rows}


def unknown_user(pointer: str, email: str) -> FieldError:
    """The sentence for an e-mail address that nobody who works here has."""
    if email.lower().endswith(SERVICE):
        return FieldError(pointer, f"{email} is a program's key and no person. Name a person, or send null.")
    return FieldError(pointer, f"No active user has the e-mail {email}. Add the user first, or send null.")


@dataclass(slots=True)
class AccountRefs:
    """The accounts that records name by `account_domain` or `account_external_id`."""

    by_domain: dict[str, int] = field(default_factory=dict)
    by_external_id: dict[str, set[int]] = field(default_factory=dict)

    @classmethod
    def of(cls, records: Iterable[Mapping[str, Any]]) -> AccountRefs:
        """Look up every account that the records name: two queries."""
        listed = list(records)
        domains = {record["account_domain"] for record in listed if record.get("account_domain")}
        values = {record["account_external_id"] for record in listed if record.get("account_external_id")}
        refs = cls()
        refs.by_domain = accounts_by_domain(domains)
        for _, value, account_id in accounts_by_external_id(values):
            refs.by_external_id.setdefault(value, set()).add(account_id)
        return refs

    def find(self, record: Mapping[str, Any]) -> int | FieldError | None:
        """The account a record names; None where it names none; the error where it is not known or not clear."""
        domain, value = record.get("account_domain"), record.get("account_external_id")
        by_domain = self.by_domain.get(domain) if domain else None
        if domain and by_domain is None:
            return FieldError(
                "/account_domain", f"No account has the domain {domain}. Send the account first."
            )
        if not value:
            return by_domain
        found = self.by_external_id.get(value, set())
        if not found:
            return FieldError(
                "/account_external_id", f"No account has the external id {value}. Send the account first."
            )
        if by_domain is not None:
            if by_domain in found:
                return by_domain
            return FieldError("/account_external_id", f"{value} is not an id of the account with {domain}.")
        if len(found) > 1:
            return FieldError(
                "/account_external_id",
                f"{value} is an id of several accounts in different systems. Name the domain.",
            )
        return next(iter(found))


def contacts_by_email(emails: Iterable[str | None]) -> dict[str, Contact]:
    """Contacts by lower-case e-mail."""
    wanted = {email.lower() for email in emails if email}
    if not wanted:
        return {}
    rows = Contact.objects.annotate(address=Lower("email")).filter(address__in=wanted)
    return {(contact.email or "").lower(): contact for contact in rows}
