"""Numbers as people type them, and as addresses name rows."""

import pytest

from abmops.ui import typed


@pytest.mark.parametrize(
    ("text", "number"),
    [
        pytest.param("12", 12, id="whole"),
        pytest.param(" 1 200 ", 1200, id="blanks between thousands"),
        pytest.param("1\u00a0200", 1200, id="hard ones too"),
        pytest.param("1\u202f200.5", 1200.5, id="and narrow ones"),
        pytest.param("1 5", "1 5", id="a blank elsewhere is asked about, not read as fifteen"),
        pytest.param("1 200,300", "1 200,300", id="one sign throughout"),
        pytest.param("1_000", "1_000", id="no Python"),
        pytest.param("0.5", 0.5, id="a point is the decimal sign"),
        pytest.param("1,200", 1200, id="a comma between thousands"),
        pytest.param("-1,234,567.5", -1234567.5, id="several, and a rest"),
        pytest.param("1,5", "1,5", id="a decimal comma is asked about, not read as fifteen"),
        pytest.param("0,250", "0,250", id="no thousand begins with nought"),
        pytest.param("12,34,567", "12,34,567", id="not between thousands"),
        pytest.param("many\0", "many", id="no number, and nothing the database cannot hold"),
        pytest.param("", "", id="nothing"),
    ],
)
def test_a_number_is_what_was_typed_or_the_text(text: str, number: float | str) -> None:
    assert typed.number(text) == number


@pytest.mark.parametrize(
    ("text", "row"),
    [
        pytest.param("7", 7, id="a number"),
        pytest.param("9" * 18, 10**18 - 1, id="the longest"),
        pytest.param("9" * 19, 0, id="longer than any"),
        pytest.param("-1", 0, id="below"),
        pytest.param("\u0663", 0, id="another script's figure"),
        pytest.param("", 0, id="nothing"),
    ],
)
def test_a_row_is_named_by_plain_figures(text: str, row: int) -> None:
    assert typed.row_id(text) == row
    assert typed.row_ids([text, "3"]) == ([row] if row else []) + [3]
