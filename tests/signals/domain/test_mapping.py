"""Mappings: what each word of them does, what is wrong told whole, and that nothing a sender posts can break one."""

import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from abmops.lib.errors import FieldErrors
from signals.domain import mapping as mappings
from signals.domain.mapping import LeftOut, Made, Unfit

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
WHO = {"type": {"value": "topic-surge"}, "account_domain": "domain"}


def made(document: dict[str, Any], payload: Any) -> list[Any]:
    """Each item as its record, what it is called where it is left out, or its faults by pointer."""
    found: list[Any] = []
    for one in mappings.apply(mappings.parse(document), payload, now=NOW):
        match one:
            case Made():
                found.append(one.record)
            case LeftOut():
                found.append(one.called)
            case Unfit():
                found.append({error.pointer: error.detail for error in one.errors})
    return found


def field(name: str, rule: Any, item: Any) -> Any:
    """One field of the record of one item; its faults where it is none."""
    (record,) = made({"record": WHO | {name: rule}}, {"domain": "acme.example"} | item)
    return record.get(name) if "type" in record else record[f"/{name}"]


@pytest.mark.parametrize(
    ("items", "payload", "topics"),
    [
        ("", {"domain": "a", "topic": "x"}, ["x"]),
        ("", [{"domain": "a", "topic": "x"}, {"domain": "a", "topic": "y"}], ["x", "y"]),
        ("data", {"data": {"domain": "a", "topic": "x"}}, ["x"]),
        ("data", {"data": [{"domain": "a", "topic": "x"}]}, ["x"]),
        (
            "data.rows[]",
            {"data": {"rows": [{"domain": "a", "topic": "x"}, {"domain": "a", "topic": "y"}]}},
            ["x", "y"],
        ),
        ("data[]", {"data": {"domain": "a", "topic": "one alone"}}, ["one alone"]),
        ("data[]", {}, []),
        ("Data_Rows[]", {"data rows": []}, []),
        ("data[]", {"data": None}, []),
        ("[].rows[]", [{"rows": [{"domain": "a", "topic": "x"}]}, {"rows": []}], ["x"]),
    ],
)
def test_where_the_items_lie(items: str, payload: Any, topics: list[str]) -> None:
    document = {"items": items, "record": WHO | {"topic": "topic"}}
    assert [one["topic"] for one in made(document, payload)] == topics


@pytest.mark.parametrize(("items", "payload", "lost"), [
    ("data[]", {"other": [], "more": 1}, "data"),
    ("data.rows[]", {"data": {"row": []}}, "rows"),
    ("data[].rows[]", {"items": [{"rows": [{"topic": "x"}]}]}, "data"),
])  # fmt: skip
def test_a_body_of_another_form_does_not_go_unseen(items: str, payload: Any, lost: str) -> None:
    mapping = mappings.parse({"items": items, "record": WHO | {"topic": "topic"}})
    [one] = mappings.apply(mapping, payload, now=NOW)
    assert isinstance(one, Unfit)
    assert one.errors[0].detail.startswith(
        f"There is no “{lost}” in the body, where the items should lie. It has “"
    )


def test_a_table_where_an_object_should_be_does_not_go_unseen() -> None:
    mapping = mappings.parse({"items": "events[]", "record": WHO})
    [one] = mappings.apply(mapping, [{"domain": "acme.example"}], now=NOW)
    assert isinstance(one, Unfit)
    assert "in the “events” of one object" in one.errors[0].detail
    assert not list(mappings.apply(mapping, [], now=NOW)), "an empty one holds nothing"


