"""A dry run over a universe of 1,000 accounts: today's list and a quarter, with a play of four steps and a sales step
first, so that signals, touches, tiers and evidence all are read; and the page of figures over the same library.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from abmops.lib.ids import uuid7
from accounts.models import Account, Contact, Touch, User
from bench import crowd
from bench.installation import Installation
from bench.world import people
from plays.domain.parse import parse_play
from plays.selectors import measuring
from plays.services.decision.deciding import decide_crossings
from plays.services.decision.dry_run import dry_run
from plays.services.play.library import install_starter_plays
from signals.models import Crossing, Signal, SignalType, Source, Threshold
from signals.services.starter import install_starter_catalogue

UNIVERSE = 1_000
CROSSINGS = 3_000
SIGNALS = 30_000
TOUCHES = 15_000
TURNS = 5


def figures(installation: Installation, scale: float) -> Iterator[dict[str, Any]]:
    """Seconds without the network, the processor's share, and the statements."""
    now = timezone.now()
    owner = people()
    install_starter_catalogue(owner=owner, now=now)
    install_starter_plays(owner=owner, now=now - timedelta(days=200))
    _past(int(UNIVERSE * scale), scale, now)
    definition = parse_play(
        {
            "trigger": {"crossing": list(Threshold.objects.values_list("slug", flat=True))},
            "steps": [
                {
                    "key": key,
                    "channel": channel,
                    "side": "sales",
                    "role": "owner",
                    "sla_hours": 24,
                    "wait_days": wait,
                }
                for key, channel, wait in (
                    ("call", "call", 0),
                    ("mail", "email", 2),
                    ("again", "call", 3),
                    ("last", "email", 5),
                )
            ],
            "holdout": 0.1,
            "throttle": {"live_per_account": 3, "cooldown_days": 14},
        }
    )
    since = now - timedelta(days=91)
    user = User.objects.filter(role="revops")[0]
    for name, ask in (
        ("today", lambda: len(dry_run(definition=definition, now=now).rows)),
        ("a quarter", lambda: len(dry_run(definition=definition, since=since, now=now).rows)),
        ("plays measured", lambda: len(measuring.measured(user, since=since, until=now))),
    ):
        yield _measured(name, ask)


def _measured(figure: str, ask: Callable[[], int]) -> dict[str, Any]:
    with CaptureQueriesContext(connection) as queries:
        rows = ask()
    spent = []
    for _ in range(TURNS):
        wall, cpu = time.perf_counter(), time.process_time()
        ask()
        spent.append((time.perf_counter() - wall, time.process_time() - cpu))
    walls, cpus = (sorted(one[i] for one in spent) for i in (0, 1))
    return {
        "figure": figure,
        "value": round(walls[TURNS // 2], 2),
        "cpu": round(cpus[TURNS // 2], 2),
        "unit": "s",
        "rows": rows,
        "queries": len(queries),
    }


def _past(accounts: int, scale: float, now: datetime) -> None:
    """A half year of everything that a replay reads; the crossings are decided at their time."""
    dice = random.Random(11)
    crowd.made(accounts)
    known = list(Account.objects.filter(domain__startswith="crowd").order_by("pk")[:accounts])
    contacts = Contact.objects.bulk_create(
        [
            Contact(account=one, name=f"Person {number}", email=f"p{one.pk}-{number}@{one.domain}")
            for one in known
            for number in range(3)
        ]
    )
    source, _ = Source.objects.get_or_create(slug="crowd", defaults={"name": "Crowd", "kind": "first_party"})
    kinds = list(SignalType.objects.all())
    moments = [now - timedelta(days=180 * dice.random()) for _ in range(int(SIGNALS * scale))]
    signals = []
    for place, at in enumerate(sorted(moments)):
        contact = dice.choice(contacts)
        signals.append(
            Signal(
                id=uuid7(at), account_id=contact.account_id, contact=contact, source=source, type=dice.choice(kinds),
                points=5, occurred_at=at, received_at=at, message_id=f"dry-{place}",
            )
        )  # fmt: skip
    Signal.objects.bulk_create(signals, batch_size=5_000)
    Touch.objects.bulk_create(
        [
            Touch(
                account=dice.choice(known), side=dice.choice(("marketing", "sales")),
                channel=dice.choice(("email", "call", "ad")), direction="outbound",
                occurred_at=now - timedelta(days=240 * dice.random()),
            )
            for _ in range(int(TOUCHES * scale))
        ],
        batch_size=5_000,
    )  # fmt: skip
    thresholds = list(Threshold.objects.exclude(current=None).select_related("current"))
    recent = [one for one in signals if one.occurred_at > now - timedelta(days=91)]
    chosen = sorted(
        dice.sample(recent, min(int(CROSSINGS * scale), len(recent))), key=lambda one: one.occurred_at
    )
    rows = []
    for place, one in enumerate(chosen):
        threshold = thresholds[place % len(thresholds)]
        assert threshold.current is not None
        assert one.account_id is not None
        rows.append(
            Crossing(
                threshold=threshold, version=threshold.current, account_id=one.account_id, sequence=place + 1,
                crossed_at=one.occurred_at, last_evidence_received_at=one.received_at, evidence=[one.pk], score=50,
            )
        )  # fmt: skip
    Crossing.objects.bulk_create(rows)
    for start in range(0, len(rows), 100):
        batch = rows[start : start + 100]
        decide_crossings(crossing_ids=[one.pk for one in batch], now=batch[-1].crossed_at)
