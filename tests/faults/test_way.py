"""From a client's call to the logged touch, everything killed on the way: exactly the rows of a run without
faults.
"""

from __future__ import annotations

import http.client
import json
import random
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.faults.installation import LANES, SLACK, Installation
from tests.ports import free_port

pytestmark = pytest.mark.fault

ACCOUNTS = 60
WRITE_KEY = "wk_way"
REAL = {"DJANGO_SETTINGS_MODULE": "abmops.settings"}
# Every commit boundary and the places between: a worker of its own dies at each.
POINTS = (
    "after_claim:2",
    "before_effect:3",
    "detect.after_keys:2",
    "detect.after_store:3",
    "detect.before_commit:2",
    "decide.before_commit:2",
    "before_commit:4",
    "after_commit:5",
)
MOST_OF_THEM = len(POINTS) - 2
# What the run leaves, without ids and times.
ROWS = {
    "signals": "SELECT message_id, a.domain FROM signals_signal s JOIN accounts_account a ON a.id = s.account_id",
    "contacts": "SELECT lower(email) FROM accounts_contact",
    "crossings": "SELECT a.domain, c.sequence FROM signals_crossing c JOIN accounts_account a ON a.id = c.account_id",
    "decisions": "SELECT a.domain FROM plays_decision d JOIN accounts_account a ON a.id = d.account_id",
    "enrollments": "SELECT a.domain, e.state FROM plays_enrollment e JOIN accounts_account a ON a.id = e.account_id",
    "tasks": "SELECT a.domain, r.key, t.state FROM plays_task t JOIN plays_steprun r ON r.id = t.step_run_id "
    "JOIN accounts_account a ON a.id = t.account_id",
    "touches": "SELECT a.domain, t.channel FROM accounts_touch t JOIN accounts_account a ON a.id = t.account_id",
    "dead work": "SELECT kind FROM work_workitem WHERE state = 'dead'",
}


class Way(Installation):
    """The real program: granian, Celery workers and beat over the real settings, and a rep."""

    port = 0

    def make(self) -> None:
        """Servers, schema and the small program."""
        self.start_servers()
        for verb in (
            ["-m", "django", "migrate", "--verbosity=0"],
            ["-m", "tests.faults.way", "setup", str(ACCOUNTS)],
        ):
            self._wait(self.spawn("migrate", [sys.executable, *verb], **REAL, ABMOPS_PROCESS="command"))
        self.port = free_port()

    def forget(self) -> None:
        """Back to the accounts alone."""
        self.sql(
            "TRUNCATE signals_signal, signals_signalkey, signals_crossing, signals_accountstate, "
            "signals_accountmemory, signals_identity, signals_unmatchedsignal, signals_rejectedevent, "
            "plays_decision, plays_enrollment, plays_steprun, plays_task, "
            "accounts_touch, accounts_contact, accounts_accountevent, work_workitem CASCADE"
        )

    def web(self, **environment: str) -> None:
        """The web server; a worker of it that dies is replaced."""
        arguments = (
            f"--interface wsgi --http 1 --host 127.0.0.1 --port {self.port} --workers 1 --blocking-threads 4 "
        )
        arguments += "--respawn-failed-workers --respawn-interval 0.2 --log-level error"
        command = [sys.executable, "-m", "granian", "abmops.wsgi:application", *arguments.split()]
        self.spawn("web", command, **REAL, **environment | {"ABMOPS_PROCESS": "web"})

    def revive_web(self) -> None:
        """What the supervisor does: granian gives up when its workers die too often, and is started again."""
        web = self.running.get("web")
        if web is not None and web.poll() is not None:
            self.web()

    def real_worker(self, name: str, **environment: str) -> None:
        """A Celery worker as `make run` starts it, in one process."""
        arguments = (
            f"worker -Q {LANES} -n {name}@%h --pool solo --loglevel ERROR --without-gossip --without-mingle"
        )
        self.spawn(
            name,
            [sys.executable, "-m", "celery", "-A", "abmops", "--quiet", *arguments.split()],
            **REAL,
            **environment,
        )

    def real_beat(self) -> None:
        """Celery's beat, a tick a second."""
        schedule = str(self.home.data / "way.schedule")
        command = [
            sys.executable,
            "-m",
            "celery",
            "-A",
            "abmops",
            "--quiet",
            "beat",
            "--pidfile=",
            "--schedule",
            schedule,
        ]
        self.spawn("beat", command, **REAL, ABMOPS_PROCESS="beat")

    def rep(self, **environment: str) -> None:
        """Somebody who does every task at once."""
        self.spawn("rep", [sys.executable, "-m", "tests.faults.way", "rep"], **REAL, **environment)

    def rows(self) -> dict[str, list[tuple[object, ...]]]:
        """Everything the run has left, in order."""
        return {name: sorted(self.sql(statement)) for name, statement in ROWS.items()}

    def died(self) -> list[str]:
        """At which points a worker has died."""
        return [point for point in POINTS if self.running[point.partition(":")[0]].poll() == -signal.SIGKILL]

    def is_finished(self) -> bool:
        """Every account has gone the whole way, and nothing is waiting but clocks of what is done."""
        ((completed,),) = self.sql("SELECT count(*) FROM plays_enrollment WHERE state = 'completed'")
        pending = self.sql("SELECT 1 FROM work_workitem WHERE state <> 'dead' AND run_at <= now() LIMIT 1")
        return bool(completed == ACCOUNTS and not pending)


@pytest.fixture(scope="module")
def way() -> Iterator[Way]:
    """One installation for this module."""
    data = Path(tempfile.mkdtemp(prefix="abmops-way-"))
    installation = Way(data)
    try:
        installation.make()
        yield installation
    finally:
        installation.stop_all(servers=True)
        shutil.rmtree(data, ignore_errors=True)


