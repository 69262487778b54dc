"""What a careless or hostile person types into pages: an answer each time, and nothing that cannot be stored."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse

from abmops.lib.choices import Role
from abmops.ui import typed
from plays.domain import merge
from plays.models import Enrollment, Play
from plays.services.decision.deciding import decide_crossings
from signals.models import Source, Threshold
from tests.accounts import make
from tests.plays.make import CALL, NOW, a_crossing, a_play, a_threshold, an_account
from tests.signals import make as signals

pytestmark = pytest.mark.django_db

HALF = "\\ud800"
"""Half a character, as JSON escapes it: no text of the database can hold it."""


@pytest.fixture
def revops(db: None) -> Client:
    """A browser of RevOps."""
    client = Client()
    client.force_login(make.user(Role.REVOPS))
    return client


@pytest.mark.parametrize("said", [HALF, "\\u0000"])
def test_json_of_a_play_that_cannot_be_stored_is_refused_in_words(revops: Client, said: str) -> None:
    play = a_play("one", steps=[CALL])
    text = '{"steps": [{"key": "call", "channel": "call", "side": "sales", "title": "' + said + '"}]}'
    answer = revops.post(reverse("plays:play_edit", args=[play.pk]), {"do": "json", "json": text})
    assert answer.status_code == 200
    assert "cannot be stored" in answer.content.decode()
    assert Play.objects.get().versions.count() == 1


@pytest.mark.parametrize("said", [HALF, "\\u0000"])
def test_json_of_a_threshold_that_cannot_be_stored_is_refused_in_words(revops: Client, said: str) -> None:
    signals.site()
    text = '{"count": {"topics": ["' + said + '"], "at_least": 1, "days": 7}}'
    form = {"key-r": "all", "do": "json", "json": text}
    answer = revops.post(reverse("signals:threshold_new"), form)
    assert answer.status_code == 200
    assert "cannot be stored" in answer.content.decode()
    assert not Threshold.objects.filter(name="x").exists()


@pytest.mark.parametrize("said", [HALF, "\\u0000"])
def test_a_mapping_that_cannot_be_stored_is_refused_in_words(revops: Client, said: str) -> None:
    site = signals.site("vendor")
    text = '{"record": {"type": {"value": "pricing-page"}, "account_domain": "' + said + '"}}'
    form = {"mapping": text, "before": "{}", "example": "[]", "action": "save"}
    answer = revops.post(f"/catalogue/sources/{site.source.slug}/mapping/", form)
    assert answer.status_code == 422
    assert "cannot be stored" in answer.content.decode()
    assert not Source.objects.get(slug="vendor").mapping


@pytest.mark.parametrize("text", ["9" * 400, "-" + "9" * 400, "9" * 5_000, "1e999", "nan", "²", "٣.٣.٣"])
def test_a_number_that_no_computer_holds_stays_the_text_it_is(text: str) -> None:
    """To be complained about at its field."""
    assert typed.number(text) == text[:40]


def test_a_merge_field_that_never_ends_is_read_once() -> None:
    """A reader that goes back over the blanks would not be done within the age of the earth."""
    assert list(merge.complaints("{{" + " " * 200_000))
    assert list(merge.complaints("{{ " * 50_000))


@pytest.mark.parametrize("at", ["2026-13-45T99:00:00Z", "x", "", "9999-12-31T23:59:59-14:00"])
def test_a_moment_that_never_was_brings_nothing_back(revops: Client, at: str) -> None:
    answer = revops.post(f"{reverse('plays:deliveries_bring_back')}?at={at}")
    assert answer.status_code == 302


ADDRESSES = [
    "today",
    "-1",
    "²",
    "2026-13-45T99:00",
    "{",
    "[::1",
    "//evil.example",
    "javascript:x",
    "/\\evil.example",
]


@pytest.mark.parametrize("said", ADDRESSES)
def test_a_way_back_that_is_none_leads_to_a_page_of_ours(revops: Client, said: str) -> None:
    answer = revops.post(reverse("plays:notices_read"), {"next": said}, headers={"Referer": said})
    assert answer.status_code == 302
    assert answer.headers["Location"] == reverse("plays:notices")


@pytest.mark.parametrize("said", ADDRESSES)
def test_a_way_back_to_the_calendar_that_is_none_leads_to_the_calendar(revops: Client, said: str) -> None:
    answer = revops.post(f"{reverse('plays:calendar_unmove')}?{urlencode({'next': said})}")
    assert answer.headers["Location"] == reverse("plays:calendar")


def test_an_htmx_call_from_nowhere_is_asked_to_sign_in(client: Client) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "http://[::1"}
    answer = client.get(reverse("plays:today"), headers=headers)
    assert answer.headers["HX-Redirect"].startswith("/login/")


# Every list that is searched or narrowed by free words.
SEARCHED = [
    "accounts:list", "target_list:quarantine", "scoreboard:page", "plays:calendar", "plays:pauses", "imports:list",
]  # fmt: skip


@pytest.mark.parametrize("name", ["q", "phase", "territory", "owner", "a\0b"])
@pytest.mark.parametrize("page", SEARCHED)
def test_what_no_text_can_hold_is_left_out_of_a_search(revops: Client, page: str, name: str) -> None:
    assert revops.get(reverse(page), {name: "a\0c"}).status_code == 200


def test_a_reason_longer_than_what_is_kept_is_asked_for_again_and_its_nul_left_out(revops: Client) -> None:
    account = an_account()
    a_play("one", steps=[CALL])
    decide_crossings(crossing_ids=[a_crossing(account, a_threshold()).pk], now=NOW)
    run = Enrollment.objects.get()
    url = reverse("plays:enrollment_cancel", args=[run.pk])
    answer = revops.post(url, {"reason": "a\0b" + "x" * 5_000})
    assert (answer.status_code, "ab" + "x" * 5_000 in answer.content.decode()) == (422, True)
    assert revops.post(url, {"reason": "a\0b" + "x" * 298}).status_code == 302
    run.refresh_from_db()
    assert run.end_reason == "ab" + "x" * 298


@pytest.mark.parametrize("said", ["0001-01-01", "9999-12-31", "2026-13-45", "x"])
def test_days_of_no_time_are_no_days(revops: Client, said: str) -> None:
    for name in ("from", "to", "on", "as_of"):
        assert revops.get(reverse("target_list:changes"), {name: said}).status_code == 200


def test_the_rows_of_a_dry_run_that_cannot_be_made_lead_to_why(revops: Client) -> None:
    play = a_play("one", steps=[CALL])
    url = reverse("plays:dry_run_csv", args=[play.pk])
    answer = revops.get(url, {"version": "999999"}, follow=True)
    assert answer.redirect_chain[0][0] == reverse("plays:dry_run", args=[play.pk])
    assert "This play says nothing yet" in answer.content.decode()


def test_digits_that_are_no_number_choose_nothing(revops: Client) -> None:
    play = a_play("one", steps=[CALL])
    assert revops.get(reverse("plays:dry_run", args=[play.pk]), {"version": "²"}).status_code == 200
    assert revops.post(reverse("duplicates:decide"), {"pick": "²"}).status_code == 302


PASTED = [
    {"type": ["track"], "event": "x"},
    {"type": {"a": 1}},
    {"source": "vendor", "type": "pricing-page", "account_domain": "a.example", "topic": "\ud800"},
    {"source": "vendor", "type": "pricing-page", "account_domain": "\ud800.example"},
    {"source": "vendor", "type": "\0", "account_external_id": "\0"},
    {"type": "track", "event": "\ud800", "userId": "\0", "properties": {"\ud800": 10**400}},
    {"type": "identify", "userId": 10**400, "traits": {"email": "\ud800@a.example"}},
    {"batch": [None, 1, [[]], {}, {"type": "page", "context": [], "timestamp": []}]},
]


@pytest.mark.parametrize("event", PASTED, ids=range(len(PASTED)))
def test_whatever_is_pasted_into_the_tester_is_answered(revops: Client, event: dict[str, Any]) -> None:
    site = signals.site("vendor")
    form = {"source": site.source.slug, "event": json.dumps(event), "text": json.dumps(event)}
    assert revops.post(reverse("signals:tester"), form).status_code in (200, 422)


@pytest.mark.parametrize("digits", ["9" * 30, "9" * 5_000])
def test_a_number_that_no_row_can_have_finds_none(revops: Client, digits: str) -> None:
    """Python itself refuses to read more than 4,300 digits."""
    give = {"give": f"{digits} domain:a.example"}
    assert revops.post(reverse("signals:unmatched_give"), give).status_code == 404
    assert revops.get(reverse("governance:new"), {"account": digits}).status_code == 200
    assert revops.get(reverse("plays:today_changes"), {"since": f"{digits}-x"}).status_code == 200
    signals.site()
    form = {"rearm_days": digits, "key-r": "intent", "at_least-r": "60", "tiers": "1"}
    assert revops.post(reverse("signals:backtest_new"), form).status_code < 500
