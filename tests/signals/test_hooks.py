"""The hook of a source: who may post, what is taken once, what is refused with which words, and what is kept of it."""

import gzip
import json
from datetime import datetime, timedelta
from functools import partial
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.test import Client

from abmops.lib.choices import Role
from plays.models import Notice
from signals.domain import signature
from signals.models import HookCall, RejectedEvent, Signal, Source
from signals.services import definitions, hooks
from tests.accounts import make as accounts
from tests.api.caller import Caller
from tests.signals import hooking, make

pytestmark = pytest.mark.django_db

# As a weekly surge is resold: own words, the shape that VENDOR_NOTES tells of.
SURGE = {
    "week": "2026-11-16",
    "companies": [
        {
            "name": "Acme",
            "domain": "https://www.acme.example/about",
            "topics": [
                {"topic": "Account-Based  Marketing", "composite_score": 78},
                {"topic": "Sales enablement", "composite_score": "60"},
                {"topic": "Web analytics", "composite_score": 59},
            ],
        },
        {"name": "Nobody", "topics": [{"topic": "Sales enablement", "composite_score": 91}]},
        {
            "name": "Umbra",
            "domain": "umbra.example",
            "topics": [{"topic": "Dog food", "composite_score": 99}],
        },
    ],
}
RECORD = {
    "type": "community-mention",
    "account_domain": "acme.example",
    "occurred_at": "2026-11-18T10:00:00Z",
}


@pytest.fixture
def vendor(db: None) -> make.Site:
    """A source whose hook takes a weekly surge as JSON."""
    return hooking.vendor("weekly-surge-json")


@pytest.fixture
def plain(db: None) -> make.Site:
    """A source without a mapping."""
    return hooking.vendor()


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_weekly_surge_is_signals_of_the_topics_that_are_followed(
    vendor: make.Site, moment: datetime, slash: str
) -> None:
    hooking.follow("account-based marketing", "Sales Enablement", "Web analytics")
    answer = hooking.signed(vendor, SURGE, moment, slash=slash)
    said = answer.json()
    assert answer.status_code == 200, said
    assert {name: said[name] for name in ("items", "created", "left_out", "untracked", "refused")} == {
        "items": 5,
        "created": 2,
        "left_out": {"below 60, not surging": 1},
        "untracked": 1,
        "refused": 1,
    }
    assert [
        (one.topic, one.strength, one.points, one.occurred_at.date().isoformat()) for one in hooking.stored()
    ] in (
        [
            ("Account-Based  Marketing", 78.0, pytest.approx(15.6), "2026-11-16"),
            ("Sales enablement", 60.0, 12.0, "2026-11-16"),
        ],
        [
            ("Sales enablement", 60.0, 12.0, "2026-11-16"),
            ("Account-Based  Marketing", 78.0, pytest.approx(15.6), "2026-11-16"),
        ],
    )
    kept = {one.code: one for one in RejectedEvent.objects.all()}
    assert set(kept) == {"invalid", "untracked"}
    assert "whose signal" in kept["invalid"].reason
    assert "Dog food" in kept["untracked"].reason


def test_a_file_sent_twice_is_stored_once_and_a_topic_is_tallied_once_a_day(
    vendor: make.Site, moment: datetime
) -> None:
    hooking.follow("Account-based marketing", "Sales enablement")
    first = hooking.signed(vendor, SURGE, moment)
    assert first.json()["created"] == 2
    hooking.stored()
    again = hooking.signed(
        vendor, SURGE, moment
    )  # the same id: something was refused, so it is looked at again
    assert (again.json()["created"], again.json()["unchanged"]) == (0, 2)
    other = hooking.signed(vendor, SURGE, moment, "msg_2")  # the same words under another id
    assert (other.json()["created"], other.json()["unchanged"]) == (0, 2)
    assert len(hooking.stored()) == 2
    assert RejectedEvent.objects.get(code="untracked").times == 3
    assert RejectedEvent.objects.filter(code="invalid").count() == 1


