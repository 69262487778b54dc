"""Secrets of endpoints: those of others sealed with the installation's key, our own derived from it."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings

from abmops.lib.errors import Refused
from plays.models import Endpoint
from signals.domain import signature

FORMER_SIGNS: Final = timedelta(hours=24)
"""How long messages are signed under the former secret too, so that a receiver can change without a gap."""


def seal(secret: str) -> str:
    """The secret as it is stored; empty stays empty."""
    return _box(settings.SURFACE_KEY).encrypt(secret.encode()).decode() if secret else ""


def unseal(sealed: str) -> str:
    """The secret again. Refused where the installation's key is another one than it was sealed with."""
    if not sealed:
        return ""
    try:
        return _box(settings.SURFACE_KEY).decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise Refused(
            "The secret of this surface cannot be read: SURFACE_KEY or SECRET_KEY has changed. Enter it again."
        ) from None


def signing_secret(endpoint: Endpoint) -> str:
    """The secret in force, `whsec_…`, as the receiver needs it."""
    return _derived(endpoint.pk, endpoint.signing_number)


def signing_secrets(endpoint: Endpoint, *, now: datetime) -> tuple[str, ...]:
    """What a message is signed with now: the secret in force, and the former within a day of the change."""
    found = [signing_secret(endpoint)]
    rotated = endpoint.signing_rotated_at
    if endpoint.signing_number > 1 and rotated is not None and now < rotated + FORMER_SIGNS:
        found.append(_derived(endpoint.pk, endpoint.signing_number - 1))
    return tuple(found)


def _derived(pk: int, number: int) -> str:
    said = f"sign:{pk}:{number}".encode()
    return signature.secret(hmac.new(settings.SURFACE_KEY.encode(), said, hashlib.sha256).digest())


@lru_cache(maxsize=4)
def _box(key: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(f"seal:{key}".encode()).digest()))
