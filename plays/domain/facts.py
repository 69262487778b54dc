"""What is known of an account at the moment of a decision."""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from plays.domain.loops import Limits
from plays.domain.people import Someone

AWARENESS = timedelta(days=180)
ENGAGED = timedelta(days=90)
ENDED = timedelta(days=730)
WEEK = timedelta(days=7)
"""How far back the facts below look."""


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """One account as a decision sees it.

    `touch_times`: the moments that make `touches_this_week`, made and promised. `qualifying_at`: the latest of each
    independent qualifying signal. `people`: the known contacts. `quarantined`: why it gets no cold play, in a sentence;
    `lost_until`: until when a lost deal holds it back. `meeting_until`: when the last booked meeting is over.

    `awareness_since`: the first outbound marketing touch of the last 180 days. `qualifying_signals`: distinct ones
    (another type or another contact) of the last 30 days. `touches_this_week`: over everything, by
    `plays.domain.pressure`.
    `live`: slug -> name of the plays running now. `ended`: slug -> when that play last ended here.
    `started_lately`: plays that started here in the days of `limits`; `chain`: the longest chain of plays whose last
    step was done within a day.
    `paused`: why the account rests, in a sentence, or nothing.
    `held_out`: slug -> since when the account is that play's holdout. `engaged_contacts`: distinct, last 90 days.
    `released`: plays whose holdout a person took the account out of; the lot holds it no more.
    `happened_since`, `ran_since`: for an occasion that waited, the exits that came about since, and the plays that ran
    here since.
    """

    id: int
    name: str
    tier: int | None = None
    fit: float = 0.0
    phase: str = "awareness"
    lifecycle: str = "prospect"
    industry: str = ""
    territory: str = ""
    owner_id: int | None = None
    owner_name: str = ""
    hand_raised: bool = False
    strong_inbound: bool = False
    familiar: bool = False
    awareness_since: datetime | None = None
    qualifying_signals: int = 0
    engaged_contacts: int = 0
    touches_this_week: int = 0
    contacts_known: int = 0
    contacts_reachable: int = 0
    owner_new_this_week: int = 0
    live: Mapping[str, str] = field(default_factory=dict)
    ended: Mapping[str, datetime] = field(default_factory=dict)
    held_out: Mapping[str, datetime] = field(default_factory=dict)
    released: frozenset[str] = frozenset()
    happened_since: frozenset[str] = frozenset()
    ran_since: frozenset[str] = frozenset()
    country: str = ""
    touch_times: tuple[datetime, ...] = ()
    qualifying_at: tuple[datetime, ...] = ()
    people: tuple[Someone, ...] = ()
    has_open_deal: bool = False
    quarantined: str = ""
    quarantined_until: datetime | None = None
    lost_until: datetime | None = None
    started_lately: int = 0
    chain: int = 0
    limits: Limits = field(default_factory=Limits)
    paused: str = ""
    paused_until: datetime | None = None
    meeting_until: datetime | None = None


def independent(seen: Iterable[tuple[Hashable, int | None, datetime]]) -> tuple[datetime, ...]:
    """When each independent signal last came, oldest first, of (type, contact, moment).

    The engine's `distinct_signals`: each of another type or from another contact. Unknown visitors of a type are
    one together, and none beside a known contact of that type.
    """
    latest: dict[Hashable, dict[int | None, datetime]] = {}
    for kind, contact, at in seen:
        people = latest.setdefault(kind, {})
        people[contact] = max(at, people.get(contact, at))
    for people in latest.values():
        if len(people) > 1:
            people.pop(None, None)
    return tuple(sorted(at for people in latest.values() for at in people.values()))
