"""The native bulk as it is promised: ten thousand records a call, gzip, NDJSON, keys of calls, one write path."""

import gzip
import json
from datetime import datetime

import pytest

from abmops.work.models import WorkItem
from signals.models import SignalKey
from tests.api.caller import Caller, zipped
from tests.signals import hooking, make

pytestmark = pytest.mark.django_db

PATH = "/api/v1/signals/bulk/"


def records(moment: datetime, count: int) -> list[dict[str, str]]:
    return [make.record(moment, message_id=f"m{number}") for number in range(count)]


def test_ten_thousand_go_in_and_one_more_does_not(
    integration: Caller, site: make.Site, moment: datetime
) -> None:
    answer = integration.post(PATH, {"records": records(moment, 10_000)})
    assert (answer.status_code, answer.json()["created"]) == (200, 10_000)
    too_many = integration.post(PATH, {"records": records(moment, 10_001)})
    assert (too_many.status_code, too_many.json()["code"]) == (413, "too_large")
    assert "at most 10,000" in too_many.json()["detail"]


@pytest.mark.parametrize("lines", [False, True])
def test_a_packed_body_is_unpacked(
    integration: Caller, site: make.Site, moment: datetime, lines: bool
) -> None:
    sent = records(moment, 3)
    if lines:
        body, type_ = gzip.compress("\n".join(map(json.dumps, sent)).encode()), "application/x-ndjson"
    else:
        body, type_ = zipped({"records": sent}), "application/json"
    answer = integration.post(PATH, body, content_type=type_, headers={"Content-Encoding": "gzip"})
    assert (answer.status_code, answer.json()["created"]) == (200, 3), answer.json()
    assert len(hooking.stored()) == 3


def test_a_call_under_a_key_is_answered_once(integration: Caller, site: make.Site, moment: datetime) -> None:
    sent, key = {"records": [make.record(moment)]}, {"Idempotency-Key": "week-47"}
    first = integration.post(PATH, sent, headers=key)
    again = integration.post(PATH, sent, headers=key)
    assert first.json() == again.json() == {"created": 1, "updated": 0, "unchanged": 0, "errors": []}
    assert again.headers["Idempotency-Replayed"] == "true"
    other = integration.post(PATH, {"records": [make.record(moment, topic="Other")]}, headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert WorkItem.objects.filter(kind="ingest").count() == 1


def test_each_bad_record_is_told_by_its_place_and_field(
    integration: Caller, site: make.Site, moment: datetime
) -> None:
    good = make.record(moment)
    bad = [
        good | {"strength": 101},
        good | {"occurred_at": "soon"},
        {"source": "site"},
        5,
        good | {"scor": 1},
    ]
    answer = integration.post(PATH, {"records": [good, *bad]})
    assert (answer.status_code, answer.json()["created"]) == (207, 1)
    assert {(one["index"], one["pointer"]) for one in answer.json()["errors"]} >= {
        (1, "/strength"), (2, "/occurred_at"), (3, "/type"), (3, "/occurred_at"), (4, ""), (5, "/scor"),
    }  # fmt: skip
    assert len(hooking.stored()) == SignalKey.objects.count() == 1
