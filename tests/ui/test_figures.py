"""Numbers in words, and what a spreadsheet may see of them."""

from decimal import Decimal

import pytest

from abmops.ui import csvs, drawings, figures


@pytest.mark.parametrize(
    ("amount", "currency", "words"),
    [
        pytest.param(None, "EUR", "no data", id="not known is not nothing"),
        pytest.param(Decimal(0), "EUR", "€0", id="nothing"),
        pytest.param(Decimal("186000.0000"), "EUR", "€186,000", id="thousands"),
        pytest.param(Decimal("250.5"), "SEK", "SEK\u00a0250.50", id="cents below a thousand"),
        pytest.param(Decimal("1250.5"), "USD", "$1,251", id="no cents above it, rounded half up"),
        pytest.param(Decimal(-40), "GBP", "\u2212£40", id="negative"),
        pytest.param(Decimal(7), "", "7", id="no currency known"),
    ],
)
def test_money_carries_its_currency(amount: Decimal | None, currency: str, words: str) -> None:
    assert figures.money(amount, currency) == words


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        pytest.param(Decimal(410_000_000), "€410\u00a0M", id="millions"),
        pytest.param(Decimal(8_420_000), "€8.42\u00a0M", id="three figures"),
        pytest.param(Decimal(8_000_000), "€8\u00a0M", id="no empty decimals"),
        pytest.param(Decimal(96_400), "€96.4\u00a0k", id="thousands"),
        pytest.param(Decimal(999), "€999", id="small sums whole"),
        pytest.param(None, "no data", id="not known"),
    ],
)
def test_money_in_a_tight_place_keeps_three_figures(amount: Decimal | None, words: str) -> None:
    assert figures.money_short(amount, "EUR") == words


@pytest.mark.parametrize(
    ("share", "words"),
    [(0.63, "63%"), (0, "0%"), (1, "100%"), (None, "no data"), (Decimal("0.005"), "0%")],
)
def test_a_share_without_data_is_never_zero(share: float | Decimal | None, words: str) -> None:
    assert figures.percent(share) == words


@pytest.mark.parametrize(
    ("change", "words"), [(12.4, "up 12"), (-3.6, "down 4"), (0.4, "even"), (None, "no data")]
)
def test_a_change_is_a_word(change: float | None, words: str) -> None:
    assert figures.change(change) == words


@pytest.mark.parametrize(
    ("cell", "safe"),
    [
        pytest.param("=HYPERLINK(1)", "'=HYPERLINK(1)", id="formula"),
        pytest.param("+49 80", "'+49 80", id="a phone number runs, too"),
        pytest.param("-2+3", "'-2+3", id="minus"),
        pytest.param("@SUM(A1)", "'@SUM(A1)", id="at"),
        pytest.param("\t=1", "'\t=1", id="tab"),
        pytest.param("  =1", "'  =1", id="after blanks, which some programs cut"),
        pytest.param("\uff1dcmd()", "'\uff1dcmd()", id="full-width"),
        pytest.param("Acme\n=1", "Acme\n'=1", id="at the start of a line inside the cell"),
        pytest.param("Acme\n\nGood", "Acme\n\nGood", id="an empty line runs nothing"),
        pytest.param("Acme = good", "Acme = good", id="later in the text it is harmless"),
        pytest.param(-3.5, -3.5, id="a number is a number"),
        pytest.param(None, "", id="nothing"),
    ],
)
def test_a_cell_never_starts_a_formula(cell: object, safe: object) -> None:
    assert csvs.safe(cell) == safe


def test_a_file_opens_as_utf_8_and_quotes_what_it_must() -> None:
    assert "".join(csvs.lines(["Näme"], [['a,"b"']])) == '\ufeffNäme\r\n"a,""b"""\r\n'


@pytest.mark.parametrize(
    ("part", "whole", "share"),
    [(1, 2, 50.0), (3, 2, 100.0), (-1, 2, 0.0), (1, 0, 0.0)],
    ids=["half", "more", "less", "empty"],
)
def test_a_bar_stays_in_its_frame(part: float, whole: float, share: float) -> None:
    assert drawings.share_of(part, whole) == share


def test_a_trend_starts_at_zero_and_ends_at_its_top() -> None:
    drawn = drawings.sparkline([0, 5, 10], label="<Signals>")
    assert 'points="2.0,36.0 104.0,20.0 206.0,4.0"' in drawn
    assert "&lt;Signals&gt;" in drawn


@pytest.mark.parametrize("values", [[], [3]], ids=["no weeks", "one week"])
def test_a_trend_of_less_than_two_values_is_only_its_base(values: list[float]) -> None:
    assert "polyline" not in drawings.sparkline(values, label="Signals")