def test_a_whole_repeat_is_answered_by_the_first_and_touches_nothing(
    plain: make.Site, moment: datetime
) -> None:
    first = hooking.signed(plain, [RECORD], moment)
    assert (first.json()["repeat"], first.json()["created"]) == (False, 1)
    again = hooking.signed(plain, [RECORD], moment)
    assert (
        again.status_code,
        again.json()["repeat"],
        again.json()["created"],
        again.json()["unchanged"],
    ) == (200, True, 0, 1)
    assert (len(hooking.stored()), HookCall.objects.count()) == (1, 1)


def test_another_body_under_a_used_id_is_a_conflict_that_a_person_can_see(
    plain: make.Site, moment: datetime
) -> None:
    hooking.signed(plain, [RECORD], moment)
    answer = hooking.signed(plain, [RECORD | {"account_domain": "umbra.example"}], moment)
    assert (answer.status_code, answer.json()["code"]) == (409, "conflict")
    assert "Give every message its own id" in answer.json()["detail"]
    assert RejectedEvent.objects.get().code == "conflict"
    assert len(hooking.stored()) == 1


def test_what_a_mended_mapping_makes_of_the_same_call_is_taken(plain: make.Site, moment: datetime) -> None:
    hooking.follow("Account-based marketing")
    assert hooking.signed(plain, SURGE, moment).status_code == 400
    hooks.put_mapping(source=plain.source, mapping=hooking.mapping_of("weekly-surge-json"))
    assert hooking.signed(plain, SURGE, moment).json()["created"] == 1


@pytest.mark.parametrize(
    ("change", "status"),
    [
        pytest.param({}, 200, id="right"),
        pytest.param({"webhook-signature": "v1,AAAA"}, 401, id="wrong"),
        pytest.param({"webhook-signature": ""}, 401, id="empty"),
        pytest.param({"webhook-signature": "v1a,{own}"}, 401, id="of another kind"),
        pytest.param({"webhook-signature": "v1,%%% v1,AAAA v1,{own} v2,zzz"}, 200, id="one of several"),
        pytest.param({"webhook-id": "msg_2"}, 401, id="of another message"),
        pytest.param({"webhook-id": ""}, 401, id="no id"),
        pytest.param({"webhook-timestamp": "soon"}, 401, id="no time"),
        pytest.param({"webhook-timestamp": "1"}, 401, id="of another time"),
    ],
)
def test_signatures(plain: make.Site, moment: datetime, change: dict[str, str], status: int) -> None:
    body = json.dumps([RECORD]).encode()
    sent = hooking.headers(hooks.secret_of(plain.source), body, moment)
    own = sent["webhook-signature"].partition(",")[2]
    sent |= {name: value.replace("{own}", own) for name, value in change.items()}
    answer = hooking.post(body, sent)
    assert answer.status_code == status, answer.json()
    if status != 200:
        assert answer["Content-Type"] == "application/problem+json"
        assert not HookCall.objects.exists()
    assert len(hooking.stored()) == (status == 200)


@pytest.mark.parametrize(("seconds", "status"), [(-360, 401), (-200, 200), (200, 200), (360, 401)])
def test_a_clock_may_be_wrong_by_five_minutes(
    plain: make.Site, moment: datetime, seconds: int, status: int
) -> None:
    answer = hooking.signed(plain, [RECORD], moment + timedelta(seconds=seconds))
    assert answer.status_code == status
    if status == 401:
        assert "seconds" in answer.json()["detail"]
        assert not Signal.objects.exists()


@pytest.mark.parametrize(("seconds", "is_fresh"), [(-301, False), (-300, True), (300, True), (301, False)])
def test_the_bound_is_exact(moment: datetime, seconds: int, is_fresh: bool) -> None:
    secret, timestamp = signature.secret(b"x" * 32), int(moment.timestamp())
    call = partial(
        signature.check,
        secrets=[secret],
        webhook_id="m",
        timestamp=str(timestamp),
        signatures=signature.sign(secret, webhook_id="m", timestamp=timestamp, body=b"{}"),
        bodies=[b"{}"],
        now=moment.replace(microsecond=0) + timedelta(seconds=seconds),
    )
    if is_fresh:
        call()
    else:
        with pytest.raises(signature.Unsigned, match="seconds"):
            call()


