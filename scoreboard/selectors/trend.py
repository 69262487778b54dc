"""The last twelve weeks from the snapshots: what was not kept is a gap, never made up."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from scoreboard.domain.windows import last_whole_day, trend_days
from scoreboard.models import Snapshot
from scoreboard.selectors.sql import rows

# (key, tier) -> a value a day, None where there was no data or no snapshot
Series = Mapping[tuple[str, int | None], list[float | None]]


@dataclass(frozen=True, slots=True)
class Trend:
    """Weekly points, oldest first: the kept days, or the week's last day where none was."""

    days: list[date]
    series: Series

    def of(self, key: str, tier: int | None = None) -> list[float | None]:
        """One line; all gaps where nothing was kept."""
        return self.series.get((key, tier), [None] * len(self.days))


_STATEMENT = """
WITH chosen AS (
    SELECT max(day) AS day FROM scoreboard_snapshot
    WHERE day > %(newest)s - 7 * %(weeks)s AND day <= %(newest)s
    GROUP BY (%(newest)s - day) / 7
)
SELECT key, tier, day, value FROM scoreboard_snapshot JOIN chosen USING (day) WHERE key = ANY(%(keys)s)
"""


def read_trend(at: datetime, keys: Collection[str]) -> Trend:
    """A point a week: the last day of the week that was kept. One statement."""
    days = trend_days(at)
    newest = days[-1]
    series: dict[tuple[str, int | None], list[float | None]] = {}
    values = {"newest": newest, "weeks": len(days), "keys": list(keys)}
    for key, tier, day, value in rows(_STATEMENT, values):
        place = len(days) - 1 - (newest - day).days // 7
        days[place] = day
        line = series.setdefault((key, tier), [None] * len(days))
        line[place] = None if value is None else float(value)
    return Trend(days, series)


def missing_days(at: datetime, most: int) -> list[date]:
    """The whole days before T that have no snapshot though an earlier day has: at most the latest `most`.

    Without any snapshot only the last whole day is missing: history is written by the backfill command.
    """
    newest = last_whole_day(at)
    last = Snapshot.objects.order_by("-day").values_list("day", flat=True).first()
    if last is None:
        return [newest]
    behind = min((newest - last).days, most)
    return [date.fromordinal(newest.toordinal() - back) for back in range(behind - 1, -1, -1)]
