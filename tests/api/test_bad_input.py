"""Everything a sender can get wrong: each a clear answer that names the cure, and nothing half-written."""

import gzip
import json
import zlib
from typing import Any

import pytest
from django.utils import timezone

from abmops.rest.bulk import MAX_RECORDS
from tests.accounts import make
from tests.accounts.tables import dump
from tests.api.caller import Caller, zipped

GOOD: dict[str, dict[str, Any]] = {
    "accounts": {"name": "Good", "domain": "good.example"},
    "contacts": {"email": "good@acme.example"},
    "opportunities": {"external_id": "good"},
    "touches": {
        "external_id": "good",
        "account_domain": "acme.example",
        "side": "sales",
        "channel": "call",
        "occurred_at": "2026-01-01T00:00:00Z",
    },
    "list-changes": {
        "account_domain": "acme.example",
        "tier": 1,
        "at": "2026-01-01T00:00:00Z",
        "side": "sales",
        "reason": "Fits",
    },
}
SOON = "2999-01-01T00:00:00Z"

# resource, what is wrong over a good record, pointer of the error, a word of the cure
WRONG: list[Any] = [
    ("accounts", {"employees": "many"}, "/employees", "whole number"),
    ("accounts", {"employees": 1.5}, "/employees", "whole number"),
    ("accounts", {"employees": True}, "/employees", "whole number"),
    ("accounts", {"employees": -1}, "/employees", "from 0"),
    ("accounts", {"employees": 10**30}, "/employees", "from 0"),
    ("accounts", {"name": 7}, "/name", "text"),
    ("accounts", {"name": "x" * 300}, "/name", "Shorten"),
    ("accounts", {"name": None}, "/name", "null"),
    ("accounts", {"domain": "not a domain"}, "/domain", "acme.com"),
    ("accounts", {"domain": "co.uk"}, "/domain", "acme.com"),
    ("accounts", {"domain": "10.0.0.1"}, "/domain", "acme.com"),
    ("accounts", {"domain": "gmail.com"}, "/domain", "names no company"),
    ("accounts", {"domains": ["fine.example", "localhost"]}, "/domains/1", "acme.com"),
    ("accounts", {"external_ids": ["crm"]}, "/external_ids", "object"),
    ("accounts", {"external_ids": {"crm": 5}}, "/external_ids/crm", "text"),
    ("accounts", {"external_ids": {"a/b": ""}}, "/external_ids/a~1b", "1 to 200"),
    ("accounts", {"annual_revenue": "-1", "currency": "EUR"}, "/annual_revenue", "negative"),
    ("accounts", {"annual_revenue": "1,200.50", "currency": "EUR"}, "/annual_revenue", "1200.50"),
    ("accounts", {"annual_revenue": "NaN", "currency": "EUR"}, "/annual_revenue", "finite"),
    ("accounts", {"annual_revenue": "0.00001", "currency": "EUR"}, "/annual_revenue", "four decimals"),
    ("accounts", {"annual_revenue": "1e20", "currency": "EUR"}, "/annual_revenue", "below"),
    ("accounts", {"annual_revenue": "5"}, "/currency", "ISO 4217"),
    ("accounts", {"currency": "EURO"}, "/currency", "ISO 4217"),
    ("accounts", {"country": "Germny"}, "/country", "Germany (DE)"),
    ("accounts", {"lifecycle": "lost"}, "/lifecycle", "prospect"),
    ("accounts", {"technologies": "Kafka"}, "/technologies", "list"),
    ("accounts", {"technologies": ["Kafka", None]}, "/technologies/1", "text"),
    ("accounts", {"owner": "nobody@ours.example"}, "/owner", "Add the user"),
    ("accounts", {"owner": "gone@ours.example"}, "/owner", "Add the user"),
    ("accounts", {"parent_domain": "unknown.example"}, "/parent_domain", "parent first"),
    ("accounts", {"parent_domain": "good.example"}, "/parent_domain", "own ancestor"),
    ("accounts", {"tier": 1}, "/tier", "no such field"),
    ("accounts", {"is_target": True}, "/is_target", "no such field"),
    ("contacts", {"email": "no address"}, "/email", "not an e-mail"),
    ("contacts", {"account_domain": "unknown.example"}, "/account_domain", "account first"),
    ("contacts", {"account_external_id": "unknown"}, "/account_external_id", "account first"),
    ("contacts", {"role": "boss"}, "/role", "champion"),
    ("contacts", {"influence": 6}, "/influence", "from 1 to 5"),
    ("contacts", {"reports_to": "unknown@acme.example"}, "/reports_to", "first or with"),
    ("contacts", {"reports_to": "good@acme.example"}, "/reports_to", "themselves"),
    ("contacts", {"do_not_contact": "no"}, "/do_not_contact", "true or false"),
    ("contacts", {"opt_outs": ["pigeon"]}, "/opt_outs/0/channel", "email"),
    ("contacts", {"opt_outs": [{"channel": "call", "at": SOON}]}, "/opt_outs/0/at", "future"),
    ("opportunities", {"account_domain": "unknown.example"}, "/account_domain", "account first"),
    ("opportunities", {"amount": "-0.01", "currency": "USD"}, "/amount", "negative"),
    ("opportunities", {"amount": "5"}, "/currency", "ISO 4217"),
    ("opportunities", {"opened_at": "2026-01-01T00:00:00"}, "/opened_at", "time zone"),
    ("opportunities", {"opened_at": "2026-01-01"}, "/opened_at", "time of day"),
    ("opportunities", {"opened_at": "yesterday"}, "/opened_at", "2026-11-22T09:30:00Z"),
    ("opportunities", {"opened_at": SOON}, "/opened_at", "future"),
    ("opportunities", {"opened_at": "0001-01-01T00:00:00+14:00"}, "/opened_at", "range"),
    ("opportunities", {"opened_at": "1969-12-31T23:59:59Z"}, "/opened_at", "1970"),
    ("opportunities", {"outcome": "won"}, "/closed_at", "when"),
    ("opportunities", {"closed_at": "2026-01-01T00:00:00Z"}, "/outcome", "won or lost"),
    ("opportunities", {"outcome": "maybe"}, "/outcome", "won, lost"),
    (
        "opportunities",
        {"outcome": "won", "opened_at": "2026-02-01T00:00:00Z", "closed_at": "2026-01-01T00:00:00Z"},
        "/closed_at",
        "before opened_at",
    ),
    ("opportunities", {"stages": [{"stage": "a"}]}, "/stages/0/at", "missing"),
    ("opportunities", {"external_id": ""}, "/external_id", "empty"),
    ("touches", {"contact_email": "unknown@acme.example"}, "/contact_email", "contact first"),
    ("touches", {"contact_email": "other@other.example"}, "/contact_email", "another account"),
    ("touches", {"person": "nobody@ours.example"}, "/person", "Add the user"),
    ("touches", {"occurred_at": SOON}, "/occurred_at", "future"),
    ("touches", {"side": "legal"}, "/side", "marketing"),
    ("touches", {"channel": "fax"}, "/channel", "email"),
    ("list-changes", {"account_domain": "unknown.example"}, "/account_domain", "account first"),
    ("list-changes", {"tier": 4}, "/tier", "from 1 to 3"),
    ("list-changes", {"tier": "1"}, "/tier", "whole number"),
    ("list-changes", {"at": SOON}, "/at", "future"),
    ("list-changes", {"reason": " "}, "/reason", "empty"),
]


