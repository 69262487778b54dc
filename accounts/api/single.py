"""Writing one record over REST by the same services that write ten thousand."""

from __future__ import annotations

from typing import Any

from rest_framework.exceptions import PermissionDenied

from abmops.lib.bulk import BulkResult
from abmops.lib.errors import Conflict, FieldError, FieldErrors
from accounts.models import Account


def settled(result: BulkResult) -> BulkResult:
    """The result of a call with one record, or everything that is wrong with it."""
    if result.errors:
        raise FieldErrors(FieldError(error.pointer, error.detail) for error in result.in_order())
    return result


def created(result: BulkResult, what: str) -> None:
    """A POST makes something new; what is there already is a conflict, to be changed by PATCH or bulk."""
    settled(result)
    if not result.created:
        raise Conflict(
            f"This {what} is known already. Change it with PATCH, or send it to bulk/, which does both."
        )


def keyed(record: dict[str, Any], external_id: str) -> dict[str, Any]:
    """A record that is to change the row with this external id, and may not rename it."""
    if record.get("external_id", external_id) != external_id:
        raise FieldErrors.one("/external_id", "Cannot be changed; it is the key. Leave it out.")
    return record | {"external_id": external_id}


def must_be_editable(user: Any, account_id: int | None) -> None:
    """Stop a caller who may see an account, but not change what belongs to it."""
    if account_id is not None and not Account.objects.editable_by(user).filter(pk=account_id).exists():
        raise PermissionDenied(
            "This account is not yours or your territory's. Ask its owner or RevOps to change it."
        )
