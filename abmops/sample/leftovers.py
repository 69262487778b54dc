"""What the sample's senders left over: companies that are no account yet, events without a rule, a crawler's visits."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import datetime, timedelta
from random import Random
from typing import Any

from abmops.sample.program import Program
from signals.domain.segment import read_batch
from signals.models import Signal, Source
from signals.services import ingest, removing, unmatched

DAY = timedelta(days=1)
AT_ONCE = timedelta(milliseconds=700)
Sent = tuple[int, dict[str, Any]]
# Domain, how many signals, who sends them.
STRANGERS: tuple[tuple[str, int, tuple[str, ...]], ...] = (
    ("halvorsen-marine.example", 14, ("ingrid", "t.halvorsen", "stores")),
    ("brandt-guss.example", 9, ("a.keller", "einkauf")),
    ("north-foundry.example", 6, ("sam", "lee.wong")),
    ("papierwerk-lutz.example", 4, ("lutz",)),
    ("quayside-tools.example", 3, ()),
    ("telco-metro.example", 11, ()),
)
IGNORED = "telco-metro.example"
CRAWLED = "uptime-robots.example"
WORDS = ("pricing-page", "comparison-page", "website-visit", "content-download", "webinar-registration")


def send(program: Program, *, at: datetime) -> None:
    """Signals and events of the last three weeks that nobody's account explains, as they came."""
    random = Random("abmops leftovers")  # noqa: S311  (a story, not a secret)
    site, intent = (Source.objects.get(slug=slug) for slug in ("website", "intent-data"))
    records: list[Sent] = [
        (
            site.pk,
            _record(random, f"left:{domain}:{number}", at, account_domain=domain)
            | _who(random, domain, names),
        )
        for domain, count, names in STRANGERS
        for number in range(count)
    ]
    sister = program.companies[0].domain.partition(".")[0]
    records += [
        (site.pk, _record(random, f"left:sister:{n}", at, account_domain=f"{sister}.test")) for n in range(5)
    ]
    records += [
        (
            intent.pk,
            _record(
                random, f"left:crm:{n}", at, account_external_id="0018d00000Qx7VbAAJ", type="topic-surge"
            ),
        )
        for n in range(3)
    ]
    records += [
        (site.pk, _record(random, f"left:mail:{name}", at, contact_email=f"{name}@gmail.com"))
        for name in ("j.osei", "m.larsen.work")
    ]
    records += [
        (site.pk, _record(random, f"left:crawl:{n}", at, account_domain=CRAWLED, type="website-visit"))
        for n in range(40)
    ]
    for day in _by_day(records):
        newest = max(record["occurred_at"] for _, record in day)
        ingest.accept_records(records=day, now=datetime.fromisoformat(newest) + AT_ONCE)
    names = ("Brochure Folded", "Cookie Banner Closed", "Configurator Saved")
    events: list[dict[str, Any]] = [
        {"type": "track", "event": name, "messageId": f"left-{name}", "anonymousId": f"a{number}"}
        | {"timestamp": (at - DAY * number - timedelta(hours=2)).isoformat()}
        for number, name in enumerate(names)
    ]
    events += [
        {
            "type": "page",
            "messageId": f"left-anonymous-{n}",
            "anonymousId": f"visitor-{n % 7}",
            "name": "Pricing",
        }
        | {"properties": {"path": "/pricing"}, "timestamp": (at - timedelta(hours=3 * n + 1)).isoformat()}
        for n in range(18)
    ]
    for event in events:
        reading = read_batch(json.dumps({"batch": [event]}).encode())
        happened = datetime.fromisoformat(event["timestamp"])
        ingest.accept_segment(source=site, reading=reading, call=None, now=happened + AT_ONCE)


def _by_day(records: list[Sent]) -> list[list[Sent]]:
    """The records by the day they happened, as their senders sent them: all at once would be a flood."""
    days: dict[str, list[Sent]] = defaultdict(list)
    for source_id, record in records:
        days[record["occurred_at"][:10]].append((source_id, record))
    return [days[day] for day in sorted(days)]


def decide(program: Program) -> None:
    """A provider is ignored, and a crawler's visits are taken out again."""
    now = program.end
    unmatched.ignore(
        groups=[f"domain:{IGNORED}"], reason="Their subscribers, not their staff.", by=program.revops, now=now
    )
    crawled = Signal.objects.filter(message_id__startswith="left:crawl:").values_list("pk", flat=True)
    removing.remove_signals(
        ids=list(crawled),
        kind="bot",
        reason="An uptime check that calls every page each night; its address is on the list of machines now.",
        by=program.revops,
        now=now,
    )


def _record(random: Random, message: str, at: datetime, **fields: Any) -> dict[str, Any]:
    moment = at - timedelta(minutes=random.randint(20, 21 * 24 * 60))
    return {"type": random.choice(WORDS), "message_id": message, "occurred_at": moment.isoformat()} | fields


def _who(random: Random, domain: str, names: tuple[str, ...]) -> dict[str, str]:
    return {"contact_email": f"{random.choice(names)}@{domain}"} if names and random.random() < 0.7 else {}
