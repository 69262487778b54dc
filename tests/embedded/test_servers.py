"""The embedded servers through what happens to them: kills, crashes, restarts, awkward places."""

import contextlib
import io
import os
import signal
import socket
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import psycopg2
import psycopg2.errors
import pytest
import redis

from abmops.embedded import steps
from abmops.embedded.child import Program
from abmops.embedded.home import POSTGRES_SOCKET, Home
from abmops.embedded.programs import Installation
from abmops.embedded.supervisor import Failed, Stopped, Supervisor

pytestmark = pytest.mark.process
# A busy machine is no fault; only what fails waits so long.
PATIENCE = 90.0


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """In a folder whose name needs care, and too deep for a socket."""
    data = tmp_path_factory.mktemp("It's a data folder") / ("deep" * 20)
    return Installation.from_environment({"ABMOPS_DATA_DIR": str(data), "PORT": "0"})


@pytest.fixture
def out() -> io.StringIO:
    """What the supervisor prints."""
    return io.StringIO()


@pytest.fixture
def running(installation: Installation, out: io.StringIO) -> Iterator[Supervisor]:
    """Both servers up, with a row in the one; both ended afterwards."""
    supervisor = Supervisor(out)
    installation.home.create()
    supervisor.start(installation.servers())
    supervisor.wait_until_ready(seconds=PATIENCE)
    ask(installation.home, "DROP TABLE IF EXISTS kept; CREATE TABLE kept AS SELECT 42 AS answer")
    yield supervisor
    supervisor.stop()
    supervisor.close()


def ask(home: Home, sql: str) -> list[tuple[object, ...]]:
    """One statement, committed."""
    connection = psycopg2.connect(home.database_url)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchall() if cursor.description else []
    finally:
        connection.close()


def broker(home: Home) -> redis.Redis:
    """A client of the embedded broker."""
    return redis.Redis.from_url(home.redis_url)


def kill(supervisor: Supervisor, number: int) -> None:
    """As the kernel does, without a word."""
    process = supervisor.children[number].process
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)
    process.wait()


def test_killed_servers_come_back_with_what_they_held(
    installation: Installation, running: Supervisor
) -> None:
    """A committed row and a written hint survive."""
    home = installation.home
    with broker(home) as client:
        client.set("kept", "42")
    time.sleep(1.1)  # the append-only file is written through each second
    for number in (0, 1):
        kill(running, number)
    running.wait_until_ready(seconds=PATIENCE)
    assert ask(home, "SELECT answer FROM kept") == [(42,)]
    with broker(home) as client:
        assert client.get("kept") == b"42"


def test_data_stays_and_nothing_a_crash_left_behind_stops_the_next_start(
    installation: Installation, running: Supervisor
) -> None:
    """A lock with the number of a living stranger, a dead socket, a half-made cluster."""
    home = installation.home
    running.stop()
    (home.postgres / "postmaster.pid").write_text(f"{os.getppid()}\n{home.postgres}\n1\n5432\n\n\n")
    (home.postgres_sockets / f"{POSTGRES_SOCKET}.lock").write_text(f"{os.getppid()}\n")
    home.valkey_socket.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(home.valkey_socket))
    half = home.postgres.with_name("postgres.making")
    half.mkdir()
    supervisor = Supervisor(io.StringIO())
    supervisor.start(installation.servers())
    try:
        supervisor.wait_until_ready(seconds=PATIENCE)
        assert ask(home, "SELECT answer FROM kept") == [(42,)]
    finally:
        supervisor.stop()
        supervisor.close()


def test_servers_end_when_they_are_asked(
    installation: Installation, running: Supervisor, out: io.StringIO
) -> None:
    """Also with a client that holds a transaction open."""
    connection = psycopg2.connect(installation.home.database_url)
    connection.cursor().execute("SELECT 1")
    running.stop()
    connection.close()
    assert "did not end when asked" not in out.getvalue()
    assert not (installation.home.postgres / "postmaster.pid").exists()


@pytest.mark.parametrize(
    ("environment", "names"),
    [
        pytest.param({}, ["postgres", "valkey"], id="nothing named"),
        pytest.param({"DATABASE_URL": "postgres://db/abmops"}, ["valkey"], id="a database is named"),
        pytest.param(
            {"DATABASE_URL": "postgres://db/abmops", "REDIS_URL": "redis://broker/0"}, [], id="both are"
        ),
    ],
)
def test_no_server_is_started_where_one_is_named(
    environment: dict[str, str], names: list[str], tmp_path: Path
) -> None:
    """The same code on any servers."""
    installation = Installation.from_environment({"ABMOPS_DATA_DIR": str(tmp_path), **environment})
    assert [program.name for program in installation.servers()] == names


class Recorder(Supervisor):
    """Writes down which steps it was told to run, and fails or stops as told."""

    def __init__(self, outcome: Exception | None = None) -> None:
        super().__init__(io.StringIO())
        self.ran: list[str] = []
        self.outcome = outcome

    def run(self, programs: Sequence[Program]) -> None:
        """A stand-in for the steps themselves."""
        self.ran += [program.name for program in programs]
        if self.outcome is not None and "sample" in self.ran:
            raise self.outcome


@pytest.mark.parametrize(
    ("outcome", "again"),
    [
        pytest.param(None, False, id="written whole"),
        pytest.param(Failed("broken"), False, id="it failed: what is there may be in use by the next start"),
        pytest.param(Stopped(), True, id="stopped in the middle: nobody has used it yet"),
    ],
)
def test_half_a_sample_is_thrown_away_before_anybody_sees_it(
    installation: Installation, running: Supervisor, outcome: Exception | None, again: bool
) -> None:
    """The mark is there only while the sample is being written, which is before the web starts."""
    home = installation.home
    ask(home, "DROP TABLE IF EXISTS accounts_account; CREATE TABLE accounts_account ()")
    (home.data / "static").mkdir(exist_ok=True)
    first = Recorder(outcome)
    with contextlib.suppress(Stopped):
        steps.prepare(first, installation)
    assert "sample" in first.ran
    ask(home, "INSERT INTO accounts_account DEFAULT VALUES")

    second = Recorder()
    if again:
        with pytest.raises(psycopg2.errors.UndefinedTable):  # an empty database, which the steps would fill
            steps.prepare(second, installation)
    else:
        steps.prepare(second, installation)
        assert ask(home, "SELECT count(*) FROM accounts_account") == [(1,)]
    for recorder in (first, second):
        recorder.close()
