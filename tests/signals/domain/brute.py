"""The engine's rules once more, by going through all raw signals each time. Shares no code with the engine.

Written from DOMAIN §3 and the API's conditions, as plainly as possible: slow, and easy to see to be right.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

DAY = 86400


@dataclass(frozen=True)
class Kind:
    """A signal type of the test's catalogue."""

    slug: str
    kind: str
    qualifying: bool
    confidence: float
    recency_days: float
    half_life_days: float


@dataclass(frozen=True)
class Raw:
    """One raw signal as it is stored."""

    at: float
    id: str
    source: int
    type: str
    contact: int | None
    topic: str
    points: float


@dataclass
class World:
    """One account with all its history."""

    kinds: dict[str, Kind]
    weights: dict[int, float]
    signals: list[Raw] = field(default_factory=list)
    touches: list[float] = field(default_factory=list)
    known_since: float | None = None
    fit: float = 0.0
    k: float = 40.0
    w_fit: float = 0.4
    w_intent: float = 0.6
    closest: float = math.inf
    """How near a compared score has come to its limit: a float's last digits must not decide a test."""

    def raw(self, at: float) -> float:
        """Decayed, weighted points of everything before `at`."""
        return math.fsum(
            raw.points
            * self.kinds[raw.type].confidence
            * self.weights[raw.source]
            * 0.5 ** ((at - raw.at) / DAY / self.kinds[raw.type].half_life_days)
            for raw in self.signals
            if raw.at < at
        )

    def intent(self, at: float) -> float:
        """0 to 100."""
        return 100 - 100 * math.exp(-self.raw(at) / self.k)

    def score(self, at: float) -> float:
        """The one number."""
        return self.w_fit * self.fit + self.w_intent * self.intent(at)

    def reaches(self, value: float, limit: float) -> bool:
        """Whether a score is at least the limit, noting how near it was."""
        self.closest = min(self.closest, abs(value - limit))
        return value >= limit

    def seen(self, body: dict[str, Any], now: float) -> list[Raw]:
        """The signals that a counting condition looks at."""
        found = []
        for raw in self.signals:
            kind = self.kinds[raw.type]
            days = min(body["days"], kind.recency_days)
            if not now - days * DAY <= raw.at < now:
                continue
            if "types" in body and raw.type not in body["types"]:
                continue
            if "kinds" in body and kind.kind not in body["kinds"]:
                continue
            if "topics" in body and raw.topic.lower() not in [topic.lower() for topic in body["topics"]]:
                continue
            if body.get("qualifying") and not kind.qualifying:
                continue
            found.append(raw)
        return found

    def amount(self, key: str, body: dict[str, Any], now: float) -> int:
        """How much of what a counting condition counts there is."""
        seen = self.seen(body, now)
        if key == "count":
            return len(seen)
        if key == "distinct_types":
            return len({raw.type for raw in seen})
        if key == "distinct_contacts":
            return len({raw.contact for raw in seen if raw.contact is not None})
        total = 0
        for slug in {raw.type for raw in seen}:
            known = {raw.contact for raw in seen if raw.type == slug and raw.contact is not None}
            total += len(known) if known else 1
        return total

    def is_met(self, document: dict[str, Any], now: float) -> bool:
        """Whether a condition, as JSON, is true at `now`."""
        [(key, body)] = document.items()
        if key == "all":
            return sum(self.is_met(part, now) for part in body) == len(body)
        if key == "any":
            return sum(self.is_met(part, now) for part in body) > 0
        if key == "intent":
            return self.reaches(self.intent(now), body["at_least"])
        if key == "fit":
            return bool(self.fit >= body["at_least"])
        if key == "score":
            return self.reaches(self.score(now), body["at_least"])
        if key == "score_rise":
            then = now - body["days"] * DAY
            midnight = then - then % DAY
            return self.reaches(self.score(now) - self.score(midnight), body["at_least"])
        if key == "dormant":
            start = now - body["days"] * DAY
            happened = [raw.at for raw in self.signals] + self.touches
            if self.known_since is None or self.known_since > start:
                return False
            return not any(start <= at < now for at in happened)
        return bool(self.amount(key, body, now) >= body["at_least"])


def crossings(truths: list[tuple[float, bool, bool]], rearm_days: float) -> list[float]:
    """When a threshold crosses, from (moment, true before the news, true after it) at each look.

    It crosses where it is true and was not true all along since the last look, and where the last crossing is long
    enough ago.
    """
    crossed: list[float] = []
    for index, (moment, before, after) in enumerate(truths):
        stayed_true = index > 0 and truths[index - 1][2] and before
        cool = not crossed or moment - crossed[-1] >= rearm_days * DAY
        if after and not stayed_true and cool:
            crossed.append(moment)
    return crossed
