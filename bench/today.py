"""Server time of Today with a million tasks, for a rep with 500 open ones and one with 200: page, news, a press; and
the processor's part of each, since a loaded machine makes the clock lie.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from abmops.lib.ids import uuid7
from accounts.models import Account, Contact, User
from bench import crowd
from bench.installation import Installation
from bench.sending import workers_held
from bench.world import people
from plays.models import Enrollment, Play, StepRun, Task
from plays.services.play.library import save_play
from signals.models import Crossing, Signal, SignalType, Source, Threshold
from signals.services.starter import install_starter_catalogue

ACCOUNTS = 40_000
OWNERS = crowd.OWNERS
TASKS = 1_000_000
OPEN_SHARE = 20
"""One task in so many is still owed."""
TURNS = 50
QUEUES = {"rep0": 500, "rep1": 200}
PLAY: dict[str, Any] = {
    "trigger": {"manual": True},
    "steps": [
        {"key": key, "channel": channel, "side": "sales", "role": "owner", "sla_hours": 24}
        for key, channel in (("first", "call"), ("second", "email"), ("third", "call"))
    ],
    "exits": ["meeting_booked"],
}


def figures(installation: Installation, scale: float) -> Iterator[dict[str, Any]]:
    """p50 and p95 in milliseconds without the network, and the processor's share of the median."""
    now = timezone.now()
    accounts, tasks = int(ACCOUNTS * scale), int(TASKS * scale)
    crowd.made(accounts)
    install_starter_catalogue(owner=people(), now=now)
    save_play(slug="crowd", name="Call the crowd", definition=PLAY, by=None, status="active", now=now)
    with workers_held(installation):  # they would find crossings of their own meanwhile
        for name, size in QUEUES.items():
            _queue(User.objects.get(email=f"{name}@crowd.example"), size, now)
        _past(tasks, now)
    for name, size in QUEUES.items():
        user = User.objects.get(email=f"{name}@crowd.example")
        client = Client(headers={"host": "localhost"})
        client.force_login(user)
        open_now = Task.objects.unfinished().filter(owner=user).count()
        since = re.findall(r'data-since="([^"]+)"', client.get("/").content.decode())[0]
        asked: list[tuple[str, Callable[[], Any], int]] = [
            ("page", lambda c=client: c.get("/"), 200),  # type: ignore[misc]
            ("news", lambda c=client: c.get("/today/changes"), 200),  # type: ignore[misc]
            ("no news", lambda c=client, s=since: c.get("/today/changes", {"since": s}), 0),  # type: ignore[misc]
            ("filtered", lambda c=client: c.get("/?channel=call&late=1"), 200),  # type: ignore[misc]
            ("searched", lambda c=client: c.get("/?q=nor"), 200),  # type: ignore[misc]
            ("calls", lambda c=client: c.get("/today/calls/"), 200),  # type: ignore[misc]
        ]
        for what, ask, status in asked:
            yield _measured(f"{what}, {size} open", ask, status) | {
                "open": open_now,
                "tasks": Task.objects.count(),
            }
        mine = iter(list(Task.objects.unfinished().filter(owner=user).values_list("pk", flat=True)))

        def press(client: Client = client, mine: Iterator[int] = mine) -> Any:
            pk = next(mine)
            return client.post(
                f"/tasks/{pk}/", {"do": "done"}, headers={"HX-Request": "true", "HX-Target": f"task-{pk}"}
            )

        yield _measured(f"done, {size} open", press, 200)


