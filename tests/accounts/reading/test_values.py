"""Single cells and whole columns: numbers, dates, words, ids, and what spreadsheets did to them."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abmops.ui.csvs import safe
from accounts.domain.tables import numbers
from accounts.domain.tables.values import clean
from tests.accounts.reading.make import column, value


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1200", "1200"),
        ("1200.50", "1200.5"),
        ("1200,50", "1200.5"),
        ("1,200.50", "1200.5"),
        ("1.200,50", "1200.5"),
        ("1.234.567", "1234567"),
        ("1,234,567", "1234567"),
        ("12,34,567.5", "1234567.5"),
        ("1 234,5", "1234.5"),
        ("1\u00a0234.5", "1234.5"),
        ("1\u202f234\u202f567", "1234567"),
        ("1'234.50", "1234.5"),
        ("1’234", "1234"),  # noqa: RUF001  (Swiss)
        ("0.123", "0.123"),
        ("€ 1.200,50", "1200.5"),
        ("1200 €", "1200"),
        ("$1,200.00", "1200"),
        ("EUR 99", "99"),
        ("99 chf", "99"),
        ("1200.-", "1200"),
        ("-5", "-5"),
        ("(5.5)", "-5.5"),
        ("'-5", "-5"),
        ("0", "0"),
        ('="007"', "7"),
    ],
)
def test_amounts_as_people_write_them(text: str, amount: str) -> None:
    assert value("accounts", "annual_revenue", text) == amount


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("1.23457E+11", "Excel shortens a long number"),
        ("12 %", "is a percentage"),
        ("1.2M", "is shortened"),
        ("50-200", "is a range"),
        (">500", "is a range"),
        ("n/a", "is no number"),
        ("1,23,4.5", "no number with a decimal point"),
        ("1.2.3,4", "no number with a decimal comma"),
        ("#REF!", "spreadsheet error #REF!"),
        ("=SUM(A1:A9)", "Holds a formula"),
        ("2-Jan", "what Excel makes of a text"),
    ],
)
def test_what_is_no_amount_is_refused_with_the_cure(text: str, said: str) -> None:
    assert said in value("accounts", "annual_revenue", text)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("250", 250),
        ("1,234", 1234),
        ("1.234", 1234),
        ("12.0", 12),
        ("1 200", 1200),
        ("10,000,000", 10_000_000),
    ],
)
def test_whole_numbers(text: str, count: int) -> None:
    assert value("accounts", "employees", text) == count


def test_half_an_employee_is_refused() -> None:
    assert "no whole number" in value("accounts", "employees", "12.5")


@pytest.mark.parametrize(
    ("cells", "answer"),
    [
        pytest.param(["1.234", "5.6"], "point", id="one decimal proves the point"),
        pytest.param(["1.234", "5,6"], "comma", id="or the comma"),
        pytest.param(["1.234", "1.234.567"], "comma", id="groups prove the other sign"),
        pytest.param(["1,234", "12.5"], "point", id="of the other sign"),
        pytest.param(["1.234", "0.500"], "point", id="no group begins with a lone zero"),
        pytest.param(["1.234", "1234.567"], "point", id="nor has four digits"),
    ],
)
def test_the_decimal_sign_of_a_column_is_decided_by_proof(cells: list[str], answer: str) -> None:
    found, _ = column("accounts", "annual_revenue", cells)
    assert found.answers["decimals.0"] == answer
    assert "decimals.0" not in {question.key for question in found.questions}
    assert "line" in found.notes[0]


def test_a_decimal_sign_that_nothing_proves_is_asked_for_and_never_guessed() -> None:
    found, readings = column("accounts", "annual_revenue", ["1.234", "12", "5.678"])
    question = found.questions[0]
    assert question.key == "decimals.0"
    assert "1.234" in question.text
    assert {choice.value: choice.label for choice in question.choices} == {
        "point": "a number from 1 to 2 (a decimal point)",
        "comma": "1234 (the point sets off thousands)",
    }
    assert [bool(reading.errors) for reading in readings] == [True, False, True]
    for answer, amount in (("point", "1.234"), ("comma", "1234")):
        found, (first, *_) = column("accounts", "annual_revenue", ["1.234"], answers={"decimals.0": answer})
        assert [question.key for question in found.questions] == ["currency"]
        assert first.record["annual_revenue"] == amount


def test_a_column_written_in_two_ways_contradicts_itself() -> None:
    found, _ = column("accounts", "annual_revenue", ["1.5", "2,5"])
    assert "line 2 has 1.5 but line 3 has 2,5" in found.problems[0]
    found, readings = column("accounts", "annual_revenue", ["1.5", "2,5"], answers={"decimals.0": "point"})
    assert not found.problems
    assert [len(reading.errors) for reading in readings] == [0, 1], (
        "a person decides; what does not fit is an error"
    )


def test_proof_in_the_file_wins_over_an_answer_from_another_one() -> None:
    found, readings = column("accounts", "annual_revenue", ["1.5"], answers={"decimals.0": "comma"})
    assert found.answers["decimals.0"] == "point"
    assert readings[0].record["annual_revenue"] == "1.5"


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-12", "2026-11-12T00:00:00+01:00"),
        ("2026-07-01", "2026-07-01T00:00:00+02:00"),
        ("2026-11-12T09:30:00", "2026-11-12T09:30:00+01:00"),
        ("2026-11-12 9:30", "2026-11-12T09:30:00+01:00"),
        ("2026-11-12T09:30:00Z", "2026-11-12T09:30:00Z"),
        ("2026-11-12T09:30:00.123456+05:30", "2026-11-12T09:30:00+05:30"),
        ("2026-11-12 09:30:00 UTC", "2026-11-12T09:30:00Z"),
        ("2026-11-12T09:30:00.000-0500", "2026-11-12T09:30:00-05:00"),
        ("2026/11/12", "2026-11-12T00:00:00+01:00"),
        ("13/11/2026", "2026-11-13T00:00:00+01:00"),
        ("11/13/2026 2:05 PM", "2026-11-13T14:05:00+01:00"),
        ("11/13/2026 12:05 am", "2026-11-13T00:05:00+01:00"),
        ("13.11.26", "2026-11-13T00:00:00+01:00"),
        ("13.11.98", "1998-11-13T00:00:00+01:00"),
        ("11/11/2026", "2026-11-11T00:00:00+01:00"),
        ("12 Nov 2026", "2026-11-12T00:00:00+01:00"),
        ("12-Nov-26", "2026-11-12T00:00:00+01:00"),
        ("November 12, 2026", "2026-11-12T00:00:00+01:00"),
        ("Thu, 12 Nov 2026 09:30:00 GMT", "2026-11-12T09:30:00Z"),
        ("12. März 2026", "2026-03-12T00:00:00+01:00"),
        ("20261112", "2026-11-12T00:00:00+01:00"),
        ("1794475800", "2026-11-12T09:30:00Z"),
        ("1794475800000", "2026-11-12T09:30:00Z"),
    ],
)
def test_dates_and_times_as_people_and_programs_write_them(text: str, moment: str) -> None:
    found, (reading,) = column("opportunities", "opened_at", [text], zone="Europe/Berlin")
    assert (reading.record, reading.errors, found.questions) == ({"opened_at": moment}, (), ())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Mar-26", "what Excel makes of a text"),
        ("31/02/2026", "no day of the calendar"),
        ("2026-13-01", "no day of the calendar"),
        ("14/13/2026", "no day of the calendar"),
        ("soon", "is no date"),
        ("2026-11-12 25:00", "no such time"),
        ("2026-11-12 13:00 pm", "no such hour"),
        ("2026-11-12 09:30 CEST", "Name a zone by its distance"),
        ("12", "is no date"),
        ("#####", "spreadsheet error"),
        ("0000-01-01", "no day of the calendar"),
    ],
)
def test_what_is_no_date_is_refused_with_the_cure(text: str, said: str) -> None:
    assert said in value("opportunities", "opened_at", text)


@pytest.mark.parametrize(
    ("cells", "order", "first"),
    [
        pytest.param(["12/11/2026", "13/11/2026"], "dmy", "2026-11-12", id="a 13 in front"),
        pytest.param(["12/11/2026", "11/13/2026"], "mdy", "2026-12-11", id="a 13 in the middle"),
        pytest.param(["12.11.26", "31.12.26"], "dmy", "2026-11-12", id="short years"),
    ],
)
def test_the_order_of_a_column_is_decided_by_proof(cells: list[str], order: str, first: str) -> None:
    found, readings = column("opportunities", "opened_at", cells)
    assert found.answers["dates.0"] == order
    assert readings[0].record["opened_at"].startswith(first)


def test_an_order_that_nothing_proves_is_asked_for_and_never_guessed() -> None:
    found, readings = column("opportunities", "opened_at", ["11/11/2026", "12/11/2026"])
    (question,) = found.questions
    assert question.key == "dates.0"
    assert [(choice.value, choice.label) for choice in question.choices] == [
        ("dmy", "12 November 2026 (day, month, year)"),
        ("mdy", "11 December 2026 (month, day, year)"),
    ]
    assert [bool(reading.errors) for reading in readings] == [False, True], (
        "the 11th of November is the same in both"
    )
    found, readings = column("opportunities", "opened_at", ["12/11/2026"], answers={"dates.0": "mdy"})
    assert not found.questions
    assert "as was answered. The file itself does not prove it (12/11/2026)" in found.notes[0]
    assert readings[0].record["opened_at"] == "2026-12-11T00:00:00+00:00"


@pytest.mark.parametrize(
    ("kind", "field", "cells", "key", "asked"),
    [
        ("opportunities", "opened_at", ["12/11/2026"], "dates.0", True),
        ("opportunities", "opened_at", ["13/11/2026", "2026-11-12"], "dates.0", False),
        ("opportunities", "opened_at", ["46338"], "epoch.0", True),
        ("opportunities", "stage", ["Endgame"], "word.0.endgame", True),
        ("accounts", "annual_revenue", ["1.234"], "decimals.0", True),
        ("accounts", "annual_revenue", ["1 234"], "decimals.0", False),
        ("accounts", "annual_revenue", ["1234"], "currency", True),
        ("accounts", "lifecycle", ["Martian"], "word.0.martian", True),
        ("list_changes", "tier", ["Gold"], "word.0.gold", True),
    ],
)
def test_an_answer_that_is_none_is_asked_again_or_does_not_matter(
    kind: str, field: str, cells: list[str], key: str, asked: bool
) -> None:
    found, readings = column(kind, field, cells, answers={key: "whatever"})
    assert (key in [question.key for question in found.questions]) is asked
    assert all(reading.errors or reading.record for reading in readings)
    _, readings = column(
        kind, field, cells, answers={key: found.questions[0].choices[0].value} if asked else {}
    )
    assert not [reading for reading in readings if reading.errors]


def test_dates_in_both_orders_contradict_themselves() -> None:
    found, _ = column("opportunities", "opened_at", ["13/11/2026", "11/13/2026"])
    assert "line 2 has 13/11/2026 but line 3 has 11/13/2026" in found.problems[0]
    found, readings = column(
        "opportunities", "opened_at", ["13/11/2026", "11/13/2026"], answers={"dates.0": "dmy"}
    )
    assert not found.problems
    assert "best to the form 2026-11-13" in readings[1].errors[0].detail


def test_a_number_among_dates_is_asked_for() -> None:
    found, readings = column("opportunities", "opened_at", ["46338", "46338.5"])
    (question,) = found.questions
    assert [(choice.value, choice.label) for choice in question.choices] == [
        ("1900", "12 November 2026"),
        ("1904", "13 November 2030"),
    ]
    assert all(reading.errors for reading in readings)
    _, readings = column("opportunities", "opened_at", ["46338", "46338.5"], answers={"epoch.0": "1900"})
    assert [reading.record["opened_at"][:16] for reading in readings] == [
        "2026-11-12T00:00",
        "2026-11-12T12:00",
    ]


def test_times_without_a_zone_are_noted_and_a_zone_that_is_none_is_a_problem() -> None:
    found, _ = column("opportunities", "opened_at", ["2026-11-12 09:30"], zone="Europe/Berlin")
    assert found.notes == ("Times without a zone of their own are taken as those of Europe/Berlin.",)
    found, _ = column("opportunities", "opened_at", ["2026-11-12T09:30:00Z"])
    assert found.notes == ()
    found, _ = column("opportunities", "opened_at", ["2026-11-12"], answers={"zone": "Mars/Olympus"})
    assert "no time zone called Mars/Olympus" in found.problems[0]


@pytest.mark.parametrize(
    ("kind", "field", "text", "read"),
    [
        ("accounts", "lifecycle", "Customer", "customer"),
        ("accounts", "lifecycle", "marketingqualifiedlead", "prospect"),
        ("accounts", "lifecycle", "Sales Qualified Lead", "prospect"),
        ("accounts", "lifecycle", "NOT_READY", "not_ready"),
        ("contacts", "role", "BUDGET_HOLDER", "economic_buyer"),
        ("contacts", "role", "Influencer", "technical_evaluator"),
        ("contacts", "role", "End User", "end_user"),
        ("contacts", "do_not_contact", "x", True),
        ("contacts", "do_not_contact", "WAHR", True),
        ("contacts", "do_not_contact", "No", False),
        ("contacts", "do_not_contact", "0", False),
        (
            "contacts",
            "opt_outs",
            "E-Mail; call | LinkedIn",
            [{"channel": c} for c in ("email", "call", "linkedin")],
        ),
        ("contacts", "opt_outs.email", "true", [{"channel": "email"}]),
        ("contacts", "opt_outs.email", "false", None),
        ("contacts", "external_ids.hubspot", "00123", {"hubspot": "00123"}),
        ("contacts", "phone", "'+49 170 1234567", "+49 170 1234567"),
        ("opportunities", "outcome", "Closed Won", "won"),
        ("opportunities", "outcome", "Open", None),
        (
            "opportunities",
            "stages.Proposal",
            "2026-11-12",
            [{"stage": "Proposal", "at": "2026-11-12T00:00:00+00:00"}],
        ),
        ("list_changes", "tier", "tier_1", 1),
        ("list_changes", "tier", "Tier 2", 2),
        ("sidecar", "tier", "3", 3),
        ("sidecar", "member", "true", True),
        ("accounts", "technologies", "Go, Inc; Rust", ["Go, Inc", "Rust"]),
        ("accounts", "technologies", "Go, Rust,Go", ["Go", "Rust"]),
        ("accounts", "domains", "a.com, b.com;c.com", ["a.com", "b.com", "c.com"]),
        ("accounts", "currency", "€", "EUR"),
        ("accounts", "currency", "usd", "usd"),
        ("accounts", "name", " Acme\u00a0", "Acme"),
        ("accounts", "name", "'=Acme", "=Acme"),
        ("accounts", "name", '="0042"', "0042"),
        ("accounts", "name", "3M", "3M"),
        ("accounts", "name", "#1 Movers", "#1 Movers"),
        ("accounts", "name", "'t Hof", "'t Hof"),
    ],
)
def test_words_lists_and_texts(kind: str, field: str, text: str, read: Any) -> None:
    assert value(kind, field, text) == read


def test_off_the_list_is_null() -> None:
    _, (reading,) = column("list_changes", "tier", ["off"])
    assert reading.record == {"tier": None}


@pytest.mark.parametrize(
    ("kind", "field", "text", "said"),
    [
        ("accounts", "external_ids.crm", "1.23457E+11", "Excel shortens a long number"),
        ("contacts", "phone", "4,91701E+11", "Excel shortens a long number"),
        ("accounts", "name", "#N/A", "spreadsheet error #N/A"),
        ("accounts", "domain", '=HYPERLINK("https://acme.com","Acme")', "Holds a formula"),
        ("accounts", "name", "Oct-10", "what Excel makes of a text"),
        ("accounts", "external_ids.crm", "1-Feb", "what Excel makes of a text"),
        ("contacts", "do_not_contact", "maybe", "neither yes nor no"),
        ("contacts", "opt_outs", "email; smoke signals", "“smoke signals” is not known"),
        ("list_changes", "tier", "4", "Write one of: Tier 1, Tier 2, Tier 3, Off the list."),
        ("touches", "channel", "fax", "Write one of: Ad, Email, Call"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_cure(kind: str, field: str, text: str, said: str) -> None:
    assert said in value(kind, field, text)


@pytest.mark.parametrize(
    "text", ["1E10", "E+11", "12E+05X", "Mar-26-A", "1-February-Street", "A=B", "# of seats"]
)
def test_ids_that_only_look_damaged_are_taken(text: str) -> None:
    assert value("accounts", "external_ids.crm", text) == {"crm": text}


@given(st.text(st.sampled_from("=+-@'a1 \t\n\r\u00a0\uff1d,\""), max_size=8))
def test_what_our_own_exports_write_is_read_back(text: str) -> None:
    # An apostrophe that stood before such a sign from the start cannot be told from the exporter's.
    if clean(text) == text.strip(" \u00a0\ufeff").strip():
        assert clean(str(safe(text))) == clean(text)


@given(
    st.decimals(min_value=0, max_value=10**12, places=2),
    st.sampled_from([(",", "."), (".", ","), (" ", ","), ("'", "."), ("\u00a0", ","), ("", "."), ("", ",")]),
)
def test_any_amount_is_read_back_from_any_way_to_write_it(amount: Decimal, signs: tuple[str, str]) -> None:
    group, decimal = signs
    text = f"{amount:,.2f}".replace(",", "\0").replace(".", decimal).replace("\0", group)
    sign = "point" if decimal == "." else "comma"
    assert numbers.number(numbers.figure(text).digits, sign) == amount
    assert numbers.look(text).proves == sign


@given(
    st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20),
    st.sampled_from(["annual_revenue", "employees", "name", "technologies", "lifecycle"]),
)
def test_any_text_is_a_value_or_a_sentence(text: str, field: str) -> None:
    column("accounts", field, [text])


@given(st.text(st.sampled_from("0123456789-/:. TZ+apmNov"), max_size=20))
def test_any_date_like_text_is_a_moment_or_a_sentence(text: str) -> None:
    column("opportunities", "opened_at", [text], answers={"epoch.0": "1900"}, zone="Asia/Kathmandu")
