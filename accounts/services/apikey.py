"""Making, finding and revoking API keys."""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from abmops.lib.choices import Role
from abmops.lib.errors import Refused
from accounts.domain.keys import KeyText, hash_secret
from accounts.models import ApiKey, User
from accounts.models.user import SERVICE

SCOPES = ("read", "write", "ingest")
# last_used_at is a help for people, not an audit: writing it at most this often keeps reads free of writes.
_NOTE_EVERY = timedelta(minutes=5)


@transaction.atomic
def create_key(
    *,
    name: str,
    role: str,
    now: datetime,
    scopes: Sequence[str] = SCOPES,
    expires_at: datetime | None = None,
    user: User | None = None,
) -> tuple[ApiKey, str]:
    """Make a key; the text is returned here and nowhere else again.

    Without `user` the key acts as the service user of that role, which is made once and cannot sign in with a password.
    """
    if not name.strip():
        raise Refused("A key needs a name that says who uses it.")
    if role not in Role.values:
        raise Refused(f"{role!r} is no role. Take one of {', '.join(Role.values)}.")
    if unknown := set(scopes) - set(SCOPES):
        raise Refused(f"{', '.join(sorted(unknown))}: no such scope. Take from {', '.join(SCOPES)}.")
    if expires_at is not None and expires_at <= now:
        raise Refused("The key would have expired already.")
    text = KeyText(_environment(), secrets.token_hex(6), secrets.token_hex(32))
    key = ApiKey.objects.create(
        name=name.strip()[:120],
        user=user or service_user(name=name.strip(), role=role),
        public_id=text.public_id,
        secret_hash=hash_secret(text.secret),
        scopes=sorted(set(scopes), key=SCOPES.index),
        expires_at=expires_at,
    )
    return key, str(text)


def service_user(*, name: str, role: str) -> User:
    """The user that keys of this name and role act as; without a usable password."""
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "key"
    email = f"{slug}.{role}{SERVICE}"
    user = User.objects.filter(email=email).first()
    return user or User.objects.create_user(email, None, name=name[:120], role=role)


def find_key(*, text: KeyText, now: datetime) -> ApiKey | None:
    """The live key of an active user with this secret, compared in constant time; None otherwise."""
    key = ApiKey.objects.select_related("user").filter(public_id=text.public_id).first()
    stored = key.secret_hash if key else "0" * 64
    same = hmac.compare_digest(stored.encode(), hash_secret(text.secret).encode())
    if key is None or not same or not key.is_live(now) or not key.user.is_active:
        return None
    return key


def note_use(*, key: ApiKey, now: datetime) -> None:
    """Remember that the key is in use, at most every five minutes."""
    if key.last_used_at is None or now - key.last_used_at > _NOTE_EVERY:
        stale = Q(last_used_at__isnull=True) | Q(last_used_at__lt=now - _NOTE_EVERY)
        ApiKey.objects.filter(stale, pk=key.pk).update(last_used_at=now)


@transaction.atomic
def revoke_key(*, key: ApiKey, now: datetime) -> bool:
    """End a key for ever; False where it had been revoked before."""
    return bool(ApiKey.objects.filter(pk=key.pk, revoked_at__isnull=True).update(revoked_at=now))


def _environment() -> str:
    """Which installation a key is for, readable in the key itself."""
    name = re.sub(r"[^a-z0-9]", "", str(getattr(settings, "ENVIRONMENT", "live")).lower())
    return name[:12] or "live"
