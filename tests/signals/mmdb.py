"""A writer of small MaxMind DB files, by the published format, so that the real reader reads what a test means."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any

MARK = b"\xab\xcd\xefMaxMind.com"


@dataclass(frozen=True)
class Whole:
    """A number of one of the format's kinds: 5 for 16 bits, 6 for 32, 9 for 64."""

    kind: int
    number: int


def database(records: Mapping[str, Mapping[str, Any]]) -> bytes:
    """The file for these networks, IPv4 ones inside the IPv6 tree as the format wants them."""
    nodes: list[list[int | bytes | None]] = [[None, None]]
    for text, record in records.items():
        network = ip_network(text)
        length = network.prefixlen + (96 if network.version == 4 else 0)
        bits = f"{int(network.network_address):0128b}"
        here = 0
        for bit in map(int, bits[: length - 1]):
            below = nodes[here][bit]
            if not isinstance(below, int):
                nodes.append([None, None])
                below = nodes[here][bit] = len(nodes) - 1
            here = below
        nodes[here][int(bits[length - 1])] = _encoded(record)
    data, tree = b"", b""
    for node in nodes:
        for side in node:
            if isinstance(side, int):
                tree += struct.pack(">I", side)
            elif side is None:
                tree += struct.pack(">I", len(nodes))
            else:
                tree += struct.pack(">I", len(nodes) + 16 + len(data))
                data += side
    about = {
        "binary_format_major_version": Whole(5, 2),
        "binary_format_minor_version": Whole(5, 0),
        "build_epoch": Whole(9, 1_795_000_000),
        "database_type": "Test",
        "description": {"en": "Made by a test"},
        "ip_version": Whole(5, 6),
        "languages": ["en"],
        "node_count": Whole(6, len(nodes)),
        "record_size": Whole(5, 32),
    }
    return tree + b"\0" * 16 + data + MARK + _encoded(about)


def _encoded(value: Any) -> bytes:
    match value:
        case bool():
            return _control(14, int(value))
        case str():
            raw = value.encode()
            return _control(2, len(raw)) + raw
        case Whole():
            raw = value.number.to_bytes(8, "big").lstrip(b"\0")
            return _control(value.kind, len(raw)) + raw
        case Mapping():
            return _control(7, len(value)) + b"".join(_encoded(k) + _encoded(v) for k, v in value.items())
        case list():
            return _control(11, len(value)) + b"".join(map(_encoded, value))
    raise TypeError(value)


def _control(kind: int, size: int) -> bytes:
    """The byte or two before a value; texts here stay under 285 bytes."""
    small = min(size, 29)
    more = bytes([size - 29]) if size >= 29 else b""
    return bytes([kind << 5 | small]) + more if kind < 8 else bytes([small, kind - 7]) + more
