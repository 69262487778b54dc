"""Files are streamed: what is held at a time does not grow with the rows."""

import tracemalloc
from collections.abc import Callable

import pytest

from accounts.domain.tables import Reader, survey
from tests.accounts.reading.make import opened, sheet_of

MAPPING = {0: "name", 1: "external_ids.crm", 2: "annual_revenue", 3: "lifecycle"}


def as_csv(rows: int) -> bytes:
    """So many rows of text."""
    lines = [f"Company {number},id-{number},{number}.50,customer" for number in range(rows)]
    return "\n".join(["Name,Id,Revenue,Lifecycle", *lines]).encode()


def as_sheet(rows: int) -> bytes:
    """The same as a workbook whose texts stand in its cells."""
    text = '<c t="inlineStr"><is><t>{}</t></is></c>'.format
    header = "".join(text(title) for title in ("Name", "Id", "Revenue", "Lifecycle"))
    lines = [
        f"<row>{text(f'Company {number}')}{text(f'id-{number}')}<c><v>{number}.5</v></c>{text('customer')}</row>"
        for number in range(rows)
    ]
    return sheet_of(f"<row>{header}</row>{''.join(lines)}")


def peak(body: bytes) -> int:
    """The most that is held while a file is opened, surveyed and read into records, in bytes."""
    tracemalloc.start()
    try:
        table = opened(body)
        found = survey(table, "accounts", MAPPING, answers={"currency": "EUR"})
        reader = Reader("accounts", table.titles, MAPPING, found.answers)
        assert all(not reader.read(row).errors for row in table.rows())
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("make", [as_csv, as_sheet])
def test_four_times_the_rows_need_no_more_memory(make: Callable[[int], bytes]) -> None:
    few, many = peak(make(2_000)), peak(make(8_000))
    assert many < few + 1_000_000
