"""What is known of an account at the moment of a decision."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """One account as a decision sees it.

    `awareness_since`: the first outbound marketing touch of the last 180 days. `qualifying_signals`: distinct ones
    (another type or another contact) of the last 30 days. `touches_this_week`: outbound, all channels, last 7 days.
    `live`: slug -> name of the plays running now. `ended`: slug -> when that play last ended here.
    `paused`: why the account rests, in a sentence, or nothing.
    `held_out`: slug -> since when the account is that play's holdout. `engaged_contacts`: distinct, last 90 days.
    `released`: plays whose holdout a person took the account out of; the lot holds it no more. `touches_ease_at`: when
    the oldest touch of the last 7 days leaves the week. `happened_since`, `ran_since`: for an occasion that waited,
    the exits that came about since, and the plays that ran here since.
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
    touches_ease_at: datetime | None = None
    happened_since: frozenset[str] = frozenset()
    ran_since: frozenset[str] = frozenset()
    paused: str = ""
    paused_until: datetime | None = None
