"""The play library as decisions and pages read it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.models import Territory
from plays.domain.decision import Candidate
from plays.domain.definition import PlayDefinition
from plays.domain.resting import Rest
from plays.models import Play, PlayVersion
from plays.selectors.pauses import plays_at_rest
from plays.selectors.yields import yields
from signals.models import Threshold


@dataclass(frozen=True, slots=True)
class Listed:
    """A play that decisions consider."""

    play_id: int
    version_id: int
    candidate: Candidate


def definition_of(version: PlayVersion) -> PlayDefinition:
    """The parsed definition; of an activated version, which the database keeps from changing, parsed once a
    process.
    """
    if version.activated_at is None:
        return version.definition()
    written, known = version.as_json(), _definitions.get(version.pk)
    if known is None or known[0] != written:
        if len(_definitions) > 1_000:
            _definitions.clear()
        known = _definitions[version.pk] = written, version.definition()
    return known[1]


_definitions: dict[int, tuple[dict[str, Any], PlayDefinition]] = {}


def names() -> dict[str, str]:
    """What thresholds and territories are called, for the sentences about a play: one query."""
    territories = Territory.objects.order_by().values_list("slug", "name")
    return dict(territories.union(Threshold.objects.order_by().values_list("slug", "name"), all=True))


def considered() -> list[Listed]:
    """Active plays, and paused ones so that a decision can say so, oldest first; two queries."""
    plays = Play.objects.considered().select_related("current").order_by("created_at", "id")
    rests = plays_at_rest()
    return [_listed(play, rests.get(play.pk)) for play in plays]


def listed(play: Play) -> Listed:
    """One play as a decision considers it, whatever its status."""
    return _listed(play, plays_at_rest().get(play.pk))


def _listed(play: Play, rest: Rest | None) -> Listed:
    version = play.current
    assert version is not None
    return Listed(
        play_id=play.pk,
        version_id=version.pk,
        candidate=Candidate(
            slug=play.slug,
            name=play.name,
            version=version.number,
            definition=definition_of(version),
            created_at=play.created_at,
            is_active=play.status == Play.Status.ACTIVE,
            status=play.status,
            paused=rest.sentence if rest else "",
            paused_until=rest.until if rest else None,
        ),
    )


def past_yields(play_ids: Collection[int], *, now: datetime) -> dict[int, float]:
    """Play -> share of its finished windows that had the outcome; plays without a finished window are left out."""
    return {play: reached / passed for play, (passed, reached) in results(play_ids, now=now).items()}


def results(play_ids: Collection[int], *, now: datetime) -> dict[int, tuple[int, int]]:
    """Play -> (enrollments whose contract window has passed, those of them with the outcome inside it).

    One statement over all plays asked for. Holdouts do not count.
    """
    found = yields(play_ids, now=now)
    return {play: (one.run.runs, one.run.hits) for play, one in found.items() if one.run.runs}
