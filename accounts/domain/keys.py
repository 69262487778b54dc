"""API keys as text: `abm_<env>_<id>_<secret>_<crc32>`. The checksum tells a mistyped key from a wrong one."""

import hashlib
import hmac
import re
import zlib
from dataclasses import dataclass

PREFIX = "abm"
# Anything of our shape, whole or cut: found in a URL it is refused, found in a log it is redacted.
LOOKS_LIKE_A_KEY = re.compile(r"abm_[a-z0-9]{1,12}_[0-9a-f]{8,}_[0-9A-Za-z]*")


@dataclass(frozen=True, slots=True)
class KeyText:
    """A well-formed key. `public_id` finds its row; `secret` proves it."""

    environment: str
    public_id: str
    secret: str

    def __str__(self) -> str:
        body = f"{PREFIX}_{self.environment}_{self.public_id}_{self.secret}"
        return f"{body}_{_checksum(body)}"

    def __repr__(self) -> str:
        return f"KeyText({self.public_id}, secret hidden)"


class NotAKey(ValueError):
    """The text is no API key; the message says what it looks like instead."""


def parse(text: str) -> KeyText:
    """The parts of a key, its checksum verified."""
    parts = text.split("_")
    if parts[0] != PREFIX:
        raise NotAKey(
            "This is not an abmops API key: those begin with abm_. A source's write key only works at the ingest "
            "addresses under /v1/. Make an API key with: manage.py apikey create NAME --role integration"
        )
    if len(parts) != 5 or not all(parts):
        raise NotAKey("The API key is cut off or has something added. Copy the whole of it.")
    body = text.rpartition("_")[0]
    if not hmac.compare_digest(_checksum(body).encode(), parts[4].encode()):
        raise NotAKey("The API key has a typing error: its checksum does not match. Copy the whole of it.")
    return KeyText(environment=parts[1], public_id=parts[2], secret=parts[3])


def hash_secret(secret: str) -> str:
    """SHA-256: the secret has 256 bits of its own, so a slow hash would protect nothing more."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _checksum(body: str) -> str:
    return f"{zlib.crc32(body.encode()):08x}"