def test_a_company_with_a_list_of_topics_is_several_records() -> None:
    document = {
        "items": "companies[].topics[]",
        "record": {
            "type": {"value": "topic-surge"},
            "account_domain": "../web.domain",
            "topic": ".",
            "occurred_at": "$.week",
            "properties": {"company": "../name"},
        },
    }
    payload = {
        "week": "2026-W47",
        "companies": [{"name": "Acme", "web": {"domain": "acme.example"}, "topics": ["x", "y"]}],
    }
    said = ("topic", "account_domain", "occurred_at", "properties")
    assert [tuple(one[name] for name in said) for one in made(document, payload)] == [
        ("x", "acme.example", "2026-11-16T00:00:00+00:00", {"company": "Acme"}),
        ("y", "acme.example", "2026-11-16T00:00:00+00:00", {"company": "Acme"}),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "item", "value"),
    [
        pytest.param("topic", {"topic": " x "}, "x", id="a path"),
        pytest.param("a.b.1", {"a": {"b": ["x", "y"]}}, "y", id="a path into a list"),
        pytest.param("a.b", {"a.b": "x"}, "x", id="a key with a dot"),
        pytest.param("composite_topic", {"Composite Topic": "x"}, "x", id="a title of a column"),
        pytest.param({"path": ["a", "b"]}, {"a": "", "b": "x"}, "x", id="the first that is filled"),
        pytest.param({"path": "a", "otherwise": "x"}, {"a": None}, "x", id="otherwise"),
        pytest.param({"value": "x"}, {}, "x", id="a constant"),
        pytest.param({"template": "{a}-{b}"}, {"a": 1, "b": "x"}, "1-x", id="a template"),
        pytest.param({"template": "{a}-{b}"}, {"a": 1}, None, id="a template that lacks a part"),
        pytest.param({"path": "a", "table": {"Product Page": "x"}}, {"a": "product_page"}, "x", id="a table"),
        pytest.param({"path": "a", "table": {"b": "x", "*": "y"}}, {"a": "z"}, "y", id="a table's rest"),
        pytest.param("a", {"a": 12}, "12", id="a number is a text"),
        pytest.param("a", {}, None, id="nothing"),
    ],
)
def test_where_a_value_comes_from(rule: Any, item: dict[str, Any], value: Any) -> None:
    assert field("topic", rule, item) == value


@pytest.mark.parametrize(
    ("rule", "said", "value"),
    [
        ("s", 72, 72.0),
        ("s", "72", 72.0),
        ("s", "72,5 %", 72.5),
        ({"path": "s", "out_of": 1}, 0.725, 72.5),
        ({"path": "s", "out_of": 5}, "4", 80.0),
        ({"path": "s", "table": {"high": 90, "low": 30}}, "HIGH", 90.0),
    ],
)
def test_strength_is_0_to_100(rule: Any, said: Any, value: float) -> None:
    assert field("strength", rule, {"s": said}) == value


@pytest.mark.parametrize("said", ["much", True, [1], {"a": 1}])
def test_what_is_no_number_is_told(said: Any) -> None:
    assert "not a number" in field("strength", "s", {"s": said})


@pytest.mark.parametrize(
    ("rule", "said", "value"),
    [
        ("at", "2026-11-16", "2026-11-16T00:00:00+00:00"),
        ("at", "2026-11-16T09:30:00+02:00", "2026-11-16T07:30:00+00:00"),
        ("at", "2026-11-16 09:30 UTC", "2026-11-16T09:30:00+00:00"),
        ("at", "2026-W47", "2026-11-16T00:00:00+00:00"),
        ({"path": "at", "format": "DD/MM/YYYY"}, "05/11/2026", "2026-11-05T00:00:00+00:00"),
        ({"path": "at", "format": ["MM/DD/YYYY"]}, "11/05/2026", "2026-11-05T00:00:00+00:00"),
        ({"path": "at", "format": "D MMM YYYY HH:mm"}, "5 Nov 2026 09:30", "2026-11-05T09:30:00+00:00"),
        ({"path": "at", "format": "unix"}, 1_794_821_400, "2026-11-16T09:30:00+00:00"),
        ({"path": "at", "format": "unix"}, "1794821400", "2026-11-16T09:30:00+00:00"),
        ({"path": "at", "format": "unix_ms"}, 1_794_821_400_000, "2026-11-16T09:30:00+00:00"),
        ({"path": "at", "zone": "America/New_York"}, "2026-11-01", "2026-11-01T04:00:00+00:00"),
        ({"path": "at", "zone": "America/New_York"}, "2026-11-02", "2026-11-02T05:00:00+00:00"),
        ({"path": "at", "format": "DD/MM/YYYY"}, "29/02/2028", "2028-02-29T00:00:00+00:00"),
    ],
)
def test_times_as_vendors_write_them(rule: Any, said: Any, value: str) -> None:
    assert field("occurred_at", rule, {"at": said}) == value


@pytest.mark.parametrize(
    ("rule", "said", "words"),
    [
        ("at", "05/11/2026", "say its form"),
        ("at", 1_794_821_400, "unix or unix_ms"),
        ({"path": "at", "format": "unix"}, 1_794_821_400_000, "milliseconds"),
        ({"path": "at", "format": "DD/MM/YYYY"}, "29/02/2026", "no day of the calendar"),
        ("at", "2026-02-30", "not a time"),
        ("at", "0001-01-01T00:00:00+14:00", "out of range"),
    ],
)
def test_times_that_could_be_anything_are_told(rule: Any, said: Any, words: str) -> None:
    assert words in field("occurred_at", rule, {"at": said})


