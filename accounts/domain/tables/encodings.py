"""Which encoding a text file is in: marks first, then what decodes without a fault, then likeness; never silently."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from charset_normalizer import from_bytes

from accounts.domain.tables.table import ENCODINGS, Unreadable

_CHUNK = 256 * 1024
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What Western European text is made of beyond ASCII. Bytes of other encodings fall outside of it soon.
_WESTERN = re.compile("[À-ÏÑ-ÖØ-Ýß-ïñ-öø-ýÿ€…“”•«»°·§£©®™\u00a0\u00ad\u00b4\u2013\u2014\u2018\u2019]")
_LONG_RUN = re.compile("[\u00c0-\u00ff]{4}")
_SAMPLE = 64 * 1024


@dataclass(frozen=True, slots=True)
class Encoding:
    """The encoding taken: the codec that decodes it, its code in ENCODINGS, and a note where it was a guess."""

    codec: str
    code: str
    note: str = ""


def known(code: str) -> str:
    """The codec of an encoding that a person chose."""
    if code not in ENCODINGS:
        raise Unreadable(f"There is no encoding called {code[:40]!r}. Choose one of the list.")
    return "utf-8-sig" if code == "utf-8" else code


def chosen(source: BinaryIO, code: str) -> Encoding:
    """What a person chose, tried on the whole file. Raises Unreadable with the place where it does not fit."""
    codec = known(code)
    if code == "utf-16":
        codec = _wide_codec(source)
    fault = first_fault(source, codec)
    if fault is not None:
        place = _place(source, fault)
        raise Unreadable(
            f"Read as {ENCODINGS[code]}, {place} is no text. Choose another encoding, or save the file as UTF-8."
        )
    return Encoding(codec, code)


def found_out(source: BinaryIO) -> Encoding:
    """What the file says of itself. Raises Unreadable where it is no text, or damaged UTF-8."""
    source.seek(0)
    head = source.read(_SAMPLE)
    for mark, name in _MARKS:
        if head.startswith(mark):
            return _marked(source, name)
    wide = _wide(head)
    if wide:
        if first_fault(source, wide) is None:
            return Encoding(wide, "utf-16", "The file does not say its encoding; it was read as UTF-16.")
        raise Unreadable(_NO_TEXT)
    if len(re.findall(rb"[\x00-\x08\x0e-\x1f]", head)) > len(head) // 50 + 3:
        raise Unreadable(_NO_TEXT)
    fault = first_fault(source, "utf-8-sig")
    if fault is None:
        return Encoding("utf-8-sig", "utf-8")
    return _single_bytes(source, fault)


def _wide_codec(source: BinaryIO) -> str:
    """The codec of a file that is said to have wide characters: by its mark, else by where its zeros are."""
    source.seek(0)
    head = source.read(_SAMPLE)
    marked = next((name for mark, name in _MARKS if head.startswith(mark) and name != "utf-8"), "")
    return marked or _wide(head) or "utf-16"


_NO_TEXT = (
    "This is neither a text file nor a workbook. Save it in your spreadsheet program as “CSV UTF-8” or as “Excel "
    "workbook (.xlsx)”, and upload that."
)


def _marked(source: BinaryIO, name: str) -> Encoding:
    codec = "utf-8-sig" if name == "utf-8" else name
    fault = first_fault(source, codec)
    if fault is not None:
        raise Unreadable(
            f"The file says that it is {name.upper()}, but {_place(source, fault)} is not. It was probably put "
            "together from two files, or cut off. Save it again as UTF-8."
        )
    return Encoding(codec, "utf-16" if name == "utf-32" else name)


def _single_bytes(source: BinaryIO, fault: int) -> Encoding:
    """Not UTF-8: nearly so, then it is damaged; else Windows-1252 where it reads like it; else the likeliest."""
    right = wrong = 0
    sample = bytearray()
    for chunk in _chunks(source):
        text = chunk.decode("utf-8", "replace")
        lost = text.count("\ufffd")
        wrong += lost
        right += len(re.findall(r"[^\x00-\x7f]", text)) - lost
        if len(sample) < _SAMPLE:
            sample += b"\n".join(re.findall(rb"[^\r\n]*[\x80-\xff][^\r\n]*", chunk))
    if right >= wrong:
        raise Unreadable(
            f"The file is UTF-8, but {_place(source, fault)} is not: it was probably put together from two files. "
            "Correct that place, and save the file as UTF-8."
        )
    piece = bytes(sample[:_SAMPLE])
    western = first_fault(source, "cp1252") is None
    if western and _is_western(piece.decode("cp1252", "replace")):
        return Encoding("cp1252", "cp1252", _guessed("Windows-1252, as Excel in Western Europe writes it"))
    best = from_bytes(piece, cp_isolation=[code for code in ENCODINGS if not code.startswith("utf")]).best()
    likely = best.encoding if best else ""
    if likely in ENCODINGS and first_fault(source, likely) is None:
        return Encoding(likely, likely, _guessed(ENCODINGS[likely]))
    code = "cp1252" if western else "iso8859-1"
    return Encoding(code, code, _guessed(ENCODINGS[code]))


def _guessed(name: str) -> str:
    return (
        f"The file does not say its encoding; it was read as {name}. Look at the names: if letters are wrong, choose "
        "another."
    )


def _is_western(text: str) -> bool:
    strange = re.findall(r"[^\x00-\x7f]", text)
    good = sum(1 for letter in strange if _WESTERN.match(letter))
    return good >= 0.9 * len(strange) and not _LONG_RUN.search(text)


def _wide(head: bytes) -> str:
    """UTF-16 without its mark: every second byte of Western text is then zero."""
    if len(head) < 4:
        return ""
    even, odd = head[::2].count(0), head[1::2].count(0)
    half = len(head) // 2
    if odd > 0.4 * half and even < 0.05 * half + 1:
        return "utf-16-le"
    return "utf-16-be" if even > 0.4 * half and odd < 0.05 * half + 1 else ""


def first_fault(source: BinaryIO, codec: str) -> int | None:
    """Where the file stops being text in this encoding, in bytes from its start; None where it never does."""
    decoder = codecs.getincrementaldecoder(codec)()
    done = 0
    try:
        for chunk in _chunks(source):
            done += len(chunk)
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        return max(0, done - len(error.object) + error.start)
    except UnicodeError:
        return done
    return None


def _place(source: BinaryIO, position: int) -> str:
    """A byte's place as a person finds it: its line, and what stands there."""
    source.seek(0)
    before = source.read(position)
    byte = source.read(1)
    lines = before.count(b"\n") + before.count(b"\r") - before.count(b"\r\n") + 1
    return f"line {lines}, byte {position + 1} of the file" + (f" (0x{byte[0]:02X})" if byte else "")


def _chunks(source: BinaryIO) -> Iterator[bytes]:
    source.seek(0)
    while chunk := source.read(_CHUNK):
        yield chunk
