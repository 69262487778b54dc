"""Deliveries under fault: `python -m tests.faults.outgoing setup URL N` makes plays that begin with a webhook, `… work`
takes deliveries up until it dies or nothing is left.
"""

from __future__ import annotations

import os
import sys
import time

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "abmops.settings")

import django
from django.utils import timezone

django.setup()

from abmops.lib.choices import Channel, Job, Role, Side  # noqa: E402
from abmops.work import services as work  # noqa: E402
from abmops.work.models import WorkItem  # noqa: E402
from accounts.models import Account, User  # noqa: E402
from accounts.services.account import upsert_accounts  # noqa: E402
from plays.models import Endpoint, Play  # noqa: E402
from plays.services.enrollment.starting import OVERRIDABLE, start_play  # noqa: E402
from plays.services.outbox import endpoints, sealing  # noqa: E402
from plays.services.play.library import save_play  # noqa: E402


def setup(url: str, count: int) -> None:
    """One endpoint, one play, and an enrollment an account; prints the signing secret."""
    now = timezone.now()
    owner = User.objects.create_user("ops@out.example", name="Ops", role=Role.REVOPS)
    User.objects.create_user("sdr@out.example", name="Sam", role=Role.REP, job=Job.SDR)
    names = [f"out{number}.example" for number in range(count)]
    upsert_accounts(records={i: {"name": name, "domain": name} for i, name in enumerate(names)}, now=now)
    endpoint = endpoints.add_endpoint(
        name="Out",
        surface="webhook",
        target=url,
        secret="",
        types=["enrollment.created"],
        owner=owner,
        now=now,
    )
    step = {
        "wait_days": 0,
        "side": Side.MARKETING,
        "role": "owner",
        "sla_hours": 24,
        "instructions": "Do it.",
    }
    save_play(
        slug="out",
        name="Out",
        definition={
            "trigger": {"manual": True},
            "steps": [
                step | {"key": "send", "channel": Channel.WEB, "surface": "webhook:out"},
                step | {"key": "look", "channel": Channel.WEB},
            ],
            "contract": {"outcome": "meeting_booked", "days": 30},
        },
        owner=owner,
        by=owner,
        status=Play.Status.ACTIVE,
        now=now,
    )
    play = Play.objects.get(slug="out")
    for account in Account.objects.order_by("pk"):
        start_play(
            play=play,
            account=account,
            by=owner,
            reason="For the fault run.",
            override=OVERRIDABLE,
            now=timezone.now(),
        )
    print("secret", sealing.signing_secret(Endpoint.objects.get(pk=endpoint.pk)), flush=True)


def take_up() -> None:
    """What a worker of the deliver lane does, with the ticks that bring back what others left."""
    while WorkItem.objects.filter(kind="deliver", state__in=("ready", "leased")).exists():
        work.tick(by="fault")
        work.drain("deliver", time.monotonic() + 5)
        time.sleep(0.05)


if __name__ == "__main__":
    if sys.argv[1] == "setup":
        setup(sys.argv[2], int(sys.argv[3]))
    else:
        take_up()
