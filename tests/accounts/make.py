"""Typed makers for the account graph."""

from itertools import count

from abmops.lib.choices import Role
from accounts.models import Account, AccountDomain, AccountExternalId, Contact, User

_numbers = count(1)


def user(role: Role = Role.REVOPS, **fields: object) -> User:
    """A person of a role."""
    number = next(_numbers)
    values: dict[str, object] = {"name": f"Person {number}"} | fields
    email = str(values.pop("email", f"person{number}@ours.example"))
    return User.objects.create_user(email, None, role=role, **values)


def account(name: str = "Acme", domain: str | None = "acme.example", **fields: object) -> Account:
    """An account that is found by its domain, and by `external_id` in the system "crm" where one is given."""
    external_id = fields.pop("external_id", None)
    row = Account.objects.create(name=name, domain=domain, **fields)
    if domain:
        AccountDomain.objects.create(account=row, domain=domain)
    if external_id:
        AccountExternalId.objects.create(account=row, system="crm", value=str(external_id))
    return row


def contact(of: Account | None, email: str = "jane@acme.example", **fields: object) -> Contact:
    """A contact."""
    return Contact.objects.create(account=of, email=email, **({"name": "Jane"} | fields))
