"""The sample's hook: the intent data comes as a weekly surge file, and the newest one has come."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from abmops.sample import life
from signals.api.signal import SIGNAL
from signals.domain import mapping
from signals.models import Source
from signals.services import hooks

PRESET = "weekly-surge-json"


def write(*, end: datetime) -> None:
    """Map the source of intent data, and take in a file in which nothing surges on a topic that is followed."""
    source = Source.objects.filter(slug="intent-data").first()
    if source is None:
        return
    document = next(one.mapping for one in mapping.PRESETS if one.key == PRESET)
    hooks.put_mapping(source=source, mapping=json.loads(json.dumps(dict(document))))
    week = (end - timedelta(days=end.weekday())).date()
    topics = [(life.TOPICS[0], 41), (life.TOPICS[-1], 77), ("Payroll outsourcing", 66), (life.TOPICS[1], 55)]
    body = {
        "week": week.isoformat(),
        "companies": [
            {
                "name": "Casara Axles",
                "domain": "casara.example",
                "topics": [{"topic": name, "composite_score": score} for name, score in topics],
            }
        ],
    }
    hooks.take(
        source=source,
        webhook_id=f"surge-{week}",
        signed=True,
        body=json.dumps(body).encode(),
        content_type="application/json",
        fields=SIGNAL,
        now=end - timedelta(hours=9),
    )
