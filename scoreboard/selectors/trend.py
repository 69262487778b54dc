"""The last twelve weeks from the snapshots: what was not kept is a gap, never made up."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from scoreboard.domain.windows import last_whole_day, trend_days
from scoreboard.models import Snapshot

# (key, tier) -> a value a day, None where there was no data or no snapshot
Series = Mapping[tuple[str, int | None], list[float | None]]


@dataclass(frozen=True, slots=True)
class Trend:
    """Weekly points, oldest first; the last is the last whole day before T."""

    days: list[date]
    series: Series

    def of(self, key: str, tier: int | None = None) -> list[float | None]:
        """One line; all gaps where nothing was kept."""
        return self.series.get((key, tier), [None] * len(self.days))


def read_trend(at: datetime, keys: Collection[str]) -> Trend:
    """The snapshots of the keys, in one statement."""
    days = trend_days(at)
    places = {day: place for place, day in enumerate(days)}
    series: dict[tuple[str, int | None], list[float | None]] = {}
    found = Snapshot.objects.filter(key__in=keys, day__in=days).values_list("key", "tier", "day", "value")
    for key, tier, day, value in found:
        line = series.setdefault((key, tier), [None] * len(days))
        line[places[day]] = None if value is None else float(value)
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
