"""The numbers over REST, in API.md's shape."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from abmops.lib.choices import Role
from accounts.models import Account, ListMembership
from accounts.services.apikey import create_key
from scoreboard.domain.catalogue import NUMBERS
from scoreboard.models import NumberBand
from tests import budgets
from tests.api.caller import Caller
from tests.scoreboard.test_examples import sides
from tests.scoreboard.world import DAY, T, Touched, World, write

pytestmark = pytest.mark.django_db

AS_OF = "2026-11-18T10:00:00Z"


@pytest.fixture
def api(db: None) -> Caller:
    """A key that only reads."""
    _, key = create_key(name="reader", role=Role.INTEGRATION, scopes=("read",), now=timezone.now())
    return Caller(key)


@pytest.fixture(autouse=True)
def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls are made an hour after T."""
    monkeypatch.setattr("abmops.rest.views.timezone.now", lambda: T + timedelta(hours=1))


def numbers(api: Caller, query: str = "") -> Any:
    answer = api.get(f"scoreboard/?as_of={AS_OF}{query}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_the_shape(api: Caller) -> None:
    NumberBand.objects.create(key="coverage", tier=1, low=0.8, high=0.95)
    write(sides())
    body = numbers(api)
    assert body["as_of"] == AS_OF
    assert body["list_size"] == 2
    assert list(body["numbers"]) == list(NUMBERS)
    coverage = body["numbers"]["coverage"]
    assert {name: coverage[name] for name in ("value", "numerator", "denominator", "unit", "band")} == {
        "value": 0.0,
        "numerator": 0,
        "denominator": 2,
        "unit": "share",
        "band": None,
    }
    assert coverage["by_tier"]["1"]["band"] == {
        "low": 0.8,
        "high": 0.95,
        "limit": None,
        "alarm_below": None,
        "alarm_above": None,
    }
    assert coverage["by_tier"]["3"]["value"] is None


def test_money_goes_as_decimal_strings_in_the_base_currency(api: Caller) -> None:
    write(sides())
    won = numbers(api)["numbers"]["won_amount_target"]
    assert (won["value"], won["numerator"], won["denominator"], won["unit"]) == (
        "200.0000",
        "600.0000",
        3,
        "USD",
    )
    assert won["difference"] == "0.0000"


def test_a_tier_an_owner_and_a_period_may_be_asked_for(api: Caller) -> None:
    write(sides())
    assert numbers(api, "&tier=2")["list_size"] == 1
    assert numbers(api, "&owner=owner1@abm.example")["list_size"] == 0
    assert numbers(api, "&owner=OWNER0@abm.example")["list_size"] == 2
    period = numbers(api, "&from=2026-05-17T10:00:00Z")["numbers"]
    assert period["win_rate_target"]["denominator"] == 2


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        pytest.param("as_of=2026-11-18T10:00:00", "/as_of", id="a naive time"),
        pytest.param("as_of=2026-11-18", "/as_of", id="a day"),
        pytest.param("as_of=yesterday", "/as_of", id="a word"),
        pytest.param("as_of=2026-12-18T10:00:00Z", "/as_of", id="the future"),
        pytest.param("tier=4", "/tier", id="no such tier"),
        pytest.param("owner=nobody@x.example", "/owner", id="no such person"),
        pytest.param("territory=mars", "/territory", id="no such territory"),
        pytest.param("cohort=2026", "/cohort", id="no quarter"),
        pytest.param(f"as_of={AS_OF}&from=2026-11-18T10:00:00Z", "/from", id="an empty period"),
        pytest.param("asof=2026", "/asof", id="no such parameter"),
    ],
)
@pytest.mark.parametrize("path", ["scoreboard/", "scoreboard/coverage/accounts/"])
def test_what_is_wrong_is_named(api: Caller, path: str, query: str, pointer: str) -> None:
    answer = api.get(f"{path}?{query}")
    assert answer.status_code == 400, answer.content
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]


def test_all_that_is_wrong_is_named_at_once(api: Caller) -> None:
    answer = api.get("scoreboard/?tier=9&as_of=x").json()
    assert sorted(error["pointer"] for error in answer["errors"]) == ["/as_of", "/tier"]


def test_an_offset_whose_plus_came_as_a_blank_is_understood(api: Caller) -> None:
    assert numbers(api)["as_of"] == api.get("scoreboard/?as_of=2026-11-18T11:00:00+01:00").json()["as_of"]


def covered(n: int) -> World:
    """n accounts in tier 1, the even ones with a sales touch."""
    return World(
        tiers=[[(T - 100 * DAY, 1)] for _ in range(n)],
        owners=[0] * n,
        created=[T - 100 * DAY] * n,
        touches=[Touched(place, T - DAY) for place in range(0, n, 2)],
    )


def test_a_number_opens_to_its_accounts_page_by_page(api: Caller) -> None:
    write(covered(7))
    names: list[str] = []
    address: str | None = f"/api/v1/scoreboard/coverage/accounts/?part=numerator&as_of={AS_OF}&limit=3"
    while address:
        body = api.get(address.replace("http://testserver", "")).json()
        names += [row["account"]["name"] for row in body["results"]]
        address = body["next"]
    assert names == [f"Account {n}" for n in (0, 2, 4, 6)]
    missing = api.get(f"scoreboard/coverage/accounts/?part=missing&as_of={AS_OF}").json()
    assert [row["account"]["name"] for row in missing["results"]] == [f"Account {n}" for n in (1, 3, 5)]
    assert missing["results"][0]["at"] is None


@pytest.mark.parametrize("key", list(NUMBERS))
def test_every_number_opens_and_its_parts_add_up(api: Caller, key: str) -> None:
    write(sides())
    figure = numbers(api)["numbers"][key]
    for part in ("numerator", "missing"):
        body = api.get(f"scoreboard/{key}/accounts/?part={part}&as_of={AS_OF}").json()
        assert body["part"] == part
        if part == "numerator" and figure["unit"] == "share":
            assert sum(row["count"] for row in body["results"]) == (
                figure["numerator"] if isinstance(figure["numerator"], int) else 1
            )


@pytest.mark.parametrize(
    ("path", "status"),
    [("scoreboard/nonsense/accounts/", 404), ("scoreboard/coverage/accounts/?part=half", 400)],
)
def test_what_is_not_there(api: Caller, path: str, status: int) -> None:
    assert api.get(path).status_code == status


def test_a_stranger_gets_nothing(db: None) -> None:
    assert Client().get("/api/v1/scoreboard/").status_code == 401


def test_times_of_the_answer_have_a_zone(api: Caller) -> None:
    write(covered(2))
    body = api.get(f"scoreboard/coverage/accounts/?as_of={AS_OF}").json()
    assert datetime.fromisoformat(body["results"][0]["at"]).tzinfo is not None


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("api scoreboard", f"scoreboard/?as_of={AS_OF}"),
        ("api scoreboard accounts", f"scoreboard/coverage/accounts/?part=missing&as_of={AS_OF}"),
    ],
)
def test_a_call_keeps_its_budget(api: Caller, name: str, path: str) -> None:
    write(covered(3))
    api.get(path)  # the key's first use
    few = budgets.queries_of(lambda: api.get(path))
    accounts = Account.objects.bulk_create(Account(name=f"More {place}") for place in range(40))
    ListMembership.objects.bulk_create(
        ListMembership(account=account, tier=2, valid_from=T - DAY, side="revops", reason="Test.")
        for account in accounts
    )
    assert budgets.queries_of(lambda: api.get(path)) == few
    budgets.hold(name, few)
