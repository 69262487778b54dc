"""What a play yields, how sure that is, and what it yields beyond its own holdout."""

from dataclasses import dataclass

from abmops.lib.intervals import Interval, newcombe, wilson

ENOUGH_RUNS = 20
ENOUGH_HELD_OUT = 10


@dataclass(frozen=True, slots=True)
class Arm:
    """Enrollments whose window has passed, and how many of them had the outcome."""

    runs: int = 0
    hits: int = 0

    @property
    def share(self) -> float | None:
        """The yield; None without a run."""
        return self.hits / self.runs if self.runs else None

    @property
    def interval(self) -> Interval | None:
        """Wilson's 95 % interval of the share."""
        return wilson(self.hits, self.runs)


@dataclass(frozen=True, slots=True)
class Yield:
    """The runs beside the play's own holdout."""

    run: Arm
    holdout: Arm

    @property
    def interval(self) -> Interval | None:
        """Wilson's 95 % interval of the yield."""
        return self.run.interval

    @property
    def lift(self) -> float | None:
        """The yield less the holdout's; None while either has no run."""
        if self.run.share is None or self.holdout.share is None:
            return None
        return self.run.share - self.holdout.share

    @property
    def lift_interval(self) -> Interval | None:
        """Newcombe's 95 % interval of the lift."""
        return newcombe(self.run.hits, self.run.runs, self.holdout.hits, self.holdout.runs)

    @property
    def said_of_lift(self) -> str:
        """Whether the lift can be told from chance, in a sentence; empty while either arm has no run."""
        interval = self.lift_interval
        if interval is None:
            return ""
        lacks = [
            f"{more} more {what if more > 1 else one}"
            for more, one, what in (
                (ENOUGH_RUNS - self.run.runs, "run", "runs"),
                (ENOUGH_HELD_OUT - self.holdout.runs, "held out", "held out"),
            )
            if more > 0
        ]
        if lacks:
            return f"Too few to say: wait for {' and '.join(lacks)}."
        if interval.low > 0:
            return "More than without the play; hardly chance."
        if interval.high < 0:
            return "Less than without the play; hardly chance."
        return "It may be chance."

    @property
    def lift_in_points(self) -> tuple[str, str, str]:
        """The lift and both ends of its interval in percentage points, with their signs; empty without a lift."""
        lift, interval = self.lift, self.lift_interval
        if lift is None or interval is None:
            return "", "", ""
        return f"{lift * 100:+.0f}", f"{interval.low * 100:+.0f}", f"{interval.high * 100:+.0f}"