def test_a_changed_body_or_another_source_makes_the_signature_wrong(
    plain: make.Site, moment: datetime
) -> None:
    other = hooking.vendor(slug="other")
    body = json.dumps([RECORD]).encode()
    sent = hooking.headers(hooks.secret_of(plain.source), body, moment)
    assert hooking.post(body + b" ", sent).status_code == 401
    assert hooking.post(body[:-1], sent).status_code == 401
    assert hooking.post(body, sent, slug=other.source.slug).status_code == 401
    assert hooking.stored() == []


def test_the_published_vector_of_standard_webhooks(moment: datetime) -> None:
    """From the specification's own libraries: the secret, id, time and body that all of them are tested with."""
    signed = signature.sign(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        webhook_id="msg_p5jXN8AQM9LWM0D4loKWxJek",
        timestamp=1614265330,
        body=b'{"test": 2432232314}',
    )
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_rotated_secret_leaves_a_day_to_change(plain: make.Site, moment: datetime) -> None:
    source = plain.source
    former = hooks.secret_of(source)
    fresh = hooks.rotate_secret(source=source, now=moment)
    assert former != fresh
    assert fresh.startswith("whsec_")
    assert hooks.secrets_in_force(source, now=moment + timedelta(hours=23, minutes=59)) == [fresh, former]
    assert hooks.secrets_in_force(source, now=moment + timedelta(hours=24)) == [fresh]
    body = json.dumps([RECORD]).encode()
    assert hooking.post(body, hooking.headers(former, body, moment)).status_code == 200
    hooks.rotate_secret(source=source, now=moment)
    assert former not in hooks.secrets_in_force(source, now=moment)
    assert hooking.post(body, hooking.headers(former, body, moment, "msg_2")).status_code == 401


@pytest.mark.parametrize(
    ("who", "status"),
    [("basic", 200), ("bearer", 200), ("other's", 401), ("nobody", 401), ("broken", 401), ("retired", 404)],
)
def test_a_write_key_serves_vendors_that_cannot_sign(plain: make.Site, who: str, status: int) -> None:
    other = hooking.vendor(slug="other")
    sent = {
        "basic": hooking.basic(plain.key),
        "bearer": {"Authorization": f"Bearer {plain.key}"},
        "other's": hooking.basic(other.key),
        "nobody": {},
        "broken": {"Authorization": "Basic ***"},
        "retired": hooking.basic(plain.key),
    }[who]
    if who == "retired":
        definitions.put_source(slug="vendor", fields={"is_active": False})
    assert hooking.post([RECORD], sent).status_code == status
    assert len(hooking.stored()) == (status == 200)


CSV = (
    "Company Name;Domain;Topic;Composite Score;Week\r\n"
    "Acme;acme.example;Sales enablement;78,5;16.11.2026\r\n"
    "Umbra;umbra.example;Sales enablement;=1+1;16.11.2026\r\n"
    "Norvik;norvik.example;Sales enablement;61;16.11.2026;one more\r\n"
    "Low;low.example;Sales enablement;12;16.11.2026\r\n"
)


@pytest.mark.parametrize(
    ("body", "type_"),
    [
        pytest.param(CSV.encode(), "text/csv", id="UTF-8"),
        pytest.param(b"\xef\xbb\xbf" + CSV.encode(), "text/csv; charset=utf-8", id="with a BOM"),
        pytest.param(CSV.replace("\r\n", "\r").encode(), "application/csv", id="CR only"),
        pytest.param(CSV.encode("utf-16"), "text/csv", id="UTF-16"),
        pytest.param(
            CSV.replace(";", "\t").encode(),
            "application/octet-stream",
            id="tabs, and a type that says nothing",
        ),
    ],
)
def test_a_csv_file_keeps_its_good_rows(moment: datetime, body: bytes, type_: str) -> None:
    site = hooking.vendor()
    mapping = hooking.mapping_of("weekly-surge-csv") | {"followed_topics_only": False}
    mapping["record"]["occurred_at"] = {"path": "week", "format": "DD.MM.YYYY"}
    hooks.put_mapping(source=site.source, mapping=mapping)
    answer = hooking.post(body, hooking.basic(site.key), type_=type_)
    said = answer.json()
    assert answer.status_code == 200, said
    assert (said["items"], said["created"], said["refused"]) == (4, 1, 2)
    assert said["left_out"] == {"below 60, not surging": 1}
    assert [one.strength for one in hooking.stored()] == [78.5]
    reasons = " ".join(RejectedEvent.objects.values_list("reason", flat=True))
    assert "formula" in reasons
    assert "Line 4" in reasons


