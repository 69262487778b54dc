"""What both ways into Slack share: the words, escaped as Slack asks, and a button. https://docs.slack.dev/block-kit"""

from __future__ import annotations

from typing import Any, Final

from plays.surfaces.protocol import Message

LONGEST_SECTION: Final = 3_000
LONGEST_HEADER: Final = 150


def escaped(text: str) -> str:
    """Text as mrkdwn that means only itself: no mention, no link, nothing bold by accident."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def content(message: Message) -> dict[str, Any]:
    """The fallback text for notifications, and the blocks: a line, the text, a button to where it can be seen."""
    blocks: list[dict[str, Any]] = [
        {
            "type": "header",
            "text": {"type": "plain_text", "text": message.subject[:LONGEST_HEADER], "emoji": False},
        }
    ]
    if message.text.strip():
        blocks.append(
            {
                "type": "section",
                "text": {"type": "mrkdwn", "text": _cut(escaped(message.text)), "verbatim": True},
            }
        )
    if message.url:
        blocks.append(
            {
                "type": "actions",
                "elements": [
                    {
                        "type": "button",
                        "text": {"type": "plain_text", "text": message.button[:75]},
                        "url": message.url,
                    }
                ],
            }
        )
    return {"text": _cut(escaped(message.subject)), "blocks": blocks}


def _cut(text: str) -> str:
    if len(text) <= LONGEST_SECTION:
        return text
    cut = text[: LONGEST_SECTION - 2]
    return (
        cut[: cut.rfind("&")] + " …" if "&" in cut[-5:] and ";" not in cut[cut.rfind("&") :] else cut + " …"
    )
