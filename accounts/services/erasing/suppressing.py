"""Who was erased stays away: what they were known by is kept as a keyed hash, and every way in asks for it."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable

from django.conf import settings

from accounts.models import Suppression

REFUSAL = "This person asked to be erased and is not taken in again. Take the record out."


def hmac_of(key: str) -> str:
    """The hash of `email:jane@acme.com` or `external:crm:42`: without the installation's key nobody guesses it back."""
    secret = settings.SUPPRESSION_KEY.encode()
    return hmac.new(secret, key.strip().lower().encode(), hashlib.sha256).hexdigest()


def email_key(email: str) -> str:
    """How an address is written before it is hashed."""
    return f"email:{email.strip().lower()}"


def external_key(system: str, value: str) -> str:
    """How another system's id is written before it is hashed."""
    return f"external:{system}:{value}"


def suppressed(keys: Iterable[str]) -> set[str]:
    """Those of the keys that belong to people who were erased. One query, and none where nobody asks."""
    hashes = {hmac_of(key): key for key in set(keys)}
    if not hashes:
        return set()
    found = Suppression.objects.filter(key_hmac__in=list(hashes)).values_list("key_hmac", flat=True)
    return {hashes[one] for one in found}
