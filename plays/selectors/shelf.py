"""The library as a list: searched, narrowed, in an order; and the starters that are not used yet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from accounts.models import User
from plays.domain import starter
from plays.domain.definition import Trigger
from plays.domain.starter import StarterPlay
from plays.models import Play, PlayVersion
from plays.selectors.library import definition_of
from plays.selectors.pages import Shown, library_for

TRIGGERS: tuple[tuple[str, str, Callable[[Trigger], bool]], ...] = (
    ("crossing", "A threshold", lambda one: bool(one.crossings)),
    ("joined_tier", "Joining a tier", lambda one: bool(one.joined_tiers)),
    ("contact_engaged", "A contact engaging", lambda one: one.contact_engaged),
    ("stage", "A deal's stage", lambda one: bool(one.stages)),
    ("score", "The score", lambda one: one.score_at_least is not None),
    ("hand_raise", "A hand raised", lambda one: one.hand_raise),
    ("manual", "By hand", lambda one: one.manual),
)
"""(value, what it is called, whether a trigger has it)."""

SIDES = (("marketing", "Marketing"), ("sales", "Sales"), ("customer_success", "Customer success"))
SORTS: tuple[tuple[str, str, Callable[[Shown], Any]], ...] = (
    ("", "active first, by priority", lambda one: 0),
    ("name", "by name", lambda one: one.play.name.casefold()),
    ("-live", "most running first", lambda one: -one.live),
    ("-stalled", "most stalled first", lambda one: -one.stalled),
    ("-yield", "highest yield first", lambda one: -(one.past_yield if one.past_yield is not None else -1)),
    (
        "-changed",
        "newest change first",
        lambda one: -(one.play.current.created_at.timestamp() if one.play.current else 0),
    ),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the list is narrowed to."""

    q: str = ""
    statuses: Sequence[str] = ()
    sides: Sequence[str] = ()
    triggers: Sequence[str] = ()
    sort: str = ""

    @property
    def is_narrowed(self) -> bool:
        """Whether anything is left out."""
        return bool(self.q or self.statuses or self.sides or self.triggers)


def shelf(user: User, asked: Asked, *, now: datetime) -> list[Shown]:
    """The plays asked for with their figures; a fixed number of queries, since a library is some dozens of plays."""
    shown = [one for one in library_for(user, now=now) if _fits(one, asked)]
    order = {name: key for name, _, key in SORTS}
    return sorted(shown, key=order.get(asked.sort, order[""]))


def _fits(shown: Shown, asked: Asked) -> bool:
    play = shown.play
    if asked.statuses and play.status not in asked.statuses:
        return False
    text = f"{play.name} {play.purpose} {play.slug} {shown.trigger}".casefold()
    if asked.q and not all(word in text for word in asked.q.casefold().split()):
        return False
    if asked.sides and not any(one.step.side in asked.sides for one in shown.steps):
        return False
    if not asked.triggers:
        return True
    if play.current is None:
        return False
    trigger = definition_of(play.current).trigger
    return any(has(trigger) for name, _, has in TRIGGERS if name in asked.triggers)


def open_stages(plays: Sequence[Shown]) -> dict[int, PlayVersion]:
    """Play -> its version that is a draft or in review; one query."""
    stages = (PlayVersion.Stage.DRAFT, PlayVersion.Stage.REVIEW)
    rows = PlayVersion.objects.filter(play__in=[one.play.pk for one in plays], stage__in=stages)
    return {version.play_id: version for version in rows.only("play_id", "number", "stage")}


def unused_starters() -> list[StarterPlay]:
    """The starters that nobody has installed; one query."""
    used = set(Play.objects.filter(slug__in=[one.slug for one in starter.ALL]).values_list("slug", flat=True))
    return [one for one in starter.ALL if one.slug not in used]
