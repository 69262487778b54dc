"""The versions of a play in words: what each said, what it changed, who wrote and who approved it."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q

from plays.domain import enrollment as life
from plays.domain import sentences
from plays.domain.difference import Change, changes_between
from plays.models import Play, PlayVersion
from plays.selectors.library import definition_of, names

SHOWN = 50


@dataclass(frozen=True, slots=True)
class VersionTold:
    """A version with its sentence, what it changed against the one before it, and who is on it."""

    version: PlayVersion
    aloud: str
    steps: tuple[str, ...]
    changes: tuple[Change, ...]
    running: int
    ever: int


def changes(before: PlayVersion, after: PlayVersion) -> tuple[Change, ...]:
    """What the second says otherwise than the first."""
    return changes_between(definition_of(before), definition_of(after), names())


def versions_of(play: Play) -> list[VersionTold]:
    """The newest versions, newest first; three queries, however many there are."""
    rows = list(
        play.versions.select_related("created_by", "edited_by", "submitted_by", "approved_by")
        .annotate(
            ever=Count("enrollments"),
            running=Count("enrollments", filter=Q(enrollments__state__in=life.LIVE)),
        )
        .order_by("-number")[: SHOWN + 1]
    )
    called = names()
    told = []
    for index, version in enumerate(rows[:SHOWN]):
        before = rows[index + 1] if index + 1 < len(rows) else None
        definition = definition_of(version)
        told.append(
            VersionTold(
                version=version,
                aloud=sentences.read_aloud(definition, called),
                steps=tuple(f"{step.name}. {sentences.step_sentence(step)}" for step in definition.steps),
                changes=changes_between(definition_of(before), definition, called) if before else (),
                running=version.running,
                ever=version.ever,
            )
        )
    return told
