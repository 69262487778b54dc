"""Standard Webhooks 1.0: who sent a body, and that it is fresh. https://www.standardwebhooks.com

A signature is `v1,` and the Base64 of HMAC-SHA256 over `id.timestamp.body`; the header holds several, one of which
must be right, so that a sender can change its secret without a gap.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta

PREFIX = "whsec_"
TOLERANCE = timedelta(minutes=5)
MAX_ID = 200
_MAX_SIGNATURES = 20


class Unsigned(Exception):
    """A body that is not proved to be its source's; the message is a sentence for the sender."""


def secret(key: bytes) -> str:
    """A signing secret as people copy it."""
    return PREFIX + base64.b64encode(key).decode()


def sign(secret_: str, *, webhook_id: str, timestamp: int, body: bytes) -> str:
    """The signature of a body, as the header holds it."""
    key = base64.b64decode(secret_.removeprefix(PREFIX))
    said = f"{webhook_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, said, hashlib.sha256).digest()).decode()


def check(
    *,
    secrets: Sequence[str],
    webhook_id: str,
    timestamp: str,
    signatures: str,
    bodies: Sequence[bytes],
    now: datetime,
) -> None:
    """Raise Unsigned unless one of the signatures is that of one of the bodies under one of the secrets, and fresh.

    Every comparison takes the same time, and all are made. `bodies` are the bytes on the wire, and unpacked.
    """
    if not webhook_id or len(webhook_id) > MAX_ID or not webhook_id.isprintable():
        raise Unsigned(
            f"Send webhook-id: the message's own id, of 1 to {MAX_ID} characters, the same in every retry."
        )
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= 12):
        raise Unsigned("Send webhook-timestamp: when the call was made, in whole seconds since 1970.")
    given = [_decoded(one) for one in signatures.split()[:_MAX_SIGNATURES] if one.startswith("v1,")]
    is_right = False
    for secret_ in secrets:
        for body in bodies:
            wanted = _decoded(sign(secret_, webhook_id=webhook_id, timestamp=int(timestamp), body=body))
            for one in given:
                is_right |= hmac.compare_digest(one, wanted)
    if not given or not is_right:
        raise Unsigned(
            "The signature is not right. Sign “id.timestamp.body”, the body byte for byte, with this source's secret, "
            "and send it as webhook-signature: v1,<Base64>."
        )
    age = now.timestamp() - int(timestamp)
    if abs(age) > TOLERANCE.total_seconds():
        way = "old" if age > 0 else "ahead of our clock"
        raise Unsigned(
            f"The signature is right, but its timestamp is {abs(age):,.0f} seconds {way}; the most is "
            f"{TOLERANCE.total_seconds():.0f}. Sign each attempt anew, and check the sender's clock."
        )


def _decoded(signature: str) -> bytes:
    try:
        return base64.b64decode(signature.partition(",")[2], validate=True)
    except (binascii.Error, ValueError):
        return b""