@pytest.fixture
def _world(db: None) -> None:
    acme, other = make.account(), make.account("Other", "other.example")
    make.contact(acme)
    make.contact(other, "other@other.example")
    make.user(email="gone@ours.example", is_active=False)


@pytest.mark.usefixtures("_world")
@pytest.mark.parametrize(("resource", "wrong", "pointer", "cure"), WRONG, ids=lambda value: str(value)[:50])
def test_one_wrong_record_is_named_and_changes_nothing(
    api: Caller, resource: str, wrong: dict[str, Any], pointer: str, cure: str
) -> None:
    before = dump()
    answer = api.bulk(resource, {**GOOD[resource], **wrong})
    assert (answer["created"], answer["updated"], answer["unchanged"]) == (0, 0, 0)
    assert [(error["index"], error["pointer"]) for error in answer["errors"]] == [(0, pointer)]
    assert cure in answer["errors"][0]["detail"]
    assert dump() == before


@pytest.mark.usefixtures("_world")
@pytest.mark.parametrize("resource", GOOD)
def test_the_good_record_of_the_table_is_good(api: Caller, resource: str) -> None:
    assert api.bulk(resource, GOOD[resource])["created"] == 1


@pytest.mark.usefixtures("_world")
@pytest.mark.parametrize(("resource", "missing"), [
    ("opportunities", "external_id"), ("touches", "external_id"), ("touches", "side"), ("touches", "channel"),
    ("touches", "occurred_at"), ("touches", "account_domain"), ("list-changes", "at"), ("list-changes", "tier"),
    ("list-changes", "side"), ("list-changes", "reason"), ("list-changes", "account_domain"),
])  # fmt: skip
def test_what_is_required_is_missed_by_name(api: Caller, resource: str, missing: str) -> None:
    record = {name: value for name, value in GOOD[resource].items() if name != missing}
    answer = api.bulk(resource, record)
    assert [error["pointer"] for error in answer["errors"]] == [f"/{missing}"]
    assert "missing" in answer["errors"][0]["detail"]


