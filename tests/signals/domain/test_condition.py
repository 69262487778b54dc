"""Conditions: what each means at its edges, how it is read from JSON, and how it reads in English."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from abmops.lib.errors import FieldErrors
from signals.domain.condition import View, parse, threshold_sentence
from signals.domain.state import RollingState, Sighting
from tests.signals.domain.brute import DAY
from tests.signals.domain.worlds import MICROSECOND, NOW, TYPE_IDS, catalogue_for

Seen = tuple[float, str, int | None]

SLUGS = frozenset(TYPE_IDS)
NAMES = {"pricing": "Pricing page", "visit": "Website visit", "trial": "Trial started"}


def view(
    *seen: Seen, fit: float = 0.0, touched: float | None = None, known: float | None = 900, topic: str = ""
) -> View:
    """An account that was seen so many days ago, on this type, by this contact."""
    catalogue = catalogue_for(capacity=5)
    state = RollingState()
    for number, (age, slug, contact) in enumerate(seen, 1):
        one = Sighting(NOW - age * DAY, str(UUID(int=number)), 1, TYPE_IDS[slug], contact, topic, 20.0)
        state.record(one, catalogue)
    if touched is not None:
        state.touch(NOW - touched * DAY)
    if known is not None:
        state.know_since(NOW - known * DAY)
    return View(state, catalogue, fit=fit)


def visits(*ages: float) -> list[Seen]:
    return [(age, "pricing", None) for age in ages]


EDGE = MICROSECOND / DAY


@pytest.mark.parametrize(
    ("seen", "document", "met"),
    [
        pytest.param(
            visits(1, 5, 13), {"count": {"at_least": 3, "days": 14}}, True, id="three visits in 14 days"
        ),
        pytest.param(
            visits(1, 5, 14),
            {"count": {"at_least": 3, "days": 14}},
            True,
            id="the window's first moment is inside it",
        ),
        pytest.param(visits(14), {"count": {"at_least": 1, "days": 14}}, True, id="also where it is alone"),
        pytest.param(
            visits(1, 5, 14 + EDGE),
            {"count": {"at_least": 3, "days": 14}},
            False,
            id="the oldest fell out of the window",
        ),
        pytest.param(
            visits(0, 1, 2),
            {"count": {"at_least": 3, "days": 14}},
            False,
            id="now itself is outside the window",
        ),
        pytest.param(
            [(13.9, "visit", None), (14.1, "visit", None)],
            {"count": {"at_least": 2, "days": 60}},
            False,
            id="older than the type's recency window fires nothing, however long the condition looks back",
        ),
        pytest.param(
            [(1, "pricing", 1), (2, "pricing", 1)],
            {"distinct_signals": {"at_least": 2, "days": 30}},
            False,
            id="two page views by one person are one",
        ),
        pytest.param(
            [(1, "pricing", 1), (2, "pricing", 2)],
            {"distinct_signals": {"at_least": 2, "days": 30}},
            True,
            id="two people are two",
        ),
        pytest.param(
            [(1, "pricing", 1), (2, "trial", 1)],
            {"distinct_signals": {"at_least": 2, "days": 30}},
            True,
            id="two types by one person are two",
        ),
        pytest.param(
            [(1, "pricing", None), (2, "pricing", None)],
            {"distinct_signals": {"at_least": 2, "days": 30}},
            False,
            id="two unknown visitors of a type are one",
        ),
        pytest.param(
            [(1, "pricing", None), (2, "pricing", 1)],
            {"distinct_signals": {"at_least": 2, "days": 30}},
            False,
            id="an unknown visitor may be the known one",
        ),
        pytest.param(
            [(1, "pricing", None), (2, "trial", None)],
            {"distinct_signals": {"at_least": 2, "days": 30}},
            True,
            id="unknown visitors of two types are two",
        ),
        pytest.param(
            [(1, "visit", 1), (2, "rumour", 1)],
            {"distinct_signals": {"qualifying": True, "at_least": 1, "days": 30}},
            False,
            id="what does not qualify does not count",
        ),
        pytest.param(
            [(1, "pricing", 1), (2, "pricing", 1), (3, "trial", 2)],
            {"distinct_types": {"at_least": 2, "days": 30}},
            True,
            id="two types",
        ),
        pytest.param(
            [(1, "pricing", 1), (2, "pricing", 2)],
            {"distinct_types": {"at_least": 2, "days": 30}},
            False,
            id="two contacts are not two types",
        ),
        pytest.param(
            [(1, "pricing", 1), (2, "trial", 2)],
            {"distinct_contacts": {"at_least": 2, "days": 30}},
            True,
            id="two contacts on two types",
        ),
        pytest.param(
            [(1, "pricing", None), (2, "trial", 2)],
            {"distinct_contacts": {"at_least": 2, "days": 30}},
            False,
            id="nobody known is no contact",
        ),
        pytest.param(
            [(1, "pricing", 1), (2, "trial", 2)],
            {"distinct_contacts": {"types": ["trial"], "at_least": 2, "days": 30}},
            False,
            id="the filter comes first",
        ),
        pytest.param(
            [(1, "surge", None)],
            {
                "all": [
                    {"count": {"kinds": ["third_party"], "at_least": 1, "days": 7}},
                    {"fit": {"at_least": 50}},
                ]
            },
            False,
            id="all: one part short",
        ),
        pytest.param(
            [(1, "surge", None)],
            {
                "any": [
                    {"count": {"kinds": ["third_party"], "at_least": 1, "days": 7}},
                    {"fit": {"at_least": 50}},
                ]
            },
            True,
            id="any: one part is enough",
        ),
    ],
)
def test_conditions_at_their_edges(seen: list[Seen], document: dict[str, Any], met: bool) -> None:
    assert parse(document).is_met(view(*seen), NOW) is met


@pytest.mark.parametrize(
    ("asked", "sent", "met"),
    [
        pytest.param("CRM", "crm", True, id="case makes no difference"),
        pytest.param("sales  engagement", "Sales Engagement ", True, id="nor do spaces"),
        pytest.param("CRM", "crm software", False, id="another topic"),
        pytest.param("CRM", "", False, id="no topic"),
    ],
)
def test_topics(asked: str, sent: str, met: bool) -> None:
    document = {"count": {"topics": [asked], "at_least": 1, "days": 7}}
    assert parse(document).is_met(view((1, "surge", None), topic=sent), NOW) is met


@pytest.mark.parametrize(
    ("seen", "touched", "known", "met"),
    [
        pytest.param(91, 95, 400, True, id="long quiet"),
        pytest.param(90, 95, 400, False, id="a signal at the window's first moment"),
        pytest.param(90 + EDGE, 95, 400, True, id="a signal just before the window"),
        pytest.param(120, 89, 400, False, id="a touch inside"),
        pytest.param(None, None, 400, True, id="known for long, never heard of"),
        pytest.param(None, None, 90, True, id="known exactly that long"),
        pytest.param(None, None, 89.9, False, id="not known that long"),
        pytest.param(200, None, None, False, id="not known since any day"),
    ],
)
def test_dormancy(seen: float | None, touched: float | None, known: float | None, met: bool) -> None:
    account = view(*([(seen, "pricing", None)] if seen else []), touched=touched, known=known)
    assert parse({"dormant": {"days": 90}}).is_met(account, NOW) is met


def test_dormancy_wakes_by_the_clock() -> None:
    dormant = parse({"dormant": {"days": 90}})
    account = view((10, "pricing", None), touched=3, known=400)
    wake = dormant.wake_at(account, NOW)
    assert wake == pytest.approx(NOW + 87 * DAY)
    assert wake is not None
    assert dormant.is_met(account, wake)
    assert not dormant.is_met(account, wake - 2 * MICROSECOND)
    assert dormant.wake_at(account, wake) is None


def test_all_wakes_only_where_every_missing_part_can() -> None:
    account = view((10, "pricing", None), known=400)
    dormant = {"dormant": {"days": 90}}
    unlikely = {"fit": {"at_least": 50}}
    assert parse({"all": [dormant, unlikely]}).wake_at(account, NOW) is None
    assert parse({"any": [dormant, unlikely]}).wake_at(account, NOW) == pytest.approx(NOW + 80 * DAY)
    assert parse({"all": [{"all": [dormant]}, {"dormant": {"days": 30}}]}).wake_at(
        account, NOW
    ) == pytest.approx(NOW + 80 * DAY)


def test_a_rise_is_measured_from_the_midnight_before() -> None:
    """NOW is 05:00. Seven days before is 05:00 too; the score compared with is that of the midnight before it."""
    rise = parse({"score_rise": {"at_least": 5, "days": 7}})
    before_midnight, after_midnight = 7 + 5.1 / 24, 7 + 4.9 / 24
    assert not rise.is_met(view((before_midnight, "pricing", None)), NOW)
    assert rise.is_met(view((after_midnight, "pricing", None)), NOW)


def test_a_rise_may_come_true_at_midnight_by_the_clock() -> None:
    """A high day leaves the window: what is left of today is then a rise over the lower midnight after it."""
    rise = parse({"score_rise": {"at_least": 16.4, "days": 1}})
    account = view((0.05, "trial", None), (1.5, "rumour", None), (1.5, "rumour", None), (1.5, "rumour", None))
    wake = rise.wake_at(account, NOW)
    assert not rise.is_met(account, NOW)
    assert wake == NOW - 5 / 24 * DAY + DAY
    assert rise.is_met(account, wake)


def test_levels_read_the_score_and_the_fit() -> None:
    account = view((0.5, "trial", None), fit=80)
    for key, value in (("fit", 80.0), ("intent", account.intent(NOW)), ("score", account.score(NOW))):
        assert parse({key: {"at_least": value}}).is_met(account, NOW)
        assert not parse({key: {"at_least": value + 0.01}}).is_met(account, NOW)
    [progress] = parse({"fit": {"at_least": 90}}).progress(account, NOW)
    assert (progress.have, progress.need, progress.is_met) == (80, 90, False)
    assert parse({"fit": {"at_least": 50}}).evidence(account, NOW) == ()
    assert parse({"intent": {"at_least": 1}}).evidence(account, NOW) == (str(UUID(int=1)),)


def test_progress_names_each_fact() -> None:
    document = {
        "all": [{"count": {"types": ["pricing"], "at_least": 3, "days": 14}}, {"dormant": {"days": 90}}]
    }
    account = view(*visits(1, 2), known=400)
    steps = parse(document).progress(account, NOW, NAMES)
    assert [(step.sentence, step.have, step.need, step.is_met) for step in steps] == [
        ("There are at least 3 “Pricing page” signals within 14 days.", 2, 3, False),
        ("There has been no touch and no signal for 90 days.", pytest.approx(1), 90, False),
    ]
    assert parse(document).steps_away(account, NOW) == 2


def test_evidence_is_newest_first_and_enough() -> None:
    account = view(*visits(5, 1, 3, 40))
    assert parse({"count": {"at_least": 2, "days": 14}}).evidence(account, NOW) == tuple(
        str(UUID(int=number)) for number in (2, 3, 1)
    )
    assert parse({"count": {"at_least": 5, "days": 14}}).evidence(account, NOW) == ()


def test_long_evidence_is_cut_to_the_newest() -> None:
    catalogue = catalogue_for(capacity=50)
    state = RollingState()
    for number in range(1, 31):
        state.record(
            Sighting(NOW - number * DAY / 10, str(UUID(int=number)), 1, TYPE_IDS["pricing"], number, "", 1.0),
            catalogue,
        )
    account = View(state, catalogue)
    ids = [str(UUID(int=number)) for number in range(1, 31)]
    for key in ("count", "distinct_contacts", "distinct_signals"):
        for needed, shown in ((2, 10), (20, 20)):
            document = {key: {"at_least": needed, "days": 14}}
            assert list(parse(document).evidence(account, NOW)) == ids[:shown]
    assert list(parse({"score_rise": {"at_least": 1, "days": 14}}).evidence(account, NOW)) == ids[:10]


SENTENCES = [
    ({"count": {"at_least": 1, "days": 1}}, "There is at least 1 signal within 1 day."),
    (
        {"count": {"types": ["pricing", "trial", "visit"], "at_least": 3, "days": 14}},
        "There are at least 3 “Pricing page”, “Trial started” or “Website visit” signals within 14 days.",
    ),
    (
        {"count": {"kinds": ["third_party"], "topics": ["CRM", "ABM"], "at_least": 2, "days": 7}},
        "There are at least 2 third-party signals on the topic “crm” or “abm” within 7 days.",
    ),
    (
        {"distinct_types": {"qualifying": True, "at_least": 2, "days": 30}},
        "There are qualifying signals of at least 2 different types within 30 days.",
    ),
    (
        {"distinct_contacts": {"types": ["trial"], "at_least": 2, "days": 30}},
        "There are “Trial started” signals from at least 2 different contacts within 30 days.",
    ),
    (
        {"distinct_contacts": {"at_least": 1, "days": 30}},
        "There are signals from at least 1 known contact within 30 days.",
    ),
    (
        {"distinct_signals": {"qualifying": True, "at_least": 2, "days": 30}},
        (
            "There are at least 2 independent qualifying signals (each of another type or from another contact) "
            "within 30 days."
        ),
    ),
    ({"intent": {"at_least": 62.5}}, "The intent score is at least 62.5."),
    ({"fit": {"at_least": 81}}, "The fit score is at least 81."),
    ({"score": {"at_least": 60}}, "The score is at least 60."),
    ({"score_rise": {"at_least": 20, "days": 7}}, "The score has risen by at least 20 within 7 days."),
    ({"dormant": {"days": 90}}, "There has been no touch and no signal for 90 days."),
    (
        {
            "all": [
                {"fit": {"at_least": 50}},
                {"any": [{"score": {"at_least": 60}}, {"intent": {"at_least": 70}}]},
                {"all": [{"dormant": {"days": 9}}]},
            ]
        },
        (
            "The fit score is at least 50, (either the score is at least 60 or the intent score is at least 70) "
            "and there has been no touch and no signal for 9 days."
        ),
    ),
]


@pytest.mark.parametrize(("document", "sentence"), SENTENCES)
def test_conditions_read_as_sentences(document: dict[str, Any], sentence: str) -> None:
    assert parse(document).sentence(NAMES) == sentence


@pytest.mark.parametrize("document", [document for document, _ in SENTENCES])
def test_a_condition_writes_the_document_it_was_read_from(document: dict[str, Any]) -> None:
    read = parse(document)
    assert parse(read.to_json()) == read
    assert hash(read) == hash(parse(document))
    expected = str(document).replace("CRM", "crm").replace("ABM", "abm")
    assert str(read.to_json()) == expected


@pytest.mark.parametrize(
    ("tiers", "urgency", "rearm_days", "sentence"),
    [
        (
            [2, 1],
            "hot",
            14,
            (
                "When the score is at least 60, a tier 1 or tier 2 account is hot and wants an answer within "
                "1 working day; it can cross again after 14 days, once this has stopped being true."
            ),
        ),
        (
            [],
            "urgent",
            0,
            (
                "When the score is at least 60, any account is urgent and wants an answer within 4 working hours; "
                "it can cross again as soon as this has stopped being true."
            ),
        ),
        (
            [3],
            "normal",
            1,
            (
                "When the score is at least 60, a tier 3 account wants an answer within 3 working days; "
                "it can cross again after 1 day, once this has stopped being true."
            ),
        ),
    ],
)
def test_a_threshold_reads_as_one_sentence(
    tiers: list[int], urgency: str, rearm_days: int, sentence: str
) -> None:
    read = parse({"score": {"at_least": 60}})
    assert threshold_sentence(read, tiers=tiers, urgency=urgency, rearm_days=rearm_days) == sentence


def test_what_a_condition_needs_is_known_from_its_leaves() -> None:
    read = parse(
        {
            "any": [
                {"count": {"types": ["pricing"], "topics": ["CRM"], "at_least": 9, "days": 3}},
                {"all": [{"distinct_contacts": {"at_least": 12, "days": 3}}, {"fit": {"at_least": 3}}]},
                {"distinct_types": {"types": ["trial", "visit"], "at_least": 2, "days": 3}},
            ]
        }
    )
    assert read.topics_named() == {"crm"}
    assert read.types_named() == {"pricing", "trial", "visit"}
    catalogue = catalogue_for(read)
    needs = {fact.slug: catalogue.need(fact.id) for fact in catalogue}
    assert needs == {"pricing": (9, 12)} | dict.fromkeys(("visit", "surge", "trial", "rumour"), (1, 12))


def nested(depth: int) -> dict[str, Any]:
    document: dict[str, Any] = {"fit": {"at_least": 50}}
    for _ in range(depth - 1):
        document = {"all": [document]}
    return document


FAULTS = [
    pytest.param([], {"": "exactly one key"}, id="a list"),
    pytest.param(None, {"": "exactly one key"}, id="nothing"),
    pytest.param({}, {"": "exactly one key"}, id="an empty object"),
    pytest.param({"fit": {"at_least": 5}, "score": {"at_least": 5}}, {"": "exactly one key"}, id="two keys"),
    pytest.param({"counts": {}}, {"/counts": "did you mean “count”"}, id="an unknown key"),
    pytest.param({"a/b~c": {}}, {"/a~1b~0c": "is no condition"}, id="a key that must be escaped"),
    pytest.param({"count": 3}, {"/count": "must be an object, such as"}, id="a number for an object"),
    pytest.param({"all": []}, {"/all": "one or more"}, id="all of nothing"),
    pytest.param({"any": {"fit": {}}}, {"/any": "must be a list"}, id="any of an object"),
    pytest.param(
        {"count": {}}, {"/count/at_least": "missing", "/count/days": "missing"}, id="everything is missing"
    ),
    pytest.param(
        {"count": {"at_least": True, "days": "14"}},
        {"/count/at_least": "whole number", "/count/days": "whole number"},
        id="true is no number, nor is a text",
    ),
    pytest.param(
        {"count": {"at_least": 0, "days": 731}},
        {"/count/at_least": "from 1 to 100", "/count/days": "from 1 to 730"},
        id="out of bounds",
    ),
    pytest.param({"count": {"at_least": 3.0, "days": 14}}, {"/count/at_least": "whole"}, id="a fraction"),
    pytest.param(
        {"count": {"at_least": 10**400, "days": 14}}, {"/count/at_least": "from 1 to 100"}, id="a huge number"
    ),
    pytest.param(
        {"count": {"at_least": 3, "days": 14, "dayz": 1, "topic": []}},
        {"/count/dayz": "did you mean “days”", "/count/topic": "did you mean “topics”"},
        id="keys that are not known",
    ),
    pytest.param(
        {"count": {"at_least": 3, "days": 14, "types": "pricing", "kinds": [], "topics": [" ", 5]}},
        {
            "/count/types": "must be a list",
            "/count/kinds": "must be a list",
            "/count/topics/0": "a text",
            "/count/topics/1": "a text",
        },
        id="filters of the wrong shape",
    ),
    pytest.param(
        {"count": {"at_least": 3, "days": 14, "types": ["pricing", "pricng"], "kinds": ["web"]}},
        {"/count/types/1": "did you mean “pricing”", "/count/kinds/0": "use third_party"},
        id="names that do not exist",
    ),
    pytest.param(
        {"count": {"at_least": 3, "days": 14, "qualifying": False}},
        {"/count/qualifying": "can only be true"},
        id="qualifying false",
    ),
    pytest.param(
        {"distinct_types": {"types": ["pricing"], "at_least": 2, "days": 14}},
        {"/distinct_types/at_least": "can never be met"},
        id="more types than are named",
    ),
    pytest.param({"score": {"at_least": 101}}, {"/score/at_least": "up to 100"}, id="a score over 100"),
    pytest.param({"fit": {"at_least": 0}}, {"/fit/at_least": "above 0"}, id="a fit that is always there"),
    pytest.param({"intent": {"at_least": float("nan")}}, {"/intent/at_least": "above 0"}, id="not a number"),
    pytest.param({"intent": {"at_least": True}}, {"/intent/at_least": "above 0"}, id="true is no score"),
    pytest.param(
        {"score_rise": {"at_least": 5, "days": 15}},
        {"/score_rise/days": "from 1 to 14"},
        id="too long a rise",
    ),
    pytest.param(
        {"dormant": {"days": 90, "types": []}}, {"/dormant/types": "not known"}, id="a filter on silence"
    ),
    pytest.param(nested(6), {"/all/0/all/0/all/0/all/0/all/0": "at most 5 deep"}, id="too deep"),
    pytest.param(
        {"any": [{"fit": {"at_least": 5}}] * 60}, {"/any/49": "more than 50 parts"}, id="too many parts"
    ),
    pytest.param(
        {"all": [{"count": {"at_least": 1}}, {"nope": 1}, {"fit": {"at_least": "x"}}]},
        {"/all/0/count/days": "missing", "/all/1/nope": "is no condition", "/all/2/fit/at_least": "number"},
        id="every fault at once",
    ),
]


@pytest.mark.parametrize(("document", "faults"), FAULTS)
def test_faults_name_the_field_and_the_cure(document: object, faults: dict[str, str]) -> None:
    with pytest.raises(FieldErrors) as caught:
        parse(document, types=SLUGS)
    found = {error.pointer.removeprefix("/condition"): error.detail for error in caught.value.errors}
    assert found.keys() == faults.keys()
    for pointer, words in faults.items():
        assert words in found[pointer]
        assert found[pointer].endswith((".", "}"))


def test_the_bounds_themselves_are_allowed() -> None:
    assert parse(nested(5)).is_met(view(fit=50), NOW)
    assert parse({"any": [{"fit": {"at_least": 100}}] * 49}).steps_away(view(), NOW) == 1
    parse({"count": {"at_least": 100, "days": 730, "types": ["anything"]}})


def test_a_depth_of_a_thousand_is_refused_without_harm() -> None:
    with pytest.raises(FieldErrors):
        parse(nested(900))
