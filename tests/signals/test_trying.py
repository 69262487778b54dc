"""The tester: it says what an event becomes and why, by the real code, and leaves nothing behind."""

from __future__ import annotations

import base64
import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.apps import apps
from django.test import Client

from abmops.lib.choices import Role
from abmops.work import services as work
from accounts.models import Account, AccountDomain, Contact
from signals.api.trying import trials, trials_of
from signals.domain import pasted
from signals.models import Crossing, Identity, RejectedEvent, Signal
from signals.services import definitions, hooks
from signals.services.trying import Outcome, try_out
from tests.accounts import make as accounts
from tests.api.caller import Caller
from tests.signals import hooking, make
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db


@pytest.fixture
def acme(site: make.Site) -> Account:
    """An account with its domain and a known person."""
    row = accounts.account("Acme", "acme.example")
    AccountDomain.objects.get_or_create(account=row, domain="acme.example")
    Contact.objects.create(account=row, name="Ann Berg", email="ann@acme.example")
    return row


def rows() -> dict[str, int]:
    """How many rows every table of ours holds."""
    return {
        model._meta.label: model._default_manager.count()
        for app in ("signals", "accounts", "work")
        for model in apps.get_app_config(app).get_models()
    }


def tried(site: make.Site, moment: datetime, *events: Any) -> list[Outcome]:
    """The outcomes; nothing is stored, whatever they are."""
    before = rows()
    text = json.dumps(events[0] if len(events) == 1 else list(events))
    found = try_out(trials=trials(text, source=site.source, now=moment), now=moment)
    assert rows() == before
    return found


def test_a_page_view_tells_type_rule_rivals_points_account_and_contact(
    site: make.Site, acme: Account, moment: datetime
) -> None:
    definitions.put_signal_type(
        slug="visit", fields={"name": "Visit", "kind": "first_party", "rules": [{"event": "page"}]}
    )
    definitions.put_signal_type(slug="pricing-page", fields={"name": "Looked at prices"})
    definitions.put_source(slug="site", fields={"weight": 0.5})
    event = make.page("m1", context={"page": {"path": "/pricing"}, "traits": {"email": "Ann@Acme.example"}})
    (one,) = tried(site, moment, event)
    assert one.type is not None
    assert (one.type.slug, one.rule, one.points, one.weight) == ("pricing-page", 1, 10.0, 0.5)
    assert one.why == "Rule 1 of “Looked at prices” matches: the page is “/pricing*”."
    assert [(rival.slug, rival.rule) for rival in one.rivals] == [("visit", 1)]
    assert "names the page's path" in one.rivals[0].why
    assert one.account == acme
    assert str(one.contact) == "Ann Berg"
    assert not one.contact_is_new
    assert [(key.key, key.decided) for key in one.keys if key.account] == [
        ("domain:acme.example", True),
        ("email:ann@acme.example", False),
    ]
    assert one.score_before is not None
    assert one.score_after is not None
    assert one.score_after > one.score_before


def test_the_third_view_crosses_and_the_second_brings_it_nearer(
    site: make.Site, acme: Account, moment: datetime
) -> None:
    outcomes = tried(site, moment, *(make.page(f"m{number}") for number in range(3)))
    steps = [
        (one.moved[0].crosses, one.moved[0].steps[0].before, one.moved[0].steps[0].after) for one in outcomes
    ]
    assert steps == [(False, 0, 1), (False, 1, 2), (True, 2, 3)]
    assert outcomes[0].moved[0].threshold.slug == "three-pricing"
    assert not Crossing.objects.exists()


def test_a_stranger_waits_and_the_keys_say_for_what(site: make.Site, moment: datetime) -> None:
    (one,) = tried(site, moment, make.page("m1"))
    assert one.waits
    assert one.is_signal
    assert one.account is None
    assert [key.key for key in one.keys] == ["domain:acme.example", "external:acme.example", "user:u1"]
    assert not any(key.decided for key in one.keys)


def test_somebody_new_at_a_known_account_becomes_a_contact(
    site: make.Site, acme: Account, moment: datetime
) -> None:
    event = make.track(
        "m1", "Demo Requested", context={"traits": {"email": "bo@acme.example", "name": "Bo Li"}}
    )
    (one,) = tried(site, moment, event)
    assert (str(one.contact), one.contact_is_new) == ("Bo Li", True)
    assert [moved.threshold.slug for moved in one.moved if moved.crosses] == ["hand-raise"]
    assert not Contact.objects.filter(email="bo@acme.example").exists()


