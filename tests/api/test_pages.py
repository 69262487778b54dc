"""Lists: keyset pages that lose and repeat nothing, filters, and a query budget that rows do not change."""

import itertools
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Account, ApiKey, User
from tests.accounts.test_admin import fill
from tests.api.caller import Caller

BUDGETS: dict[str, int] = json.loads(Path(__file__).with_name("query_budgets.json").read_text())


def walk(api: Caller, path: str) -> list[dict[str, Any]]:
    """Every row, by following `next`."""
    rows: list[dict[str, Any]] = []
    for _ in range(100):
        page = api.get(path).json()
        assert set(page) - {"as_of"} == {"results", "next"}
        rows += page["results"]
        if page["next"] is None:
            return rows
        path = page["next"].removeprefix("http://testserver")
    raise AssertionError("The pages do not end.")


@pytest.mark.parametrize(
    "ordering", ["id", "name", "-name", "employees", "-employees", "tier", "-tier", "-updated_at"]
)
def test_pages_hold_every_row_once_in_order(api: Caller, ordering: str) -> None:
    numbers: list[int | None] = [3, None, 1, 3, None, 2, 1]
    for number, employees in enumerate(numbers):
        Account.objects.create(name=f"N{employees}", domain=f"a{number}.example", employees=employees)
    rows = walk(api, f"accounts/?limit=2&ordering={ordering}")
    assert sorted(row["id"] for row in rows) == sorted(Account.objects.values_list("id", flat=True))
    name = ordering.removeprefix("-")
    values = [row[name] for row in rows]
    known = [value for value in values if value is not None]
    assert known == sorted(known, reverse=ordering.startswith("-"))
    assert values == known + [None] * (len(values) - len(known))


def test_a_row_that_comes_while_paging_moves_no_other(api: Caller) -> None:
    for number in range(4):
        Account.objects.create(name=f"B{number}", domain=f"b{number}.example")
    first = api.get("accounts/?limit=2&ordering=name").json()
    Account.objects.create(name="A", domain="a.example")
    second = api.get(first["next"].removeprefix("http://testserver")).json()
    assert [row["name"] for row in first["results"] + second["results"]] == ["B0", "B1", "B2", "B3"]


@pytest.mark.parametrize("path", sorted(BUDGETS))
def test_a_list_asks_the_database_as_often_as_is_written_down(api: Caller, path: str) -> None:
    now = timezone.now()
    counts = []
    for size in (2, 10):
        fill(size, now=now) if size == 2 else more(size, now=now)
        api.get(path)
        with CaptureQueriesContext(connection) as asked:
            response = api.get(path)
        assert response.status_code == 200
        counts.append(len(asked))
    assert counts == [BUDGETS[path]] * 2


def more(size: int, *, now: datetime) -> None:
    """More of everything, beside what is there."""
    Account.objects.all().delete()
    User.objects.filter(email="owner@ours.example").delete()
    ApiKey.objects.filter(name__startswith="key ").delete()
    fill(size, now=now)


@pytest.mark.parametrize(("query", "found"), [
    ("account_domain=company-1.example", 1), ("account_domain=https://www.company-1.example/x", 1),
    ("account_domain=nobody.example", 0), ("tier=1", 3), ("tier=2", 0), ("is_target=true", 3),
    ("owner=OWNER@ours.example", 3),
    ("country=DE", 3), ("name=COMPANY", 3), ("lifecycle=customer", 0), ("updated_since=2100-01-01T00:00:00Z", 0),
])  # fmt: skip
def test_filters_of_accounts(api: Caller, query: str, found: int) -> None:
    fill(3, now=timezone.now())
    assert len(walk(api, f"accounts/?{query}")) == found


@pytest.mark.parametrize("resource", ["contacts", "opportunities", "touches", "meetings", "list-changes"])
def test_whatever_belongs_to_an_account_is_found_by_its_domain(api: Caller, resource: str) -> None:
    fill(3, now=timezone.now())
    rows = walk(api, f"{resource}/?account_domain=company-2.example")
    assert [row["account_domain"] for row in rows] == ["company-2.example"]


def test_the_list_as_it_was_and_what_changed(api: Caller) -> None:
    now = timezone.now()
    for name in ("stays", "leaves", "joins", "moves", "blinks"):
        Account.objects.create(name=name, domain=None)
        account = Account.objects.get(name=name)
        account.domains.create(domain=f"{name}.example")

    def change(name: str, tier: int | None, days: int) -> dict[str, Any]:
        at = (now - timedelta(days=days)).isoformat()
        return {
            "account_domain": f"{name}.example",
            "tier": tier,
            "at": at,
            "side": "sales",
            "reason": f"{name} {days}",
        }

    answer = api.bulk(
        "list-changes",
        change("stays", 1, 30), change("leaves", 2, 30), change("moves", 3, 30), change("blinks", 1, 30),
        change("leaves", None, 5), change("joins", 1, 5), change("moves", 1, 5), change("blinks", None, 6),
        change("blinks", 1, 5),
    )  # fmt: skip
    assert answer["created"] == 9

    def names(days: int) -> set[tuple[str, int]]:
        at = (now - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
        return {(row["name"], row["tier"]) for row in walk(api, f"list/?limit=2&as_of={at}")}

    assert names(31) == set()
    assert names(10) == {("stays", 1), ("leaves", 2), ("moves", 3), ("blinks", 1)}
    assert names(0) == {("stays", 1), ("joins", 1), ("moves", 1), ("blinks", 1)}
    since = (now - timedelta(days=10)).strftime("%Y-%m-%dT%H:%M:%SZ")
    diff = api.get(f"list/diff/?from={since}").json()
    assert [(row["name"], row["to_tier"], row["reason"]) for row in diff["joined"]] == [
        ("joins", 1, "joins 5")
    ]
    assert [(row["name"], row["from_tier"]) for row in diff["left"]] == [("leaves", 2)]
    assert [(row["name"], row["from_tier"], row["to_tier"]) for row in diff["retiered"]] == [("moves", 3, 1)]
    assert {row["by"] for part in diff.values() for row in part} == {
        "test-integration.integration@service.invalid"
    }


def test_the_timeline_pages_without_losing_what_happened_at_one_moment(api: Caller) -> None:
    fill(1, now=timezone.now())
    moment = "2026-03-01T10:00:00Z"
    api.bulk("touches", *(
        {"external_id": f"T{number}", "account_domain": "company-0.example", "side": "sales", "channel": "call",
         "occurred_at": moment}
        for number in range(12)
    ))  # fmt: skip
    account = Account.objects.get()
    whole = walk(api, f"accounts/{account.pk}/timeline/?limit=1000")
    assert len(whole) == 12 + 3  # the calls; the meeting, the list and the stage that fill() made
    for limit in (1, 2, 5, 7):
        assert walk(api, f"accounts/{account.pk}/timeline/?limit={limit}") == whole
    assert all(one["at"] >= two["at"] for one, two in itertools.pairwise(whole))
    assert {row["kind"] for row in whole} == {"touch", "list", "opportunity"}