@pytest.mark.parametrize(
    ("condition", "item", "holds"),
    [
        ({"path": "s", "at_least": 60}, {"s": 60}, True),
        ({"path": "s", "at_least": 60}, {"s": "59.9"}, False),
        ({"path": "s", "at_most": 60}, {"s": 60}, True),
        ({"path": "s", "is": ["Big", "huge"]}, {"s": "BIG"}, True),
        ({"path": "s", "is": "big"}, {"s": "small"}, False),
        ({"path": "s", "is": ["big", ""]}, {}, True),
        ({"path": "s", "is_not": "big"}, {}, True),
        ({"path": "s", "filled": True}, {"s": [1]}, True),
        ({"path": "s", "filled": False}, {"s": " "}, True),
    ],
)
def test_only_what_meets_the_conditions_is_stored(condition: Any, item: dict[str, Any], holds: bool) -> None:
    document = {"only": [condition | {"called": "too little"}], "record": WHO}
    (one,) = made(document, {"domain": "acme.example"} | item)
    assert (one == "too little") is not holds


def test_a_condition_that_cannot_be_judged_is_wrong_and_not_left_out() -> None:
    (one,) = made(
        {"only": [{"path": "s", "at_least": 60}], "record": WHO}, {"domain": "a.example", "s": "lots"}
    )
    assert "not a number" in one[""]
    assert one[""].startswith("A condition cannot be judged. s: ")


@pytest.mark.parametrize("condition", [{"at_least": 60}, {"at_most": 60}, {"is": "big"}], ids=str)
@pytest.mark.parametrize("item", [{}, {"s": None}, {"s": " "}, {"s": []}], ids=str)
def test_a_value_that_is_not_there_is_neither_too_low_nor_another_one(
    condition: dict[str, Any], item: dict[str, Any]
) -> None:
    asks = {"path": "s", "called": "too little"} | condition
    (one,) = made({"only": [asks], "record": WHO}, {"domain": "a.example"} | item)
    assert one[""].startswith("A condition cannot be judged. “s” is missing or empty. There is “domain”")
    filled = {"path": "s", "filled": True, "called": "without a score"}
    assert made({"only": [filled, asks], "record": WHO}, {"domain": "a.example"} | item) == [
        "without a score"
    ], "unless it is asked for first"


SCORE = {"path": "strength", "at_least": 50, "called": "too weak"}
COMPARED = {"path": "activity", "is": "compare", "called": "no comparison"}


def _row(domain: str, **said: Any) -> dict[str, Any]:
    return {"domain": domain, "topic": "x", "week": "2026-11-16"} | said


@pytest.mark.parametrize(("preset", "only", "good", "low", "renamed"), [
    pytest.param("weekly-surge-csv", None, _row("a.example", **{"Composite Score": "78"}),
        _row("b.example", **{"Composite Score": "12"}), _row("c.example", **{"Surge Score": "78"}), id="surge, CSV"),
    pytest.param("weekly-surge-json", None, _row("a.example", composite_score=78),
        _row("b.example", composite_score=0), _row("c.example", surge_score=78), id="surge, JSON"),
    pytest.param("buyer-intent", COMPARED, _row("a.example", activity="Compare"),
        _row("b.example", activity="Pricing"), _row("c.example", action="Compare"), id="buyer intent"),
    pytest.param("records", SCORE, _row("a.example", type="t", strength=50),
        _row("b.example", type="t", strength=49.9), _row("c.example", type="t", score=50), id="generic"),
])  # fmt: skip
def test_a_sender_who_renames_only_what_a_condition_reads_is_told_so(
    preset: str,
    only: dict[str, Any] | None,
    good: dict[str, Any],
    low: dict[str, Any],
    renamed: dict[str, Any],
) -> None:
    document = json.loads(
        json.dumps(dict(next(one for one in mappings.PRESETS if one.key == preset).mapping))
    )
    condition = only or document["only"][0]
    rows: Any = [good, low, renamed]
    if preset == "weekly-surge-json":
        rows = {"companies": [{"domain": row["domain"], "topics": [row]} for row in rows]}
    elif preset == "buyer-intent":
        rows = {"events": rows}
    first, second, third = made(document | {"only": [condition]}, rows)
    assert first["account_domain"] == "a.example"
    assert second == condition["called"]
    [(pointer, told)] = third.items()
    assert pointer == ""
    assert f"“{condition['path']}” is missing or empty. There is “domain”, “topic”, “week”" in told
    assert f"“{list(renamed)[-1]}”. If the sender has another name for it now, change the mapping" in told