def test_events_build_upon_each_other(site: make.Site, acme: Account, moment: datetime) -> None:
    identify = {"type": "identify", "userId": "u9", "traits": {"email": "ann@acme.example"}}
    view = {"type": "page", "userId": "u9", "context": {"page": {"path": "/pricing"}}}
    stranger = {"type": "identify", "userId": "u8", "traits": {"email": "bo@acme.example"}}
    first, second, third, fourth = tried(site, moment, identify, view, stranger, view | {"userId": "u8"})
    assert (first.contact_is_new, second.contact_is_new) == (False, False)
    assert (third.contact_is_new, str(third.contact), fourth.contact_is_new) == (True, "bo", False)
    assert fourth.contact == third.contact
    assert (first.says_who, first.is_signal) == ("identify", False)
    assert second.account == acme
    assert "which this source said of the user" in next(key.words for key in second.keys if key.decided)
    assert not Identity.objects.exists()


@pytest.mark.parametrize(
    ("event", "check"),
    [
        pytest.param({"type": "track", "userId": "u"}, ("errors", "needs the name"), id="no name"),
        pytest.param({"type": "page"}, ("errors", "Say who did it"), id="nobody"),
        pytest.param(
            {"type": "page", "userId": "u", "context": 3},
            ("errors", "Must be an object, not a number"),
            id="a wrong shape",
        ),
        pytest.param(
            {"type": "page", "userId": "u", "timestamp": "soon"},
            ("errors", "no time that we can read"),
            id="time",
        ),
        pytest.param(
            {"type": "track", "event": "Nothing known", "userId": "u"},
            ("aside", "No signal type has a rule"),
            id="unmapped",
        ),
        pytest.param(
            {"event": "Demo Requested", "userId": "u"}, ("note", "tried as a track call"), id="no kind said"
        ),
        pytest.param(
            {"type": "group", "userId": "u", "groupId": "a.example"}, ("says_who", "group"), id="group"
        ),
        pytest.param({"type": "alias", "userId": "u", "previousId": "a"}, ("says_who", "alias"), id="alias"),
        pytest.param(
            {
                "type": "topic-surge",
                "account_domain": "x.example",
                "strength": 500,
                "occurred_at": "2026-01-01T00:00:00Z",
            },
            ("errors", "100"),
            id="a record with a wrong field",
        ),
        pytest.param(
            {"type": "nothing", "account_domain": "x.example", "occurred_at": "2026-01-01T00:00:00Z"},
            ("errors", "There is no signal type"),
            id="a record of no type",
        ),
        pytest.param({"what": "is this"}, ("errors", "choose that source"), id="something else"),
        pytest.param(
            {"context": {}, "type": "x"}, ("errors", "'x' is no kind of event"), id="no kind of call"
        ),
        pytest.param({"userId": "u"}, ("errors", "There is no kind of event here"), id="no kind at all"),
        pytest.param("text", ("errors", "something else"), id="no object"),
    ],
)
def test_what_is_wrong_is_said_in_words(
    site: make.Site, moment: datetime, event: Any, check: tuple[str, str]
) -> None:
    (one,) = tried(site, moment, event)
    where, words = check
    said = {
        "errors": " ".join(error.detail for error in one.errors),
        "aside": one.set_aside,
        "note": one.note,
        "says_who": one.says_who,
    }[where]
    assert words in said
    if where in {"errors", "aside"}:
        assert not one.is_signal


