"""So many calls a minute and key, counted in Redis, and in the process where Redis is away."""

import pytest
from pytest_django import Settings

from abmops.lib.choices import Role
from abmops.rest import throttles
from tests.api.caller import Caller
from tests.api.conftest import caller_of


@pytest.fixture
def _few(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.API_CALLS_PER_MINUTE = 3
    monkeypatch.setattr(throttles.PerKey, "clock", staticmethod(lambda: 6_000_000_000.0))


@pytest.mark.usefixtures("_few")
def test_too_many_calls_are_told_when_to_come_back(api: Caller) -> None:
    assert [api.get("accounts/").status_code for _ in range(4)] == [200, 200, 200, 429]
    response = api.get("accounts/")
    assert response.json()["code"] == "throttled"
    assert 1 <= int(response.headers["Retry-After"]) <= 60
    assert caller_of(Role.REVOPS).get("accounts/").status_code == 200


@pytest.mark.usefixtures("_few")
def test_without_redis_it_still_counts(
    api: Caller, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    throttles._redis.cache_clear()
    monkeypatch.setattr(throttles, "_redis_away_until", 0.0)
    try:
        assert [api.get("accounts/").status_code for _ in range(4)] == [200, 200, 200, 429]
        assert throttles._redis_away_until > 0
    finally:
        throttles._redis.cache_clear()
        throttles._redis_away_until = 0.0


def test_the_last_minute_still_weighs(
    api: Caller, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.API_CALLS_PER_MINUTE = 4
    for moment, statuses in ((7_200_000_030.0, [200, 200, 200, 200]), (7_200_000_061.0, [429])):
        monkeypatch.setattr(throttles.PerKey, "clock", staticmethod(lambda at=moment: at))
        assert [api.get("accounts/").status_code for _ in statuses] == statuses
