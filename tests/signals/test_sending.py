"""`POST signals/bulk/`: records of signals, each judged by itself, counted, and taken in once."""

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from abmops.lib.choices import Role
from abmops.work import services as work
from abmops.work.models import WorkItem
from signals.models import RejectedEvent, Signal, UnmatchedSignal
from signals.services import definitions
from tests.accounts import make as accounts
from tests.api.caller import Caller
from tests.api.conftest import caller_of
from tests.signals import make

pytestmark = pytest.mark.django_db


def test_a_record_becomes_a_signal_of_its_account(
    integration: Caller, site: make.Site, moment: datetime
) -> None:
    acme = accounts.account(external_id="A-1")
    jane = accounts.contact(acme)
    ways: list[dict[str, Any]] = [
        {
            "account_domain": "https://www.acme.example/x",
            "topic": "ABM",
            "strength": 50,
            "properties": {"level": 1.5},
        },
        {"account_domain": None, "account_external_id": "A-1"},
        {"account_domain": None, "contact_email": "JANE@acme.example"},
    ]
    records = [make.record(moment, message_id=f"m{n}", **way) for n, way in enumerate(ways)]
    records = [{name: value for name, value in one.items() if value is not None} for one in records]
    answer = integration.bulk("signals", *records)
    assert answer == {"created": 3, "updated": 0, "unchanged": 0, "errors": []}
    work.drain_all()
    signals = Signal.objects.order_by("message_id")
    assert [signal.account for signal in signals] == [acme] * 3
    assert [signal.contact for signal in signals] == [None, None, jane]
    first = signals[0]
    assert (first.topic, first.strength, first.points) == ("ABM", 50.0, 10.0)
    assert (first.properties, first.occurred_at) == ({"level": 1.5}, moment - timedelta(hours=1))


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        pytest.param({"source": "sight"}, "/source", id="unknown source"),
        pytest.param({"type": "topic-urge"}, "/type", id="unknown type"),
        pytest.param({"source": None}, "/source", id="null source"),
        pytest.param({"account_domain": ...}, "", id="no account key at all"),
        pytest.param({"account_domain": "gmail.com"}, "/account_domain", id="free mail is nobody's company"),
        pytest.param(
            {"account_domain": "someone@gmail.com"}, "/account_domain", id="nor is an address of one"
        ),
        pytest.param({"account_domain": "co.uk"}, "/account_domain", id="a public suffix"),
        pytest.param({"account_domain": "10.0.0.1"}, "/account_domain", id="an address of a machine"),
        pytest.param({"contact_email": "jane"}, "/contact_email", id="no e-mail address"),
        pytest.param({"occurred_at": "2026-11-18T10:00:00"}, "/occurred_at", id="naive time"),
        pytest.param({"occurred_at": "2126-11-18T10:00:00Z"}, "/occurred_at", id="future time"),
        pytest.param({"occurred_at": "2026-11-18"}, "/occurred_at", id="a day is no time"),
        pytest.param({"occurred_at": 1763460000}, "/occurred_at", id="a number is no time"),
        pytest.param({"occurred_at": ...}, "/occurred_at", id="no time"),
        pytest.param({"strength": 101}, "/strength", id="stronger than 100"),
        pytest.param({"strength": -1}, "/strength", id="weaker than 0"),
        pytest.param({"strength": "80"}, "/strength", id="strength as text"),
        pytest.param({"topic": "x" * 121}, "/topic", id="long topic"),
        pytest.param({"message_id": "x" * 201}, "/message_id", id="long message id"),
        pytest.param({"message_id": 7}, "/message_id", id="message id as number"),
        pytest.param({"properties": ["a"]}, "/properties", id="properties as a list"),
        pytest.param({"properties": {"a": "x" * 16_384}}, "/properties", id="properties over 16 KB"),
        pytest.param({"accountdomain": "acme.example"}, "/accountdomain", id="no such field"),
    ],
)
def test_a_bad_record_is_named_and_the_good_ones_stay(
    integration: Caller, site: make.Site, moment: datetime, change: dict[str, Any], pointer: str
) -> None:
    good = make.record(moment, message_id="good")
    bad = make.record(moment, message_id="bad") | change
    bad = {name: value for name, value in bad.items() if value is not ...}
    answer = integration.bulk("signals", good, bad, make.record(moment, message_id="too"))
    assert (answer["created"], [(one["index"], one["pointer"]) for one in answer["errors"]]) == (
        2,
        [(1, pointer)],
    )
    work.drain_all()
    assert sorted(Signal.objects.values_list("message_id", flat=True)) == ["good", "too"]


@pytest.mark.parametrize("what", ["source", "type"])
def test_what_is_inactive_takes_nothing(
    integration: Caller, site: make.Site, moment: datetime, what: str
) -> None:
    if what == "source":
        definitions.put_source(slug="site", fields={"is_active": False})
    else:
        definitions.put_signal_type(slug="topic-surge", fields={"is_active": False})
    answer = integration.bulk("signals", make.record(moment))
    assert [one["pointer"] for one in answer["errors"]] == [f"/{what}"]


