"""Where a number should lie, and what is said when it does not."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How a value stands to its band."""

    NO_BAND = "no_band"
    NO_DATA = "no_data"
    IN = "in"
    LOW = "low"
    HIGH = "high"
    ALARM = "alarm"

    @property
    def is_out(self) -> bool:
        """Whether somebody should look."""
        return self in {Verdict.LOW, Verdict.HIGH, Verdict.ALARM}


@dataclass(frozen=True, slots=True)
class Band:
    """`low` and `high` are inside; `limit` must not be reached; beyond the alarms somebody must act.

    In the number's own unit: a share of one, hours, seconds.
    """

    low: float | None = None
    high: float | None = None
    limit: float | None = None
    alarm_below: float | None = None
    alarm_above: float | None = None

    def judge(self, value: float | None) -> Verdict:
        """The verdict on a value; None is no data, which is neither good nor bad."""
        if value is None:
            return Verdict.NO_DATA
        if _beyond(self.alarm_below, value, below=True) or _beyond(self.alarm_above, value, below=False):
            return Verdict.ALARM
        if _beyond(self.low, value, below=True):
            return Verdict.LOW
        if _beyond(self.high, value, below=False) or (self.limit is not None and value >= self.limit):
            return Verdict.HIGH
        return Verdict.IN

    def gap(self, value: float) -> float:
        """How far the value lies outside, 0 inside; negative below."""
        top = self.limit if self.limit is not None else self.high
        top = self.alarm_above if top is None else top
        bottom = self.alarm_below if self.low is None else self.low
        if bottom is not None and value < bottom:
            return value - bottom
        return value - top if top is not None and value > top else 0.0

    def as_json(self) -> dict[str, float | None]:
        """In the API's words."""
        return {
            "low": self.low,
            "high": self.high,
            "limit": self.limit,
            "alarm_below": self.alarm_below,
            "alarm_above": self.alarm_above,
        }


def judge(band: Band | None, value: float | None) -> Verdict:
    """The verdict where there may be no band."""
    return Verdict.NO_BAND if band is None else band.judge(value)


def _beyond(edge: float | None, value: float, *, below: bool) -> bool:
    return edge is not None and (value < edge if below else value > edge)