@pytest.mark.parametrize(("more", "whose"), [
    ({}, None),
    ({"context": {"groupId": "acme.example"}}, "Acme"),
    ({"context": {"groupId": "acme.example"}, "userId": "ann"}, "Acme"),
])  # fmt: skip
def test_a_fact_of_the_crm_names_nobody_who_did_it(
    site: make.Site, acme: Account, moment: datetime, more: dict[str, Any], whose: str | None
) -> None:
    definitions.put_signal_type(
        slug="deal",
        fields={"name": "Deal", "kind": "crm", "points": 5, "rules": [{"event": "Stage: Proposal"}]},
    )
    crm = definitions.put_source(slug="crm", fields={"name": "CRM", "kind": "crm"}).row
    text = json.dumps({"event": "Stage: Proposal", "properties": {"stage": "Proposal"}, **more})
    (one,) = try_out(trials=trials(text, source=crm, now=moment), now=moment)
    assert not one.errors
    assert one.type is not None
    assert one.type.slug == "deal"
    assert (one.account.name if one.account else None) == whose
    assert ("knows by itself whose" in one.note) is ("userId" not in more)


def test_what_a_vendor_posts_is_tried_by_the_sources_mapping(acme: Account, moment: datetime) -> None:
    vendor = hooking.vendor("weekly-surge-json").source
    hooking.follow("Sales enablement")
    topics = [
        {"topic": "Sales enablement", "composite_score": 78},
        {"topic": "Sales enablement", "composite_score": 12},
        {"topic": "Dog food", "composite_score": 99},
        {"topic": "Sales enablement", "Surge Score": 78},
    ]
    body = {"week": "2026-11-16", "companies": [{"domain": "acme.example", "topics": topics}]}

    def tried_of(document: object) -> list[Outcome]:
        return try_out(trials=trials(json.dumps(document), source=vendor, now=moment), now=moment)

    good, renamed, low, unfollowed = tried_of(body)
    assert (good.is_signal, good.account) == (True, acme)
    assert good.points == pytest.approx(15.6)
    assert good.note == "Read by the mapping of “Vendor”."
    assert "“composite_score” is missing or empty" in renamed.errors[0].detail
    assert low.set_aside == "1 item: below 60, not surging."
    assert unfollowed.set_aside == "1 item on the topic “Dog food”, which nobody follows."
    [other] = tried_of({"firms": []})
    assert "There is no “companies” in the body" in other.errors[0].detail
    [none] = tried_of({"companies": []})
    assert "finds no items in it" in none.errors[0].detail
    assert (
        len(tried_of({"companies": [{"domain": "acme.example", "topics": topics[:1] * 30}]})) == pasted.MOST
    )
    assert not Signal.objects.exists()


LIKE_OURS: dict[str, tuple[str, object]] = {
    "a call without a type": ("", {"event": "Report read", "name": "R", "context": {}, "properties": {}}),
    "a type of its own": ("", {"type": "surge", "data": {"score": 7}}),
    "a record": ("", {"strength": 70, "occurred_at": "last week"}),
    "records": ("records[]", {"week": "2026-11-16", "records": [{"strength": 70}]}),
    "a batch": ("batch[]", {"week": "2026-11-16", "batch": [{"event": "Report read"}]}),
    "a list": ("[]", [{"event": "Report read"}]),
}


@pytest.mark.parametrize(("items", "body"), LIKE_OURS.values(), ids=LIKE_OURS)
def test_a_vendors_body_that_looks_like_ours_is_tried_whole_by_the_mapping(
    acme: Account, moment: datetime, items: str, body: object
) -> None:
    vendor = hooking.vendor().source
    record = {
        "type": {"value": "topic-surge"},
        "account_domain": {"value": "acme.example"},
        "properties": {"week": "$.week"},
    }
    hooks.put_mapping(source=vendor, mapping={"items": items, "record": record})
    one = trials(json.dumps(body), source=vendor, now=moment)
    assert [trial.note for trial in one] == ["Read by the mapping of “Vendor”."]
    week = body.get("week") if isinstance(body, dict) else None
    assert one[0].document.get("properties", {}).get("week") == week
    if isinstance(body, dict) and not items:
        assert [trial.note for trial in trials_of([body], source=vendor, now=moment)] == [one[0].note]


@pytest.mark.parametrize(("body", "form"), [
    ({"type": "track", "event": "Report read", "userId": "ann"}, "segment"),
    ({"batch": [{"type": "page"}]}, "segment"),
    ({"type": "topic-surge", "account_domain": "acme.example"}, "record"),
    ({"records": [{"type": "topic-surge", "contact_email": "ann@acme.example"}]}, "record"),
])  # fmt: skip
def test_what_says_that_it_is_ours_is_not_asked_of_the_mapping(
    moment: datetime, body: dict[str, Any], form: str
) -> None:
    vendor = hooking.vendor("weekly-surge-json").source
    (one,) = trials(json.dumps(body), source=vendor, now=moment)
    assert one.form == form
    assert "Read by the mapping" not in one.note


