"""The buying committee: gaps and the org chart."""

from dataclasses import dataclass

import pytest

from accounts.domain.committee import Branch, chart, missing_roles


@dataclass
class Person:
    """A contact as the chart sees it."""

    id: int
    reports_to_id: int | None = None


def drawn(branches: list[Branch[Person]]) -> list[object]:
    """The chart as nested lists of keys."""
    return [[branch.person.id, *drawn(branch.reports)] for branch in branches]


@pytest.mark.parametrize(
    ("known", "missing"),
    [
        pytest.param([], ("economic_buyer", "technical_evaluator", "champion", "end_user"), id="nobody"),
        pytest.param(
            ["champion", "champion", ""],
            ("economic_buyer", "technical_evaluator", "end_user"),
            id="two of one",
        ),
        pytest.param(
            ["economic_buyer", "technical_evaluator", "champion", "end_user"],
            (),
            id="complete without a blocker",
        ),
    ],
)
def test_a_role_that_nobody_holds_is_a_gap(known: list[str], missing: tuple[str, ...]) -> None:
    assert missing_roles(known) == missing


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
