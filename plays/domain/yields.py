"""What a play yields, how sure that is, and what it yields beyond its own holdout."""

from dataclasses import dataclass

from abmops.lib.intervals import Interval, newcombe, wilson


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
