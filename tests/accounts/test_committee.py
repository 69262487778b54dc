"""The buying committee: gaps and the org chart."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.domain.committee import (
    BOX_HIGH,
    BOX_WIDE,
    Branch,
    chart,
    fitting_roles,
    picture,
)


@dataclass
class Person:
    """A contact as the chart sees it."""

    id: int
    reports_to_id: int | None = None


def drawn(branches: list[Branch[Person]]) -> list[object]:
    """The chart as nested lists of keys."""
    return [[branch.person.id, *drawn(branch.reports)] for branch in branches]


@pytest.mark.parametrize(
    ("people", "shape"),
    [
        pytest.param(
            [Person(1), Person(2, 1), Person(3, 2), Person(4, 1)], [[1, [2, [3]], [4]]], id="a tree"
        ),
        pytest.param([Person(2, 1), Person(1)], [[1, [2]]], id="whatever the order"),
        pytest.param([Person(1, 99)], [[1]], id="a superior elsewhere"),
        pytest.param([Person(1, 2), Person(2, 1)], [[1], [2]], id="a circle loses nobody"),
        pytest.param([Person(1, 2), Person(2, 1), Person(3, 1)], [[1, [3]], [2]], id="below a circle"),
    ],
)
def test_everybody_stands_in_the_chart_once(people: list[Person], shape: list[object]) -> None:
    assert drawn(chart(people)) == shape


@pytest.mark.parametrize(
    ("title", "roles"),
    [
        pytest.param("Chief Operating Officer", ("economic_buyer",), id="a chief buys"),
        pytest.param("Manufacturing IT Architect", ("technical_evaluator",), id="an architect evaluates"),
        pytest.param("VP Supply Chain", ("champion",), id="a vice president champions"),
        pytest.param("Plant Manager", ("end_user",), id="a manager uses"),
        pytest.param("Quality Engineer", ("technical_evaluator", "end_user"), id="an engineer may be either"),
        pytest.param("", (), id="no title, no guess"),
        pytest.param("Coop member", (), id="letters inside a word are no word"),
    ],
)
def test_a_title_suggests_parts(title: str, roles: tuple[str, ...]) -> None:
    assert fitting_roles(title) == roles


@given(st.lists(st.integers(min_value=0, max_value=30), max_size=40))
def test_nobody_overlaps_and_superiors_stand_above(bosses: list[int]) -> None:
    people = [Person(pk, boss if boss != pk else None) for pk, boss in enumerate(bosses)]
    drawn_ = picture(chart(people))
    assert sorted(box.person.id for box in drawn_.boxes) == [person.id for person in people]
    for number, one in enumerate(drawn_.boxes):
        assert 0 <= one.x <= drawn_.wide - BOX_WIDE
        assert 0 <= one.y <= drawn_.high - BOX_HIGH
        for other in drawn_.boxes[number + 1 :]:
            assert abs(one.x - other.x) >= BOX_WIDE or abs(one.y - other.y) >= BOX_HIGH
    at = {box.person.id: box for box in drawn_.boxes}
    under = [branch for top in chart(people) for branch in _walk(top)]
    for branch in under:
        for below in branch.reports:
            assert at[below.person.id].y > at[branch.person.id].y
    assert len(drawn_.lines) == sum(len(branch.reports) for branch in under)


def _walk(branch: Branch[Person]) -> list[Branch[Person]]:
    return [branch, *(one for below in branch.reports for one in _walk(below))]