@pytest.mark.parametrize("rule", ["score", {"path": ["score", "rate"]}, {"template": "{score}"},
    {"path": "score", "out_of": 5}], ids=str)  # fmt: skip
def test_a_strength_that_is_not_there_is_a_fault_and_never_silently_full(rule: Any) -> None:
    record = WHO | {"strength": rule}
    good, renamed, empty = made({"record": record}, [_row("a.example", score=3), *_RENAMED])
    assert good["strength"] in (3.0, 60.0)
    for one in (renamed, empty):
        [(pointer, told)] = one.items()
        assert pointer == "/strength"
        assert told.startswith("“score” ")
        assert "missing or empty. There is “domain”, “topic”, “week”" in told
        assert "change the mapping; if it may be empty, say under “otherwise” what it is then." in told
    assert "“points”" in renamed["/strength"]


_RENAMED = [_row("b.example", points=3), _row("c.example", score=" ")]


@pytest.mark.parametrize("otherwise", [100, "40"])
def test_what_a_strength_is_otherwise_is_said_by_the_mapping(otherwise: Any) -> None:
    document = {"record": WHO | {"strength": {"path": "score", "otherwise": otherwise}}}
    found = list(mappings.apply(mappings.parse(document), [_row("a.example", score=3), *_RENAMED], now=NOW))
    assert all(isinstance(one, Made) for one in found)
    assert [(one.record["strength"], one.is_unweighed) for one in found if isinstance(one, Made)] == [
        (3.0, False), (float(otherwise), True), (float(otherwise), True),
    ]  # fmt: skip


PINGS: list[Any] = [
    {"event": "ping"},
    {"type": "webhook.test", "data": {"message": "Hello"}},
    {"type": "url_verification", "challenge": "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P"},
    {"eventType": "WebhookTest", "id": 5},
    {"test": True, "sent_at": "2026-11-18T10:00:00Z"},
    {"payload": {"message": "This is a test event"}},
    [{"event": "ping"}],
]
ASKS = [{"path": "activity", "is": "compare"}, {"path": "score", "at_least": 50}]


@pytest.mark.parametrize("body", PINGS, ids=str)
@pytest.mark.parametrize("items", ["", "events[]"])
@pytest.mark.parametrize("only", [[], ASKS[:1], ASKS], ids=["all", "is", "two"])
def test_a_body_that_only_says_it_is_a_ping_is_no_fault(body: Any, items: str, only: list[Any]) -> None:
    assert made({"items": items, "only": only, "record": WHO | {"strength": "score"}}, body) == ["a ping"]


@pytest.mark.parametrize(("items", "body"), [
    ("", {"event": "ping", "domain": "acme.example"}),
    ("", {"action": "compare", "company": "acme.example"}),
    ("", {"event": "Test drive booked", "website": "acme.example"}),
    ("", {"event": "ping", "rows": [{"website": "acme.example"}]}),
    ("", {"test": False, "website": "acme.example"}),
    ("", [{"event": "ping"}, {"event": "ping"}]),
    ("", {}),
    ("events[]", {"event": "test", "activities": [{"domain": "acme.example"}]}),
    ("events[]", {"event": "test", "events": [{"website": "acme.example"}]}),
    ("events[]", {"event": "intent", "company": "acme.example"}),
])  # fmt: skip
def test_what_is_more_than_a_ping_or_does_not_say_so_stays_a_fault(items: str, body: Any) -> None:
    found = made({"items": items, "only": ASKS[:1], "record": WHO}, body)
    assert found
    assert all(isinstance(one, dict) for one in found), "with what is wrong, by its place"


def test_a_file_without_its_topics_is_no_file_of_topics_that_nobody_follows() -> None:
    for fields in (WHO, WHO | {"topic": {"path": ["topic", "name"]}}):
        (one,) = made({"followed_topics_only": True, "record": fields}, {"domain": "a.example", "Theme": "x"})
        assert "nothing says whether you follow this topic" in one["/topic"]