def test_an_event_from_the_future_is_told_to_wait(site: make.Site, moment: datetime) -> None:
    (one,) = tried(site, moment, make.page("m1", timestamp=(moment + timedelta(hours=3)).isoformat()))
    assert (one.is_signal, one.set_aside_code) == (False, "held")
    assert "waits until then" in one.set_aside
    assert one.occurred_at is not None
    assert one.occurred_at > moment


def test_a_machine_is_told(site: make.Site, moment: datetime) -> None:
    event = make.page("m1", context={"userAgent": "Googlebot/2.1", "page": {"path": "/pricing"}})
    (one,) = tried(site, moment, event)
    assert (one.set_aside_code, one.is_signal) == (RejectedEvent.Code.BOT, False)
    assert not RejectedEvent.objects.exists()


def test_a_record_tells_its_strength_and_takes_the_chosen_source(
    site: make.Site, acme: Account, moment: datetime
) -> None:
    (one,) = tried(site, moment, make.without(make.record(moment, strength=50), "source"))
    assert (one.form, one.points) == ("record", 10.0)
    assert "does not name its source" in one.note
    assert one.account == acme


def test_the_senders_clock_is_corrected_and_age_is_told(site: make.Site, moment: datetime) -> None:
    ahead = moment + timedelta(hours=2)
    skewed = make.page("m1", timestamp=(ahead - timedelta(minutes=10)).isoformat(), sentAt=ahead.isoformat())
    old = make.page("m2", timestamp=(moment - timedelta(days=40)).isoformat())
    first, second = tried(site, moment, skewed, old)
    assert first.occurred_at is not None
    assert abs(first.occurred_at - (moment - timedelta(minutes=10))) < timedelta(seconds=1)
    assert first.corrected_by is not None
    assert round(first.corrected_by.total_seconds()) == -7200
    assert not first.is_too_old
    assert second.is_too_old
    assert second.corrected_by is None


def test_a_repeat_is_told_from_a_conflict(
    site: make.Site, acme: Account, moment: datetime, client: Client
) -> None:
    event = make.page("m1")
    body = json.dumps({"batch": [event]})
    key = {"authorization": make_basic(site.key)}
    assert client.post("/v1/batch", body, content_type="application/json", headers=key).status_code == 200
    work.drain_all(work.database_now())
    assert Signal.objects.count() == 1
    now = work.database_now()
    same, other = tried(site, now, event, event | {"name": "Another"})
    assert (same.is_repeat, same.is_conflict, same.is_signal) == (True, False, False)
    assert (other.is_repeat, other.is_conflict) == (True, True)
    assert same.type is not None


def make_basic(key: str) -> str:
    """The header of Segment's libraries."""
    return f"Basic {base64.b64encode(f'{key}:'.encode()).decode()}"


@pytest.mark.parametrize(
    ("text", "forms", "error"),
    [
        ("", ["unclear"], "Paste an event"),
        ("{", ["unclear"], "This is not JSON: line 1, column 2"),
        ('{"type": "page",\n "userId": }', ["unclear"], "line 2"),
        ("[" * 100_000, ["unclear"], "This is not JSON"),
        ('{"type": "page"}\n{"type": "track"}', ["segment", "segment"], ""),
        ('{"type": "page"}\n{"type": }', ["segment", "unclear"], "This is not JSON"),
        ('{"batch": [{"type": "page"}, 3], "sentAt": "x"}', ["segment", "unclear"], "something else"),
        ('{"records": [{"type": "a", "account_domain": "b.example"}]}', ["record"], ""),
        ('[{"event": "A"}, {"name": "Home"}]', ["segment", "segment"], ""),
        ("3", ["unclear"], "something else"),
        ("\ufeff{}", ["segment"], ""),
        (json.dumps([{"type": "page"}] * 30), ["segment"] * 20, ""),
    ],
)
def test_whatever_is_pasted_is_taken_apart(text: str, forms: list[str], error: str) -> None:
    pieces = pasted.read(text)
    assert [piece.form for piece in pieces] == forms
    assert error in " ".join(piece.error for piece in pieces)


