"""A whole file before it is read: which questions it leaves, and what several columns say together."""

from datetime import date
from typing import Any

import pytest

from abmops.rest.records import ListOf, MapOf, Nested
from abmops.ui.csvs import lines
from accounts.api import records
from accounts.domain.tables import KINDS, Reader, Row, Type, field_of, survey
from accounts.models import Import
from tests.accounts.reading.make import column, opened, workbook

RECORDS = {
    "accounts": records.ACCOUNT,
    "contacts": records.CONTACT,
    "opportunities": records.OPPORTUNITY,
    "touches": records.TOUCH,
    "list_changes": records.LIST_CHANGE,
}


def read_all(
    kind: str, body: str | bytes, mapping: dict[int, str], **answers: str
) -> tuple[Any, list[dict[str, Any]]]:
    """A file surveyed and read: the survey, and the records without errors."""
    table = opened(body)
    found = survey(table, kind, mapping, answers=answers)
    reader = Reader(kind, table.titles, mapping, found.answers)
    readings = [reader.read(row) for row in table.rows()]
    assert not [error for reading in readings for error in reading.errors]
    return found, [reading.record for reading in readings]


def test_every_kind_of_import_has_fields() -> None:
    assert set(KINDS) == set(Import.Kind.values)


@pytest.mark.parametrize("kind", RECORDS)
def test_fields_are_those_of_the_records_and_none_is_missing(kind: str) -> None:
    known = {field.name: field for field in RECORDS[kind]}
    assert {field.record for field in KINDS[kind]} == set(known)
    for field in KINDS[kind]:
        of = known[field.record]
        assert (field.type is Type.LIST) <= isinstance(of, ListOf)
        assert isinstance(of, MapOf) <= field.open
        assert field.open <= isinstance(of, MapOf | ListOf)


@pytest.mark.parametrize(
    ("kind", "name", "title"),
    [
        ("accounts", "external_ids.hubspot", "Id in another system: hubspot"),
        ("opportunities", "stages.Closed Won", "Entered stage at: Closed Won"),
        ("accounts", "external_ids.", None),
        ("accounts", "external_ids", None),
        ("accounts", "amount", None),
        ("contacts", "name.first", "First name"),
    ],
)
def test_a_field_by_its_name(kind: str, name: str, title: str | None) -> None:
    field = field_of(kind, name)
    assert (field.title if field else None) == title


def test_first_and_last_name_become_one() -> None:
    body = "First,Last\nAda,Lovelace\nPlato,\n,Madonna\n"
    _, found = read_all("contacts", body, {0: "name.first", 1: "name.last"})
    assert [record["name"] for record in found] == ["Ada Lovelace", "Plato", "Madonna"]


@pytest.mark.parametrize(
    ("won", "closed", "outcome", "keeps_date"),
    [
        ("TRUE", "TRUE", "won", True),
        ("FALSE", "TRUE", "lost", True),
        ("FALSE", "FALSE", None, False),
    ],
)
def test_is_won_and_is_closed_make_the_outcome(
    won: str, closed: str, outcome: str | None, keeps_date: bool
) -> None:
    mapping = {0: "external_id", 1: "outcome.won", 2: "outcome.closed", 3: "closed_at"}
    _, (record,) = read_all("opportunities", f"Id,Won,Closed,Date\n1,{won},{closed},2027-01-31\n", mapping)
    assert record["outcome"] == outcome
    assert ("closed_at" in record) is keeps_date, "an open deal's closing date is only hoped for"


