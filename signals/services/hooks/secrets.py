"""A source's signing secret, derived from the installation's key and stored nowhere: a stolen database is no key."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F

from signals.domain import signature
from signals.models import Source

# How long a sender may take to learn a new secret.
FORMER_VALID = timedelta(hours=24)


def secret_of(source: Source) -> str:
    """The secret in force, as it is shown to RevOps."""
    return _secret(source.pk, source.signing_number)


def secrets_in_force(source: Source, *, now: datetime) -> list[str]:
    """The secrets a call may be signed with at a moment: this one, and the former within a day of the change."""
    found = [secret_of(source)]
    rotated = source.signing_rotated_at
    if source.signing_number > 1 and rotated is not None and now < rotated + FORMER_VALID:
        found.append(_secret(source.pk, source.signing_number - 1))
    return found


@transaction.atomic
def rotate_secret(*, source: Source, now: datetime) -> str:
    """Put another secret into force and return it; the former is taken for a day more, the one before no longer."""
    Source.objects.filter(pk=source.pk).update(signing_number=F("signing_number") + 1, signing_rotated_at=now)
    source.refresh_from_db(fields=["signing_number", "signing_rotated_at"])
    return secret_of(source)


def _secret(pk: int, number: int) -> str:
    key = hmac.new(settings.HOOK_SIGNING_KEY.encode(), f"{pk}:{number}".encode(), hashlib.sha256).digest()
    return signature.secret(key)
