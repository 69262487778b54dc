"""The page that puts a source on a site, and the page of machines."""

from __future__ import annotations

import json
from datetime import datetime
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from abmops.lib.choices import Role
from abmops.work import services as work
from signals.domain.segment import read_batch
from signals.models import BotPattern
from signals.services import definitions, ingest
from tests.accounts import make as accounts
from tests.signals import make

pytestmark = pytest.mark.django_db

INSTALL = "/catalogue/sources/site/install/"
BOTS = "/catalogue/bots/"
GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"


def browser(role: Role = Role.REVOPS) -> Client:
    client = Client()
    client.force_login(accounts.user(role, email=f"{role.value}@ours.example"))
    return client


def text(answer: Any) -> str:
    return unescape(answer.content.decode())


def take(site: make.Site, moment: datetime, *events: dict[str, Any]) -> None:
    reading = read_batch(json.dumps({"batch": events}).encode())
    ingest.accept_segment(source=site.source, reading=reading, call=None, now=moment)


def crawl(message_id: str, agent: str = GOOGLEBOT) -> dict[str, Any]:
    return make.page(message_id, context={"userAgent": agent, "page": {"path": "/pricing"}})


@pytest.mark.parametrize(
    ("query", "snippet"),
    [
        (
            "",
            '<script async src="http://testserver/static/js/tracker.js" data-key="WRITE_KEY" data-consent="required">',
        ),
        (
            "?consent=",
            '<script async src="http://testserver/static/js/tracker.js" data-key="WRITE_KEY"></script>',
        ),
        ("?consent=<x>", 'data-consent="required"'),
    ],
)
def test_the_snippet_names_this_installation(site: make.Site, query: str, snippet: str) -> None:
    shown = text(browser(Role.MARKETER).get(INSTALL + query))
    assert snippet in shown
    assert site.key not in shown
    assert "<x>" not in shown


@pytest.mark.parametrize(
    ("role", "fields", "words"),
    [
        pytest.param(Role.REVOPS, {}, "make a new one", id="RevOps can"),
        pytest.param(Role.MARKETER, {}, "RevOps can make a new one", id="a marketer is told who can"),
        pytest.param(Role.REVOPS, {"is_active": False}, "This source is closed", id="a closed source"),
    ],
)
def test_it_says_where_the_key_comes_from(
    site: make.Site, role: Role, fields: dict[str, Any], words: str
) -> None:
    if fields:
        definitions.put_source(slug="site", fields=fields)
    assert words in text(browser(role).get(INSTALL))


def test_it_says_what_has_arrived(site: make.Site, moment: datetime) -> None:
    client = browser(Role.MARKETER)
    accounts.account()
    assert "Nothing yet." in text(client.get(INSTALL))
    take(site, moment, make.page("m1"), make.track("m2", "Nobody Knows"))
    assert "1 call came in and is being worked out" in text(client.get(INSTALL))
    work.drain_all()
    shown = text(client.get(INSTALL))
    assert "Acme" in shown
    assert "pricing-page" in shown
    assert "No signal type has a rule for the track event “Nobody Knows”" in shown


def test_it_answers_only_news(site: make.Site, moment: datetime) -> None:
    client = browser()
    since = client.get(INSTALL).context["found"].since
    live = {"X-Live": "1", "HX-Request": "true"}
    assert client.get(f"{INSTALL}?since={since}", headers=live).status_code == 204
    assert client.get(f"{INSTALL}?since={since}").status_code == 200
    take(site, moment, make.page("m1"))
    answer = client.get(f"{INSTALL}?since={since}", headers=live)
    assert answer.status_code == 200
    assert 'id="arrived"' in text(answer)


def test_a_source_that_is_not_there(site: make.Site) -> None:
    assert browser().get("/catalogue/sources/nobody/install/").status_code == 404


