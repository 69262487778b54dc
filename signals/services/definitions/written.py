"""How definitions are written: a field that is left out keeps its value, and writing the same again changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db import IntegrityError, models, transaction

from abmops.lib.errors import Conflict, FieldErrors
from accounts.services import lookups

M = TypeVar("M", bound=models.Model)


@dataclass(frozen=True, slots=True)
class Written(Generic[M]):
    """What a write did. `write_key` is there once only: when a source is made."""

    row: M
    created: bool
    changed: bool
    write_key: str = ""


def owned(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields with `owner` as a user instead of an e-mail address; FieldErrors where nobody has it."""
    values = dict(fields)
    owner = values.get("owner")
    if isinstance(owner, str):
        user = lookups.users_by_email([owner]).get(owner.lower())
        if user is None:
            raise FieldErrors([lookups.unknown_user("/owner", owner)])
        values["owner"] = user
    return values


def change(row: M, values: Mapping[str, Any]) -> bool:
    """Set what differs and save just that; whether anything did."""
    different = [name for name, value in values.items() if getattr(row, name) != value]
    for name in different:
        setattr(row, name, values[name])
    if different:
        row.save(update_fields=different)
    return bool(different)


def insert(row: M, what: str) -> None:
    """Save a new row; Conflict where somebody made the same one at this moment."""
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict(f"Somebody has just made this {what}. Look at it, and send yours again.") from error
