"""What is done between the servers' start and the program's: schema, static files, the sample."""

import hashlib
import json
import os
from collections.abc import Iterable
from pathlib import Path

import psycopg2

from abmops.embedded import postgres
from abmops.embedded.home import Home
from abmops.embedded.programs import PROJECT, Installation
from abmops.embedded.supervisor import Failed, Supervisor

FINGERPRINT = "fingerprint"
UNFINISHED = "sample.unfinished"


def prepare(supervisor: Supervisor, installation: Installation) -> None:
    """Bring schema and static files up to date, and write the sample program where it is wanted and nothing is there.

    Raises:
        Failed: schema or static files could not be made.
    """
    if installation.own_database:
        _drop_half_a_sample(supervisor, installation)
    steps = [installation.command("migrate", "migrate", "--no-input", "--verbosity=0")]
    print_of_now = _fingerprint()
    kept = installation.home.data / "static" / FINGERPRINT
    if not kept.exists() or kept.read_text() != print_of_now:
        collect = ("collectstatic", "--no-input", "--verbosity=0")
        steps.append(installation.command("static", *collect, process="collect"))
    supervisor.run(steps)
    kept.write_text(print_of_now)
    if installation.sample and is_empty(installation):
        _write_sample(supervisor, installation)


def _write_sample(supervisor: Supervisor, installation: Installation) -> None:
    """Write the sample program; a mark lies beside the data while it is being written."""
    supervisor.say("sample", "writing the sample program (ABMOPS_SAMPLE=0 leaves the installation empty)")
    mark = installation.home.data / UNFINISHED
    mark.touch()
    try:
        supervisor.run([installation.command("sample", "sample")])
    except Failed:
        supervisor.say(
            "sample", "there is no sample program; `manage.py createsuperuser` makes a first person"
        )
    mark.unlink()


def _drop_half_a_sample(supervisor: Supervisor, installation: Installation) -> None:
    """Start over where the last start was stopped in the middle of the sample.

    Nobody has used such an installation yet: the web starts after the sample, and the mark is gone by then.
    """
    mark = installation.home.data / UNFINISHED
    if mark.exists():
        supervisor.say(
            "sample", "the last start was stopped before the sample program was whole; starting over"
        )
        postgres.start_over(installation.home)
        mark.unlink()


def is_empty(installation: Installation) -> bool:
    """True while there is no account."""
    url = os.environ.get("DATABASE_URL") or installation.home.database_url
    connection = psycopg2.connect(url.replace("postgres://", "postgresql://"), connect_timeout=5)
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT NOT EXISTS (SELECT FROM accounts_account)")
            row = cursor.fetchone()
            return row is not None and bool(row[0])
    finally:
        connection.close()


def _fingerprint() -> str:
    """Changes when a static file or a pinned package does."""
    digest = hashlib.sha256()
    for path in _sources():
        digest.update(f"{path.relative_to(PROJECT)}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _sources() -> Iterable[Path]:
    yield from (
        path for name in ("requirements.txt", "package-lock.json") if (path := PROJECT / name).exists()
    )
    for folder in (
        PROJECT / "static",
        *sorted(PROJECT.glob("*/static")),
        *sorted(PROJECT.glob("abmops/*/static")),
    ):
        yield from sorted(path for path in folder.rglob("*") if path.is_file())


def sign_ins(home: Home) -> list[dict[str, str]]:
    """The sample's sign-ins (role, email, password); none in an installation without the sample."""
    try:
        found: list[dict[str, str]] = json.loads(home.sign_in.read_text())
    except (FileNotFoundError, ValueError):
        return []
    return found