def test_a_batchs_time_of_sending_goes_with_each_event() -> None:
    (piece,) = pasted.read('{"batch": [{"type": "page"}], "sentAt": "2026-01-01T00:00:00Z"}')
    assert piece.document["sentAt"] == "2026-01-01T00:00:00Z"


def test_the_page_shows_every_step(site: make.Site, acme: Account, sign_in: SignIn) -> None:
    browser = sign_in(Role.REP)
    before = rows()
    empty = browser.get("/catalogue/tester/").content.decode()
    assert "Nothing is stored" in empty
    assert "/pricing" in empty
    event = make.page("m1", context={"page": {"path": "/pricing"}, "traits": {"email": "ann@acme.example"}})
    page = browser.post("/catalogue/tester/", {"text": json.dumps(event), "source": "site"}).content.decode()
    for words in ("10 points", "Acme", "decides", "Ann Berg", "three-pricing", "0 → 1 of 3", "Rule 1 of"):
        assert words in page
    broken = browser.post("/catalogue/tester/", {"text": "{oops", "source": "none"}).content.decode()
    assert "This is not JSON: line 1, column 2" in broken
    assert "{oops</textarea>" in broken
    assert rows() == before


def test_without_a_source_the_page_says_what_to_do(db: None, sign_in: SignIn) -> None:
    browser = sign_in(Role.REVOPS)
    assert "There is no open source yet" in browser.get("/catalogue/tester/").content.decode()
    answer = browser.post("/catalogue/tester/", {"text": '{"type": "page", "userId": "u"}'})
    assert "Say which source sends it" in answer.content.decode()


def test_the_api_tries_events_too(
    site: make.Site, acme: Account, integration: Caller, moment: datetime
) -> None:
    body = {"source": "site", "events": [make.page("m1"), make.record(moment, strength=40.5)]}
    answer = integration.post("signal-types/try/", body)
    assert answer.status_code == 200, answer.content
    first, second = answer.json()["results"]
    assert (first["type"], first["account"], first["points"], first["is_signal"]) == (
        "pricing-page",
        acme.pk,
        10.0,
        True,
    )
    assert first["thresholds"][0]["steps"][0]["after"] == 1
    assert second["points"] == pytest.approx(8.1)
    assert not Signal.objects.exists()


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/events"),
        ({"source": "none", "events": [{}]}, "/source"),
        ({"source": "site", "events": [3]}, "/events/0"),
        ({"source": "site", "events": [{}] * 21}, "/events"),
        ({"source": "site", "events": [{}], "more": 1}, "/more"),
    ],
)
def test_a_wrong_call_is_a_problem(
    site: make.Site, integration: Caller, body: dict[str, Any], pointer: str
) -> None:
    answer = integration.post("signal-types/try/", body)
    assert answer.status_code == 400
    assert pointer in [error["pointer"] for error in answer.json()["errors"]]


def test_topics_and_page_intent_over_the_api(site: make.Site, revops: Caller) -> None:
    made = revops.post("topics/", {"name": "Sales  Engagement"})
    assert (made.status_code, made.json()["key"]) == (201, "sales engagement")
    pk = made.json()["id"]
    assert revops.post("topics/", {"name": "sales engagement"}).status_code == 200
    assert revops.send("DELETE", f"topics/{pk}/").status_code == 204
    assert revops.get("topics/?is_active=false").json()["results"][0]["id"] == pk
    assert revops.get("topics/?is_active=maybe").status_code == 400
    assert (
        revops.patch(f"topics/{pk}/", {"is_active": True, "name": "Engagement"}).json()["key"] == "engagement"
    )
    revops.post("topics/", {"name": "CRM"})
    assert revops.patch(f"topics/{pk}/", {"name": "crm"}).status_code == 409
    assert revops.post("topics/", {"name": "  "}).status_code == 400
    assert revops.patch("signal-types/webinar/", {"page_intent": "demo"}).json()["page_intent"] == "demo"
    assert revops.patch("signal-types/webinar/", {"page_intent": ""}).json()["page_intent"] == ""
    assert revops.patch("signal-types/webinar/", {"page_intent": "x"}).status_code == 400
