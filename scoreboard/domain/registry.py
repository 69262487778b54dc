"""Where numbers come from: each source gives the figures of its keys and the cases behind each.

Upper apps add theirs in `AppConfig.ready()`; the scoreboard imports none of them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from scoreboard.domain.figures import Case, Figure, Scope

Figures = Callable[[datetime, Scope], dict[str, Figure]]
Cases = Callable[[str, datetime, Scope], Sequence[Case]]


@dataclass(frozen=True, slots=True)
class Source:
    """A group of numbers that are read together, in as few statements as they need."""

    name: str
    keys: tuple[str, ...]
    figures: Figures
    cases: Cases


_sources: dict[str, Source] = {}


def register(source: Source) -> None:
    """Make a source known; a second registration of a name must be the same."""
    known = _sources.setdefault(source.name, source)
    if known != source:
        raise ValueError(f"The source of numbers {source.name!r} is registered twice.")


def sources() -> list[Source]:
    """Every source, in order of registration."""
    return list(_sources.values())


def source_of(key: str) -> Source:
    """The source that answers for a number; KeyError for an unknown key."""
    for source in _sources.values():
        if key in source.keys:
            return source
    raise KeyError(key)