def batches(plan: random.Random) -> list[list[dict[str, object]]]:
    """Three page views by two people of each account, shuffled, in batches of one to nine."""
    events: list[dict[str, object]] = [
        {
            "type": "page",
            "messageId": f"{account}-{number}",
            "userId": f"u{account}-{number % 2}",
            "context": {
                "traits": {"email": f"p{number % 2}@way{account}.example"},
                "page": {"path": "/pricing", "url": "https://vendor.example/pricing"},
            },
        }
        for account in range(ACCOUNTS)
        for number in range(3)
    ]
    plan.shuffle(events)
    found = []
    while events:
        size = plan.randint(1, 9)
        found.append(events[:size])
        del events[:size]
    return found


def send(way: Way, calls: Sequence[list[dict[str, object]]], *, pause: float, refused: list[int]) -> None:
    """What a client library does: send each batch until it is answered 200, whatever happens meanwhile."""
    for events in calls:
        body = json.dumps({"batch": events, "writeKey": WRITE_KEY})
        deadline = time.monotonic() + 40 * SLACK
        while True:
            link = http.client.HTTPConnection("127.0.0.1", way.port, timeout=8)
            try:
                link.request("POST", "/v1/batch", body, {"Host": "localhost"})
                status = link.getresponse().status
            except (OSError, http.client.HTTPException):
                status = 0
            finally:
                link.close()
            if status == 200:
                break
            refused.append(status)
            way.revive_web()
            assert time.monotonic() < deadline, f"never answered: {refused[-5:]}"
            time.sleep(0.2)
        time.sleep(pause)


@pytest.fixture(scope="module")
def undisturbed(way: Way) -> dict[str, list[tuple[object, ...]]]:
    """The rows of a run in which nothing goes wrong."""
    way.web()
    way.real_worker("worker")
    way.real_beat()
    way.rep()
    send(way, batches(random.Random(1)), pause=0, refused=[])
    way.until(way.is_finished, seconds=60, what="the run without faults")
    rows = way.rows()
    assert len(rows["crossings"]) == len(rows["enrollments"]) == ACCOUNTS
    assert len(rows["tasks"]) == len(rows["touches"]) == 2 * ACCOUNTS
    way.stop_all()
    return rows


@pytest.fixture
def fresh(way: Way, undisturbed: object) -> Iterator[Way]:
    """The same installation, emptied."""
    del undisturbed
    way.forget()
    yield way
    way.stop_all()


def test_killed_at_every_named_point(
    fresh: Way, undisturbed: dict[str, list[tuple[object, ...]]], plan: random.Random
) -> None:
    """Workers, the web server and the rep die at named places while signals flow; the rest finishes by
    itself.
    """
    calls = batches(plan)
    fresh.web(ABMOPS_CRASH_AT=f"ingest.after_commit:{len(calls)}")
    fresh.real_beat()
    for point in POINTS:
        fresh.real_worker(point.partition(":")[0], ABMOPS_CRASH_AT=point)
    fresh.rep(ABMOPS_CRASH_AT="complete_task.before_commit:9")
    refused: list[int] = []
    send(fresh, calls, pause=0.12, refused=refused)
    # Again in another order: every message is a repeat of one that was accepted. Whoever lives on would take the work
    # from those that come up late on a busy machine, and comes when hardly one of them is left.
    enough = time.monotonic() + 10 * SLACK
    while len(fresh.died()) < MOST_OF_THEM and time.monotonic() < enough:
        plan.shuffle(calls)
        send(fresh, calls, pause=0.12, refused=refused)
    fresh.real_worker("survivor")
    plan.shuffle(calls)
    send(fresh, calls, pause=0, refused=refused)
    assert fresh.running["rep"].wait(30 * SLACK) == -signal.SIGKILL
    fresh.rep()
    took = fresh.until(fresh.is_finished, seconds=75, what="the way after its kills")
    died = fresh.died()
    print(f"finished {took:.1f} s after the last call; died at {died}; unanswered calls: {len(refused)}")
    assert len(died) >= MOST_OF_THEM, "the points were hardly reached; send more"
    assert fresh.rows() == undisturbed


def test_killed_at_random(
    fresh: Way, undisturbed: dict[str, list[tuple[object, ...]]], plan: random.Random, scale: float
) -> None:
    """Worker, broker, database, web server and rep killed one after the other, at any moment, and started
    again.
    """
    fresh.web()
    fresh.real_worker("worker")
    fresh.real_beat()
    fresh.rep()
    refused: list[int] = []
    calls = batches(plan)
    client = threading.Thread(target=send, args=(fresh, calls), kwargs={"pause": 0.2, "refused": refused})
    client.start()
    victims = [
        victim
        for _ in range(max(1, int(scale)))
        for victim in plan.sample(("worker", "broker", "database", "web", "rep"), 5)
    ]
    for victim in victims:
        time.sleep(plan.uniform(0.3, 1.2))
        match victim:
            case "database":
                fresh.kill_database()
                time.sleep(0.3)
                fresh.start_database()
            case "broker":
                fresh.kill("valkey")
                time.sleep(0.3)
                fresh.start_broker()
            case _:
                fresh.kill(victim)
                {"worker": lambda: fresh.real_worker("worker"), "web": fresh.web, "rep": fresh.rep}[victim]()
    client.join(120 * SLACK)
    assert not client.is_alive()
    took = fresh.until(fresh.is_finished, seconds=75, what="the way after random kills")
    print(f"finished {took:.1f} s after the last call; killed {victims}; unanswered calls: {len(refused)}")
    assert set(refused) <= {0, 503}, "an outage is answered 503 or not at all"
    assert fresh.rows() == undisturbed
