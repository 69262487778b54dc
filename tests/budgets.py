"""How many queries a page or call may make: recorded numbers in `query_budgets.json`, reviewed like code.

A number that falls is recorded, too, so that it cannot creep back. ABMOPS_RECORD_BUDGETS=1 writes the file anew.
"""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

FILE = Path(__file__).with_name("query_budgets.json")


def queries_of(call: Callable[[], Any]) -> int:
    """The queries of one successful call, sessions and permissions included."""
    with CaptureQueriesContext(connection) as captured:
        answer = call()
        if answer.streaming:
            b"".join(answer.streaming_content)
    assert answer.status_code == 200, answer.status_code
    return len(captured)


def hold(name: str, count: int) -> None:
    """Compare a count with the recorded one, or record it when asked to."""
    budgets: dict[str, int] = json.loads(FILE.read_text()) if FILE.exists() else {}
    if os.environ.get("ABMOPS_RECORD_BUDGETS"):
        FILE.write_text(json.dumps(budgets | {name: count}, indent=2, sort_keys=True) + "\n")
        return
    assert name in budgets, f"{name} has no budget yet: it makes {count} queries."
    assert count == budgets[name], f"{name} makes {count} queries; its budget is {budgets[name]}."
