"""Placing by network: the last resort, from a file on this machine, never a person, and no address is kept."""

from __future__ import annotations

import json
import os
import re
from html import unescape
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from pytest_django import Settings

from abmops.lib.choices import Role
from abmops.work import services as work
from abmops.work.models import WorkItem
from accounts.models import Account, Contact
from signals.models import Identity, RejectedEvent, Signal, UnmatchedSignal, UnnamedSignal
from signals.services import detect, reverse_ip
from signals.services.ingest import unpacked
from tests.accounts import make as accounts
from tests.signals import make, mmdb

pytestmark = pytest.mark.django_db

ACME_IP, ISP_IP, OTHER_IP = "8.8.8.8", "8.8.4.4", "9.9.9.9"
CSV = """# network,domain,type
8.8.8.0/24,www.acme.example,business
8.8.4.0/24,isp.example,isp
9.0.0.0/8,wide.example,business
9.9.0.0/16,,
9.9.9.0/24,other.example,business
2606:4700::/32,acme.example,business
this is no line
1.2.3.4/99,broken.example
"""
RECORDS: dict[str, dict[str, Any]] = {
    "8.8.8.0/24": {"company": {"domain": "acme.example", "type": "business"}},
    "8.8.4.0/24": {"company": {"domain": "isp.example", "type": "isp"}},
    "9.9.9.0/24": {"domain": "other.example"},
    "2606:4700::/32": {"domain": "acme.example", "is_hosting_provider": False},
}
CHROME = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
)


@pytest.fixture(params=["csv", "mmdb"])
def database(request: pytest.FixtureRequest, tmp_path: Path, settings: Settings) -> Path:
    """A reverse-IP file of either form, installed."""
    path = tmp_path / f"networks.{request.param}"
    path.write_bytes(CSV.encode() if request.param == "csv" else mmdb.database(RECORDS))
    settings.REVERSE_IP_DB = str(path)
    return path


def send(
    site: make.Site, *events: dict[str, Any], address: str = "", origin: bool = True, forwarded_for: str = ""
) -> None:
    """One call of a browser that comes from an address, or of a server."""
    body = {"batch": list(events), "writeKey": site.key}
    said = {"User-Agent": CHROME} | ({"Origin": "https://site.example"} if origin else {})
    said |= {"X-Forwarded-For": forwarded_for} if forwarded_for else {}
    answer = Client(REMOTE_ADDR=address or "127.0.0.1").post(
        "/v1/batch", json.dumps(body), content_type="text/plain", headers=said
    )
    assert answer.status_code == 200, answer.content
    work.drain_all()


def visit(message_id: str = "m1", **fields: Any) -> dict[str, Any]:
    """An anonymous visitor looks at prices."""
    return {
        "type": "page",
        "messageId": message_id,
        "anonymousId": "a1",
        "properties": {"path": "/pricing"},
    } | fields


@pytest.mark.parametrize(
    ("address", "domain"),
    [
        (ACME_IP, "acme.example"),
        ("::ffff:8.8.8.8", "acme.example"),
        ("2606:4700::1111", "acme.example"),
        (OTHER_IP, "other.example"),
        (ISP_IP, None),
        ("8.8.9.1", None),
        ("2a00::1", None),
        ("10.0.0.1", None),
        ("0.0.0.0", None),
        ("rubbish", None),
        ("", None),
    ],
)
def test_a_file_of_either_form_is_read(database: Path, address: str, domain: str | None) -> None:
    assert reverse_ip.domain_of(address) == domain


def test_the_longest_network_counts(tmp_path: Path, settings: Settings) -> None:
    path = tmp_path / "networks.csv"
    path.write_text(CSV)
    settings.REVERSE_IP_DB = str(path)
    found = [reverse_ip.domain_of(address) for address in ("9.1.1.1", "9.9.1.1", "9.9.9.1")]
    assert found == ["wide.example", None, "other.example"]


