"""Workbooks: cells as texts, what Excel damaged, sheets, merged cells, archives that mean harm."""

import io
import zipfile
from datetime import date, datetime, time
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.domain.tables import Sheet
from tests.accounts.reading.make import SHEET, cells, opened, rewritten, saved, sheet_of, why_not, workbook


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param("Acme\nGmbH", "Acme\nGmbH", id="text with a line break"),
        pytest.param("  kept ", "  kept ", id="blanks are the reader's business"),
        pytest.param("'=1+1", "'=1+1", id="an apostrophe too"),
        pytest.param(1234, "1234", id="whole number"),
        pytest.param(0.1 + 0.2, "0.3", id="without float noise"),
        pytest.param(1234.50, "1234.5", id="decimal"),
        pytest.param(-7.25, "-7.25", id="negative"),
        pytest.param(1.234, "1.2340", id="three decimals cannot be taken for thousands"),
        pytest.param(999_999_999_999_999, "999999999999999", id="as many digits as Excel keeps"),
        pytest.param(1e-7, "0.0000001", id="small, without an exponent"),
        pytest.param(True, "true", id="true"),
        pytest.param(False, "false", id="false"),
        pytest.param(date(2026, 11, 12), "2026-11-12", id="a date"),
        pytest.param(datetime(2026, 11, 12, 9, 30), "2026-11-12T09:30:00", id="a moment"),  # noqa: DTZ001
        pytest.param(datetime(1900, 1, 15), "1900-01-15", id="before Excel's leap day that never was"),  # noqa: DTZ001
        pytest.param(time(9, 30), "09:30:00", id="a time of day"),
    ],
)
def test_a_cell_is_read_as_an_honest_csv_would_hold_it(value: Any, text: str) -> None:
    table = opened(workbook(["Title"], [value]), "file.xlsx")
    assert [(row.number, row.cells, row.problems) for row in table.rows()] == [(2, [text], ())]


@pytest.mark.parametrize(
    ("cell", "text", "said"),
    [
        pytest.param(
            "<c><v>12345678901234567</v></c>", "12345678901234567", "keeps only 15 digits", id="cut id"
        ),
        pytest.param(
            "<c><v>1.23456789012346E+16</v></c>", "12345678901234600", "keeps only 15 digits", id="as stored"
        ),
        pytest.param('<c t="e"><v>#N/A</v></c>', "#N/A", "Holds Excel's error #N/A", id="error"),
        pytest.param(
            '<c t="e"><f>A1</f><v>#REF!</v></c>', "#REF!", "Holds Excel's error #REF!", id="of a formula"
        ),
        pytest.param("<c><f>A1+1</f></c>", "", "a formula without a result", id="never calculated"),
        pytest.param("<c><f>A1+1</f><v></v></c>", "", "a formula without a result", id="nor here"),
        pytest.param("<c><f>A1+1</f><v>7</v></c>", "7", "", id="the result as last saved"),
        pytest.param('<c t="str"><f>""</f><v></v></c>', "", "", id="an empty text is a result"),
        pytest.param('<c t="str"><f>A1</f><v>x_x000D_y</v></c>', "x\ry", "", id="an escaped letter"),
        pytest.param(
            '<c t="inlineStr"><is><r><t>a</t></r><r><t>b</t></r></is></c>', "ab", "", id="rich text"
        ),
        pytest.param(
            '<c t="inlineStr"><is><t>a</t><rPh><t>x</t></rPh></is></c>', "a", "", id="no reading aids"
        ),
        pytest.param('<c t="d"><v>2026-11-12T00:00:00</v></c>', "2026-11-12", "", id="a date in ISO 8601"),
        pytest.param('<c t="b"><v>1</v></c>', "true", "", id="a boolean"),
        pytest.param('<c t="inlineStr"><is><t>a_x0000_b</t></is></c>', "ab", "NUL", id="an escaped NUL"),
    ],
)
def test_what_a_sheet_holds_is_told_with_the_cure(cell: str, text: str, said: str) -> None:
    beside = '<c t="inlineStr"><is><t>z</t></is></c>'
    header = '<c t="inlineStr"><is><t>{}</t></is></c>'
    body = sheet_of(f"<row>{header.format('A')}{header.format('B')}</row><row>{cell}{beside}</row>")
    (row,) = opened(body, "file.xlsx").rows()
    assert row.cells == [text, "z"]
    assert [problem.column for problem in row.problems] == ([0] if said else [])
    assert said in "".join(problem.detail for problem in row.problems)


