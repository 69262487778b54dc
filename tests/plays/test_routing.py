"""Who owes a step: a table of cases."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plays.domain.routing import Case, NobodyToRoute, Rule, route
from plays.domain.staffing import Person

OWNER = Person(1, "Maya", "rep", "ae", territory_id=10)
SDR_HERE = Person(2, "Sam", "rep", "sdr", territory_id=10, open_tasks=5)
SDR_HERE_FREE = Person(3, "Sue", "rep", "sdr", territory_id=10, open_tasks=1)
SDR_AWAY_FROM_HERE = Person(4, "Sol", "rep", "sdr", territory_id=20, open_tasks=0)
MARKETER = Person(5, "Noor", "marketer", open_tasks=3)
REVOPS = Person(6, "Rafa", "revops")


def absent(person: Person, stand_in: int | None = None) -> Person:
    return Person(
        person.id,
        person.name,
        person.role,
        person.job,
        person.territory_id,
        person.open_tasks,
        True,
        stand_in,
    )


@pytest.mark.parametrize(
    ("people", "side", "role", "owner", "territory", "expected"),
    [
        pytest.param([OWNER, SDR_HERE], "sales", "sdr", 1, 10, (1, "named_owner"), id="the named owner first"),
        pytest.param(
            [SDR_HERE, SDR_HERE_FREE], "sales", "owner", None, 10, (3, "territory"), id="territory, fewest tasks"
        ),
        pytest.param(
            [SDR_HERE, SDR_AWAY_FROM_HERE], "sales", "sdr", None, 10, (2, "territory"), id="territory before load"
        ),
        pytest.param(
            [SDR_HERE, SDR_AWAY_FROM_HERE], "sales", "sdr", None, None, (4, "pool"), id="no territory: the pool"
        ),
        pytest.param([SDR_HERE, OWNER], "sales", "ae", None, 20, (1, "pool"), id="the pool of the step's role"),
        pytest.param([SDR_HERE, REVOPS], "sales", "csm", None, 10, (2, "pool"), id="nobody has the seat: any rep"),
        pytest.param(
            [OWNER, MARKETER], "marketing", "marketer", 1, 10, (5, "pool"), id="marketing's steps are not the owner's"
        ),
        pytest.param([OWNER, REVOPS], "marketing", "marketer", 1, 10, (6, "last_resort"), id="never nobody"),
        pytest.param(
            [absent(OWNER, 2), SDR_HERE], "sales", "sdr", 1, 10, (2, "named_owner"), id="the stand-in of the owner"
        ),
        pytest.param(
            [absent(OWNER, 2), absent(SDR_HERE, 3), SDR_HERE_FREE], "sales", "sdr", 1, 10, (3, "named_owner"),
            id="a chain of absences",
        ),
        pytest.param(
            [absent(OWNER, 2), absent(SDR_HERE, 1), SDR_AWAY_FROM_HERE], "sales", "sdr", 1, 10, (4, "pool"),
            id="a loop of absences is left",
        ),
        pytest.param(
            [absent(OWNER), SDR_HERE], "sales", "sdr", 1, 10, (2, "territory"), id="away without a stand-in"
        ),
        pytest.param([absent(REVOPS)], "sales", "sdr", None, None, (6, "last_resort"), id="RevOps even when away"),
        pytest.param([SDR_HERE], "sales", "sdr", 99, 10, (2, "territory"), id="an owner who has left"),
    ],
)  # fmt: skip
def test_routing(
    people: list[Person],
    side: str,
    role: str,
    owner: int | None,
    territory: int | None,
    expected: tuple[int, str],
) -> None:
    case = Case(side=side, role=role, owner_id=owner, territory_id=territory)
    found = route(case, {p.id: p for p in people})
    assert (found.person_id, found.rule) == expected


def test_the_reason_names_who_is_stood_in_for() -> None:
    people = {p.id: p for p in (absent(OWNER, 2), SDR_HERE)}
    found = route(Case(side="sales", role="sdr", owner_id=1, territory_id=10), people)
    assert found.reason == "Sam stands in for Maya, who is away: named owner of the account."


def test_an_installation_without_people_says_so() -> None:
    with pytest.raises(NobodyToRoute):
        route(Case(side="sales", role="sdr"), {})


FULL = Person(7, "Fay", "rep", "sdr", territory_id=10, open_tasks=80)
FULLER = Person(8, "Finn", "rep", "sdr", territory_id=10, open_tasks=95)
AE = Person(9, "Ada", "rep", "ae", territory_id=20)
CSM = Person(10, "Cleo", "rep", "csm", territory_id=20)
NORDIC = Rule(1, "Nordics", 1, "person", person_id=9, territories=frozenset({10}), reason="Ada knows them.")
HERE = Rule(2, "AEs here", 2, "territory", seats=("ae",), tiers=frozenset({1}))
ANYWHERE = Rule(3, "AEs", 3, "anywhere", seats=("ae",), sides=frozenset({"sales"}), roles=frozenset({"sdr"}))


@pytest.mark.parametrize(
    ("people", "rules", "case", "expected"),
    [
        pytest.param(
            [OWNER, AE],
            [NORDIC],
            Case("sales", "owner", 1, 10),
            (1, "named_owner"),
            id="the owner before any rule",
        ),
        pytest.param(
            [SDR_HERE, AE],
            [NORDIC],
            Case("sales", "owner", None, 10),
            (9, "rule"),
            id="a rule names a person",
        ),
        pytest.param(
            [SDR_HERE, AE], [NORDIC], Case("sales", "owner", None, 20), (2, "pool"), id="a rule for elsewhere"
        ),
        pytest.param(
            [SDR_HERE],
            [NORDIC],
            Case("sales", "owner", None, 10),
            (2, "territory"),
            id="a rule's person is gone",
        ),
        pytest.param(
            [SDR_HERE, absent(AE)],
            [NORDIC],
            Case("sales", "owner", None, 10),
            (2, "territory"),
            id="a rule's person is away",
        ),
        pytest.param(
            [SDR_HERE, absent(AE, 3), SDR_HERE_FREE],
            [NORDIC],
            Case("sales", "owner", None, 10),
            (3, "rule"),
            id="and somebody stands in",
        ),
        pytest.param(
            [SDR_HERE, OWNER],
            [HERE],
            Case("sales", "owner", None, 10, tier=1),
            (1, "rule"),
            id="a seat of the territory by rule",
        ),
        pytest.param(
            [SDR_HERE, OWNER],
            [HERE],
            Case("sales", "owner", None, 10, tier=2),
            (2, "territory"),
            id="another tier",
        ),
        pytest.param(
            [SDR_HERE, AE],
            [HERE],
            Case("sales", "owner", None, 10, tier=1),
            (2, "territory"),
            id="the rule's seat is not here",
        ),
        pytest.param(
            [SDR_HERE, AE],
            [ANYWHERE],
            Case("sales", "sdr", None, 10),
            (9, "rule"),
            id="the rule asks for the role",
        ),
        pytest.param(
            [SDR_HERE, AE], [ANYWHERE], Case("sales", "owner", None, 10), (2, "territory"), id="another role"
        ),
        pytest.param(
            [SDR_HERE, AE],
            [NORDIC, ANYWHERE],
            Case("sales", "sdr", None, 10),
            (9, "rule"),
            id="the first rule wins",
        ),
        pytest.param(
            [SDR_HERE, AE],
            [Rule(4, "Optics", 1, "person", person_id=9, industries=frozenset({"optics"}))],
            Case("sales", "owner", None, 10, industry="Optics"),
            (9, "rule"),
            id="industries in any case",
        ),
        pytest.param(
            [SDR_HERE, AE],
            [Rule(5, "Off", 1, "person", person_id=9, tiers=frozenset({0}))],
            Case("sales", "owner", None, 10),
            (9, "rule"),
            id="off the list is tier 0",
        ),
        pytest.param(
            [FULL, SDR_AWAY_FROM_HERE],
            [],
            Case("sales", "owner", None, 10),
            (4, "pool"),
            id="full ones are passed over",
        ),
        pytest.param(
            [FULLER, FULL],
            [],
            Case("sales", "owner", None, 10),
            (7, "territory"),
            id="all full: the least loaded",
        ),
        pytest.param(
            [FULL, SDR_HERE],
            [],
            Case("sales", "owner", 7, 10),
            (7, "named_owner"),
            id="who is named is not passed over",
        ),
        pytest.param(
            [OWNER, CSM],
            [],
            Case("customer_success", "csm", 1, 10),
            (10, "pool"),
            id="a CSM's step is not the AE's",
        ),
        pytest.param(
            [OWNER, SDR_HERE],
            [],
            Case("customer_success", "csm", 1, 10),
            (1, "named_owner"),
            id="no CSM at all: the owner",
        ),
        pytest.param(
            [OWNER, CSM],
            [],
            Case("customer_success", "csm", 10, 10),
            (10, "named_owner"),
            id="a CSM who owns the account",
        ),
        pytest.param(
            [OWNER, AE, SDR_HERE],
            [],
            Case("sales", "ae", 2, 10, holders={"ae": 9}),
            (9, "seat_holder"),
            id="the AE of the open deal before the SDR who owns it",
        ),
        pytest.param(
            [OWNER, absent(AE), SDR_HERE],
            [],
            Case("sales", "ae", 2, 10, holders={"ae": 9}),
            (2, "named_owner"),
            id="that AE is away: the owner",
        ),
        pytest.param(
            [SDR_HERE, OWNER],
            [],
            Case("sales", "ae", 2, 10),
            (2, "named_owner"),
            id="no AE works it: the owner",
        ),
        pytest.param(
            [absent(REVOPS), MARKETER],
            [],
            Case("sales", "sdr"),
            (5, "last_resort"),
            id="who is there before who is away",
        ),
    ],
)
def test_rules_seats_and_capacity(
    people: list[Person], rules: list[Rule], case: Case, expected: tuple[int, str]
) -> None:
    found = route(case, {p.id: p for p in people}, rules)
    assert (found.person_id, found.rule) == expected


def test_what_goes_past_capacity_says_so() -> None:
    people = {p.id: p for p in (FULLER, FULL)}
    found = route(Case("sales", "owner", None, 10), people)
    assert found.reason.endswith(
        "Everybody is at capacity; Fay has the fewest. Past capacity: 80 of 80 open."
    )
    assert route(Case("sales", "owner", 7, 10), people).reason.endswith("Past capacity: 80 of 80 open.")


def test_every_rung_that_was_passed_over_says_why() -> None:
    people = {p.id: p for p in (FULL, SDR_AWAY_FROM_HERE)}
    found = route(Case("sales", "sdr", 99, 10, tier=2), people, [HERE])
    assert [(one.rung, one.why) for one in found.passed] == [
        ("The account's own SDR", "No SDR works this account yet."),
        ("Named owner", "The owner can be given no work any more."),
        ("Rule 2, “AEs here”", "It is not for this tier."),
        ("SDR of the territory", "Fay is at capacity: 80 of 80 open tasks."),
    ]


@pytest.mark.parametrize(
    ("people", "barred", "why"),
    [
        pytest.param([AE], set(), "nobody sits as SDR", id="an empty seat"),
        pytest.param(
            [AE, SDR_HERE], {2}, "everybody who sits as SDR has held it already or is paused", id="all were late"
        ),
        pytest.param(
            [AE, absent(SDR_HERE)], set(), "everybody who sits as SDR is away or at capacity", id="all are away"
        ),
        pytest.param([AE, FULL], set(), "everybody who sits as SDR is away or at capacity", id="all are full"),
        pytest.param(
            [AE, FULL, SDR_HERE], {2}, "everybody else who sits as SDR is away or at capacity", id="late, or full"
        ),
    ],
)  # fmt: skip
def test_a_seat_that_somebody_has_is_never_called_empty(
    people: list[Person], barred: set[int], why: str
) -> None:
    found = route(Case("sales", "sdr", None, 10), {p.id: p for p in people}, barred=barred)
    assert found.reason == f"Ada: {why}; the rep with the fewest open tasks."


PERSON = st.builds(
    Person,
    id=st.just(0),
    name=st.just("One"),
    role=st.sampled_from(["rep", "marketer", "revops"]),
    job=st.sampled_from(["", "sdr", "ae", "csm"]),
    territory_id=st.sampled_from([None, 1, 2]),
    open_tasks=st.integers(0, 130),
    absent=st.booleans(),
    stand_in_id=st.one_of(st.none(), st.integers(1, 6)),
)
CASE = st.builds(
    Case,
    side=st.sampled_from(["marketing", "sales", "customer_success"]),
    role=st.sampled_from(["owner", "sdr", "ae", "csm", "marketer", "revops"]),
    owner_id=st.one_of(st.none(), st.integers(1, 7)),
    territory_id=st.sampled_from([None, 1, 2]),
    tier=st.sampled_from([None, 1, 2, 3]),
    holders=st.dictionaries(st.sampled_from(["sdr", "ae", "csm"]), st.integers(1, 7), max_size=2),
)
RULE = st.builds(
    Rule,
    id=st.just(1),
    name=st.just("A rule"),
    position=st.just(1),
    target=st.sampled_from(["person", "territory", "anywhere"]),
    person_id=st.integers(1, 7),
    seats=st.tuples(st.sampled_from(["sdr", "ae", "marketer"])),
    tiers=st.frozensets(st.integers(0, 3), max_size=2),
)


@settings(max_examples=150, deadline=None)
@given(st.lists(PERSON, min_size=1, max_size=6), CASE, st.lists(RULE, max_size=2))
def test_never_nobody_never_the_absent_and_never_twice_the_same(
    drawn: list[Person], case: Case, rules: list[Rule]
) -> None:
    people = {n: replace(one, id=n) for n, one in enumerate(drawn, start=1)}
    held: list[int] = []
    while len(held) < len(people):
        found = route(case, people, rules, barred=held)
        assert found.person_id in people
        assert found.person_id not in held
        if people[found.person_id].absent:
            left = [one for pk, one in people.items() if pk not in held]
            assert all(one.absent for one in left), "somebody who is there was passed over"
        assert found.reason
        held.append(found.person_id)
    with pytest.raises(NobodyToRoute):
        route(case, people, rules, barred=held)


def test_the_reason_of_a_rule_is_said_wherever_it_decides() -> None:
    found = route(Case("sales", "owner", None, 10), {9: AE, 2: SDR_HERE}, [NORDIC])
    assert found.reason == "Ada: rule “Nordics”. Ada knows them."
