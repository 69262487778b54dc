"""The parts of an XLSX file that its cells refer to: sheets, texts, date formats. Nothing that unpacks to a bomb."""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import BinaryIO
from xml.etree.ElementTree import Element
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

from defusedxml.ElementTree import fromstring
from defusedxml.expatreader import create_parser
from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format, is_timedelta_format

from accounts.domain.tables.table import Unreadable

MOST_ENTRIES = 2_000
MOST_UNPACKED = 512 * 1024 * 1024
MOST_TEXTS = 160 * 1024 * 1024
_MOST_PART = 16 * 1024 * 1024
_MOST_RATIO = 250
_CHUNK = 128 * 1024
_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")


@dataclass(frozen=True, slots=True)
class Part:
    """A sheet as the workbook lists it, and where in the archive its cells are."""

    name: str
    hidden: bool
    path: str


@dataclass(frozen=True, slots=True)
class Book:
    """What is known of a workbook without reading a cell. `dates`, `spans`: style numbers of dates and durations."""

    parts: tuple[Part, ...]
    texts_path: str
    dates: frozenset[int]
    spans: frozenset[int]
    since_1904: bool


def opened(source: BinaryIO) -> zipfile.ZipFile:
    """The archive, once its sizes are in bounds. What it declares also bounds what can be unpacked from it."""
    source.seek(0)
    try:
        archive = zipfile.ZipFile(source)
        entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, UnicodeError) as error:
        raise Unreadable(BROKEN) from error
    if len(entries) > MOST_ENTRIES or sum(entry.file_size for entry in entries) > MOST_UNPACKED:
        raise Unreadable(
            f"The workbook unpacks to more than {MOST_UNPACKED // 1024 // 1024} MB. Save the sheet you need as CSV."
        )
    for entry in entries:
        if entry.flag_bits & 1:
            raise Unreadable(
                "The workbook is protected by a password. Take the password away, and upload it again."
            )
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Unreadable(BROKEN)
        if entry.file_size > 1024 * 1024 and entry.file_size > _MOST_RATIO * max(entry.compress_size, 1):
            raise Unreadable(
                "The workbook unpacks to many times its size, as no table does. Save the sheet you need as CSV."
            )
    return archive


BROKEN = (
    "The workbook is damaged: it cannot be unpacked. Open it in your spreadsheet program, save it again as “Excel "
    "workbook (.xlsx)”, and upload that."
)
_OTHERS = {
    "xl/workbook.bin": "a binary Excel workbook (.xlsb)",
    "word/document.xml": "a Word document",
    "ppt/presentation.xml": "a presentation",
    "content.xml": "an OpenDocument file",
    "Index/Document.iwa": "a Numbers file",
}


def book_of(archive: zipfile.ZipFile) -> Book:
    """The workbook's sheets in their order, and what its styles mean."""
    names = set(archive.namelist())
    for name, what in _OTHERS.items():
        if name in names:
            raise Unreadable(
                f"This is {what}. Save it as “Excel workbook (.xlsx)” or as CSV, and upload that."
            )
    path = _main_part(archive, names)
    links = _links(archive, path, names)
    tree = _tree(archive, path)
    parts = []
    for element in tree.iter():
        if _local(element.tag) == "sheet":
            target = links.get(next((value for key, value in element.items() if _local(key) == "id"), ""), "")
            if target in names and "chartsheets" not in target:
                hidden = element.get("state", "visible") != "visible"
                parts.append(Part(element.get("name", ""), hidden, target))
    near = posixpath.dirname(path)
    dates, spans = _date_styles(archive, posixpath.join(near, "styles.xml"), names)
    since_1904 = any(
        _local(element.tag) == "workbookPr" and element.get("date1904") in ("1", "true")
        for element in tree.iter()
    )
    texts = next((name for name in links.values() if name.lower().endswith("sharedstrings.xml")), "")
    if not texts:
        texts = posixpath.join(near, "sharedStrings.xml")
    return Book(tuple(parts), texts if texts in names else "", dates, spans, since_1904)


