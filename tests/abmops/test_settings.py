"""What the settings promise, asked of a process that has read them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.db import connection

from abmops import vendored

PROJECT = Path(__file__).parents[2]
PRODUCTION = {
    "ABMOPS_HTTPS": "1",
    "ABMOPS_BEHIND_PROXY": "1",
    "ALLOWED_HOSTS": "abmops.example.com",
    "SECRET_KEY": "for-this-test-alone-0123456789-abcdefghijklmnopqrstuvwxyz",
}


def manage(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A management command in a process of its own."""
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        check=False,
        capture_output=True,
        text=True,
        cwd=PROJECT,
        # A browser test of this run may have opened a door for itself.
        env={**os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE": "", **environment},
    )


def test_the_deploy_check_has_nothing_to_say() -> None:
    """Under what production sets."""
    done = manage("check", "--deploy", "--fail-level=WARNING", **PRODUCTION)
    assert done.returncode == 0, done.stderr


def test_an_installation_on_other_servers_must_bring_its_secret() -> None:
    """Two hosts with a key each would not read each other's sessions."""
    done = manage("check", DATABASE_URL="postgres://nobody@localhost/none", SECRET_KEY="")
    assert done.returncode != 0
    assert "Set SECRET_KEY" in done.stderr


@pytest.mark.parametrize(
    ("process", "statement", "idle"),
    [
        pytest.param("web", "5s", "15s", id="a page never hangs"),
        pytest.param("worker", "30s", "15s", id="a slice of work takes a little longer"),
        pytest.param("command", "0", "0", id="a migration takes its time"),
    ],
)
def test_each_role_has_its_patience(process: str, statement: str, idle: str) -> None:
    """PostgreSQL itself ends what runs too long, whatever the process does."""
    script = (
        "from django.db import connection as c; k = c.cursor();"
        "[(k.execute(f'SHOW {n}'), print(k.fetchone()[0])) for n in "
        "('statement_timeout', 'idle_in_transaction_session_timeout', 'lock_timeout', 'TimeZone')]"
    )
    name = connection.settings_dict["NAME"]
    assert name
    done = manage("shell", "--no-imports", "-c", script, ABMOPS_PROCESS=process)
    assert done.stdout.split() == [statement, idle, "3s", "UTC"], done.stderr


@pytest.mark.parametrize("name", vendored.FILES)
def test_front_end_packages_are_served_from_where_npm_put_them(name: str) -> None:
    """And nothing else of them is."""
    found = finders.find(name)
    assert isinstance(found, str)
    assert Path(found).stat().st_size > 10_000
    assert finders.find(name.replace(".min.js", ".js")) is None
