"""Which plays the thresholds feed, told to the pages of signals; and which scores active plays wait for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from django.db import connection
from django.urls import reverse

from abmops.lib import bars, feeding, prepared
from abmops.lib.feeding import Fed
from plays.models import Play


def register() -> None:
    """Tell lower apps which plays a signal type feeds, and which scores plays wait for; called from `ready()`."""
    feeding.register("plays", fed_by)
    bars.register("plays", waited_for)


def waited_for() -> Iterable[float]:
    """The score bars of active plays: one query, which every batch of signals asks.

    In SQL, since Django looks for a key of a JSON column by raising an error and keeps it, with all that is at work,
    until the collector of circles comes by.
    """
    with connection.cursor() as cursor:
        prepared.run(cursor, _BARS)
        return [bar for (bar,) in cursor.fetchall()]


_BARS = """
SELECT DISTINCT (v.trigger #>> '{score,at_least}')::float8 FROM plays_play p
JOIN plays_playversion v ON v.id = p.current_id WHERE p.status = 'active' AND v.trigger ? 'score'
"""


def fed_by(thresholds: Sequence[str]) -> Mapping[str, Sequence[Fed]]:
    """The plays whose trigger names each threshold, those at work first: one query. Retired plays are left out."""
    plays = Play.objects.filter(current__isnull=False).exclude(status=Play.Status.RETIRED)
    found: dict[str, list[Fed]] = {slug: [] for slug in thresholds}
    for pk, name, status, trigger in plays.order_by("name").values_list(
        "pk", "name", "status", "current__trigger"
    ):
        named = trigger.get("crossing") if isinstance(trigger, dict) else None
        for slug in found.keys() & set(named or ()):
            found[slug].append(
                Fed(name, reverse("plays:play", args=[pk]), is_live=status == Play.Status.ACTIVE)
            )
    return {slug: sorted(fed, key=lambda one: not one.is_live) for slug, fed in found.items()}
