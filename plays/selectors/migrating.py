"""How many running enrollments are on which version, and where each would go on in the active one."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

from plays.domain.placing import place
from plays.models import Play, PlayVersion
from plays.selectors.library import definition_of


@dataclass(frozen=True, slots=True)
class Going:
    """So many enrollments of a version that would go on in the same way."""

    version: int
    where: str
    sentence: str
    count: int


@dataclass(frozen=True, slots=True)
class Outlook:
    """What moving the running enrollments to the active version would do."""

    rows: tuple[Going, ...]

    @property
    def movable(self) -> int:
        """How many would be on the active version afterwards."""
        return sum(row.count for row in self.rows if row.where != "stays")

    @property
    def staying(self) -> int:
        """How many would finish on theirs all the same."""
        return sum(row.count for row in self.rows if row.where == "stays")


_GROUPS = """
SELECT version_id, current, behind, count(*) FROM (
  SELECT e.id, e.version_id, max(r.key) FILTER (WHERE r.state IN ('pending', 'open')) AS current,
    coalesce(array_agg(r.key ORDER BY r.key) FILTER (WHERE r.state IN ('done', 'skipped')), '{}') AS behind
  FROM plays_enrollment e LEFT JOIN plays_steprun r ON r.enrollment_id = e.id
  WHERE e.play_id = %s AND e.state IN ('waiting', 'active', 'stalled') AND e.version_id <> %s
  GROUP BY e.id
) standing GROUP BY 1, 2, 3
"""


def outlook(play: Play, target: PlayVersion | None) -> Outlook:
    """Where the running enrollments of other versions would go on in `target`: two queries, however many there are."""
    if target is None:
        return Outlook(())
    with connection.cursor() as cursor:
        cursor.execute(_GROUPS, [play.pk, target.pk])
        groups = cursor.fetchall()
    versions = PlayVersion.objects.in_bulk({row[0] for row in groups})
    counted: dict[tuple[int, str, str], int] = {}
    new = definition_of(target)
    for version_id, current, behind, count in groups:
        version = versions[version_id]
        found = place(current, set(behind), definition_of(version), new)
        key = (version.number, found.where, found.sentence)
        counted[key] = counted.get(key, 0) + count
    rows = [Going(*key, count) for key, count in counted.items()]
    return Outlook(tuple(sorted(rows, key=lambda row: (row.version, row.where, -row.count))))
