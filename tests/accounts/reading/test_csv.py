"""CSV as it comes: encodings, separators, line ends, quoting, ragged rows, limits."""

import csv
import io
from typing import Any, Literal

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from accounts.domain.tables import DELIMITERS, ENCODINGS, MOST_CELL
from tests.accounts.reading.make import cells, opened, why_not

CYRILLIC = "Компания;Город\nРога и копыта;Москва\nЗавод имени Ленина;Тула\n"  # noqa: RUF001  (meant so)
TEXT = "Firma;Stadt\nMüller & Söhne;Köln\nÉcole “Zoë” \u2013 5 €;Genève\n"


@pytest.mark.parametrize(
    ("body", "taken", "is_noted"),
    [
        pytest.param(TEXT.encode(), "utf-8", False, id="UTF-8"),
        pytest.param(TEXT.encode("utf-8-sig"), "utf-8", False, id="UTF-8 with its mark"),
        pytest.param(TEXT.encode("utf-16"), "utf-16", False, id="UTF-16 with its mark"),
        pytest.param(TEXT.encode("utf-16-le"), "utf-16", True, id="UTF-16, little end first, without a mark"),
        pytest.param(TEXT.encode("utf-16-be"), "utf-16", True, id="UTF-16, big end first, without a mark"),
        pytest.param(TEXT.encode("utf-32"), "utf-16", False, id="UTF-32 with its mark"),
        pytest.param(TEXT.encode("cp1252"), "cp1252", True, id="Windows-1252"),
    ],
)
def test_the_encoding_is_found_out_and_told(body: bytes, taken: str, is_noted: bool) -> None:
    table = opened(body)
    assert table.encoding == taken
    assert bool(table.notes) is is_noted
    expected = [["Müller & Söhne", "Köln"], ["École “Zoë” \u2013 5 €", "Genève"]]
    assert [row.cells for row in table.rows()] == expected
    assert [row.cells for row in opened(body, encoding=taken).rows()] == expected, "the same when given back"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        pytest.param(CYRILLIC, "cp1251", id="Cyrillic"),
        pytest.param(
            "Firma;Miasto\nŻółty Łódź sp. z o.o.;Gdańsk\nŚwieże Jabłka;Kraków\n", "cp1250", id="Polish"
        ),
        pytest.param(
            "会社名;市\n日本電気株式会社;東京都港区\n富士通株式会社;神奈川県川崎市\n", "cp932", id="Japanese"
        ),
    ],
)
def test_other_encodings_are_guessed_and_said_to_be_a_guess(text: str, encoding: str) -> None:
    table = opened(text.encode(encoding))
    assert table.encoding == encoding
    assert "choose another" in table.notes[0]


def test_an_encoding_that_a_person_chooses_is_taken() -> None:
    body = "Name\nM\u0178ller\n".encode("cp1252")
    assert cells(body, encoding="mac_roman") == [["Name"], ["Müller"]]


@pytest.mark.parametrize(
    ("body", "ways", "said"),
    [
        pytest.param(
            b"Name\nM\xc3\xbcller\nF\xfcr\n", {}, "line 3, byte 15 of the file (0xFC)", id="damaged UTF-8"
        ),
        pytest.param(
            b"Name\r\nM\xfcller\r\n", {"encoding": "utf-8"}, "line 2, byte 8", id="not the one chosen"
        ),
        pytest.param(
            "\ufeffN\nx".encode("utf-16-le") + b"\x00", {}, "is not. It was probably put", id="cut off"
        ),
        pytest.param(b"N\nx\n", {"encoding": "klingon"}, "no encoding called 'klingon'", id="unheard of"),
        pytest.param(bytes(range(256)) * 40, {}, "neither a text file nor a workbook", id="no text at all"),
    ],
)
def test_bytes_that_are_no_text_are_named(body: bytes, ways: dict[str, Any], said: str) -> None:
    assert said in why_not(body, **ways)