def test_a_file_that_changes_is_read_again(database: Path) -> None:
    assert reverse_ip.domain_of(ACME_IP) == "acme.example"
    changed = {"8.8.8.0/24": {"domain": "else.example"}}
    newer = b"8.8.8.0/24,else.example\n" if database.suffix == ".csv" else mmdb.database(changed)
    replacement = database.with_name(f"new{database.suffix}")
    replacement.write_bytes(newer)
    os.replace(replacement, database)  # noqa: PTH105  (as whoever installs a new one should)
    assert reverse_ip.domain_of(ACME_IP) == "else.example"


@pytest.mark.parametrize("kind", ["missing.mmdb", "broken.mmdb", "missing.csv", "latin.csv"])
def test_a_file_that_cannot_be_read_names_nobody(
    tmp_path: Path, settings: Settings, kind: str, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / kind
    if not kind.startswith("missing"):
        path.write_bytes(b"8.8.8.0/24,\xff\xfe\n" * 9)
    settings.REVERSE_IP_DB = str(path)
    assert reverse_ip.domain_of(ACME_IP) is None
    assert kind in caplog.text
    said = reverse_ip.installed()
    assert said is not None
    assert (said.name, said.holds, bool(said.fault)) == (kind, "", True)


def page_of_machines(address: str = "") -> str:
    """What the page says of networks, as a rep reads it."""
    client = Client()
    client.force_login(accounts.user(Role.REP))
    shown = unescape(client.get("/catalogue/bots/", {"address": address}).content.decode())
    return " ".join(re.sub(r"<[^>]+>", " ", shown).split())


@pytest.mark.parametrize(("address", "words"), [
    (ACME_IP, "The address lies in the network of acme.example"),
    (ISP_IP, "s own network."),
    ("", "In use networks."),
])  # fmt: skip
def test_the_page_says_which_file_is_in_use_and_whose_an_address_is(
    database: Path, address: str, words: str
) -> None:
    said = page_of_machines(address)
    assert words in said
    assert ("6 networks." if database.suffix == ".csv" else "a MaxMind DB of the kind Test.") in said


@pytest.mark.parametrize(("content", "words"), [
    pytest.param(None, "Not in use networks.csv names nobody: it is not there.", id="not there"),
    pytest.param("a;b\n8.8.8.0/24;acme.example\n", "it has no line of network,domain,type, with commas",
        id="semicolons"),
])  # fmt: skip
def test_a_file_that_names_nobody_is_told_on_the_page(
    tmp_path: Path, settings: Settings, content: str | None, words: str
) -> None:
    assert "No file is installed" in page_of_machines()
    path = tmp_path / "networks.csv"
    if content is not None:
        path.write_text(content)
    settings.REVERSE_IP_DB = str(path)
    assert words in page_of_machines(ACME_IP)


@pytest.mark.parametrize(
    ("address", "origin", "said", "placed"),
    [
        pytest.param(ACME_IP, True, None, True, id="a browser's own address"),
        pytest.param(ACME_IP, False, None, False, id="a server's own address is nobody's"),
        pytest.param("", False, ACME_IP, True, id="what a server says of its visitor"),
        pytest.param(ACME_IP, True, "0.0.0.0", False, id="an address that was blanked on purpose"),
        pytest.param(ISP_IP, True, None, False, id="a provider"),
    ],
)
def test_whose_address_is_looked_at(
    site: make.Site, database: Path, address: str, origin: bool, said: str | None, placed: bool
) -> None:
    acme = accounts.account()
    event = visit() | ({"context": {"ip": said}} if said else {})
    send(site, event, address=address, origin=origin)
    signal = Signal.objects.get()
    assert signal.account_id == (acme.pk if placed else None)
    assert signal.properties.get("placed_by") == ("network" if placed else None)


def test_an_address_comes_through_trusted_proxies_only(
    site: make.Site, database: Path, settings: Settings
) -> None:
    acme = accounts.account()
    send(site, visit("m1"), address="10.0.0.1", forwarded_for=ACME_IP)
    settings.TRUSTED_PROXIES = [ip_network("10.0.0.0/8")]
    send(site, visit("m2"), address="10.0.0.1", forwarded_for=ACME_IP)
    placed = dict(Signal.objects.values_list("message_id", "account"))
    assert placed == {"m1": None, "m2": acme.pk}


@pytest.mark.parametrize(
    "named",
    [
        pytest.param({"context": {"groupId": "other.example"}}, id="context.groupId"),
        pytest.param({"context": {"traits": {"email": "bob@other.example"}}}, id="an e-mail"),
        pytest.param({"context": {"traits": {"company": {"domain": "other.example"}}}}, id="a company"),
        pytest.param({"userId": "bob"}, id="an earlier identify"),
        pytest.param({"userId": "ben"}, id="an earlier group"),
    ],
)
def test_anything_else_goes_first(site: make.Site, database: Path, named: dict[str, Any]) -> None:
    accounts.account()
    other = accounts.account("Other", "other.example")
    send(
        site,
        {"type": "identify", "userId": "bob", "messageId": "i", "traits": {"email": "bob@other.example"}},
        {"type": "group", "userId": "ben", "messageId": "g", "groupId": "other.example"},
    )
    send(site, visit(**named), address=ACME_IP)
    signal = Signal.objects.get()
    assert signal.account_id == other.pk
    assert "placed_by" not in signal.properties


def test_no_person_comes_of_a_network(site: make.Site, database: Path) -> None:
    acme = accounts.account()
    send(site, visit(context={"traits": {"email": "ann@gmail.com", "name": "Ann"}}), address=ACME_IP)
    assert Signal.objects.get().account_id == acme.pk
    assert not Contact.objects.exists()


def test_a_visitor_who_is_named_later_is_named_here_too(site: make.Site, database: Path) -> None:
    acme = accounts.account()
    send(site, visit("m1"), address=ACME_IP)
    assert UnnamedSignal.objects.exists()
    send(
        site,
        {
            "type": "identify",
            "userId": "ann",
            "anonymousId": "a1",
            "messageId": "i",
            "traits": {"email": "ann@acme.example"},
        },
        visit("m2", userId="ann"),
        address=ACME_IP,
    )
    detect.sweep_unmatched(work.database_now())
    ann = Contact.objects.get()
    assert (ann.email, ann.account_id) == ("ann@acme.example", acme.pk)
    assert set(Signal.objects.values_list("contact", flat=True)) == {ann.pk}


def test_a_company_that_is_no_account_yet_waits_by_its_network(site: make.Site, database: Path) -> None:
    send(site, visit(), address=ACME_IP)
    waiting = UnmatchedSignal.objects.get()
    assert waiting.domain == "acme.example"
    assert "network:acme.example" in waiting.keys
    assert not Account.objects.exists()
    acme = accounts.account()
    detect.sweep_unmatched(work.database_now())
    work.drain_all()
    signal = Signal.objects.get()
    assert (signal.account_id, signal.properties["placed_by"]) == (acme.pk, "network")
    assert not UnmatchedSignal.objects.exists()


def test_no_address_is_kept_anywhere(site: make.Site, database: Path) -> None:
    accounts.account()
    events = [
        visit("m1"),
        visit("m2", context={"ip": ACME_IP, "page": {"path": "/pricing"}}),
        {
            "type": "track",
            "event": "Nobody Knows",
            "anonymousId": "a",
            "messageId": "m3",
            "context": {"ip": ACME_IP},
        },
        {"type": "page", "messageId": "m4", "context": {"ip": ACME_IP}},
    ]
    send(site, *events, address=OTHER_IP)
    assert (Signal.objects.count(), RejectedEvent.objects.count()) == (2, 2)
    for model in (Signal, RejectedEvent, UnmatchedSignal, UnnamedSignal, Identity, WorkItem):
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT row_to_json(t)::text FROM {model._meta.db_table} t")
            rows = " ".join(row for (row,) in cursor.fetchall())
        assert ACME_IP not in rows, model
        assert OTHER_IP not in rows, model
    assert not [unpacked(item.body) for item in WorkItem.objects.filter(kind="ingest")]


def test_without_a_file_nothing_is_looked_up(site: make.Site, settings: Settings) -> None:
    settings.REVERSE_IP_DB = ""
    accounts.account()
    send(site, visit(), address=ACME_IP)
    assert Signal.objects.get().account_id is None
