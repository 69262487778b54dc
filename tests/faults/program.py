"""The program under fault: a chain of work over the real list, and the same chain with Celery alone as a
control.

signal → evaluate → enroll → step 1 and a timed step 2 → webhook. Effects go to a table WITHOUT a unique
constraint, so that a repeated effect is seen and not swallowed. Run as the Celery application of the workers
(`celery -A tests.faults.program worker`), or by verb: `python -m tests.faults.program produce 200 100
report.json`, `… tick`.
"""

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.faults.settings")

import django
from django.db import Error as DatabaseError
from django.db import connection, transaction

django.setup()

# Models exist only from here on.
from abmops.celery import app  # noqa: E402
from abmops.work import kinds, schedule  # noqa: E402
from abmops.work import services as work  # noqa: E402
from abmops.work.kinds import Kind  # noqa: E402
from abmops.work.models import WorkItem  # noqa: E402
from abmops.work.ticker import tick_forever  # noqa: E402

TIMED = timedelta(seconds=0.5)
LEASE = timedelta(seconds=2)
STEPS = ("evaluate", "enroll", "step1", "step2")


def effect(chain: int, step: str) -> None:
    """An effect inside our own database."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO effect (chain, step, pid) VALUES (%s, %s, %s)", [chain, step, os.getpid()]
        )


def evaluate(items: Sequence[WorkItem], now: datetime) -> None:
    for item in items:
        effect(item.payload["chain"], "evaluate")
    work.put_many(
        work.Put("enroll", f"enroll:{item.payload['chain']}", run_at=now, payload=item.payload)
        for item in items
    )


def enroll(items: Sequence[WorkItem], now: datetime) -> None:
    puts = []
    for item in items:
        chain = item.payload["chain"]
        effect(chain, "enroll")
        puts.append(work.Put("step", f"step1:{chain}", run_at=now, payload={"chain": chain, "step": "step1"}))
        puts.append(
            work.Put("step", f"step2:{chain}", run_at=now + TIMED, payload={"chain": chain, "step": "step2"})
        )
    work.put_many(puts)


def step(items: Sequence[WorkItem], now: datetime) -> None:
    for item in items:
        effect(item.payload["chain"], item.payload["step"])
        if item.payload["step"] == "step2":
            work.put(
                kind="webhook", dedup_key=f"webhook:{item.payload['chain']}", run_at=now, payload=item.payload
            )


def webhook(items: Sequence[WorkItem], now: datetime) -> None:
    """The receiver's log: outside our transaction, like any other system."""
    del now
    for item in items:
        effect(item.payload["chain"], "webhook")


def poison(items: Sequence[WorkItem], now: datetime) -> None:
    """Does what it is for, but one item in a hundred takes the worker with it."""
    del now
    for item in items:
        if item.payload["poison"]:
            os.kill(os.getpid(), signal.SIGKILL)
        effect(item.payload["chain"], "poison")


def slot(now: datetime) -> None:
    """The effect of a slot of periodic work."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO slot_effect (at) VALUES (%s)", [now])


for name, lane, handler, outside in (
    ("evaluate", "ingest", evaluate, False),
    ("enroll", "react", enroll, False),
    ("step", "react", step, False),
    ("webhook", "deliver", webhook, True),
):
    kinds.register(Kind(name, lane, handler, batch=20, lease=LEASE, outside=outside, max_attempts=20))
kinds.register(Kind("poison", "bulk", poison, batch=20, lease=timedelta(seconds=0.5), max_attempts=3))
# Twice as long as a ticker pauses: whoever ticks at all misses none.
schedule.register("test.slot", every=timedelta(seconds=2), handler=slot, lane="react")


# --- the control: the Celery message is the state, as many programs do it ---------------------------------------


@app.task(name="naive.evaluate", queue="ingest", acks_late=True, reject_on_worker_lost=True)
def naive_evaluate(chain: int) -> None:
    effect(chain, "evaluate")
    naive_enroll.delay(chain)


@app.task(name="naive.enroll", queue="react", acks_late=True, reject_on_worker_lost=True)
def naive_enroll(chain: int) -> None:
    effect(chain, "enroll")
    naive_step.delay(chain, "step1")
    naive_step.apply_async((chain, "step2"), countdown=TIMED.total_seconds())


@app.task(name="naive.step", queue="react", acks_late=True, reject_on_worker_lost=True)
def naive_step(chain: int, step: str) -> None:
    effect(chain, step)
    if step == "step2":
        naive_webhook.delay(chain)


@app.task(name="naive.webhook", queue="deliver", acks_late=True, reject_on_worker_lost=True)
def naive_webhook(chain: int) -> None:
    effect(chain, "webhook")


# --- the client ---------------------------------------------------------------------------------------------------


def take(chain: int) -> None:
    """What an ingest endpoint does: the signal, once, and its work, in one transaction."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO signal_in (chain) VALUES (%s) ON CONFLICT DO NOTHING RETURNING chain", [chain]
        )
        if cursor.fetchone():
            work.put(kind="evaluate", dedup_key=f"signal:{chain}", payload={"chain": chain})


def take_naively(chain: int) -> None:
    """What the control's endpoint does, as well as it can: no signal is kept whose message the broker did not take."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO signal_in (chain) VALUES (%s) ON CONFLICT DO NOTHING RETURNING chain", [chain]
        )
        if cursor.fetchone():
            naive_evaluate.delay(chain)


def produce(count: int, a_second: float, report: str, *, naive: bool) -> None:
    """Send signals at an even pace, `count` at most, until a file `enough` appears beside the report; send
    again what
    was not accepted, as clients do, and one in five twice."""
    start = time.monotonic()
    waits: list[float] = []
    enough = Path(report).with_name("enough")
    sent = 0
    for chain in range(count):
        time.sleep(max(0.0, start + chain / a_second - time.monotonic()))
        if enough.exists():
            break
        sent += 1
        for _ in range(2 if chain % 5 == 0 else 1):
            accepted = False
            while not accepted:
                asked = time.monotonic()
                try:
                    (take_naively if naive else take)(chain)
                    accepted = True
                    waits.append(time.monotonic() - asked)
                except DatabaseError:
                    connection.close()
                    time.sleep(0.1)
                except Exception as error:
                    if not naive:
                        raise
                    print("control: not accepted:", type(error).__name__, file=sys.stderr)
                    time.sleep(0.1)
    Path(report).write_text(json.dumps({"accepted": sent, "waits": waits}))


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["tick"]:  # what `manage.py ticker` does, with the chain's kinds known
            tick_forever(name=f"ticker:{os.getpid()}", stop=threading.Event())
        case [verb, count, a_second, report]:
            produce(int(count), float(a_second), report, naive=verb == "produce-naively")