def test_stages_say_the_outcome_where_no_column_does_and_unknown_ones_are_asked() -> None:
    body = "Id,Stage,Close\n1,Closed Won,2026-01-02\n2,Endgame,2027-01-02\n3,Negotiation/Review,2027-01-02\n"
    body += "4,endgame,\n"
    mapping = {0: "external_id", 1: "stage", 2: "closed_at"}
    found, listed = read_all("opportunities", body, mapping)
    (question,) = found.questions
    assert question.key == "word.1.endgame"
    assert [choice.value for choice in question.choices] == ["won", "lost", "null"]
    assert "outcome" not in listed[1]
    found, listed = read_all("opportunities", body, mapping, **{"word.1.endgame": "null"})
    assert not found.questions
    assert [record["outcome"] for record in listed] == ["won", None, None, None]
    assert [record["stage"] for record in listed] == [
        "Closed Won",
        "Endgame",
        "Negotiation/Review",
        "endgame",
    ]
    assert [("closed_at" in record) for record in listed] == [True, False, False, False]


def test_words_that_are_not_known_are_asked_once_each_and_can_be_left_out() -> None:
    found, readings = column("accounts", "lifecycle", ["Martian", "customer", "MARTIAN"])
    (question,) = found.questions
    assert question.key == "word.0.martian"
    assert [bool(reading.errors) for reading in readings] == [True, False, True]
    for answer, stored in (("churned", {"lifecycle": "churned"}), ("leave_out", {})):
        assert answer in {choice.value for choice in question.choices}
        found, readings = column("accounts", "lifecycle", ["Martian"], answers={question.key: answer})
        assert not found.questions
        assert readings[0].record == stored


def test_a_column_of_other_words_is_a_problem_and_not_a_hundred_questions() -> None:
    found, _ = column("accounts", "lifecycle", [f"word {number}" for number in range(100)])
    assert not found.questions
    assert "too many words that are not known here (word 0, word 1, word 2 and 23 more)" in found.problems[0]


def test_a_currency_is_asked_for_where_amounts_do_not_say_theirs() -> None:
    mapping = {0: "external_id", 1: "amount"}
    found, listed = read_all("opportunities", "Id;Sum\n1;€ 5\n2;7\n", mapping)
    assert [question.key for question in found.questions] == ["currency"]
    assert {"EUR", "ZMW"} <= {choice.value for choice in found.questions[0].choices}
    assert [record.get("currency") for record in listed] == ["EUR", None]
    found, listed = read_all("opportunities", "Id;Sum\n1;€ 5\n2;7\n", mapping, currency="USD")
    assert not found.questions
    assert [record["currency"] for record in listed] == ["EUR", "USD"]
    assert not read_all("opportunities", "Id;Sum\n1;€ 5\n2;6 EUR\n", mapping)[0].questions
    found, listed = read_all("opportunities", "Id;Sum;In\n1;5;CHF\n", mapping | {2: "currency"})
    assert not found.questions
    assert listed[0]["currency"] == "CHF"


def test_ids_that_a_program_made_floats_of_are_mended_where_all_are() -> None:
    found, readings = column("accounts", "external_ids.crm", ["12.0", "7.0"])
    assert [reading.record["external_ids"]["crm"] for reading in readings] == ["12", "7"]
    assert "all end in .0" in found.notes[0]
    _, readings = column("accounts", "external_ids.crm", ["12.0", "7"])
    assert [reading.record["external_ids"]["crm"] for reading in readings] == ["12.0", "7"]


def test_long_ids_that_all_end_in_zeros_were_cut_by_excel() -> None:
    cut = ["12345678901234500", "22345678901234500", "32345678901234500"]
    assert "Excel has cut them to 15 digits" in column("accounts", "external_ids.crm", cut)[0].problems[0]
    assert not column("accounts", "external_ids.crm", [*cut, "12345678901234567"])[0].problems
    assert not column("accounts", "external_ids.crm", cut[:1])[0].problems, "one may be chance"