def test_a_ping_is_answered_kindly_whatever_the_mapping_asks_for(vendor: make.Site, moment: datetime) -> None:
    mapping = hooking.mapping_of("records") | {"only": [{"path": "activity", "is": "compare"}]}
    hooks.put_mapping(source=vendor.source, mapping=mapping)
    answer = hooking.signed(vendor, {"event": "ping"}, moment)
    assert (answer.status_code, answer.json()["left_out"]) == (200, {"a ping": 1})
    assert not RejectedEvent.objects.exists()
    renamed = hooking.signed(vendor, RECORD | {"action": "compare"}, moment, "msg_2")
    assert renamed.status_code == 400, "a renamed column is no ping"


def test_a_renamed_strength_is_refused_where_the_mapping_says_no_other(
    vendor: make.Site, moment: datetime
) -> None:
    mapping = hooking.mapping_of("records")
    mapping["record"]["strength"] = "score"
    hooks.put_mapping(source=vendor.source, mapping=mapping)
    assert hooking.signed(vendor, [RECORD | {"score": 40}], moment).json()["created"] == 1
    answer = hooking.signed(vendor, [RECORD | {"rating": 40, "account_domain": "b.example"}], moment, "msg_2")
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["pointer"] == "/strength"
    assert [one.strength for one in hooking.stored()] == [40.0]


def test_a_strength_that_records_named_as_ours_stop_to_say_is_told_once(
    plain: make.Site, moment: datetime
) -> None:
    ruth = accounts.user(Role.REVOPS)
    page = Client()
    page.force_login(ruth)
    warning = "Its newest call says no strength, and those before did."

    def sent(number: int, **said: Any) -> HookCall:
        body = [RECORD | {"message_id": f"m{number}"} | said]
        assert hooking.signed(plain, body, moment, f"msg_{number}").json()["created"] == 1
        return HookCall.objects.latest("pk")

    def warned() -> list[bool]:
        return [
            warning in page.get(path).content.decode()
            for path in ("/catalogue/sources/vendor/", "/catalogue/sources/vendor/mapping/")
        ]

    assert sent(1, strength=50).unweighed == 0
    assert warned() == [False, False]
    assert sent(2, rating=50).unweighed == 1
    assert sent(3, rating=50).unweighed == 1
    [notice] = Notice.objects.filter(user=ruth)
    assert "Vendor: what it has just sent says no strength" in notice.text
    assert notice.url == "/catalogue/sources/vendor/"
    assert warned() == [True, True]
    assert "1 without a strength" in page.get("/catalogue/sources/vendor/mapping/").content.decode()
    notice.delete()
    sent(4, strength=50)
    sent(5)
    assert warned() == [False, False], "such a sender says one at times"
    assert not Notice.objects.filter(user=ruth).exists()


@pytest.mark.parametrize(
    ("mapping", "kept"),
    [
        ({"record": {"strength": "score"}}, {"path": "score", "otherwise": 100}),
        ({"record": {"strength": {"path": ["a", "b"]}}}, {"path": ["a", "b"], "otherwise": 100}),
        ({"record": {"strength": {"path": "a", "otherwise": 5}}}, {"path": "a", "otherwise": 5}),
        ({"record": {"strength": {"value": 70}}}, {"value": 70}),
        ({"record": {"strength": "score"}, "only": [{"path": "score", "at_least": 60}]}, "score"),
        ({"record": {"type": "type"}}, None),
        ({}, None),
    ],
)
def test_mappings_of_before_take_in_full_what_they_took_in_full(
    plain: make.Site, mapping: dict[str, Any], kept: object
) -> None:
    Source.objects.filter(pk=plain.source.pk).update(mapping=mapping)
    import_module("signals.migrations.0020_strengths_as_they_were").keep(apps, None)
    assert Source.objects.get(pk=plain.source.pk).mapping.get("record", {}).get("strength") == kept


