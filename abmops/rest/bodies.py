"""Request bodies, read once, unpacked under a cap, and decoded strictly: what gets through is storable."""

import json
import zlib
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Protocol

import msgspec

from abmops.lib.unreadable import BOM, why_no_json
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
    return _decoded(raw.removeprefix(BOM), "body")


def _decoded(raw: bytes, called: str) -> Any:
    try:
        value = _decoder.decode(raw)
    except UnicodeDecodeError as error:
        raise Malformed(f"The {called} is not UTF-8.") from error
    except RecursionError as error:
        raise Malformed(_DEEP) from error
    except (msgspec.DecodeError, ValueError, ArithmeticError) as error:
        raise Malformed(why_no_json(raw, error, called)) from error
    _check(value)
    return value


def typed(text: str) -> Any:
    """JSON as a person typed it into a page, numbers as plain Python has them.

    Malformed says where it breaks, or why it cannot be stored; what gets through is as sound as from `decode`.
    """
    try:
        value = json.loads(text, parse_constant=_no_number)
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise Malformed("A text holds half a character, which cannot be stored. Remove it.") from error
    except (ValueError, RecursionError) as error:
        raise Malformed(f"This is not valid JSON: {error}.") from error
    _check(value)
    return value


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON's")


_DEEP = f"The JSON is nested deeper than {MAX_DEPTH} levels."


def _check(value: Any) -> None:
    """Walk containers with an explicit stack, so that depth can not break us while we measure it."""
    stack: list[tuple[Any, int]] = [(value, 1)]
    while stack:
        item, depth = stack.pop()
        if isinstance(item, str):
            _check_text(item)
            continue
        if not isinstance(item, dict | list):
            continue
        if depth > MAX_DEPTH:
            raise Malformed(_DEEP)
        if isinstance(item, dict):
            stack.extend((key, depth) for key in item)
            item = item.values()
        stack.extend((child, depth + 1) for child in item if isinstance(child, str | dict | list))


def _check_text(text: str) -> None:
    if "\0" in text:
        raise Malformed("A text holds the NUL character, which cannot be stored. Remove it.")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise Malformed(
            "A text holds half a character: an emoji cut in two, or bytes that are not UTF-8. Mend or remove it."
        ) from error


def records(raw: bytes) -> Any:
    """A bulk body; a record that cannot be stored is its own error in its place, as a line of NDJSON is.

    Malformed as from `decode` where no good record is left, or there is no list of records at all.
    """
    try:
        return decode(raw)
    except Malformed:
        found = _apart(raw)
        if all(isinstance(one, Malformed) for one in found):
            raise
        return {"records": found}


def _apart(raw: bytes) -> list[Any]:
    """The records, or what is wrong with each; none where they cannot be told apart."""
    try:
        whole = json.loads(
            raw.removeprefix(BOM).decode("utf-8", "surrogateescape"),
            parse_float=_decimal,
            parse_constant=_no_number,
        )
    except (ValueError, ArithmeticError, RecursionError):
        return []
    if not isinstance(whole, dict) or whole.keys() != {"records"} or not isinstance(whole["records"], list):
        return []
    return [_storable(record) for record in whole["records"]]


def _storable(record: Any) -> Any:
    try:
        _check(record)
    except Malformed as error:
        return error
    return record


def lines(raw: bytes) -> Iterator[tuple[int, Any | Malformed]]:
    """NDJSON: (record index, record), or the error in the record's place. Blank lines are not records."""
    index = 0
    for line in raw.removeprefix(BOM).split(b"\n"):
        if not line.strip():
            continue
        try:
            yield index, _decoded(line, "line")
        except Malformed as error:
            yield index, error
        index += 1
