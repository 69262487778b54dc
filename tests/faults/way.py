"""The whole way under fault: `python -m tests.faults.way setup N` makes the program, `… rep` works its queue.

One threshold (two people on the pricing page) feeds one play of two calls. Which rows come of a set of events
does not depend on their order, so a run with faults can be compared row by row with a run without.
"""

from __future__ import annotations

import os
import sys
import time
from datetime import timedelta

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "abmops.settings")

import django
from django.db import Error as DatabaseError
from django.db import connection
from django.utils import timezone

django.setup()

from abmops.lib.choices import Channel, Job, Role, Side, SourceKind, Urgency  # noqa: E402
from abmops.lib.errors import AbmopsError  # noqa: E402
from accounts.domain.records import ListChangeRecord  # noqa: E402
from accounts.models import User  # noqa: E402
from accounts.services.account import upsert_accounts  # noqa: E402
from accounts.services.membership import change_list  # noqa: E402
from plays.models import Play, Task  # noqa: E402
from plays.services import complete_task  # noqa: E402
from plays.services.play.library import save_play  # noqa: E402
from signals.models import SignalType, Source, Threshold, ThresholdVersion  # noqa: E402
from signals.services.ingest import hash_key  # noqa: E402

WRITE_KEY = "wk_way"


def domain(number: int) -> str:
    """The accounts' domains."""
    return f"way{number}.example"


def setup(accounts: int) -> None:
    """People, accounts, the source, the threshold and the play, through the services."""
    now = timezone.now()
    owner = User.objects.create_user("ops@way.example", name="Ops", role=Role.REVOPS)
    User.objects.create_user("sdr@way.example", name="Sam", role=Role.REP, job=Job.SDR)
    names = [domain(number) for number in range(accounts)]
    made = upsert_accounts(
        records={i: {"name": name, "domain": name} for i, name in enumerate(names)}, now=now
    )
    listed: dict[int, ListChangeRecord] = {
        i: {
            "account_domain": name,
            "tier": 2,
            "at": now - timedelta(days=60),
            "side": Side.SALES,
            "reason": "For the fault run.",
        }
        for i, name in enumerate(names)
    }
    placed = change_list(records=listed, by=owner, now=now)
    assert (made.errors, placed.errors) == ([], [])
    Source.objects.create(
        slug="site", name="Site", kind=SourceKind.FIRST_PARTY, write_key_hash=hash_key(WRITE_KEY)
    )
    SignalType.objects.create(
        slug="pricing",
        name="Pricing",
        kind=SourceKind.FIRST_PARTY,
        rules=[{"event": "page", "path": "/pricing*"}],
    )
    threshold = Threshold.objects.create(slug="two", name="Two people", status=Threshold.Status.ACTIVE)
    threshold.current = ThresholdVersion.objects.create(
        threshold=threshold,
        number=1,
        urgency=Urgency.HOT,
        rearm_days=14,
        condition={"distinct_contacts": {"types": ["pricing"], "at_least": 2, "days": 14}},
    )
    threshold.save()
    step = {"wait_days": 0, "channel": Channel.CALL, "side": Side.SALES, "role": Job.SDR, "sla_hours": 24}
    save_play(
        slug="call-twice",
        name="Call twice",
        definition={
            "trigger": {"crossing": ["two"]},
            "steps": [step | {"key": key, "instructions": "Call."} for key in ("first", "second")],
            "contract": {"outcome": "meeting_booked", "days": 30},
        },
        owner=owner,
        by=owner,
        status=Play.Status.ACTIVE,
        now=now,
    )


def rep(patience: timedelta) -> None:
    """Do every open task as soon as it is seen, through outages, until nobody has asked for anything for a
    while.
    """
    idle_since = time.monotonic()
    while time.monotonic() - idle_since < patience.total_seconds():
        try:
            for task in Task.objects.unfinished().select_related("owner").order_by("id")[:20]:
                complete_task(task=task, by=task.owner, now=timezone.now())
                idle_since = time.monotonic()
        except AbmopsError:
            continue  # somebody was first
        except DatabaseError:
            connection.close()
        time.sleep(0.05)


if __name__ == "__main__":
    if sys.argv[1] == "setup":
        setup(int(sys.argv[2]))
    else:
        rep(timedelta(minutes=10))
