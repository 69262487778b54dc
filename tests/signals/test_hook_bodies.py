"""Whatever is posted to a hook is opened, or refused in a sentence; nothing else comes of it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signals.services.hooks.opening import Opened, Unreadable, open_body
from signals.services.hooks.trying import paths_of

TYPES = ("", "application/json", "application/x-ndjson", "text/csv; charset=utf-8", "text/plain", "nonsense")
_PIECES = st.sampled_from(
    [b"{", b"}", b"[", b"]", b'"', b"\\u0000", b"\\ud800", b"\\", b"\n", b"\r", b",", b";", b"a", b"1", b"\0", b"\xff",
     b"\xef\xbb\xbf", b"=1+1", b"null", b"1e999", b"\t", b"PK\x03\x04", b"<html", b" "]
)  # fmt: skip


@given(
    body=st.binary(max_size=60) | st.lists(_PIECES, max_size=30).map(b"".join), type_=st.sampled_from(TYPES)
)
def test_any_bytes_are_opened_or_refused_in_a_sentence(body: bytes, type_: str) -> None:
    said, opened = "", None
    try:
        opened = open_body(body, type_)
    except Unreadable as error:
        said = error.message
    if opened is None:
        assert said.endswith((".", "?"))
        return
    assert opened.form in {"json", "ndjson", "csv"}
    assert "\\u0000" not in json.dumps(opened.payload, default=str).replace("\\\\", "")
    assert all(error.detail for _, error, _ in opened.broken)


@pytest.mark.parametrize(
    ("body", "type_", "form", "count"),
    [
        pytest.param(b'{"a": 1}', "", "json", 1, id="an object"),
        pytest.param(b'\xef\xbb\xbf[{"a": 1}, {"a": 2}]', "text/plain", "json", 2, id="a list with a BOM"),
        pytest.param(
            b'{"a": 1}\n{"a": 2}\n', "application/json", "ndjson", 2, id="lines that are called JSON"
        ),
        pytest.param(b'{"a": 1}\n\n{"a": 2}', "application/x-ndjson", "ndjson", 2, id="lines"),
        pytest.param(b"a,b\n1,2\n3,4\n5,6\n", "", "csv", 3, id="CSV without a type"),
        pytest.param(b"a\tb\n1\t2\n", "text/tab-separated-values", "csv", 1, id="tabs"),
        pytest.param(b'"a","b"\n"1","2"\n', "text/csv", "csv", 1, id="quoted titles"),
    ],
)
def test_what_a_body_is(body: bytes, type_: str, form: str, count: int) -> None:
    opened = open_body(body, type_)
    assert opened.form == form
    assert (len(opened.payload) if isinstance(opened.payload, list) else 1) == count
    assert not opened.broken


def test_a_broken_line_of_json_is_told_where_it_breaks() -> None:
    with pytest.raises(Unreadable, match="not valid JSON"):
        open_body(b'{"a": 1,\n"b": }', "application/json")


def test_the_places_of_an_example_are_named_as_paths_are() -> None:
    payload = {
        "week": "W47",
        "companies": [{"domain": "a", "topics": [{"topic": "x"}, {"topic": "y", "score": 7}]}],
    }
    assert paths_of(Opened("json", payload)) == [
        ("week", "W47"),
        ("companies[].domain", "a"),
        ("companies[].topics[].topic", "x"),
        ("companies[].topics[].score", "7"),
    ]
    assert paths_of(Opened("json", [{"a": 1}])) == [("[].a", "1")]