def test_a_file_that_renames_its_score_is_refused_aloud_and_not_taken_for_a_quiet_week(
    vendor: make.Site, moment: datetime
) -> None:
    ruth = accounts.user(Role.REVOPS)
    hooking.follow("Sales enablement")
    hooks.put_mapping(source=vendor.source, mapping=hooking.mapping_of("weekly-surge-csv"))
    rows = CSV.replace("16.11.2026", "2026-11-16").replace("=1+1", "99").replace(";one more", "")
    known = hooking.post(rows.encode(), hooking.basic(vendor.key), type_="text/csv").json()
    assert (known["created"], known["left_out"]) == (3, {"below 60, not surging": 1})
    renamed = rows.replace("Composite Score", "Surge Score")
    answer = hooking.post(renamed.encode(), hooking.basic(vendor.key), type_="text/csv")
    said = answer.json()
    assert answer.status_code == 400
    assert (
        "None of the 4 items could be taken in. Of the first: A condition cannot be judged. "
        in said["detail"]
    )
    assert "“composite_score” is missing or empty. There is “Company Name”" in said["detail"]
    assert "“Surge Score”" in said["detail"]
    assert [one["index"] for one in said["errors"]] == [0, 1, 2, 3]
    call = HookCall.objects.latest("pk")
    assert (call.refused, call.left_out) == (4, {})
    [notice] = Notice.objects.filter(user=ruth)
    assert "of what it has just sent, nothing could be taken in. A condition cannot be judged." in notice.text
    assert notice.url == f"/signals/unmatched/rejected/?source={vendor.source.pk}&code=invalid"
    partly = "Domain,Topic,Composite Score\nlow.example,Sales enablement,12\nacme.example,Sales enablement,\n"
    told = hooking.post(partly.encode(), hooking.basic(vendor.key), type_="text/csv").json()["detail"]
    assert "1 of the 2 items could not be taken in, and no other was to be stored." in told
    assert Notice.objects.filter(user=ruth).count() == 1, "once a day"
    notice.delete()
    hooking.post(
        (partly + "b.example,Sales enablement,\n").encode(), hooking.basic(vendor.key), type_="text/csv"
    )
    [notice] = Notice.objects.filter(user=ruth)
    assert "Vendor: 2 of the 3 items could not be taken in, and no other was to be stored. " in notice.text
    assert "nothing could be taken in" not in notice.text, "one was to be left out"
    assert len(hooking.stored()) == 3


def test_what_is_wrong_in_one_way_throughout_does_not_hide_what_else_is_wrong(
    plain: make.Site, moment: datetime
) -> None:
    alike = [RECORD | {"type": "gone", "message_id": f"m{n}"} for n in range(50)]
    answer = hooking.signed(plain, [*alike, RECORD | {"occurred_at": "soon"}, RECORD], moment)
    assert (answer.json()["refused"], answer.json()["created"]) == (51, 1)
    kept = list(RejectedEvent.objects.values_list("reason", flat=True))
    assert len(kept) == 21
    assert len(set(kept)) == 2
    assert HookCall.objects.get().refused == 51


def test_ndjson_keeps_its_good_lines(plain: make.Site, moment: datetime) -> None:
    lines = [json.dumps(RECORD), "{broken", "", json.dumps(RECORD | {"account_domain": "umbra.example"})]
    answer = hooking.signed(plain, "\n".join(lines).encode(), moment, type_="application/x-ndjson")
    said = answer.json()
    assert (answer.status_code, said["created"], said["refused"]) == (200, 2, 1)
    assert len(hooking.stored()) == 2


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        pytest.param(b"", 400, "empty", id="nothing"),
        pytest.param(b"{", 400, "not valid JSON", id="cut off"),
        pytest.param(b'"text"', 400, "", id="a text"),
        pytest.param(b"[" * 100_000 + b"]" * 100_000, 400, "nested", id="a hundred thousand deep"),
        pytest.param(b'{"a":' * 40 + b"1" + b"}" * 40, 400, "nested deeper than 32", id="forty deep"),
        pytest.param(b"[1, true, null, []]", 400, "None of the 4 items", id="no objects"),
        pytest.param(b"[]", 200, "", id="an empty list"),
        pytest.param(b'[{"type": "\xff"}]', 400, "UTF-8", id="no UTF-8"),
        pytest.param(b"[" + b" " * hooks.MAX_BODY + b"]", 413, "10,240 KB", id="too large"),
    ],
)
def test_bodies_that_cannot_be_read(
    plain: make.Site, moment: datetime, body: bytes, status: int, words: str
) -> None:
    answer = hooking.signed(plain, body, moment)
    assert answer.status_code == status, answer.json()
    if status != 200:
        assert answer["Content-Type"] == "application/problem+json"
        assert words in answer.json()["detail"]
    assert hooking.stored() == []


