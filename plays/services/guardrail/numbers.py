"""Writing the guardrails' numbers: who, when and why stay on the record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Final

from django.db import connection, transaction

from abmops.lib.choices import Role
from abmops.lib.errors import FieldError, FieldErrors, Refused
from accounts.models import User
from plays.models import GuardrailNumbers
from plays.selectors import facts as facts_of
from plays.services.guardrail.guarding import look_again

BOUNDS: Final = {
    "awareness_days": (0, 366),
    "awareness_days_familiar": (0, 366),
    "qualifying_signals": (1, 10),
    "qualifying_days": (1, 90),
    "touches_per_week": (1, 100),
    "touches_per_contact": (1, 100),
    "day_opens": (0, 23),
    "day_closes": (1, 24),
}
"""Number -> its least and its most."""
_TURN: Final = 5_104_001
"""The advisory lock under which numbers are written, so that two changes at once make two rows in order."""


@transaction.atomic
def write_numbers(*, numbers: Mapping[str, int], reason: str, by: User, now: datetime) -> GuardrailNumbers:
    """Put numbers in force from now on; those not named stay. RevOps only, with a reason.

    What is held back is asked again at once. Steps that are open stay open.
    """
    if not by.has_role(Role.REVOPS):
        raise Refused("Only RevOps changes the guardrails.")
    if not reason.strip():
        raise FieldErrors.one(
            "/reason", "Say why the guardrails change; everybody reads it in their history."
        )
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_TURN])
    said = asdict(facts_of.policy()) | dict(numbers)
    if errors := _wrong(said, numbers):
        raise FieldErrors(errors)
    if not any(said[name] != value for name, value in asdict(facts_of.policy()).items()):
        raise Refused("Nothing has changed: these numbers are in force already.")
    row = GuardrailNumbers.objects.create(**said, reason=reason.strip(), by=by, at=now)
    look_again(now=now)
    return row


def _wrong(said: Mapping[str, int], given: Mapping[str, int]) -> list[FieldError]:
    errors = [
        FieldError(f"/{name}", f"Must lie between {least} and {most}.")
        for name, (least, most) in BOUNDS.items()
        if not least <= said[name] <= most
    ]
    errors += [
        FieldError(f"/{name}", "No guardrail has this number.") for name in given if name not in BOUNDS
    ]
    if said["awareness_days_familiar"] > said["awareness_days"]:
        errors.append(
            FieldError(
                "/awareness_days_familiar", "A familiar account cannot wait longer than an unknown one."
            )
        )
    if said["touches_per_contact"] > said["touches_per_week"]:
        errors.append(
            FieldError(
                "/touches_per_contact", "One person cannot have more touches a week than the whole account."
            )
        )
    if said["day_opens"] >= said["day_closes"]:
        errors.append(FieldError("/day_closes", "The day must close after it opens."))
    return errors
