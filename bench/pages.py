"""Server time of the main pages, warm, on the sample program, with the number of queries each takes."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from typing import Any

from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Account, User
from bench.installation import Installation

TURNS = 21


def figures(installation: Installation, scale: float) -> Iterator[dict[str, Any]]:
    """Median and worst in milliseconds over the turns, without the network."""
    if not User.objects.filter(email__endswith="@tracewell.example").exists():
        Account.objects.all().delete()
        call_command("sample", verbosity=0)
    rep = User.objects.filter(role="rep", email__endswith="@tracewell.example", tasks__state="open").first()
    assert rep is not None
    account = Account.objects.filter(tier=1).order_by("-touches__occurred_at").first()
    assert account is not None
    client = Client(headers={"host": "localhost"})
    client.force_login(rep)
    for name, path in (
        ("today", "/"),
        ("accounts", "/accounts/"),
        ("account", f"/accounts/{account.pk}/"),
        ("scoreboard", "/scoreboard/"),
        ("signals", "/signals/"),
        ("committees", "/committees/"),
        ("committee", f"/accounts/{account.pk}/committee/"),
        ("gaps", "/gaps/"),
        ("gaps_of_all", "/gaps/?view=all"),
    ):
        times = [_once(client, path) for _ in range(TURNS)][1:]
        with CaptureQueriesContext(connection) as queries:
            client.get(path)
        yield {
            "figure": f"{name}_ms",
            "value": round(statistics.median(times), 1),
            "worst": round(max(times), 1),
            "unit": "ms server time",
            "queries": len(queries),
        }


def _once(client: Client, path: str) -> float:
    started = time.perf_counter()
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return (time.perf_counter() - started) * 1000