def _measured(figure: str, ask: Callable[[], Any], status: int) -> dict[str, Any]:
    spent: list[tuple[float, float]] = []
    for _ in range(TURNS + 1):
        wall, cpu = time.perf_counter(), time.process_time()
        answer = ask()
        spent.append((time.perf_counter() - wall, time.process_time() - cpu))
        assert answer.status_code == status or (not status and answer.status_code in (200, 204)), figure
    walls, cpus = (sorted(one[i] for one in spent[1:]) for i in (0, 1))
    cache.clear()
    with CaptureQueriesContext(connection) as queries:
        ask()
    return {
        "figure": figure,
        "value": round(walls[TURNS // 2] * 1000, 1),
        "p95": round(walls[int(TURNS * 0.95) - 1] * 1000, 1),
        "cpu": round(cpus[TURNS // 2] * 1000, 1),
        "unit": "ms server time",
        "queries": len(queries),
    }


def _queue(owner: User, size: int, now: datetime) -> None:
    """Open steps of a running play at as many accounts, each with a crossing and two signals behind it."""
    taken = Task.objects.values("account")
    accounts = list(
        Account.objects.filter(domain__startswith="crowd")
        .exclude(pk__in=taken)
        .order_by("-is_target", "pk")[:size]
    )
    Account.objects.filter(pk__in=[one.pk for one in accounts]).update(owner=owner)
    play = Play.objects.get(slug="crowd")
    threshold = Threshold.objects.exclude(current=None).order_by("pk")[0]
    type_ = SignalType.objects.filter(qualifying=True).order_by("pk")[0]
    source, _ = Source.objects.get_or_create(slug="crowd", defaults={"name": "Crowd", "kind": "first_party"})
    assert play.current is not None
    assert threshold.current is not None
    contacts = Contact.objects.bulk_create(
        [
            Contact(
                account=one,
                name=f"Caller {one.pk}",
                title="Head of Purchasing",
                email=f"caller{one.pk}@{one.domain}",
                phone=f"+49 30 {one.pk}",
            )
            for one in accounts
        ]
    )
    signals = Signal.objects.bulk_create(
        [
            Signal(
                id=uuid7(now),
                account=one.account,
                contact=one,
                source=source,
                type=type_,
                points=10,
                occurred_at=now - timedelta(hours=hours),
                received_at=now,
                message_id=f"crowd-{one.pk}-{hours}",
            )
            for one in contacts
            for hours in (3, 30)
        ]
    )
    crossings = Crossing.objects.bulk_create(
        [
            Crossing(
                threshold=threshold,
                version=threshold.current,
                account=one.account,
                sequence=1,
                crossed_at=now,
                evidence=[signals[2 * place].pk, signals[2 * place + 1].pk],
                urgency="hot",
            )
            for place, one in enumerate(contacts)
        ]
    )
    enrollments = Enrollment.objects.bulk_create(
        [
            Enrollment(
                account=one.account,
                play=play,
                version=play.current,
                state="active",
                crossing=crossing,
                contact=one,
                owner=owner,
                why="Two people looked at the pricing page within two days.",
                enrolled_at=now,
            )
            for one, crossing in zip(contacts, crossings, strict=True)
        ]
    )
    step = play.current.steps[0]
    runs = StepRun.objects.bulk_create(
        [
            StepRun(enrollment=one, key=step["key"], position=0, state="open", opens_at=now, opened_at=now)
            for one in enrollments
        ]
    )
    Task.objects.bulk_create(
        [
            Task(
                step_run=run,
                enrollment=run.enrollment,
                account=run.enrollment.account,
                contact=run.enrollment.contact,
                owner=owner,
                channel=("call", "email", "linkedin")[place % 3],
                side="sales",
                title=f"Call {run.enrollment.contact}",
                instructions="Say who you are, and ask how they trace their parts today. Then offer the walk-through.",
                why=run.enrollment.why,
                urgency=("urgent", "hot", "normal", "normal")[place % 4],
                due_at=now + timedelta(minutes=17 * place - 600),
                created_at=now,
                updated_at=now,
            )
            for place, run in enumerate(runs)
        ]
    )


def _past(tasks: int, now: datetime) -> None:
    """Everybody's tasks, one in twenty of the others still owed, copied from one row with all columns there are."""
    sample = Task.objects.create(
        account=Account.objects.filter(domain__startswith="crowd").order_by("pk")[0],
        owner=User.objects.get(email="rep2@crowd.example"),
        channel="call",
        side="sales",
        title="Call them back",
        due_at=now,
        created_at=now,
        updated_at=now,
    )
    said = {
        "account_id": "places.ids[1 + n %% array_length(places.ids, 1)]",
        "owner_id": "people.ids[1 + n %% array_length(people.ids, 1)]",
        "state": f"CASE WHEN n / {OWNERS} %% {OPEN_SHARE} = 0 AND n %% {OWNERS} > 1 THEN 'open' ELSE 'done' END",
        "closed_at": f"CASE WHEN n / {OWNERS} %% {OPEN_SHARE} = 0 AND n %% {OWNERS} > 1 THEN NULL "
        "ELSE now() - interval '2 days' - n * interval '20 seconds' END",
        "due_at": "now() + interval '5 days' - n * interval '20 seconds'",
        "updated_at": "now() - interval '2 days' - n * interval '20 seconds'",
        "side": "CASE WHEN n %% 3 = 0 THEN 'marketing' ELSE 'sales' END",
    }
    columns = [field.column for field in Task._meta.concrete_fields if field.column != "id"]  # noqa: SLF001
    drawn = ", ".join(said.get(str(column), f't."{column}"') for column in columns)
    names = ", ".join(f'"{column}"' for column in columns)
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0; SET lock_timeout = 0")
        cursor.execute(
            f"""
WITH places AS (SELECT array_agg(id ORDER BY id) AS ids FROM accounts_account WHERE domain LIKE 'crowd%%'),
people AS (SELECT array_agg(id ORDER BY email) AS ids FROM accounts_user WHERE email LIKE 'rep%%@crowd.example')
INSERT INTO plays_task ({names}) SELECT {drawn}
FROM plays_task t, places, people, generate_series(1, %s) n WHERE t.id = %s""",
            [tasks, sample.pk],
        )
        cursor.execute("VACUUM ANALYZE")