def test_a_header_only_sheet_has_no_rows_and_gaps_keep_their_numbers() -> None:
    assert list(opened(workbook(["a", "b"]), "x.xlsx").rows()) == []
    table = opened(workbook([], ["a", None, "c"], [], [1, None, 3], [], [None, "x"]), "x.xlsx")
    assert (table.header, table.header_number) == (["a", "", "c"], 2)
    assert [(row.number, row.cells) for row in table.rows()] == [(4, ["1", "", "3"]), (6, ["", "x", ""])]
    assert not any(row.problems for row in table.rows()), "a workbook leaves empty cells out"


def test_a_cell_beyond_the_titles_is_a_problem_of_its_row() -> None:
    (row,) = opened(workbook(["a"], ["x", None, "y"]), "x.xlsx").rows()
    assert "column 3" in row.problems[0].detail
    assert row.cells == ["x"]


def test_sheets_are_told_and_the_first_visible_one_with_anything_is_read() -> None:
    book = openpyxl.Workbook()
    book.active.title = "Empty"
    for name, hidden in (("Old", True), ("Now", False), ("Next", False)):
        sheet = book.create_sheet(name)
        sheet.append([name])
        sheet.append(["x"])
        sheet.sheet_state = "hidden" if hidden else "visible"
    body = saved(book)
    table = opened(body, "x.xlsx")
    assert table.header == ["Now"]
    assert table.sheets == (
        Sheet("Empty", empty=True),
        Sheet("Old", hidden=True),
        Sheet("Now"),
        Sheet("Next"),
    )
    assert "also has Next" in table.notes[0]
    assert opened(body, "x.xlsx", sheet="Next").notes == ()
    assert "is hidden" in opened(body, "x.xlsx", sheet="Old").notes[0]
    assert "no sheet called 'Nope'. It has Empty, Old, Now and Next" in why_not(body, sheet="Nope")
    assert "The sheet Empty is empty" in why_not(body, sheet="Empty")
    assert "no sheet has anything in it" in why_not(workbook())


def test_merged_cells_are_problems_of_the_cells_that_have_lost_their_value() -> None:
    book = openpyxl.Workbook()
    for row in (["Group", "Name"], ["North", "a"], [None, "b"], ["South", "c"]):
        book.active.append(row)
    book.active.merge_cells("A2:A3")
    found = [[problem.column for problem in row.problems] for row in opened(saved(book), "x.xlsx").rows()]
    assert found == [[], [0], []]


def test_formulas_are_noted() -> None:
    body = sheet_of('<row><c t="str"><v>A</v></c></row><row><c><f>1+1</f><v>2</v></c></row>')
    assert "as they were when the workbook was last saved" in opened(body).notes[0]


def test_dates_since_1904() -> None:
    book = openpyxl.Workbook()
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904
    book.active.append(["At"])
    book.active.append([date(2026, 11, 12)])
    assert cells(saved(book)) == [["At"], ["2026-11-12"]]


def _archive(**parts: bytes) -> bytes:
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name.replace("__", "/").replace("_x", ".x"), part)
    return into.getvalue()


_BOMB = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><worksheet><v>&b;</v></worksheet>'


