"""What every test may ask for."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime

import hypothesis
import pytest
from django.conf import settings
from django.db import connection, connections
from django.test import TransactionTestCase
from playwright.sync_api import Browser, sync_playwright
from pytest_django.live_server_helper import LiveServer
from pytest_django.plugin import DjangoDbBlocker

from tests import database, live
from tests.services import services
from tools import browser

# As root Chromium has no sandbox; the rest keeps it from calling home at every start.
CHROMIUM = [
    "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip

# The selector of the whole page while its scripts are not there yet, or htmx has asked for a part or is putting it in:
# `page.locator("unsettled=page")`. What is pressed then falls on nobody who listens.
UNSETTLED = "unsettled"
SETTLING = """{
    queryAll(root) {
        const page = root.ownerDocument || root;
        const busy = page.querySelector(".htmx-request, .htmx-swapping, .htmx-settling, .htmx-added");
        const whole = page.documentElement;
        // Between two pages a document is empty for a moment.
        if (!whole) return [page.createElement("html")];
        return busy || page.readyState !== "complete" ? [whole] : [];
    },
    query(root) { return this.queryAll(root)[0] || null; },
}"""

# A busy machine is no fault: nothing that hypothesis tries is held to the clock.
hypothesis.settings.register_profile(
    "suite", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("suite")


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings: None, django_db_blocker: DjangoDbBlocker
) -> None:
    """Every worker's database is a copy: migrating takes many seconds."""
    if services.embedded:
        with django_db_blocker.unblock():
            settings.DATABASES["default"]["TEST"]["TEMPLATE"] = database.template(services.home)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The test database. At the end whoever still holds it, a thread that a test left behind, is shown out."""
    with django_db_blocker.unblock():
        database.keep()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda case: database.restore())
        yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.fixture
def now() -> datetime:
    """A fixed moment: a Wednesday morning, so that working hours are running."""
    return datetime(2026, 11, 18, 10, 0, tzinfo=UTC)


@pytest.fixture
def live_server(transactional_db: None) -> Iterator[LiveServer]:
    """The program behind an address, for one test: it has ended when the database is cleared."""
    server = live.started()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A running Chromium, the one that `make test` found or installed. Open a context of your own in it.

    Playwright runs an event loop in this thread, where Django would otherwise refuse to touch the database.
    """
    path = browser.find()
    if path is None:
        pytest.fail("There is no Chromium; `make test` installs one, ABMOPS_CHROMIUM names one.")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    # While that loop runs Django keeps another connection for this thread. A process that a test forks has no loop: it
    # would find the one from before, share it with us, and leave its locks behind when it is killed.
    connections.close_all()
    try:
        with sync_playwright() as playwright:
            playwright.selectors.register(UNSETTLED, SETTLING, content_script=True)
            running = playwright.chromium.launch(executable_path=path, args=CHROMIUM)
            yield running
            running.close()
    finally:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