def test_what_no_database_can_hold_does_not_spoil_its_neighbours(plain: make.Site, moment: datetime) -> None:
    odd = rb"""[{"type": "community-mention", "account_domain": "acme.example", "occurred_at": "2026-11-18T10:00:00Z",
      "text": "half \ud83d an emoji, a NUL \u0000, and \\u0000 as words"}]"""
    assert hooking.signed(plain, odd, moment).status_code == 200
    (signal,) = hooking.stored()
    assert signal.properties["text"] == "half \ufffd an emoji, a NUL \ufffd, and \\u0000 as words"


def test_gzip_is_unpacked_under_the_same_bound_and_may_be_signed_either_way(
    plain: make.Site, moment: datetime
) -> None:
    body = json.dumps([RECORD]).encode()
    packed = gzip.compress(body)
    secret = hooks.secret_of(plain.source)
    for number, over in enumerate((body, packed)):
        sent = hooking.headers(secret, over, moment, f"msg_{number}") | {"Content-Encoding": "gzip"}
        assert hooking.post(packed, sent).status_code == 200
    bomb = gzip.compress(b"[" + b" " * (hooks.MAX_BODY + 1))
    sent = hooking.headers(secret, bomb, moment, "msg_9") | {"Content-Encoding": "gzip"}
    assert hooking.post(bomb, sent).status_code == 413
    assert len(hooking.stored()) == 1


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_every_failure_is_a_problem_document(plain: make.Site, method: str) -> None:
    for path, status in (("/hooks/vendor/", 405), ("/hooks/nobody/", 405 if method != "POST" else 404)):
        answer: Any = Client().generic(method, path)
        assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    answer = hooking.post([RECORD], {}, slug="nobody")
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")


def test_items_that_the_catalogue_does_not_know_are_kept_in_words(plain: make.Site, moment: datetime) -> None:
    answer = hooking.signed(
        plain, [RECORD, RECORD | {"type": "gone"}, {"account_domain": "acme.example"}], moment
    )
    said = answer.json()
    assert (answer.status_code, said["created"], said["refused"]) == (200, 1, 2)
    assert [(one["index"], one["pointer"]) for one in said["errors"]] == [(1, "/type"), (2, "/type")]
    assert RejectedEvent.objects.filter(code="invalid").count() == 2


def test_a_mapping_is_written_over_the_api_and_told_what_is_wrong_with_it(
    plain: make.Site, revops: Caller
) -> None:
    path = "/api/v1/sources/vendor/"
    assert revops.get(path).json()["hook"] == "/hooks/vendor/"
    mapping = hooking.mapping_of("weekly-surge-json")
    for _ in range(2):
        answer = revops.patch(path, {"mapping": mapping})
        assert (answer.status_code, answer.json()["mapping"]) == (200, mapping)
    wrong = revops.patch(
        path, {"mapping": {"items": 5, "record": {"type": {"value": "topic-surge"}, "topic": "a[]"}}}
    )
    assert wrong.status_code == 400
    assert {one["pointer"] for one in wrong.json()["errors"]} == {
        "/mapping/items", "/mapping/record", "/mapping/record/topic",
    }  # fmt: skip
    assert revops.patch(path, {"mapping": None}).json()["mapping"] == {}
    shown = revops.post(f"{path}signing-secret/", {})
    assert shown.json()["signing_secret"] == hooks.secret_of(plain.source)
    rotated = revops.post(f"{path}rotate-secret/", {}).json()["signing_secret"]
    plain.source.refresh_from_db()
    assert rotated == hooks.secret_of(plain.source) != shown.json()["signing_secret"]
