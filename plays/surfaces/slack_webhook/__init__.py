"""Slack by an incoming webhook: one channel, chosen in Slack. https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from plays.surfaces.calling import SLOW, answered, post
from plays.surfaces.protocol import Address, Answer, Message, Problem, SurfaceError
from plays.surfaces.slack import content

HOSTS: Final = frozenset({"hooks.slack.com", "hooks.slack-gov.com"})
# What Slack says in the body of a 4xx about a hook that will never work again.
GONE: Final = frozenset(
    {"no_active_hooks", "no_service", "no_service_id", "channel_not_found", "channel_is_archived"}
)


class SlackWebhook:
    """POST the message to a secret address of Slack's; it answers 200 and "ok". One message a second.

    Slack knows no idempotency key here: a message whose answer was lost is sent again and may stand twice.
    """

    name = "slack_webhook"
    label = "Slack channel (incoming webhook)"
    pace = timedelta(seconds=1)

    def problem(self) -> str:
        """Nothing has to be set up."""
        return ""

    def shown(self, address: Address) -> str:
        """The host and the workspace; the rest is the key."""
        parts = urlsplit(address.secret)
        team = parts.path.split("/")[2:3]
        return f"{parts.netloc}/services/{team[0]}/…" if team else parts.netloc

    def check(self, address: Address) -> Problem | None:
        """The address that Slack gives out when an incoming webhook is added."""
        try:
            parts = urlsplit(address.secret)
            good = parts.scheme == "https" and parts.netloc in HOSTS and len(parts.path) > len("/services/")
        except ValueError:
            good = False
        if not good or not all(32 < ord(char) < 127 for char in address.secret):
            return Problem(
                "secret",
                "This is no incoming webhook of Slack. Copy the whole address, https://hooks.slack.com/services/…, "
                "from your Slack app's page.",
            )
        return None

    def send(self, message: Message, address: Address, *, now: datetime) -> Answer:
        """Send it to the webhook's channel."""
        body = json.dumps(content(message), ensure_ascii=False).encode()
        reply = post(address.secret, body=body, headers={"Content-Type": "application/json"})
        said = reply.text.strip()
        if reply.status in (403, 404, 410) and said in GONE:
            raise SurfaceError(
                f"Slack says {said}: the webhook or its channel is gone.",
                permanent=True,
                gone=True,
                status=reply.status,
            )
        if reply.status not in SLOW and 200 <= reply.status < 300 and said != "ok":
            raise SurfaceError(
                "Slack answered, but did not say that it took the message.", status=reply.status
            )
        return answered(reply, now=now)
