"""Whose network an address is in: who called through proxies, and which records name a company."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abmops.lib.domains import registrable_domain
from signals.domain.networks import (
    client_address,
    company_of,
    network_owners,
    public_address,
    without_address,
)

PROXIES = [ip_network("10.0.0.0/8"), ip_network("203.0.113.5/32"), ip_network("fd00::/8")]


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        pytest.param("198.51.100.7", "", "198.51.100.7", id="no proxy"),
        pytest.param("198.51.100.7", "192.0.2.1", "198.51.100.7", id="a stranger claims to be a proxy"),
        pytest.param("10.0.0.1", "198.51.100.7", "198.51.100.7", id="one proxy"),
        pytest.param("10.0.0.1", "198.51.100.7, 203.0.113.5", "198.51.100.7", id="two proxies"),
        pytest.param(
            "10.0.0.1", "192.0.2.1, 198.51.100.7", "198.51.100.7", id="what the caller wrote is left"
        ),
        pytest.param("10.0.0.1", "10.1.1.1, 10.2.2.2", "10.1.1.1", id="everybody is a proxy"),
        pytest.param("10.0.0.1", "", "10.0.0.1", id="a proxy that says nothing"),
        pytest.param("10.0.0.1", " , ,198.51.100.7:4711", "198.51.100.7", id="with a port"),
        pytest.param("fd00::1", "[2001:db8::7]:80", "2001:db8::7", id="IPv6 with a port"),
        pytest.param("10.0.0.1", "unknown", "unknown", id="no address at all"),
        pytest.param(
            "10.0.0.1:8000", '"198.51.100.7"', "198.51.100.7", id="quoted, and the peer with a port"
        ),
    ],
)
def test_who_called(peer: str, forwarded: str, client: str) -> None:
    assert client_address(peer, forwarded, PROXIES) == client


def test_without_trusted_proxies_only_the_peer_counts() -> None:
    assert client_address("10.0.0.1", "198.51.100.7", []) == "10.0.0.1"


@given(st.text(max_size=80), st.text(max_size=200))
def test_no_header_makes_it_fail(peer: str, forwarded: str) -> None:
    assert isinstance(client_address(peer, forwarded, PROXIES), str)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("8.8.8.8", "8.8.8.8"),
        (" 8.8.8.8 ", "8.8.8.8"),
        ("::ffff:8.8.8.8", "8.8.8.8"),
        ("2606:4700::1111", "2606:4700::1111"),
        ("[2606:4700::1111]", "2606:4700::1111"),
        ("0.0.0.0", None),
        ("10.1.2.3", None),
        ("127.0.0.1", None),
        ("169.254.1.1", None),
        ("100.64.0.1", None),
        ("224.0.0.1", None),
        ("fe80::1%eth0", None),
        ("::1", None),
        ("acme.com", None),
        ("", None),
        (None, None),
        (134744072, None),
    ],
)
def test_public_addresses(text: object, address: str | None) -> None:
    found = public_address(text)
    assert (str(found) if found else None) == address


@pytest.mark.parametrize(
    ("record", "domain"),
    [
        pytest.param({"domain": "acme.com"}, "acme.com", id="a file of domains"),
        pytest.param("www.acme.co.uk", "acme.co.uk", id="the domain itself"),
        pytest.param({"domain": "acme.com", "type": "business"}, "acme.com", id="a business"),
        pytest.param({"domain": "uni.edu", "type": "education"}, "uni.edu", id="a university"),
        pytest.param({"domain": "acme.com", "type": ""}, "acme.com", id="an empty type"),
        pytest.param({"domain": "isp.example", "type": "isp"}, None, id="a provider"),
        pytest.param({"domain": "host.example", "type": "hosting"}, None, id="hosting"),
        pytest.param({"domain": "acme.com", "type": "unheard of"}, None, id="a type that nobody knows"),
        pytest.param({"domain": "acme.com", "traits": {"user_type": "cellular"}}, None, id="a carrier"),
        pytest.param({"domain": "acme.com", "connection_type": "Cable/DSL"}, None, id="a home line"),
        pytest.param({"domain": "acme.com", "connection_type": "Corporate"}, "acme.com", id="an office line"),
        pytest.param({"domain": "acme.com", "is_vpn": True}, None, id="a VPN"),
        pytest.param({"domain": "acme.com", "privacy": {"relay": True}}, None, id="a relay"),
        pytest.param({"domain": "acme.com", "hosting": "true"}, None, id="hosting, in words"),
        pytest.param({"domain": "acme.com", "is_vpn": "false"}, "acme.com", id="no VPN, in words"),
        pytest.param(
            {"company": {"domain": "acme.com", "type": "business"}}, "acme.com", id="a company within"
        ),
        pytest.param(
            {
                "company": {"domain": "acme.com", "type": "business"},
                "asn": {"domain": "x.net", "type": "isp"},
            },
            None,
            id="a company on its provider's line",
        ),
        pytest.param(
            {"asn": {"domain": "acme.net", "type": "business"}, "company": {"domain": "acme.com"}},
            "acme.com",
            id="the company before whoever announces the route",
        ),
        pytest.param({"traits": {"domain": "acme.com", "user_type": "business"}}, "acme.com", id="traits"),
        pytest.param({"as_domain": "acme.com", "as_name": "Acme"}, "acme.com", id="only who announces it"),
        pytest.param({"domain": "amazonaws.com"}, None, id="a cloud, by the kept list"),
        pytest.param({"domain": "ec2-1-2-3-4.compute.amazonaws.com"}, None, id="a host in a cloud"),
        pytest.param({"domain": "comcast.net"}, None, id="a provider, by the kept list"),
        pytest.param(
            {"domain": "t-mobile.com", "type": "business"}, None, id="a carrier, whatever the file says"
        ),
        pytest.param({"domain": "nordvpn.com"}, None, id="a VPN, by the kept list"),
        pytest.param({"domain": "gmail.com"}, None, id="free mail"),
        pytest.param({"domain": "localhost"}, None, id="no domain"),
        pytest.param({"domain": 7, "company": None}, None, id="of a wrong shape"),
        pytest.param({}, None, id="empty"),
        pytest.param(None, None, id="no record"),
        pytest.param(["acme.com"], None, id="a list"),
    ],
)
def test_records_that_name_a_company(record: Any, domain: str | None) -> None:
    assert company_of(record) == domain


def test_the_kept_list_holds_registrable_domains_each_once() -> None:
    owners = network_owners()
    assert len(owners) > 400
    # A network owner's own suffix may be on the public suffix list: then the domain below it is what would be found.
    assert {one for one in owners if registrable_domain(f"www.{one}") not in {one, f"www.{one}"}} == set()


def test_what_is_kept_of_an_event_has_no_address() -> None:
    event = {"type": "page", "context": {"ip": "8.8.8.8", "page": {"path": "/"}}}
    assert without_address(event) == {"type": "page", "context": {"page": {"path": "/"}}}
    assert event["context"] == {"ip": "8.8.8.8", "page": {"path": "/"}}
    assert without_address({"type": "page"}) == {"type": "page"}
