"""What the page says first."""

import pytest

from scoreboard.domain.bands import Verdict
from scoreboard.domain.sentence import Standing, Summary, summarise

IN, LOW, HIGH, ALARM = Verdict.IN, Verdict.LOW, Verdict.HIGH, Verdict.ALARM


@pytest.mark.parametrize(
    ("standings", "expected"),
    [
        pytest.param([], ("No number has both a band and data yet.", "", ""), id="nothing to judge"),
        pytest.param(
            [Standing("coverage", 1, Verdict.NO_DATA, "")],
            ("No number has both a band and data yet.", "", ""),
            id="a band without data judges nothing",
        ),
        pytest.param(
            [Standing("coverage", 1, IN, "")], ("The one number is in band.", "", ""), id="one, and it is in"
        ),
        pytest.param(
            [Standing("coverage", tier, IN, "") for tier in (1, 2)] + [Standing("lag", None, IN, "")],
            ("All two numbers are in band.", "", ""),
            id="all in",
        ),
        pytest.param(
            [Standing("coverage", 1, IN, ""), Standing("engagement", 1, LOW, "6 points short")],
            ("One of two numbers is in band.", "Engagement in tier 1 is 6 points short", ""),
            id="one out",
        ),
        pytest.param(
            [
                Standing("engagement", 1, LOW, "6 points short"),
                Standing("the urgent lag", None, HIGH, "over"),
                Standing("the urgent lag", 2, HIGH, "over the limit of 4 h"),
                Standing("the urgent lag", 3, HIGH, "over the limit of 4 h"),
                Standing("coverage", 1, IN, ""),
            ],
            (
                "One of three numbers is in band.",
                "The urgent lag in tiers 2 and 3 is over the limit of 4 h",
                "engagement in tier 1 is 6 points short",
            ),
            id="the worse first, its tiers together",
        ),
        pytest.param(
            [
                Standing("a", 1, LOW, "1 point short"),
                Standing("a", 2, LOW, "2 points short"),
                Standing("b", None, ALARM, "far off"),
                Standing("c", None, HIGH, "over"),
            ],
            (
                "None of three numbers are in band.",
                "B is far off",
                "c is over and a in tiers 1 and 2 is out of band",
            ),
            id="alarms first; different gaps are not listed",
        ),
    ],
)
def test_summary(standings: list[Standing], expected: tuple[str, str, str]) -> None:
    assert summarise(standings) == Summary(*expected)
