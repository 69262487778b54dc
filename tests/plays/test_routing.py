"""Who owes a step: a table of cases."""

from __future__ import annotations

import pytest

from plays.domain.routing import Case, NobodyToRoute, Person, route

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
