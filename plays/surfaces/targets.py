"""Which addresses may be called: only public ones, judged after the name is resolved and called as resolved.

`ipaddress` alone is not enough: 64:ff9b::/96 and 2002::/16 are global to it and lead to any IPv4 address.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from queue import Empty, Queue
from threading import Thread
from typing import Final
from urllib.parse import SplitResult, urlsplit, urlunsplit

Network = IPv4Network | IPv6Network
IpAddress = IPv4Address | IPv6Address

PORTS: Final = frozenset({443, 8443})
LONGEST: Final = 500
LOOKUP_SECONDS: Final = 5.0
# What `is_global` lets through, and must not be called: NAT64, 6to4 and Teredo carry an IPv4 address of anybody's
# choice; 192.0.0.0/24 and 192.88.99.0/24 are the protocols' own; 168.63.129.16 looks public and is, inside Azure, the
# host's own agent.
REFUSED: Final[tuple[Network, ...]] = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "168.63.129.16/32", "169.254.0.0/16",
        "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        "::/96", "::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32",
        "2002::/16", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
    )
)  # fmt: skip
IPV6_PUBLIC: Final = ip_network("2000::/3")


class Forbidden(Exception):
    """An address that is not called; the message is a sentence fit to show."""


@dataclass(frozen=True, slots=True)
class Target:
    """A URL taken apart, with the one address that it will be called at.

    `url` is put together again from the parts that were judged, so that no other reader can find another host or port.
    """

    scheme: str
    host: str
    port: int
    address: str
    url: str = field(default="", repr=False)


def is_public(address: IpAddress) -> bool:
    """Whether an address belongs to the public internet, and to nothing that forwards to elsewhere."""
    if isinstance(address, IPv6Address) and (address.scope_id is not None or address not in IPV6_PUBLIC):
        return False
    return (
        address.is_global
        and not address.is_multicast
        and not address.is_reserved
        and not any(address in network for network in REFUSED if network.version == address.version)
    )


def parsed(url: str, *, allowed: Sequence[Network] = ()) -> SplitResult:
    """The URL, or Forbidden: HTTPS only, no user or password, a port for HTTPS, a host that is a name or an address.

    Where private networks are allowed, HTTP and other ports may be written; `resolve` holds them to those networks.
    """
    if len(url) > LONGEST:
        raise Forbidden(f"The address is longer than {LONGEST} characters.")
    if any(ord(char) <= 32 or ord(char) == 127 or char == "\\" for char in url):
        raise Forbidden("The address holds blanks, line ends or backslashes.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Forbidden("The address cannot be read. Write it as https://host/path.") from error
    if parts.scheme not in ({"https", "http"} if allowed else {"https"}):
        raise Forbidden("Only https:// addresses are called.")
    if "@" in parts.netloc:
        raise Forbidden("The address holds a user name or password. Leave them out; calls are signed.")
    if not parts.hostname or "%" in parts.netloc:
        raise Forbidden("The address names no host. Write it as https://host/path.")
    if port is not None and port not in PORTS and not allowed:
        raise Forbidden("Only the ports 443 and 8443 are called.")
    return parts


def resolve(url: str, *, allowed: Sequence[Network] = ()) -> Target:
    """Where a URL leads at this moment. Forbidden where any address of its name is not public and not allowed.

    SurfaceErrors are the caller's: a name that does not resolve in time raises OSError.
    """
    parts = parsed(url, allowed=allowed)
    host = ascii_host(parts.hostname or "")
    port = parts.port or (443 if parts.scheme == "https" else 80)
    addresses = _looked_up(host, port)
    for text in addresses:
        address = _address(text)
        if any(address in network for network in allowed if network.version == address.version):
            continue
        if not is_public(address):
            raise Forbidden(
                "The name leads to an address inside a private or reserved network, which is never called. "
                "Whoever runs this installation can allow networks of their own in ALLOWED_PRIVATE_TARGETS."
            )
        if parts.scheme != "https" or port not in PORTS:
            raise Forbidden("Public addresses are called by https:// and the ports 443 and 8443 only.")
    return Target(parts.scheme, host, port, addresses[0], _put_together(parts, host, port))


def _looked_up(host: str, port: int) -> list[str]:
    """The addresses of a name. The resolver knows no limit of ours: one that does not answer is left behind."""
    answer: Queue[list[str] | OSError | UnicodeError] = Queue()

    def ask() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP)
            answer.put(list(dict.fromkeys(str(entry[4][0]) for entry in found)))
        except (OSError, UnicodeError) as error:
            answer.put(error)

    Thread(target=ask, daemon=True, name="name-lookup").start()
    try:
        said = answer.get(timeout=LOOKUP_SECONDS)
    except Empty:
        raise OSError("The name was not looked up in time.") from None
    if isinstance(said, Exception):
        raise said
    if not said:
        raise OSError("The name has no address.")
    return said


def _put_together(parts: SplitResult, host: str, port: int) -> str:
    named = f"[{host}]" if ":" in host else host
    usual = 443 if parts.scheme == "https" else 80
    netloc = named if port == usual else f"{named}:{port}"
    return urlunsplit((parts.scheme, netloc, parts.path or "/", parts.query, ""))


def ascii_host(host: str) -> str:
    """A host as it is resolved: internationalised names in their ASCII form."""
    if host.isascii():
        return host.rstrip(".").lower() if not host.endswith("..") else host.lower()
    try:
        return host.encode("idna").decode("ascii").lower()
    except UnicodeError as error:
        raise Forbidden("The host's name is no valid name.") from error


def _address(text: str) -> IpAddress:
    address = ip_address(text)
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