def nested(depth: int) -> bytes:
    """JSON that deep."""
    return b'{"records":' + b"[" * depth + b"]" * depth + b"}"


BOMB = gzip.compress(b" " * (40 * 1024 * 1024))
BODIES: list[Any] = [
    pytest.param(b"", {}, 400, "invalid", id="empty"),
    pytest.param(b"{", {}, 400, "malformed", id="cut off"),
    pytest.param(b'{"records": [{"name": "\xff\xfe"}]}', {}, 400, "malformed", id="not UTF-8"),
    pytest.param(b'{"records": [{"name": "a\\u0000b"}]}', {}, 400, "malformed", id="NUL"),
    pytest.param(b'{"records": [{"a\\u0000b": 1}]}', {}, 400, "malformed", id="NUL in a name"),
    pytest.param(b'{"records": [{"name": "\\ud800"}]}', {}, 400, "malformed", id="lone surrogate"),
    pytest.param(
        b'{"records": [{"name": "\\udc00 and more"}]}', {}, 400, "malformed", id="lone low surrogate"
    ),
    pytest.param(b'{"records": [{"employees": NaN}]}', {}, 400, "malformed", id="NaN"),
    pytest.param(
        b'{"records": [{"employees": 1e99999999999999999999}]}', {}, 400, "malformed", id="huge exponent"
    ),
    pytest.param(nested(40), {}, 400, "malformed", id="40 deep"),
    pytest.param(nested(100_000), {}, 400, "malformed", id="100,000 deep"),
    pytest.param(b"[]", {}, 400, "invalid", id="a list"),
    pytest.param(b'{"record": []}', {}, 400, "invalid", id="no records"),
    pytest.param(b'{"records": {}}', {}, 400, "invalid", id="records no list"),
    pytest.param(b'{"records": [], "dry": 1}', {}, 400, "invalid", id="something beside records"),
    pytest.param(b" " * (16 * 1024 * 1024 + 1), {}, 413, "too_large", id="17 MB"),
    pytest.param(BOMB, {"Content-Encoding": "gzip"}, 413, "too_large", id="gzip bomb"),
    pytest.param(b"no gzip", {"Content-Encoding": "gzip"}, 400, "malformed", id="not gzip"),
    pytest.param(
        zipped({"records": []})[:-9], {"Content-Encoding": "gzip"}, 400, "malformed", id="gzip cut off"
    ),
    pytest.param(zlib.compress(b"{}"), {"Content-Encoding": "deflate"}, 400, "malformed", id="deflate"),
]


@pytest.mark.parametrize(("body", "headers", "status", "code"), BODIES)
def test_a_body_that_cannot_be_read_is_said_to_be(
    api: Caller, body: bytes, headers: dict[str, str], status: int, code: str
) -> None:
    before = dump()
    response = api.post("accounts/bulk/", body, headers=headers)
    assert response.status_code == status, response.content
    assert response.headers["Content-Type"] == "application/problem+json"
    problem = response.json()
    assert problem["code"] == code
    assert problem["status"] == status
    assert (problem["title"] == "The request cannot be read") == (code == "malformed")
    assert problem["detail"].endswith(".")
    assert dump() == before


@pytest.mark.parametrize(("bad", "said"), [
    pytest.param(rb'{"name": "a\u0000b", "domain": "b.example"}', "NUL", id="NUL"),
    pytest.param(rb'{"name": "\ud83d", "domain": "b.example"}', "half a character", id="half an emoji"),
    pytest.param(b'{"name": "Gr\xf6\xdfe", "domain": "b.example"}', "not UTF-8", id="Latin-1"),
    pytest.param(b'{"name": ' + b"[" * 40 + b"]" * 40 + b"}", "nested deeper", id="40 deep"),
])  # fmt: skip
def test_what_cannot_be_stored_of_one_record_is_its_own_error(api: Caller, bad: bytes, said: str) -> None:
    good = b'{"name": "A", "domain": "%s.example", "annual_revenue": "1200.5000", "currency": "EUR"}'
    response = api.post("accounts/bulk/", b'{"records": [%s, %s, %s]}' % (good % b"a", bad, good % b"c"))
    answer = response.json()
    assert (response.status_code, answer["created"]) == (207, 2), answer
    assert [error["index"] for error in answer["errors"]] == [1]
    assert said in answer["errors"][0]["detail"]