@pytest.mark.parametrize("drained", [True, False], ids=["worked out", "still in the inbox"])
@pytest.mark.parametrize("message_id", ["m1", ""], ids=["by its id", "by its words"])
def test_the_same_call_again_changes_nothing(
    integration: Caller, site: make.Site, moment: datetime, message_id: str, drained: bool
) -> None:
    records = [make.record(moment, message_id=message_id, properties={"n": 1.25, "big": 10**30})]
    assert integration.bulk("signals", *records)["created"] == 1
    if drained:
        work.drain_all()
    waiting = WorkItem.objects.count()
    assert integration.bulk("signals", *records, *records) == {
        "created": 0,
        "updated": 0,
        "unchanged": 2,
        "errors": [],
    }
    assert WorkItem.objects.count() == waiting
    work.drain_all()
    assert (Signal.objects.count(), RejectedEvent.objects.count()) == (1, 0)


@pytest.mark.parametrize("together", [True, False], ids=["in one call", "in two"])
def test_a_repeat_with_another_body_is_kept_and_the_first_stands(
    integration: Caller, site: make.Site, moment: datetime, together: bool
) -> None:
    first, other = (make.record(moment, message_id="m1", topic=topic) for topic in ("One", "Two"))
    if together:
        answer = integration.bulk("signals", first, other)
    else:
        integration.bulk("signals", first)
        work.drain_all()
        answer = integration.bulk("signals", other)
    assert (answer["created"], answer["unchanged"]) == (int(together), 1)
    work.drain_all()
    assert Signal.objects.get().topic == "One"
    assert RejectedEvent.objects.get().code == RejectedEvent.Code.CONFLICT
    shown = integration.get("rejected-events/?code=conflict&source=site").json()["results"]
    assert [one["message_id"] for one in shown] == ["m1"]


def test_lines_are_records_too(integration: Caller, site: make.Site, moment: datetime) -> None:
    lines = [json.dumps(make.record(moment, message_id=f"m{n}")) for n in range(3)]
    body = "\n".join([lines[0], "{broken", lines[1].replace("m1", "m\\u0000"), "", lines[2]]).encode()
    response = integration.post("signals/bulk/", body, content_type="application/x-ndjson")
    answer = response.json()
    assert (response.status_code, answer["created"]) == (207, 2)
    assert [one["index"] for one in answer["errors"]] == [1, 2]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param(b"", 400, id="empty"),
        pytest.param(b"{", 400, id="broken"),
        pytest.param(b"\xff", 400, id="no UTF-8"),
        pytest.param(b"[]", 400, id="a list"),
        pytest.param(b'{"records": [], "more": 1}', 400, id="something beside records"),
        pytest.param(b'{"records": ["\\u0000"]}', 400, id="NUL"),
        pytest.param(b'{"records": []}', 200, id="no records is no fault"),
    ],
)
def test_a_bad_body_is_refused_whole(integration: Caller, site: make.Site, body: bytes, status: int) -> None:
    assert integration.post("signals/bulk/", body).status_code == status
    assert not WorkItem.objects.filter(kind="ingest").exists()


@pytest.mark.parametrize(
    ("role", "scopes", "status"),
    [
        pytest.param(Role.INTEGRATION, ("ingest",), 200, id="ingest is enough"),
        pytest.param(Role.INTEGRATION, ("write",), 200, id="write is enough"),
        pytest.param(Role.INTEGRATION, ("read",), 403, id="read is not"),
        pytest.param(Role.REVOPS, ("write",), 200, id="RevOps may"),
        pytest.param(Role.MARKETER, ("write",), 403, id="marketers may not"),
        pytest.param(Role.REP, ("write",), 403, id="reps may not"),
        pytest.param(Role.EXECUTIVE, ("write",), 403, id="executives may not"),
    ],
)
def test_who_may_send(
    site: make.Site, moment: datetime, role: str, scopes: tuple[str, ...], status: int
) -> None:
    answer = caller_of(role, scopes).post("signals/bulk/", {"records": [make.record(moment)]})
    assert answer.status_code == status


def test_a_write_key_is_no_api_key(site: make.Site, moment: datetime) -> None:
    answer = Caller(site.key).post("signals/bulk/", {"records": [make.record(moment)]})
    assert answer.status_code == 401
    assert "write key" in answer.json()["detail"]


def test_a_domain_that_nobody_has_waits(integration: Caller, site: make.Site, moment: datetime) -> None:
    integration.bulk("signals", make.record(moment, account_domain="www.stranger.example"))
    work.drain_all()
    assert UnmatchedSignal.objects.get().domain == "stranger.example"
    shown = integration.get("unmatched-signals/?domain=stranger.example").json()["results"]
    assert [one["keys"] for one in shown] == [["domain:stranger.example"]]


def test_the_number_of_queries_does_not_grow(
    integration: Caller, site: make.Site, moment: datetime, django_assert_max_num_queries: Any
) -> None:
    accounts.account()
    for count in (1, 100):
        with django_assert_max_num_queries(16):
            integration.bulk(
                "signals", *[make.record(moment, message_id=f"{count}-{n}") for n in range(count)]
            )