def _main_part(archive: zipfile.ZipFile, names: set[str]) -> str:
    if "xl/workbook.xml" in names:
        return "xl/workbook.xml"
    links = _links(archive, "", names)
    path = next((name for name in links.values() if "workbook" in name), "")
    if path not in names:
        raise Unreadable("This archive is no workbook. Save the table as “Excel workbook (.xlsx)” or as CSV.")
    return path


def _links(archive: zipfile.ZipFile, path: str, names: set[str]) -> dict[str, str]:
    """The relations of a part: id -> path in the archive."""
    folder, name = posixpath.split(path)
    rels = posixpath.join(folder, "_rels", name + ".rels")
    if rels not in names:
        return {}
    return {
        element.get("Id", ""): posixpath.normpath(posixpath.join("/", folder, element.get("Target", "")))[1:]
        for element in _tree(archive, rels)
        if element.get("TargetMode") != "External"
    }


def _date_styles(
    archive: zipfile.ZipFile, path: str, names: set[str]
) -> tuple[frozenset[int], frozenset[int]]:
    """Which style numbers show a number as a date or as a duration."""
    if path not in names:
        return frozenset(), frozenset()
    own: dict[int, str] = {}
    used: list[int] = []
    for group in _tree(archive, path):
        if _local(group.tag) == "numFmts":
            own = {int(one.get("numFmtId", "0")): one.get("formatCode", "") for one in group}
        elif _local(group.tag) == "cellXfs":
            used = [int(one.get("numFmtId", "0")) for one in group]
    formats = [own.get(number) or BUILTIN_FORMATS.get(number, "General") for number in used]
    return (
        frozenset(style for style, code in enumerate(formats) if is_date_format(code)),
        frozenset(style for style, code in enumerate(formats) if is_timedelta_format(code)),
    )


def _tree(archive: zipfile.ZipFile, path: str) -> Element:
    if archive.getinfo(path).file_size > _MOST_PART:
        raise Unreadable(BROKEN)
    tree: Element = fromstring(archive.read(path), forbid_dtd=True)
    return tree


def _local(tag: str) -> str:
    return tag.rpartition("}")[2]


def walk(archive: zipfile.ZipFile, path: str, handler: ContentHandler) -> Iterator[None]:
    """Feed a part to a handler piece by piece, pausing after each. A document type, and so any entity, is refused."""
    parser = create_parser(forbid_dtd=True)
    parser.setContentHandler(handler)
    with closing(archive.open(path)) as stream:
        while piece := stream.read(_CHUNK):
            parser.feed(piece)
            yield
        parser.close()
    yield


def plain(text: str) -> str:
    """A text without Excel's escapes: _x000D_ is a carriage return, _x005F_ an underscore."""
    if "_x" not in text:
        return text
    return _ESCAPED.sub(lambda found: _letter(found[0], int(found[1], 16)), text)


def _letter(written: str, code: int) -> str:
    return written if 0xD800 <= code < 0xE000 else chr(code)


def texts_of(archive: zipfile.ZipFile, book: Book) -> list[str]:
    """The workbook's texts, which cells refer to by number."""
    if not book.texts_path:
        return []
    if archive.getinfo(book.texts_path).file_size > MOST_TEXTS:
        raise Unreadable(
            f"The workbook holds more than {MOST_TEXTS // 1024 // 1024} MB of text. Save the sheet as CSV."
        )
    handler = _Texts()
    for _ in walk(archive, book.texts_path, handler):
        pass
    return handler.texts


class _Texts(ContentHandler):
    """Gathers the texts of a string table; the readings of Japanese words (rPh) are no part of them."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._pieces: list[str] = []
        self._listens = self._aside = False

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802  (SAX's name)
        local = name.rpartition(":")[2]
        if local == "t":
            self._listens = not self._aside
        elif local == "si":
            self._pieces = []
        elif local == "rPh":
            self._aside = True

    def endElement(self, name: str) -> None:  # noqa: N802  (SAX's name)
        local = name.rpartition(":")[2]
        if local == "t":
            self._listens = False
        elif local == "si":
            self.texts.append(plain("".join(self._pieces)))
        elif local == "rPh":
            self._aside = False

    def characters(self, content: str) -> None:
        if self._listens:
            self._pieces.append(content)
