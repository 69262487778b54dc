"""The doors for Segment's libraries: what is taken, what is refused with which words, and what is kept of it."""

import base64
import gzip
import json
import zlib
from datetime import datetime, timedelta
from typing import Any

import psycopg2
import pytest
from django.db import OperationalError, connection
from django.test import Client

from abmops.lib.choices import Role
from abmops.work import services as work
from abmops.work.models import WorkItem
from accounts.services.apikey import create_key
from signals.models import RejectedEvent, Signal
from signals.services import definitions, ingest
from signals.webhooks import MAX_BODY
from tests.accounts import make as accounts
from tests.signals import make

pytestmark = pytest.mark.django_db

BATCH = "/v1/batch"


def basic(key: str, password: str = "") -> dict[str, str]:
    """The header that Segment's libraries send."""
    return {"Authorization": "Basic " + base64.b64encode(f"{key}:{password}".encode()).decode()}


def send(path: str, body: Any, headers: dict[str, str], content_type: str = "application/json") -> Any:
    """One call; what is not bytes goes as JSON."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Client().generic("POST", path, raw, content_type, headers=headers)


def taken() -> int:
    """How many signals there are once the inbox is empty."""
    work.drain_all()
    assert not WorkItem.objects.filter(kind="ingest").exists()
    return Signal.objects.count()


def batch_of(*events: dict[str, Any]) -> bytes:
    """A batch body."""
    return json.dumps({"batch": list(events)}).encode()


def sized(size: int, message_id: str = "m1") -> bytes:
    """An event of exactly so many bytes."""
    empty = json.dumps(make.page(message_id, properties={"pad": ""})).encode()
    return json.dumps(make.page(message_id, properties={"pad": "x" * (size - len(empty))})).encode()


@pytest.mark.parametrize("slash", ["", "/"])
@pytest.mark.parametrize(
    ("path", "body", "signals"),
    [
        pytest.param(
            "batch", {"batch": [make.page("m1"), make.track("m2", "Demo Requested")]}, 2, id="batch"
        ),
        pytest.param("import", {"batch": [make.page("m1")]}, 1, id="import"),
        pytest.param("track", make.track("m1", "demo_requested"), 1, id="track, however it is spelt"),
        pytest.param("page", make.page("m1"), 1, id="page"),
        pytest.param("screen", {"userId": "u1", "messageId": "m1", "name": "Home"}, 1, id="screen"),
        pytest.param(
            "identify",
            {"userId": "u1", "messageId": "m1", "traits": {"email": "a@b.example"}},
            0,
            id="identify",
        ),
        pytest.param("group", {"userId": "u1", "messageId": "m1", "groupId": "acme.example"}, 0, id="group"),
        pytest.param("alias", {"userId": "u1", "messageId": "m1", "previousId": "a1"}, 0, id="alias"),
        pytest.param("t", make.track("m1", "Demo Requested"), 1, id="analytics.js: track"),
        pytest.param("p", make.page("m1"), 1, id="analytics.js: page"),
        pytest.param("s", {"userId": "u1", "messageId": "m1", "name": "Home"}, 1, id="screen by its letter"),
        pytest.param("i", {"userId": "u1", "messageId": "m1"}, 0, id="identify by its letter"),
        pytest.param(
            "g", {"userId": "u1", "messageId": "m1", "groupId": "acme.example"}, 0, id="group by its letter"
        ),
        pytest.param(
            "a", {"userId": "u1", "messageId": "m1", "previousId": "a1"}, 0, id="alias by its letter"
        ),
        pytest.param(
            "b", {"batch": [make.page("m1")]}, 1, id="batch by its letter, as mobile libraries call it"
        ),
        pytest.param("m", {"series": []}, 0, id="how analytics.js itself fares"),
    ],
)
def test_every_call_is_taken(
    site: make.Site, path: str, slash: str, body: dict[str, Any], signals: int
) -> None:
    answer = send(f"/v1/{path}{slash}", body, basic(site.key))
    assert (answer.status_code, answer.json()) == (200, {"success": True})
    assert taken() == signals
    assert not RejectedEvent.objects.exists()


@pytest.mark.parametrize(
    "content_type", ["application/json", "text/plain", "application/x-www-form-urlencoded", ""]
)
def test_the_body_is_judged_and_not_its_type(site: make.Site, content_type: str) -> None:
    assert send(BATCH, {"batch": [make.page("m1")]}, basic(site.key), content_type).status_code == 200
    assert taken() == 1


@pytest.mark.parametrize(
    ("where", "status"),
    [
        pytest.param("basic", 200, id="Basic, as the libraries send it"),
        pytest.param("bearer", 200, id="Bearer"),
        pytest.param("body", 200, id="in the body"),
        pytest.param("nowhere", 401, id="nowhere"),
        pytest.param("wrong", 401, id="one that nobody has"),
        pytest.param("api key", 401, id="an API key"),
        pytest.param("broken", 401, id="no Base64"),
        pytest.param("retired", 401, id="of a source that is inactive"),
    ],
)
def test_whose_events_they_are(site: make.Site, moment: datetime, where: str, status: int) -> None:
    _, api_key = create_key(name="an API key", role=Role.REVOPS, now=moment)
    headers = {
        "basic": basic(site.key),
        "bearer": {"Authorization": f"Bearer {site.key}"},
        "wrong": basic("wk_nobody"),
        "api key": basic(api_key),
        "broken": {"Authorization": "Basic ***"},
        "retired": basic(site.key),
    }.get(where, {})
    if where == "retired":
        definitions.put_source(slug="site", fields={"is_active": False})
    extra = {"writeKey": site.key} if where == "body" else {}
    answer = send(BATCH, {"batch": [make.page("m1")]} | extra, headers)
    assert answer.status_code == status
    assert taken() == (status == 200)
    if status == 401:
        assert answer.headers["WWW-Authenticate"].startswith("Basic")
        assert site.key not in answer.content.decode()
        assert ("API key" in answer.json()["detail"]) == (where == "api key")


@pytest.mark.parametrize(("event", "pointer", "said"), [
    pytest.param(b'{"event": 5}', "/event", "Must be a text, not a number.", id="a number"),
    pytest.param(b'{"userId": {}}', "/userId", "Must be a number or a text, not an object.", id="an object"),
    pytest.param(b'{"properties": {"a": [1e999]}}', "/properties", "Holds a number that is too large to be kept.",
                 id="a number beyond all"),
])  # fmt: skip
def test_what_is_wrong_with_a_field_is_said_in_words(
    site: make.Site, event: bytes, pointer: str, said: str
) -> None:
    answer = send("/v1/track", event, basic(site.key)).json()
    assert [(one["pointer"], one["detail"]) for one in answer["errors"]] == [(pointer, said)]


@pytest.mark.parametrize(("path", "event"), [
    ("/v1/track", '{"event": "Demo Requested", "userId": "ann"}'),
    ("/v1/batch", '{"batch": [{"type": "track", "event": "Demo Requested", "userId": "ann"}]}'),
])  # fmt: skip
def test_a_byte_order_mark_spoils_nothing(site: make.Site, path: str, event: str) -> None:
    assert send(path, event.encode("utf-8-sig"), basic(site.key)).json() == {"success": True}
    assert taken()


@pytest.mark.parametrize(
    ("body", "encoding", "status", "words"),
    [
        pytest.param(b"", "", 400, "is empty", id="empty"),
        pytest.param('{"batch": []}'.encode("utf-16"), "", 400, "UTF-16", id="UTF-16"),
        pytest.param(
            b'{"batch": [], "sentAt": 4}', "", 400, "`sentAt` must be a text", id="a number as time"
        ),
        pytest.param(b"{", "", 400, "not valid JSON", id="broken"),
        pytest.param(b"null", "", 400, "must be an object, not null", id="null"),
        pytest.param(b'{"batch": {}}', "", 400, "`batch` must be a list", id="no list of events"),
        pytest.param(b'{"events": []}', "", 400, "lacks the field `batch`", id="no batch at all"),
        pytest.param(b'{"batch": [], "writeKey": "\xff"}', "", 400, "UTF-8", id="no UTF-8"),
        pytest.param(b'{"batch": [NaN]}', "", 400, "not valid JSON", id="NaN is no JSON"),
        pytest.param(batch_of(make.page("m1")), "gzip", 400, "is not gzip", id="says gzip and is not"),
        pytest.param(
            gzip.compress(batch_of(make.page("m1")))[:-9], "gzip", 400, "cut off", id="gzip cut off"
        ),
        pytest.param(gzip.compress(batch_of(make.page("m1"))), "", 400, "", id="gzip that does not say so"),
        pytest.param(b"x", "br", 400, "Content-Encoding", id="another encoding"),
        pytest.param(zlib.compress(b"{}"), "gzip", 400, "is not gzip", id="deflate is not gzip"),
        pytest.param(gzip.compress(b" " * 50_000_000), "gzip", 413, "larger than", id="gzip bomb"),
        pytest.param(b" " * (MAX_BODY + 1), "", 413, "larger than", id="a byte over 500 KB"),
        pytest.param(b"[" * 100_000, "", 400, "must be an object, not a list", id="brackets without end"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused_whole(
    site: make.Site, body: bytes, encoding: str, status: int, words: str
) -> None:
    headers = basic(site.key) | ({"Content-Encoding": encoding} if encoding else {})
    answer = send(BATCH, body, headers)
    assert answer.status_code == status, answer.content
    assert words in answer.json()["detail"]
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (taken(), RejectedEvent.objects.count()) == (0, 0)


def test_a_body_of_exactly_500_kb_is_taken(site: make.Site) -> None:
    events = [sized(32_000, f"m{n}") for n in range(15)]
    body = b'{"batch": [' + b", ".join(events) + b"]}"
    padded = body + b" " * (MAX_BODY - len(body))
    assert send(BATCH, padded, basic(site.key)).status_code == 200
    assert (
        send(BATCH, gzip.compress(padded), basic(site.key) | {"Content-Encoding": "gzip"}).status_code == 200
    )
    assert taken() == 15


@pytest.mark.parametrize(
    ("size", "is_taken"), [(32 * 1024, True), (32 * 1024 + 1, False)], ids=["32 KB", "a byte more"]
)
def test_an_event_of_32_kb_is_the_largest(site: make.Site, size: int, is_taken: bool) -> None:
    body = b'{"batch": [' + sized(size) + b", " + json.dumps(make.page("m2")).encode() + b"]}"
    answer = send(BATCH, body, basic(site.key)).json()
    assert answer["success"] is True
    assert [error["index"] for error in answer.get("errors", [])] == ([] if is_taken else [0])
    assert taken() == 1 + is_taken
    assert RejectedEvent.objects.count() == (not is_taken)


LATE = (datetime.now().astimezone() - timedelta(days=900)).isoformat()
AHEAD = (datetime.now().astimezone() + timedelta(days=9)).isoformat()


@pytest.mark.parametrize(
    ("bad", "pointer"),
    [
        pytest.param({"type": "click"}, "/type", id="unknown kind"),
        pytest.param({"type": None}, "/type", id="no kind"),
        pytest.param({"userId": None}, "/userId", id="nobody did it"),
        pytest.param({"userId": ["u1"]}, "/userId", id="an id is no list"),
        pytest.param({"type": "track", "event": " "}, "/event", id="nothing happened"),
        pytest.param({"type": "group"}, "/groupId", id="a group without an id"),
        pytest.param({"type": "alias"}, "/previousId", id="an alias of nobody"),
        pytest.param({"messageId": "m" * 201}, "/messageId", id="long message id"),
        pytest.param({"properties": []}, "/properties", id="properties as a list"),
        pytest.param({"context": "here"}, "/context", id="context as text"),
        pytest.param({"properties": {"a": "\0"}}, "", id="NUL"),
        pytest.param({"properties": {"a": [[]]}}, None, id="lists are fine"),
        pytest.param({"timestamp": 1763460000}, "/timestamp", id="time as a number"),
        pytest.param({"timestamp": "2026-11-18T10:00:00"}, "/timestamp", id="time without a zone"),
        pytest.param({"timestamp": "yesterday"}, "/timestamp", id="time in words"),
        pytest.param({"timestamp": "2026-02-29T10:00:00Z"}, "/timestamp", id="no such day"),
        pytest.param({"originalTimestamp": "soon"}, "/timestamp", id="time in words, as relays name it"),
        pytest.param({"timestamp": ""}, None, id="an empty time is none"),
    ],
)
def test_a_bad_event_never_takes_its_neighbours(
    site: make.Site, bad: dict[str, Any], pointer: str | None
) -> None:
    events = [make.page("good"), make.page("bad") | bad, make.page("too")]
    for _ in range(2):
        answer = send(BATCH, {"batch": events}, basic(site.key))
        assert answer.status_code == 200
        errors = answer.json().get("errors", [])
        assert [(error["index"], error["pointer"]) for error in errors] == (
            [] if pointer is None else [(1, pointer)]
        )
    assert taken() == 2 + (pointer is None)
    kept = RejectedEvent.objects.filter(source=site.source)
    assert [one.pointer for one in kept] == ([] if pointer is None else [pointer])
    assert all(one.reason and one.excerpt for one in kept)


@pytest.mark.parametrize(
    "timestamp",
    [
        pytest.param(AHEAD, id="more than a day ahead"),
        pytest.param(LATE, id="older than two years"),
    ],
)
def test_a_time_out_of_bounds_is_kept_with_its_reason(site: make.Site, timestamp: str) -> None:
    events = [make.page("good"), make.page("bad", timestamp=timestamp)]
    for _ in range(2):
        assert send(BATCH, {"batch": events}, basic(site.key)).status_code == 200
        assert taken() == 1
    kept = RejectedEvent.objects.get()
    assert (kept.code, kept.message_id) == (RejectedEvent.Code.INVALID, "bad")
    assert "/timestamp" in kept.reason + kept.pointer


def test_only_bad_events_are_an_error(site: make.Site) -> None:
    answer = send(BATCH, {"batch": [make.page("m1", userId=None)]}, basic(site.key))
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert RejectedEvent.objects.count() == 1


@pytest.mark.parametrize(
    "unreadable",
    [b'"x": "\xff"', b'"\xff": 1', b'"traits": {"y": 1e999}', b'"userId": 1e999'],
    ids=["no UTF-8", "nor in a name", "too large a number", "too large an id"],
)
def test_what_nobody_looks_at_must_be_readable_too(site: make.Site, unreadable: bytes) -> None:
    good = json.dumps(make.page("good")).encode()
    bad = json.dumps(make.page("bad")).encode()[:-1] + b", " + unreadable + b"}"
    answer = send(BATCH, b'{"batch": [' + good + b", " + bad + b"]}", basic(site.key))
    assert [error["index"] for error in answer.json()["errors"]] == [1]
    assert taken() == 1


@pytest.mark.parametrize(
    ("escaped", "kept"),
    [
        pytest.param(r"cut \ud83d", "cut \ufffd", id="the first half of an emoji"),
        pytest.param(r"\uDE00 cut", "\ufffd cut", id="the second half"),
        pytest.param(r"\ud83d\ud83d\ude00", "\ufffd\U0001f600", id="a half and a whole"),
        pytest.param(r"\\ud83d", r"\ud83d", id="no escape at all"),
        pytest.param(r"\ud83d\ude00", "\U0001f600", id="a whole one"),
    ],
)
def test_a_text_cut_inside_a_character_is_mended(site: make.Site, escaped: str, kept: str) -> None:
    raw = json.dumps(make.page("m1", properties={"title": "HERE"})).replace("HERE", escaped).encode()
    assert send(BATCH, b'{"batch": [' + raw + b"]}", basic(site.key)).json() == {"success": True}
    assert send("/v1/page", raw.replace(b"m1", b"m2"), basic(site.key)).json() == {"success": True}
    assert taken() == 2
    assert {signal.properties["title"] for signal in Signal.objects.all()} == {kept}


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_was_lost_between_two_calls_costs_the_sender_nothing(site: make.Site) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        (ours,) = cursor.fetchone()
    settings = connection.get_connection_params()
    with psycopg2.connect(**{name: settings[name] for name in ("dbname", "user", "host")}) as other:
        other.cursor().execute("SELECT pg_terminate_backend(%s, 5000)", [ours])
    assert send(BATCH, {"batch": [make.page("m1")]}, basic(site.key)).status_code == 200
    assert WorkItem.objects.filter(kind="ingest").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_away_is_said_in_words(site: make.Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise OperationalError("connection refused")

    connection.close()
    with monkeypatch.context() as away:
        away.setattr(connection, "connect", refuse)
        answer = send(BATCH, {"batch": [make.page("m1")]}, basic(site.key))
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "2")


@pytest.mark.parametrize("together", [True, False], ids=["in one batch", "in two"])
@pytest.mark.parametrize("same", [True, False], ids=["the same", "other words"])
def test_a_message_is_one_signal(site: make.Site, together: bool, same: bool) -> None:
    first = make.page("m1", properties={"n": 1})
    second = first if same else make.page("m1", properties={"n": 2})
    for events in [[first, second]] if together else [[first], [second]]:
        assert send(BATCH, {"batch": events}, basic(site.key)).status_code == 200
        taken()
    assert taken() == 1
    assert Signal.objects.get().properties["n"] == 1
    kept = RejectedEvent.objects.values_list("code", "message_id")
    assert list(kept) == ([] if same else [("conflict", "m1")])


def test_two_sources_may_use_the_same_message_id(site: make.Site) -> None:
    other = definitions.put_source(slug="app", fields={"name": "App", "kind": "product"})
    for key in (site.key, other.write_key):
        send(BATCH, {"batch": [make.page("m1")]}, basic(key))
    assert taken() == 2


def test_what_no_type_knows_is_shown_once_a_day(site: make.Site) -> None:
    for number in range(3):
        send(BATCH, {"batch": [make.track(f"m{number}", "Cart Emptied")]}, basic(site.key))
    assert taken() == 0
    kept = RejectedEvent.objects.get()
    assert kept.code == RejectedEvent.Code.UNMAPPED
    assert "Cart Emptied" in kept.reason


ORIGIN = {"Origin": "https://site.example"}


@pytest.mark.parametrize("path", ["/v1/batch", "/v1/import/", "/v1/t", "/v1/p", "/v1/identify", "/v1/m"])
def test_pages_of_any_origin_may_call(site: make.Site, path: str) -> None:
    asked = ORIGIN | {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    answer = Client().options(path, headers=asked)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]
    assert {"authorization", "content-type"} <= {
        name.strip().lower() for name in answer.headers["Access-Control-Allow-Headers"].split(",")
    }
    assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.parametrize(
    ("body", "key", "status"),
    [
        pytest.param({"batch": [make.page("m1")]}, True, 200, id="taken"),
        pytest.param({"batch": [make.page("m1", userId=None)]}, True, 400, id="refused"),
        pytest.param({"batch": [make.page("m1")]}, False, 401, id="without a key"),
        pytest.param(b" " * (MAX_BODY + 1), True, 413, id="too large"),
    ],
)
def test_a_page_may_read_every_answer(site: make.Site, body: Any, key: bool, status: int) -> None:
    answer = send(BATCH, body, (basic(site.key) if key else {}) | ORIGIN, "text/plain")
    assert answer.status_code == status
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert not answer.cookies


def test_a_get_is_no_way_in(site: make.Site) -> None:
    assert Client().get(BATCH, headers=basic(site.key)).status_code == 405


def test_nobody_is_signed_in_by_a_write_key(site: make.Site) -> None:
    accounts.account()
    answer = Client().get("/api/v1/accounts/", headers=basic(site.key))
    assert answer.status_code == 401
    assert ingest.source_of(site.key) == site.source
