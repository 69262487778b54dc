"""Whose network an address is in: the client behind proxies, and the company behind a reverse-IP record.

Only a company's own network names a company. Internet providers, clouds, hosting, mobile carriers and VPNs are
recognised by the database's own fields, whatever its maker calls them, and by a list kept beside this module.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from importlib import resources
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from abmops.lib.domains import company_domain

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

COMPANY_TYPES = frozenset({"business", "company", "corporate", "enterprise", "organization", "organisation"})
COMPANY_TYPES |= {
    "education",
    "edu",
    "government",
    "gov",
    "military",
    "library",
    "school",
    "banking",
    "com",
    "org",
}
"""Words by which databases say that a network is its owner's own. A record with a type that is not here has none."""

TYPE_FIELDS = (
    "type",
    "company_type",
    "as_type",
    "asn_type",
    "user_type",
    "usage_type",
    "ip_type",
    "connection_type",
)
NOT_ITS_OWN = (
    "is_anonymous", "is_anonymous_vpn", "is_anonymous_proxy", "is_hosting_provider", "is_public_proxy",
    "is_residential_proxy", "is_tor_exit_node", "is_vpn", "is_proxy", "is_tor", "is_hosting", "is_mobile",
    "is_datacenter", "is_abuser", "is_satellite_provider", "anonymous", "hosting", "vpn", "proxy", "tor", "relay",
    "mobile", "service", "carrier",
)  # fmt: skip
"""Fields that, set to anything, say that who uses the address is not who owns it."""

CELLULAR = frozenset({"cellular", "mobile", "cable/dsl", "dialup", "satellite"})
DOMAIN_FIELDS = ("domain", "company_domain", "as_domain", "asn_domain")
PARTS = ("company", "traits", "asn", "as", "privacy", "carrier_info")


def company_of(record: object) -> str | None:
    """The registrable domain of the company whose own network a database's record describes, or None."""
    if not isinstance(record, Mapping):
        return company_domain_of(record) if isinstance(record, str) else None
    parts = [record, *(part for name in PARTS if isinstance(part := record.get(name), Mapping))]
    if any(_is_set(part.get(name)) for part in parts for name in NOT_ITS_OWN):
        return None
    for part in parts:
        for name in TYPE_FIELDS:
            said = _word(part.get(name))
            if said and (said in CELLULAR if name == "connection_type" else said not in COMPANY_TYPES):
                return None
    # The company's own field goes before the provider's: `as_domain` is whoever announces the route.
    ordered = [parts[index] for index in range(1, len(parts))] + [record]
    for field in DOMAIN_FIELDS:
        for part in ordered:
            if domain := company_domain_of(part.get(field)):
                return domain
    return None


def company_domain_of(value: object) -> str | None:
    """A domain that may stand for a company: registrable, no free mail, and nobody who lends networks out."""
    if not isinstance(value, str) or not value.strip():
        return None
    domain = company_domain(value)
    return None if domain is None or domain in network_owners() else domain


@lru_cache(maxsize=1)
def network_owners() -> frozenset[str]:
    """Domains of those whose networks others use: providers, clouds, hosting, carriers, VPNs. One a line, kept."""
    text = resources.files("signals.domain").joinpath("network_owners.txt").read_text(encoding="utf-8")
    return frozenset(line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#"))


def public_address(text: object) -> Address | None:
    """An address that somebody on the internet may have: nothing private, reserved, or `0.0.0.0`.

    An IPv4 address in IPv6 clothes is read as what it is.
    """
    if not isinstance(text, str):
        return None
    try:
        address = ip_address(text.strip().strip("[]").partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return address if address.is_global and not address.is_multicast else None


def client_address(peer: str, forwarded_for: str, trusted: Sequence[Network]) -> str:
    """Who called: the peer, or, where the peer is a trusted proxy, the nearest address that is not one.

    `X-Forwarded-For` is read from the right: each proxy adds whom it was called by, and what stands to the left of
    the first untrusted address was written by the caller.
    """
    client = _plain(peer)
    if not _is_trusted(client, trusted):
        return client
    for hop in reversed([part.strip() for part in forwarded_for.split(",") if part.strip()]):
        client = _plain(hop)
        if not _is_trusted(client, trusted):
            break
    return client


def _plain(text: str) -> str:
    """An address without port and brackets: `203.0.113.7:4711` and `[2001:db8::1]:80` as some servers write them."""
    text = text.strip().strip('"')
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0] if text.count(":") == 1 else text


def _is_trusted(text: str, trusted: Iterable[Network]) -> bool:
    try:
        address = ip_address(text)
    except ValueError:
        # A unix socket has no address: whoever reaches it is on this machine.
        return not text and any(network.is_loopback for network in trusted)
    return any(address.version == network.version and address in network for network in trusted)


def without_address(event: Mapping[str, object]) -> Mapping[str, object]:
    """A Segment message without its sender's address, as it may be kept."""
    context = event.get("context")
    if not isinstance(context, Mapping) or "ip" not in context:
        return event
    return {**event, "context": {key: value for key, value in context.items() if key != "ip"}}


_SAID_ADDRESS = re.compile(r'("ip"\s*:\s*")[^"]*')


def text_without_address(text: str) -> str:
    """The same of a message's beginning that cannot be read as a whole."""
    return _SAID_ADDRESS.sub(r"\1", text)


def _is_set(value: object) -> bool:
    """Whether a flag is up, however it is written. A part that is an object is looked at by itself."""
    if isinstance(value, Mapping):
        return False
    if isinstance(value, str):
        return value.strip().casefold() not in {"", "false", "no", "0", "f", "n"}
    return bool(value)


def _word(value: object) -> str:
    return value.strip().casefold().replace("_", " ") if isinstance(value, str) else ""