def test_the_standard_message_id_is_one_a_company_topic_and_week() -> None:
    document = {"record": WHO | {"topic": "topic", "occurred_at": "at", "strength": "s"}}

    def id_of(**changed: Any) -> str:
        item = {"domain": "acme.example", "topic": "Sales Enablement", "at": "2026-11-16", "s": 70} | changed
        return str(made(document, item)[0]["message_id"])

    assert (
        id_of()
        == id_of(at="2026-11-22T23:59:59Z")
        == id_of(s=99)
        == id_of(topic="sales  enablement", domain="ACME.example")
    )
    assert len({id_of(), id_of(at="2026-11-23"), id_of(topic="Other"), id_of(domain="umbra.example")}) == 4
    assert id_of(topic="") != id_of(topic="", at="2026-11-17")


@pytest.mark.parametrize(
    ("document", "pointers"),
    [
        ([], [""]),
        ({}, ["/record"]),
        ({"record": {}}, ["/record/type", "/record"]),
        ({"items": "..", "record": WHO}, ["/items"]),
        ({"items": 5, "itmes": "", "record": WHO}, ["/itmes", "/items"]),
        (
            {"only": [{"path": "a"}, {"path": "a", "is": 1, "at_least": 2}, 5], "record": WHO},
            ["/only/0", "/only/1", "/only/2"],
        ),
        ({"only": [{"path": "a", "at_least": "60"}], "record": WHO}, ["/only/0/at_least"]),
        ({"record": WHO | {"topic": {"path": "a", "value": "b"}}}, ["/record/topic"]),
        ({"record": WHO | {"topic": {"path": []}}}, ["/record/topic/path"]),
        ({"record": WHO | {"topic": {"path": "a[]"}}}, ["/record/topic/path"]),
        ({"record": WHO | {"topic": {"template": "no hole"}}}, ["/record/topic/template"]),
        ({"record": WHO | {"topic": {"path": "a", "out_of": 5}}}, ["/record/topic/out_of"]),
        ({"record": WHO | {"strength": {"path": "a", "out_of": 0}}}, ["/record/strength/out_of"]),
        ({"record": WHO | {"occurred_at": {"path": "a", "format": "DD.MM"}}}, ["/record/occurred_at/format"]),
        ({"record": WHO | {"occurred_at": {"path": "a", "zone": "Mars/Base"}}}, ["/record/occurred_at/zone"]),
        ({"record": WHO | {"score": "a"}}, ["/record/score"]),
        ({"record": WHO | {"properties": {"a": 5}}}, ["/record/properties/a"]),
        ({"record": WHO, "followed_topics_only": "yes"}, ["/followed_topics_only"]),
    ],
)
def test_everything_that_is_wrong_with_a_mapping_is_told(document: Any, pointers: list[str]) -> None:
    with pytest.raises(FieldErrors) as wrong:
        mappings.parse(document)
    assert [error.pointer for error in wrong.value.errors] == pointers
    assert all(error.detail.endswith((".", "}", "}.")) for error in wrong.value.errors)


@pytest.mark.parametrize("preset", mappings.PRESETS, ids=lambda one: one.key)
def test_a_preset_can_be_read_aloud_and_its_table_changes_nothing(preset: mappings.Preset) -> None:
    document = json.loads(json.dumps(dict(preset.mapping)))
    assert all(sentence.endswith(".") for _, sentence in mappings.describe(mappings.parse(document)))
    table = {one.name: (one.paths, one.constant) for one in mappings.lines_of(document)}
    assert mappings.with_lines(document, table) == document


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["companies", "topics", "domain", "topic", "composite_score", "week", "type", "events", "id"]
            )
            | st.text(max_size=4),
            inner,
            max_size=6,
        )
    ),
    max_leaves=25,
)


@given(payload=_JSON, preset=st.sampled_from(mappings.PRESETS))
def test_nothing_that_is_posted_breaks_a_mapping(payload: Any, preset: mappings.Preset) -> None:
    for one in mappings.apply(mappings.parse(preset.mapping), payload, now=NOW):
        if isinstance(one, Made):
            assert one.record["type"]
            assert one.record["message_id"]
        elif isinstance(one, Unfit):
            assert all(error.detail for error in one.errors)


@given(document=_JSON)
def test_no_mapping_breaks_the_reader(document: Any) -> None:
    for written in ({"record": document}, {"only": document, "record": WHO}):
        with suppress(FieldErrors):
            mappings.describe(mappings.parse(written))
    mappings.with_lines({"record": document} if isinstance(document, dict) else {}, {"topic": ("a, b", "c")})
