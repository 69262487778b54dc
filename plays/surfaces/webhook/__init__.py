"""Outgoing webhooks as Standard Webhooks 1.0: signed, with an id that stays the same. https://www.standardwebhooks.com"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from standardwebhooks import Webhook as Signer

from plays.surfaces import targets
from plays.surfaces.calling import answered, post
from plays.surfaces.protocol import Address, Answer, Message, Problem, SurfaceError

LONGEST = 20_000
"""The standard asks for payloads under 20 KB."""


class Webhook:
    """POST {type, timestamp, data} with webhook-id, webhook-timestamp and a signature under each secret in force."""

    name = "webhook"
    label = "Webhook"
    pace = timedelta(0)

    def problem(self) -> str:
        """Nothing has to be set up."""
        return ""

    def shown(self, address: Address) -> str:
        """The address without its query, which may hold a key."""
        parts = urlsplit(address.target)
        return f"{parts.scheme}://{parts.netloc}{parts.path}{'?…' if parts.query else ''}"

    def check(self, address: Address) -> Problem | None:
        """The address must be one that may be called; a name that does not resolve yet may be stored."""
        try:
            targets.resolve(address.target, allowed=settings.ALLOWED_PRIVATE_TARGETS)
        except targets.Forbidden as error:
            return Problem("target", str(error))
        except (OSError, UnicodeError):
            return Problem("target", "The host's name could not be resolved. Check the address.")
        return None

    def send(self, message: Message, address: Address, *, now: datetime) -> Answer:
        """Sign and send."""
        body = payload(message)
        if len(body) > LONGEST:
            raise SurfaceError(f"The message is longer than {LONGEST:,} bytes.", permanent=True)
        headers = {
            "Content-Type": "application/json",
            "webhook-id": message.id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": " ".join(
                Signer(secret).sign(message.id, now, body.decode()) for secret in address.signing
            ),
        }
        return answered(post(address.target, body=body, headers=headers), now=now)


def payload(message: Message) -> bytes:
    """The body, byte for byte the same in every attempt."""
    said = {"type": message.type, "timestamp": message.at.isoformat(), "data": message.data}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
