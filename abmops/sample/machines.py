"""What machines sent to the sample's website, and the one that RevOps put on its own list."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta

from abmops.lib.choices import Role
from accounts.models import User
from signals.domain.segment import read_batch
from signals.models import Source
from signals.services import bots, ingest

# User agent, events a day, on how many of the last days.
SENT = (
    ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", 9, 5),
    ("Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)", 14, 3),
    ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/142.0.0.0 Safari/537.36", 3, 2),
    ("Mozilla/5.0 (compatible; Proofpoint URL Defense)", 2, 2),
    ("Mozilla/5.0 (X11; Linux x86_64) StatusWatch/2.4 Safari/537.36", 24, 2),
)


def write(staff: Mapping[str, User], *, end: datetime) -> None:
    """Calls of machines in the inbox; they are worked out like any other."""
    website = Source.objects.filter(slug="website").first()
    if website is None:
        return
    owner = next((one for one in staff.values() if one.role == Role.REVOPS), None)
    note = "Our own uptime monitor: it opens the pricing page every hour."
    bots.add_pattern(kind="user_agent", pattern="StatusWatch", note=note, by=owner)
    for number, (agent, events, days) in enumerate(SENT):
        for day in range(days):
            at = end - timedelta(days=day, hours=1, minutes=7 * number)
            batch = [
                _visit(f"machine-{number}-{day}-{n}", agent, at - timedelta(seconds=n)) for n in range(events)
            ]
            reading = read_batch(json.dumps({"batch": batch}).encode())
            ingest.accept_segment(source=website, reading=reading, call=None, now=at)


def _visit(message_id: str, agent: str, at: datetime) -> dict[str, object]:
    return {
        "type": "page",
        "messageId": message_id,
        "anonymousId": message_id.rpartition("-")[0],
        "timestamp": at.isoformat(),
        "context": {"userAgent": agent, "page": {"path": "/pricing", "title": "Pricing"}},
    }