@pytest.mark.parametrize(
    ("body", "delimiter"),
    [
        pytest.param("a,b\n1,2\n", ",", id="comma"),
        pytest.param("a;b\n1,5;2,5\n", ";", id="semicolons around decimal commas"),
        pytest.param("a\tb\n1;2\t3,4\n", "\t", id="tab"),
        pytest.param("a|b\n1,2|3\n", "|", id="pipe"),
        pytest.param('a,b\n"1;2;3",x\n"4;5;6",x\n', ",", id="the others stand between quotation marks"),
        pytest.param('a;b\n"1,2\n3,4";x\n', ";", id="and over a line break"),
        pytest.param("sep=;\na,b;c\n1,2;3\n", ";", id="the file says it itself, as Excel does"),
        pytest.param("a;b;c\n1;2\n3;4\n5;6\n", ";", id="every row is too short"),
    ],
)
def test_the_separator_is_found_on_the_structure(body: str, delimiter: str) -> None:
    assert opened(body).delimiter == delimiter


def test_a_separator_that_a_person_chooses_is_taken() -> None:
    assert cells("a;b,c\n1;2,3\n", delimiter=",") == [["a;b", "c"], ["1;2", "3"]]


@pytest.mark.parametrize(
    ("body", "rows"),
    [
        pytest.param("a,b\r1,2\r3,4\r", [(2, ["1", "2"]), (3, ["3", "4"])], id="line ends of an old Mac"),
        pytest.param(
            'a,b\r\n"1\r\n2",3\r\n4,5\r\n', [(2, ["1\r\n2", "3"]), (4, ["4", "5"])], id="a quoted line break"
        ),
        pytest.param(
            "\n\na,b\n\n1,2\n,\n3,4", [(5, ["1", "2"]), (7, ["3", "4"])], id="empty lines are left out"
        ),
        pytest.param("a,b,,\n1,2,,\n", [(2, ["1", "2"])], id="empty columns at the end"),
        pytest.param('a, b\n"1", "x, y"\n', [(2, ["1", "x, y"])], id="a blank behind the separator"),
        pytest.param(
            'a,b\n"say \\"hi\\", you",2\n', [(2, ['say "hi", you', "2"])], id="quotation marks with \\"
        ),
        pytest.param('a\n"He said ""no"""\n', [(2, ['He said "no"'])], id="quotation marks written twice"),
        pytest.param("Name\nAcme; Inc\nBeta\n", [(2, ["Acme; Inc"]), (3, ["Beta"])], id="one column"),
        pytest.param("a,b\n", [], id="a header and nothing else"),
        pytest.param(
            "\ufeffa,b\n1,2\n\x1a,\n", [(2, ["1", "2"]), (3, ["\x1a", ""])], id="control characters stay"
        ),
    ],
)
def test_rows_carry_the_line_they_begin_on(body: str, rows: list[tuple[int, list[str]]]) -> None:
    table = opened(body)
    assert [(row.number, row.cells) for row in table.rows()] == rows
    assert not [row for row in table.rows() if row.problems]
    assert [(row.number, row.cells) for row in table.rows()] == rows, "and again from the top"


