"""Request bodies, read once, unpacked under a cap, and decoded strictly: what gets through is storable."""

import zlib
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Protocol

import msgspec

from abmops.rest.problems import Malformed, TooLarge


class Readable(Protocol):
    """What a body is read from."""

    def read(self, size: int = -1, /) -> bytes:
        """Up to `size` bytes; empty at the end."""


MAX_DEPTH = 32
_CHUNK = 64 * 1024
_GZIP = 16 + zlib.MAX_WBITS


def read(stream: Readable, *, encoding: str, limit: int) -> bytes:
    """The whole body, unpacked. `limit` caps the bytes on the wire as well as those they unpack to."""
    raw = _read_capped(stream, limit)
    match encoding.strip().lower():
        case "" | "identity":
            return raw
        case "gzip" | "x-gzip":
            return _gunzip(raw, limit)
        case other:
            raise Malformed(f"Content-Encoding {other!r} is not known here. Send the body plain or as gzip.")


def _too_large(limit: int) -> TooLarge:
    return TooLarge(
        f"The body is larger than the {limit // 1024:,} KB this endpoint takes. Send smaller parts."
    )


def _read_capped(stream: Readable, limit: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    while chunk := stream.read(_CHUNK):
        size += len(chunk)
        if size > limit:
            raise _too_large(limit)
        parts.append(chunk)
    return b"".join(parts)


def _gunzip(raw: bytes, limit: int) -> bytes:
    """Unpack one or more gzip members, never holding more than `limit` bytes of result."""
    parts: list[bytes] = []
    size = 0
    try:
        while raw:
            member = zlib.decompressobj(_GZIP)
            part = member.decompress(raw, limit + 1 - size)
            size += len(part)
            if size > limit:
                raise _too_large(limit)
            parts.append(part)
            if not member.eof:
                raise Malformed("The gzip body is cut off. Send the whole of it.")
            raw = member.unused_data
    except zlib.error as error:
        raise Malformed("Content-Encoding says gzip, but the body is not gzip.") from error
    return b"".join(parts)


def _decimal(literal: str) -> Decimal:
    return Decimal(literal)


_decoder = msgspec.json.Decoder(float_hook=_decimal)


def decode(raw: bytes) -> Any:
    """JSON as plain Python, decimals exact. Refuses what cannot be stored or walked: NUL, deep nesting."""
    try:
        value = _decoder.decode(raw)
    except UnicodeDecodeError as error:
        raise Malformed("The body is not UTF-8.") from error
    except RecursionError as error:
        raise Malformed(_DEEP) from error
    except (msgspec.DecodeError, ValueError, ArithmeticError) as error:
        raise Malformed(f"The body is not valid JSON: {error}.") from error
    _check(value)
    return value


_DEEP = f"The JSON is nested deeper than {MAX_DEPTH} levels."


def _check(value: Any) -> None:
    """Walk containers with an explicit stack, so that depth can not break us while we measure it."""
    stack: list[tuple[Any, int]] = [(value, 1)]
    while stack:
        item, depth = stack.pop()
        if isinstance(item, str):
            if "\0" in item:
                raise Malformed("A text holds the NUL character, which cannot be stored. Remove it.")
            continue
        if not isinstance(item, dict | list):
            continue
        if depth > MAX_DEPTH:
            raise Malformed(_DEEP)
        if isinstance(item, dict):
            stack.extend((key, depth) for key in item)
            item = item.values()
        stack.extend((child, depth + 1) for child in item if isinstance(child, str | dict | list))


def lines(raw: bytes) -> Iterator[tuple[int, Any | Malformed]]:
    """NDJSON: (record index, record), or the error in the record's place. Blank lines are not records."""
    index = 0
    for line in raw.split(b"\n"):
        if not line.strip():
            continue
        try:
            yield index, decode(line)
        except Malformed as error:
            yield index, error
        index += 1
