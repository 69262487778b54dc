"""Slack by a bot token: any channel it is in, and single people. https://docs.slack.dev/reference/methods/chat.postMessage"""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from plays.surfaces.calling import answered, post
from plays.surfaces.protocol import Address, Answer, Message, Problem, SurfaceError
from plays.surfaces.slack import content

API: Final = "https://slack.com/api/chat.postMessage"
_CHANNEL: Final = re.compile(r"#?[\w.-]{1,80}")
# Errors that a person has to put right; everything else may pass. https://docs.slack.dev/reference/methods/chat.postMessage#errors
REVOKED: Final = frozenset(
    {"account_inactive", "invalid_auth", "not_authed", "token_revoked", "token_expired"}
)
PERMANENT: Final = REVOKED | frozenset(
    {
        "channel_not_found", "is_archived", "not_in_channel", "missing_scope", "invalid_blocks", "msg_too_long",
        "no_text", "restricted_action", "user_not_found", "cannot_dm_bot", "messages_tab_disabled",
        "ekm_access_denied", "org_login_required", "team_access_not_granted",
    }
)  # fmt: skip
TAKEN: Final = "duplicate_message"
WORDS: Final = {
    "not_in_channel": "the bot is not in the channel; invite it there",
    "channel_not_found": "there is no such channel, or the bot may not see it",
    "missing_scope": "the bot lacks a permission; give it chat:write",
}


class SlackBot:
    """chat.postMessage with `client_msg_id` made of the delivery's id, by which Slack recognises a message it has.

    The Web API documents no idempotency key; where Slack ignores this one, a message whose answer was lost may stand
    twice. Its id is also in the message's metadata, where a person or program can find it.
    """

    name = "slack_bot"
    label = "Slack (bot)"
    pace = timedelta(seconds=1)

    def problem(self) -> str:
        """Nothing has to be set up."""
        return ""

    def shown(self, address: Address) -> str:
        """The channel."""
        return address.target

    def check(self, address: Address) -> Problem | None:
        """A bot token and a channel by its name or id."""
        if not address.secret.startswith("xoxb-") or not all(32 < ord(char) < 127 for char in address.secret):
            return Problem("secret", "A bot token begins with xoxb-. It stands under OAuth & Permissions.")
        if not _CHANNEL.fullmatch(address.target):
            return Problem("target", "Name the channel, like #abm, or give its id, like C024BE91L.")
        return None

    def send(self, message: Message, address: Address, *, now: datetime) -> Answer:
        """Send it to the recipient, or else to the endpoint's channel."""
        said: dict[str, Any] = {
            "channel": address.to or address.target,
            "client_msg_id": str(uuid5(NAMESPACE_URL, message.id)),
            "unfurl_links": False,
            "metadata": {"event_type": "abmops_delivery", "event_payload": {"id": message.id}},
            **content(message),
        }
        reply = post(
            API,
            body=json.dumps(said, ensure_ascii=False).encode(),
            headers={
                "Content-Type": "application/json; charset=utf-8",
                "Authorization": f"Bearer {address.secret}",
            },
        )
        answer = answered(reply, now=now)
        try:
            told = json.loads(reply.body)
            ok, error = told.get("ok") is True, str(told.get("error") or "")
        except (ValueError, AttributeError):
            raise SurfaceError("Slack's answer could not be read.", status=reply.status) from None
        if ok or error == TAKEN:
            return Answer(answer.status, f"ts {told.get('ts', '')}".strip())
        raise SurfaceError(
            f"Slack says {error[:80]}: {WORDS.get(error, 'the message was not taken')}.",
            permanent=error in PERMANENT,
            gone=error in REVOKED,
            slow=error in ("ratelimited", "rate_limited"),
            status=reply.status,
        )