@pytest.mark.parametrize(
    ("body", "number", "column", "said"),
    [
        pytest.param("a,b\n1,2\n3,4,5\n", 3, None, "something in column 3", id="too long"),
        pytest.param("a,b,c\n1,2\n", 2, None, "Has 2 of 3 cells", id="too short"),
        pytest.param('a,b\n"x"y,1\n1,2\n', 2, None, "Its quotation marks do not fit", id="bad quoting"),
        pytest.param("a,b\nx\0y,1\n", 2, 0, "NUL character", id="NUL"),
        pytest.param(f"a,b\n1,{'x' * (MOST_CELL + 1)}\n", 2, 1, "32,769 characters", id="a huge cell"),
    ],
)
def test_a_row_that_is_damaged_says_so_and_harms_no_other(
    body: str, number: int, column: int | None, said: str
) -> None:
    rows = list(opened(body).rows())
    (row,) = (row for row in rows if row.problems)
    (problem,) = row.problems
    assert (row.number, problem.column) == (number, column)
    assert said in problem.detail
    assert all(len(one.cells) == len(rows[0].cells) for one in rows)
    assert not any("\0" in cell for cell in row.cells)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        pytest.param("", "The file is empty", id="nothing"),
        pytest.param("\ufeff\r\n ,\r\n", "The file is empty", id="only separators and blanks"),
        pytest.param('a,b\n1,2\n"3,4\n5,6\n', "Line 3 opens a quotation mark", id="never closed"),
        pytest.param(
            'a,b\n1,2\n"3,4\n' + "5,6\n" * 40_000, "Line 3 opens a quotation mark", id="closed far too late"
        ),
        pytest.param(",".join(f"c{n}" for n in range(201)) + "\n", "201 columns", id="too many columns"),
        pytest.param("a,b\n" + "1,2\n" * 100_001, "more than 100,000 rows", id="too many rows"),
        pytest.param("x" * 600 + ",b\n1,2\n", "short titles", id="no titles"),
        pytest.param("a,b\n" + "1" * 7_000_000, "more than 6,554,200 characters", id="one endless line"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_a_sentence(body: str, said: str) -> None:
    assert said in why_not(body)


def test_exactly_as_many_rows_as_are_allowed() -> None:
    assert sum(1 for _ in opened("a,b\n" + "1,2\n" * 100_000).rows()) == 100_000


def test_titles_are_fit_to_show() -> None:
    table = opened(" Name ,Email,,Email,email\n1,2,3,4,5\n")
    assert table.header == ["Name", "Email", "", "Email", "email"]
    assert table.titles == ["Name", "Email", "Column 3", "Email (2)", "email (3)"]
    assert len(table.notes) == 2


_LETTERS = st.characters(codec="utf-8", exclude_categories=("Cs", "Cc"))
_CELL = st.text(_LETTERS, max_size=12) | st.sampled_from(
    ['"', "a,b", "x;y", "1\n2", "\r", "\t|", "", " ", "'=1", "\\"]
)
_TABLES = st.integers(1, 5).flatmap(
    lambda width: st.lists(st.lists(_CELL, min_size=width, max_size=width), min_size=1, max_size=8)
)


@given(
    rows=_TABLES,
    delimiter=st.sampled_from(list(DELIMITERS)),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "gb18030"]),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    quoting=st.sampled_from((csv.QUOTE_MINIMAL, csv.QUOTE_ALL)),
    told=st.booleans(),
)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_the_csv_module_writes_is_read_back_identical(
    rows: list[list[str]], delimiter: str, encoding: str, end: str, quoting: Literal[0, 1], told: bool
) -> None:
    header = [f"Title {number}" for number in range(len(rows[0]))]
    into = io.StringIO()
    # The csv module leaves a line break bare that is not its own, which no reader can tell from the end of a row.
    if any(mark in cell for row in rows for cell in row for mark in "\r\n"):
        quoting = csv.QUOTE_ALL
    writer = csv.writer(into, delimiter=delimiter, lineterminator=end, quoting=quoting)
    writer.writerows([header, *rows])
    body = into.getvalue().encode(encoding)
    ways: dict[str, Any] = {"delimiter": delimiter} if told else {}
    if encoding == "gb18030":
        ways["encoding"] = encoding
    assume(len(header) > 1 or delimiter in (",", "\t") or told or quoting == csv.QUOTE_ALL)
    expected = [row for row in rows if any(cell and not cell.isspace() for cell in row)]
    assert cells(body, **ways) == [header, *expected]


@given(
    body=st.binary(max_size=400),
    encoding=st.sampled_from([None, *ENCODINGS]),
    name=st.sampled_from(["a.csv", "a"]),
)
@settings(max_examples=300, deadline=None)
def test_random_bytes_are_read_or_refused_and_nothing_else(
    body: bytes, encoding: str | None, name: str
) -> None:
    why_not(body, name, encoding=encoding)


@given(text=st.text(st.sampled_from('a1,;\t|"\r\n \\\0é\ufeff='), max_size=80))
@settings(max_examples=300, deadline=None)
def test_random_structure_is_read_or_refused_and_every_row_fits_the_header(text: str) -> None:
    said = why_not(text)
    if not said:
        table = opened(text)
        assert all(len(row.cells) == len(table.header) for row in table.rows())
