"""Server time of the Accounts page and the change log with 100,000 accounts: every sort, filter and search, warm."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.selectors.account_list import VIEWS, sort_paths
from accounts.selectors.account_paging import PAGE_SIZE
from bench import crowd
from bench.installation import Installation

TURNS = 11
FILTERS = (
    "tier=1", "phase=active", "owner=none", "territory=none", "lifecycle=customer", "industry=Optics",
    "country=DE&country=FR", "gap=champion", "gap=champion&gap=end_user", "plays=none", "plays=running",
)  # fmt: skip
SEARCHES = ("e", "norvane", "crowd99", "001000000000", "nobody-is-called-so")


def figures(installation: Installation, scale: float) -> Iterator[dict[str, Any]]:
    """Median and worst in milliseconds over the turns, without the network; last the slowest of them all."""
    accounts = int(crowd.ACCOUNTS * scale)
    rep = crowd.made(accounts)
    client = Client(headers={"host": "localhost"})
    client.force_login(rep)
    last = accounts // PAGE_SIZE - 1
    asked = [
        *((f"view {view.name}", f"view={view.name}") for view in VIEWS),
        *(
            (f"sort {turn}{name}", f"view=all&sort={turn}{name}")
            for name in sort_paths()
            for turn in ("", "-")
        ),
        *((f"filter {query}", f"view=all&{query}") for query in FILTERS),
        *((f"search {words}", f"view=all&q={words}") for words in SEARCHES),
        ("page in the middle", f"view=all&page={last // 2}"),
        ("last page", f"view=all&page={last}"),
        ("last page by name", f"view=all&sort=name&page={last}"),
    ]
    slowest: dict[str, Any] = {"value": 0}
    for name, query in asked:
        figure = _measured(client, name, f"/accounts/?{query}")
        slowest = max(slowest, figure, key=lambda one: one["value"])
        yield figure
    yield {**slowest, "figure": "slowest", "which": slowest["figure"], "accounts": accounts}
    pk = rep.accounts.values_list("pk", flat=True).first()
    for name, path in (
        ("changes", "/changes/"),
        ("changes of an account", f"/changes/?account={pk}"),
        ("changes of a kind", "/changes/?kind=accounts_touch"),
        ("an account", f"/accounts/{pk}/"),
    ):
        yield _measured(client, name, path)


def _measured(client: Client, name: str, path: str) -> dict[str, Any]:
    times = [_once(client, path) for _ in range(TURNS)][1:]
    with CaptureQueriesContext(connection) as queries:
        client.get(path)
    return {
        "figure": name,
        "value": round(statistics.median(times), 1),
        "best": round(min(times), 1),
        "worst": round(max(times), 1),
        "unit": "ms server time",
        "queries": len(queries),
    }


def _once(client: Client, path: str) -> float:
    started = time.perf_counter()
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return (time.perf_counter() - started) * 1000