@pytest.mark.parametrize(
    ("body", "name", "said"),
    [
        pytest.param(
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "a.xls", "old Excel workbook (.xls)", id="xls"
        ),
        pytest.param(b"%PDF-1.7", "a.pdf", "This is a PDF", id="pdf"),
        pytest.param(b"\x1f\x8b\x08", "a.csv.gz", "compressed", id="gzip"),
        pytest.param(
            b"<html><table><tr>", "report.xls", "web page, even if its name says .xls", id="Salesforce's xls"
        ),
        pytest.param(b"<?xml version='1.0'?><Workbook>", "a.xls", "web page", id="XML of 2003"),
        pytest.param(b"a,b\n", "a.xlsx", "this is no workbook", id="CSV called xlsx"),
        pytest.param(b"[{}]", "a.json", "This is JSON", id="json"),
        pytest.param(workbook(["a"])[:400], "a.xlsx", "cannot be unpacked", id="cut off"),
        pytest.param(_archive(readme_xt=b""), "a.xlsx", "no workbook", id="another archive"),
        pytest.param(_archive(content_xml=b""), "a.ods", "OpenDocument", id="ods"),
        pytest.param(_archive(word__document_xml=b""), "a.docx", "Word document", id="docx"),
        pytest.param(
            rewritten(workbook(["a"]), {SHEET: _BOMB}), "a.xlsx", "cannot be unpacked", id="entities"
        ),
        pytest.param(
            rewritten(workbook(["a"]), {"xl/workbook.xml": _BOMB}),
            "a.xlsx",
            "cannot be unpacked",
            id="and here",
        ),
        pytest.param(
            rewritten(workbook(["a"]), {SHEET: b" " * 30_000_000}),
            "a.xlsx",
            "many times its size",
            id="zip bomb",
        ),
        pytest.param(
            rewritten(workbook(["a"]), {f"x{n}": b"" for n in range(2_001)}),
            "a.xlsx",
            "unpacks to more",
            id="entries",
        ),
        pytest.param(
            sheet_of('<row><c t="s"><v>99</v></c></row>'),
            "a.xlsx",
            "cannot be unpacked",
            id="a text that is not there",
        ),
        pytest.param(
            sheet_of('<row><c r="ZZZZ1"><v>1</v></c></row>'),
            "a.xlsx",
            "beyond the last column",
            id="no such column",
        ),
        pytest.param(
            sheet_of("".join(f"<row><c><v>{n}</v></c></row>" for n in range(100_002))),
            "a.xlsx",
            "more than 100,000 rows",
            id="too many rows",
        ),
        pytest.param(workbook([f"c{n}" for n in range(201)]), "a.xlsx", "201 columns", id="too many columns"),
    ],
)
def test_what_is_no_table_is_refused_with_the_cure(body: bytes, name: str, said: str) -> None:
    assert said in why_not(body, name)


def test_a_row_and_a_cell_hold_no_more_than_a_sheet_can() -> None:
    text = "".join(chr(97 + number * number % 26) for number in range(1_000_001))
    assert "holds more text" in why_not(sheet_of(f'<row><c t="inlineStr"><is><t>{text}</t></is></c></row>'))
    error = '<c r="A2" t="e"><v>#N/A</v></c>'
    (row,) = opened(sheet_of(f"<row><c><v>1</v></c></row><row>{error * 1_000}</row>")).rows()
    assert len(row.problems) == 200


def test_what_an_archive_declares_too_small_is_not_unpacked_any_further() -> None:
    body = bytearray(rewritten(workbook(["a"]), {SHEET: b"<worksheet>" + b" " * 200_000}))
    size = (200_011).to_bytes(4, "little")
    assert body.count(size) == 2
    assert "cannot be unpacked" in why_not(bytes(body.replace(size, (20).to_bytes(4, "little"))), "a.xlsx")


GOOD = workbook(["a", "b"], ["x", 1.5], [date(2026, 1, 2), True])


@given(st.lists(st.tuples(st.integers(0, len(GOOD) - 1), st.integers(0, 255)), min_size=1, max_size=12))
@settings(max_examples=200, deadline=None)
def test_a_damaged_workbook_is_read_or_refused_and_nothing_else(changes: list[tuple[int, int]]) -> None:
    body = bytearray(GOOD)
    for place, byte in changes:
        body[place] = byte
    why_not(bytes(body), "a.xlsx")


NONSENSE = (
    *(
        "<row>",
        "</row>",
        "<c>",
        "<c r='B2'>",
        "<c t='s'>",
        "<c t='d'>",
        "<c s='7'>",
        "</c>",
        "<v>",
        "</v>",
        "<f/>",
        "1",
    ),
    *("x", "1e999", "-5", "99999999", "<is><t>", "</t></is>", "&amp;", "<row r='9e9'>", "NaN"),
)


@given(
    st.lists(
        st.sampled_from(NONSENSE),
        max_size=12,
    )
)
@settings(max_examples=200, deadline=None)
def test_a_sheet_of_nonsense_is_read_or_refused_and_nothing_else(pieces: list[str]) -> None:
    why_not(sheet_of("".join(pieces)), "a.xlsx")
