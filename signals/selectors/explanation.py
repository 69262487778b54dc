"""Who and which signals make an account's intent, each with its points then and now: five queries at most."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import exp2, fsum
from typing import Any
from uuid import UUID

from accounts.models import Contact
from signals.domain import score as scores
from signals.domain.catalogue import DAY, Catalogue
from signals.domain.score import Scoring
from signals.domain.state import RollingState
from signals.models import Signal

TOLD_APART = 2_000
"""So many of the newest signals are looked at one by one; what older ones still give is one figure."""

HALF_LIVES = 10
"""A signal older than so many of the longest half-lives gives a thousandth of what it gave."""

SHOWN_SIGNALS = 20
SHOWN_PEOPLE = 20
NOBODY = "Nobody we know by name"


@dataclass(frozen=True, slots=True)
class Telling:
    """One signal: `then` what it was worth when it happened, `now` what is left, `points` its part of the score."""

    signal: Signal
    then: float
    now: float
    points: float


@dataclass(frozen=True, slots=True)
class Person:
    """What the signals of one person give. Without a contact: of people nobody has named."""

    contact: Contact | None
    signals: int
    points: float
    share: float

    @property
    def name(self) -> str:
        """As it is shown."""
        return str(self.contact) if self.contact is not None else NOBODY


@dataclass(frozen=True, slots=True)
class Apart:
    """The intent's part of the score taken apart: `people` and `older` add up to `points`, and so do all signals.

    `rest` is what signals give that were looked at and are not shown.
    """

    points: float
    signals: tuple[Telling, ...] = ()
    people: tuple[Person, ...] = ()
    looked_at: int = 0
    rest: float = 0.0
    older: float = 0.0


def taken_apart(
    account_id: int, state: RollingState, catalogue: Catalogue, scoring: Scoring, *, at: float
) -> Apart:
    """The signals that give most, the people behind all that were looked at, and what older ones leave."""
    total = scores.raw(state, catalogue, at)
    part = scoring.w_intent * scores.intent(total, scoring.k)
    if total <= 0.0:
        return Apart(0.0)
    rows = _newest(account_id, catalogue, at)
    lives = {type_id: flow.half_life for flows in state.flows.values() for type_id, flow in flows.items()}
    worth: dict[UUID, tuple[float, float]] = {}
    by_person: dict[int | None, list[float]] = {}
    for pk, contact_id, source_id, type_id, points, happened in rows:
        then = points * catalogue.weights(source_id).get(type_id, 0.0)
        half_life = lives.get(type_id)
        age = (at - happened.timestamp()) / DAY
        now = then * exp2(-max(age, 0.0) / half_life) if half_life else 0.0
        worth[pk] = (then, now)
        by_person.setdefault(contact_id, []).append(now)
    factor = part / total
    looked = fsum(now for _, now in worth.values())
    best = sorted(worth, key=lambda pk: (-worth[pk][1], pk))[:SHOWN_SIGNALS]
    shown = {
        row.pk: row
        for row in Signal.objects.filter(pk__in=best, account=account_id).select_related(
            "type", "source", "contact"
        )
    }
    tellings = tuple(
        Telling(shown[pk], worth[pk][0], worth[pk][1], worth[pk][1] * factor) for pk in best if pk in shown
    )
    return Apart(
        points=part,
        signals=tellings,
        people=_people(by_person, factor, part),
        looked_at=len(worth),
        rest=(looked - fsum(one.now for one in tellings)) * factor,
        older=max(0.0, total - looked) * factor,
    )


def _newest(account_id: int, catalogue: Catalogue, at: float) -> Sequence[tuple[Any, ...]]:
    """By the account's index, newest first; no further back than matters, and no more than can be told apart."""
    reach = timedelta(days=HALF_LIVES * catalogue.longest_half_life_days)
    moment = datetime.fromtimestamp(at, tz=UTC)
    rows = Signal.objects.filter(account=account_id, occurred_at__gte=moment - reach, occurred_at__lt=moment)
    columns = rows.order_by("-occurred_at").values_list(
        "id", "contact_id", "source_id", "type_id", "points", "occurred_at"
    )
    return list(columns[:TOLD_APART])


def _people(by_person: Mapping[int | None, list[float]], factor: float, part: float) -> tuple[Person, ...]:
    known = Contact.objects.in_bulk([pk for pk in by_person if pk is not None])
    people = []
    for pk, given in by_person.items():
        points = fsum(given) * factor
        contact = known.get(pk) if pk is not None else None
        people.append(Person(contact, len(given), points, points / part if part else 0.0))
    people.sort(key=lambda one: (-one.points, one.name))
    if len(people) <= SHOWN_PEOPLE:
        return tuple(people)
    rest = people[SHOWN_PEOPLE:]
    points = fsum(one.points for one in rest)
    return (*people[:SHOWN_PEOPLE], Person(None, sum(one.signals for one in rest), points, points / part))
