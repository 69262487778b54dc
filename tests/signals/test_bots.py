"""What machines send: never a signal, one row a day with its count, and RevOps' own list beside the program's."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from abmops.lib.errors import Conflict, FieldErrors
from abmops.work import services as work
from signals.domain.segment import read_batch
from signals.models import BotPattern, Identity, RejectedEvent, Signal, SignalKey
from signals.selectors.bots import left_out
from signals.services import bots, ingest
from tests.accounts import make as accounts
from tests.signals import make

pytestmark = pytest.mark.django_db

GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
CHROME = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
)


def take(
    site: make.Site, moment: datetime, *events: dict[str, Any], seen: dict[str, str] | None = None
) -> None:
    """One call, worked out."""
    reading = read_batch(json.dumps({"batch": events}).encode())
    ingest.accept_segment(source=site.source, reading=reading, call=None, now=moment, seen=seen)
    work.drain_all()


def crawl(message_id: str, agent: str = GOOGLEBOT, **fields: Any) -> dict[str, Any]:
    """A machine looks at prices."""
    context = {"userAgent": agent, "page": {"path": "/pricing"}, "groupId": "acme.example"}
    return make.page(message_id, context=context, **fields)


def test_a_machine_is_one_row_a_day_with_its_count(site: make.Site, moment: datetime) -> None:
    accounts.account()
    take(site, moment, crawl("m1"), crawl("m2"), make.page("good"), crawl("m3", "curl/8.5"))
    take(site, moment, crawl("m4"))
    take(site, moment - timedelta(days=1), crawl("m5"))
    assert [signal.message_id for signal in Signal.objects.all()] == ["good"]
    assert SignalKey.objects.count() == 1
    rows = sorted(RejectedEvent.objects.values_list("code", "times", "reason"))
    assert [(code, times) for code, times, _ in rows] == [("bot", 1), ("bot", 1), ("bot", 3)]
    assert rows[2][2] == (
        "3 events from Googlebot on this day left out: its user agent is that of a known crawler."
    )
    assert left_out(now=moment).count() == 3
    assert left_out(now=moment, q="googlebot").count() == 2
    assert left_out(now=moment, source="nobody").count() == 0


def test_each_source_has_its_own_row(site: make.Site, moment: datetime) -> None:
    other = make.site("other")
    take(site, moment, crawl("m1"))
    take(other, moment, crawl("m1"))
    assert sorted(RejectedEvent.objects.values_list("source__slug", "times")) == [("other", 1), ("site", 1)]


def test_a_machine_says_nothing_of_people(site: make.Site, moment: datetime) -> None:
    context = {"userAgent": GOOGLEBOT}
    take(
        site,
        moment,
        {
            "type": "identify",
            "userId": "u",
            "messageId": "i",
            "traits": {"email": "a@b.example"},
            "context": context,
        },
        {"type": "group", "userId": "u", "messageId": "g", "groupId": "b.example", "context": context},
        {"type": "alias", "userId": "u", "messageId": "a", "previousId": "v", "context": context},
    )
    assert not Identity.objects.exists()
    assert RejectedEvent.objects.get().times == 3


@pytest.mark.parametrize(
    ("origin", "agent", "kept"),
    [
        pytest.param(True, CHROME, 1, id="a person's browser"),
        pytest.param(True, GOOGLEBOT, 0, id="a crawler's browser"),
        pytest.param(True, CHROME.replace("Chrome", "HeadlessChrome"), 0, id="a headless browser"),
        pytest.param(False, "python-requests/2.32", 1, id="a server's own library is not its visitor's"),
    ],
)
def test_a_browsers_own_user_agent_counts(site: make.Site, origin: bool, agent: str, kept: int) -> None:
    headers = {"User-Agent": agent} | ({"Origin": "https://site.example"} if origin else {})
    body = json.dumps({"batch": [make.page("m1")], "writeKey": site.key})
    Client().post("/v1/batch", body, content_type="text/plain", headers=headers)
    work.drain_all()
    assert Signal.objects.count() == kept
    assert RejectedEvent.objects.count() == 1 - kept


def test_revops_own_list_counts_from_then_on(site: make.Site, moment: datetime) -> None:
    seen = {"agent": f"{CHROME} AcmeMonitor/1", "address": "198.51.100.9"}
    take(site, moment, make.page("m1"), seen=seen)
    by_agent = bots.add_pattern(kind="user_agent", pattern=" acmemonitor ", note="Ours", by=None)
    take(site, moment, make.page("m2"), seen=seen)
    bots.switch(pattern=by_agent, is_active=False)
    take(site, moment, make.page("m3"), seen=seen)
    by_network = bots.add_pattern(kind="network", pattern="198.51.100.9/24", note="", by=None)
    assert by_network.pattern == "198.51.100.0/24"
    take(site, moment, make.page("m4"), seen=seen)
    bots.switch(pattern=by_network, is_active=False)
    take(site, moment, make.page("m5"), seen=seen)
    assert sorted(Signal.objects.values_list("message_id", flat=True)) == ["m1", "m3", "m5"]
    assert RejectedEvent.objects.count() == 2


def test_a_line_that_was_switched_off_is_switched_on_again(db: None) -> None:
    row = bots.add_pattern(kind="user_agent", pattern="AcmeMonitor", note="Ours", by=None)
    with pytest.raises(Conflict, match="on the list already"):
        bots.add_pattern(kind="user_agent", pattern="AcmeMonitor", note="", by=None)
    bots.switch(pattern=row, is_active=False)
    again = bots.add_pattern(kind="user_agent", pattern="AcmeMonitor", note="", by=None)
    assert (again.pk, again.is_active, again.note) == (row.pk, True, "Ours")
    assert BotPattern.objects.count() == 1


@pytest.mark.parametrize(
    ("kind", "pattern", "words"),
    [
        pytest.param("user_agent", "bot", "4 to 200", id="three letters"),
        pytest.param("user_agent", "x" * 201, "4 to 200", id="too long"),
        pytest.param("user_agent", "Mozilla", "Every browser", id="every browser"),
        pytest.param("user_agent", "chrom", "Every browser", id="part of every browser"),
        pytest.param("network", "acme", "such as 192.0.2.0/24", id="no network"),
        pytest.param("network", "0.0.0.0/0", "too wide", id="everybody"),
        pytest.param("network", "8.0.0.0/7", "too wide", id="a slip of the pen"),
        pytest.param("network", "2000::/3", "too wide", id="all of IPv6"),
    ],
)
def test_a_line_that_would_hit_everybody_is_refused(db: None, kind: str, pattern: str, words: str) -> None:
    with pytest.raises(FieldErrors, match=words):
        bots.add_pattern(kind=kind, pattern=pattern, note="", by=None)
    assert not BotPattern.objects.exists()
