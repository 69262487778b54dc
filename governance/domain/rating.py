"""The seven components of the operating framework [F], each rated 0 to 2."""

from collections.abc import Mapping

COMPONENTS: Mapping[int, str] = {
    1: "One account record",
    2: "One score",
    3: "Owner routing",
    4: "One timeline of both sides",
    5: "Measurement against a control",
    6: "Signal feedback",
    7: "Change control and audit",
}
RATINGS: Mapping[int, str] = {0: "Not in place", 1: "Partly in place", 2: "In place"}
FULL_SCORE = 2 * len(COMPONENTS)


def score(latest: Mapping[int, int]) -> int | None:
    """The sum of each component's latest rating; None when nothing was ever rated. Unrated ones count 0."""
    return sum(latest.values()) if latest else None