def test_dates_that_excel_has_turned_round_are_a_problem() -> None:

    rows: list[list[Any]] = [["At"], *([date(2026, month, 5)] for month in (1, 2, 3)), ["13/05/2026"]]
    found = survey(opened(workbook(*rows), "x.xlsx"), "opportunities", {0: "opened_at"})
    assert "turned round by Excel" in found.problems[0]
    sound: list[list[Any]] = [["At"], *([date(2026, 5, day)] for day in (1, 2, 23)), ["13/05/2026"]]
    assert not survey(opened(workbook(*sound), "x.xlsx"), "opportunities", {0: "opened_at"}).problems


@pytest.mark.parametrize(
    ("mapping", "said"),
    [
        pytest.param({0: "name", 1: "name"}, "“A” and “B” are both to be read as “Name”", id="twice"),
        pytest.param({7: "name"}, "no column 8", id="no such column"),
        pytest.param({0: "shoe_size"}, "there is no such field", id="no such field"),
        pytest.param({0: "domains", 1: "domains"}, "", id="lists may come in several columns"),
        pytest.param({"0": "name", "1": ""}, "", id="as it comes back from JSON"),
    ],
)
def test_a_mapping_that_cannot_be_is_a_problem(mapping: dict[Any, str], said: str) -> None:
    found = survey(opened("A,B\nx.com,y.com\n"), "accounts", mapping)
    assert said in "".join(found.problems)
    assert bool(found.problems) is bool(said)


def test_rows_and_filled_cells_are_counted() -> None:
    found = survey(opened("A,B,C\n1,,x\n2,3,x\n,4,x\n,,\n"), "accounts", {0: "name", 1: "industry"})
    assert (found.rows, dict(found.filled)) == (3, {0: 2, 1: 2})


def test_errors_carry_the_pointer_the_column_and_its_title() -> None:
    table = opened("Firma,Umsatz,Umsatz,N\n#N/A,viel,1,1\nx\n")
    mapping = {0: "name", 1: "annual_revenue", 3: "external_ids.crm"}
    reader = Reader("accounts", table.titles, mapping, {})
    first, second = (reader.read(row) for row in table.rows())
    assert [(error.pointer, error.column, error.title) for error in first.errors] == [
        ("/name", 0, "Firma"),
        ("/annual_revenue", 1, "Umsatz"),
    ]
    assert first.errors[0].as_json()["title"] == "Firma"
    (ragged,) = second.errors
    assert (ragged.pointer, ragged.column, second.record) == ("", None, {})
    assert reader.column_of("/external_ids/crm") == reader.column_of("/external_ids") == 3
    assert reader.column_of("/industry") is None


def test_what_is_wrong_with_a_column_that_is_left_out_harms_nothing() -> None:
    table = opened("Name,Note\nAcme,a\0b\n")
    (row,) = table.rows()
    assert row.problems
    assert Reader("accounts", table.titles, {0: "name"}).read(row).errors == ()
    assert Reader("accounts", table.titles, {0: "name", 1: "industry"}).read(row).errors[0].column == 1


def test_our_own_exports_are_read_back_unchanged() -> None:
    names = [
        "=cmd|' /C calc'!A0",
        "+49 Labs",
        "-x",
        "@handle",
        "Plain; “quoted”, Ltd",
        "two\n=lines",
        "\uff1dwide",
    ]
    body = "".join(lines(["Name", "Country"], [[name, "DE"] for name in names]))
    table = opened(body)
    reader = Reader("accounts", table.titles, {0: "name", 1: "country"})
    readings = [reader.read(row) for row in table.rows()]
    assert [reading.record["name"] for reading in readings] == names
    assert not [reading for reading in readings if reading.errors]


def test_an_empty_cell_leaves_what_is_stored() -> None:
    reader = Reader("accounts", ["Name", "Industry"], {0: "name", 1: "industry"})
    assert reader.read(Row(2, ["Acme", " \u00a0"])).record == {"name": "Acme"}


def test_a_nested_field_is_named_by_what_it_is() -> None:
    stages = next(field for field in records.OPPORTUNITY if field.name == "stages")
    assert isinstance(stages, ListOf)
    assert isinstance(stages.of, Nested)