def test_a_page_asks_no_more_for_more(site: make.Site, moment: datetime) -> None:
    client = browser()
    counts = []
    for number in (1, 12):
        take(site, moment, *(make.page(f"{number}-{n}") for n in range(number)))
        take(
            site,
            moment,
            *(crawl(f"{number}-b{n}", f"Crawler{number}.{n}bot/1 Googlebot/") for n in range(number)),
        )
        work.drain_all()
        for n in range(number):
            BotPattern.objects.create(kind="user_agent", pattern=f"Machine{number}.{n}")
        for path in (INSTALL, BOTS):
            client.get(path)
            with CaptureQueriesContext(
                connection,
            ) as asked:
                client.get(path)
            counts.append((path, len(asked)))
    assert counts[:2] == counts[2:]


def test_what_was_left_out_is_listed(site: make.Site, moment: datetime) -> None:
    take(site, moment, crawl("m1"), crawl("m2"), crawl("m3", "AhrefsBot/7.0"))
    work.drain_all()
    client = browser(Role.MARKETER)
    shown = text(client.get(BOTS))
    assert "2 events from Googlebot on this day left out" in shown
    assert "3 events" in shown
    assert (
        "Googlebot" not in text(client.get(f"{BOTS}?q=ahrefs")).split("Your own list")[0].split("<tbody>")[1]
    )
    assert "Nothing like that was left out" in text(client.get(f"{BOTS}?q=nobody"))
    lines = b"".join(client.get(f"{BOTS}bots.csv?sort=-times")).decode().splitlines()
    assert [line.split(",")[2] for line in lines] == ["Events", "2", "1"]


def test_an_empty_page_says_what_belongs_there(db: None) -> None:
    shown = text(browser().get(BOTS))
    assert "No machine has sent anything" in shown
    assert "Your uptime monitor" in shown


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("agent=Googlebot/2.1", "Machine"),
        ("agent=Mozilla/5.0", "A person, as far as we know"),
        ("agent=python-requests/2", "what a program tracks through your interface still counts"),
        ("address=192.0.2.7", "192.0.2.0/24"),
        ("agent=<script>", "A person"),
    ],
)
def test_anybody_may_try_one(db: None, query: str, words: str) -> None:
    BotPattern.objects.create(kind="network", pattern="192.0.2.0/24")
    answer = browser(Role.REP).get(f"{BOTS}?{query}")
    assert words in text(answer)
    assert b"<script>" not in answer.content.replace(b"<script>window", b"")


def test_revops_adds_a_line_and_switches_it_off(db: None) -> None:
    client = browser()
    fields = {"kind": "user_agent", "pattern": " AcmeMonitor ", "note": "Ours"}
    assert client.post(BOTS, fields).status_code == 302
    row = BotPattern.objects.get()
    assert (row.pattern, row.note, row.is_active) == ("AcmeMonitor", "Ours", True)
    assert row.created_by is not None
    again = client.post(BOTS, fields)
    assert (again.status_code, "on the list already" in text(again)) == (422, True)
    client.post(f"{BOTS}{row.pk}/switch/")
    row.refresh_from_db()
    assert not row.is_active
    assert "Switch on" in text(client.get(BOTS))
    client.post(f"{BOTS}{row.pk}/switch/")
    row.refresh_from_db()
    assert row.is_active


def test_a_line_that_would_hit_everybody_is_refused_where_it_stands(db: None) -> None:
    answer = browser().post(BOTS, {"kind": "network", "pattern": "0.0.0.0/0"})
    assert answer.status_code == 422
    assert "too wide" in text(answer)
    assert not BotPattern.objects.exists()


@pytest.mark.parametrize("role", [Role.MARKETER, Role.REP, Role.EXECUTIVE])
def test_only_revops_writes_the_list(db: None, role: Role) -> None:
    client = browser(role)
    row = BotPattern.objects.create(kind="user_agent", pattern="AcmeMonitor")
    client.post(BOTS, {"kind": "user_agent", "pattern": "OtherMonitor"})
    assert client.post(f"{BOTS}{row.pk}/switch/").status_code == 403
    assert list(BotPattern.objects.values_list("pattern", "is_active")) == [("AcmeMonitor", True)]
    assert "Add to the list" not in text(client.get(BOTS))