def test_a_file_of_lines_from_windows_is_read_and_a_broken_line_is_called_one(api: Caller) -> None:
    line = json.dumps(GOOD["accounts"]).encode()
    body = b"\xef\xbb\xbf" + line + b"\r\n{broken\r\n"
    answer = api.post("accounts/bulk/", body, content_type="application/x-ndjson").json()
    assert answer["created"] == 1
    assert [one["index"] for one in answer["errors"]] == [1]
    assert answer["errors"][0]["detail"].startswith("The line is not valid JSON")
    whole = b'\xef\xbb\xbf{"records": [' + line + b"]}"
    assert api.post("accounts/bulk/", whole).json()["unchanged"] == 1
    refused = api.post("accounts/bulk/", whole.decode("utf-8-sig").encode("utf-16"))
    assert refused.json()["detail"] == "The body is UTF-16. Send it as UTF-8."


def test_gzip_in_several_members_is_read(api: Caller) -> None:
    text = json.dumps({"records": [GOOD["accounts"]]}).encode()
    body = gzip.compress(text[:20]) + gzip.compress(text[20:])
    assert api.post("accounts/bulk/", body, headers={"Content-Encoding": "gzip"}).json()["created"] == 1


def test_a_single_write_has_the_small_limit(api: Caller) -> None:
    response = api.post("accounts/", {"name": "x", "domain": "a.example", "region": "y" * 600_000})
    assert (response.status_code, response.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize(("content_type", "status"), [
    ("application/json; charset=utf-8", 200), ("application/x-ndjson", 200), ("text/plain", 415),
    ("application/x-www-form-urlencoded", 415), ("multipart/form-data; boundary=x", 415),
])  # fmt: skip
def test_content_types(api: Caller, content_type: str, status: int) -> None:
    body = b"\n" if "ndjson" in content_type else b'{"records": []}'
    answer = api.post("accounts/bulk/", body, content_type=content_type)
    assert answer.status_code == status
    if status == 415:
        said = "Say in Content-Type what you send: application/json or application/x-ndjson."
        assert answer.json()["detail"] == said


@pytest.mark.parametrize(("path", "pointer"), [
    ("accounts/?limit=0", "/limit"), ("accounts/?limit=1001", "/limit"), ("accounts/?limit=ten", "/limit"),
    ("accounts/?ordering=owner__password", "/ordering"), ("accounts/?tier=5", "/tier"),
    ("accounts/?owned_by=me", "/owned_by"), ("accounts/?is_target=%25", "/is_target"),
    ("accounts/?account_domain=%20%20x", "/account_domain"), ("touches/?since=yesterday", "/since"),
    ("list/?as_of=2026-01-01T00:00:00", "/as_of"), ("list/diff/", "/from"), ("list/diff/?from=x", "/from"),
    ("list/diff/?from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z", "/to"), ("accounts/1/?verbose=1", None),
])  # fmt: skip
def test_queries_that_mean_nothing_are_refused(api: Caller, path: str, pointer: str | None) -> None:
    response = api.get(path)
    assert response.status_code == 400, response.content
    if pointer:
        assert [error["pointer"] for error in response.json()["errors"]] == [pointer]


@pytest.mark.parametrize(
    "cursor", ["x", "____", "bnVsbA", "W10", "WyJpZCIsIG51bGwsICJ4Il0", "WyJuYW1lIiwgIngiLCAiMSJd", "ü"]
)
def test_cursors_that_are_not_ours_are_refused(api: Caller, cursor: str) -> None:
    make.account()
    response = api.get(f"accounts/?cursor={cursor}")
    assert (response.status_code, response.json()["code"]) == (400, "malformed")


@pytest.mark.parametrize("pk", ["0", "-1", "abc", "99999999999999999999999", "1%00", "1.5"])
def test_what_is_not_there_is_not_found(api: Caller, pk: str) -> None:
    response = api.get(f"accounts/{pk}/")
    assert (response.status_code, response.headers["Content-Type"]) == (404, "application/problem+json")


@pytest.mark.parametrize("path", ["nothing/", "accounts/1/nothing/", "", "accounts/bulk/x/"])
def test_addresses_that_are_not_ours_answer_as_the_api_does(api: Caller, path: str) -> None:
    response = api.get(path)
    assert (response.status_code, response.json()["code"]) == (404, "not_found")


def test_the_last_slash_may_be_left_out(api: Caller) -> None:
    assert api.get("accounts").status_code == 200
    assert api.post("accounts/bulk", {"records": [GOOD["accounts"]]}).status_code == 200


def test_a_method_that_an_address_does_not_take(api: Caller) -> None:
    response = api.send("PUT", "accounts/")
    assert (response.status_code, response.json()["code"]) == (405, "method_not_allowed")


def test_the_limit_of_records_is_as_written() -> None:
    assert MAX_RECORDS == 10_000
    assert timezone.now().tzinfo is not None
