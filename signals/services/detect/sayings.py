"""What sources say of their users: remembered by the user's own ids, found again for whoever is the same person.

Nothing here depends on the order in which the sayings come: of each thing the one that was said last counts, by the
sender's clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import msgspec
from django.db import connection
from django.db.models import QuerySet
from psycopg2.extras import execute_values

from abmops.lib import prepared
from signals.models import Identity
from signals.services.detect.arrivals import Arrival

KEYS_KEPT = 8
"""Account keys remembered of a user, the ones said last."""

Person = tuple[int, str]
"""A source's id and the user's key there: (7, "user:u1")."""


@dataclass(slots=True)
class Saying:
    """What a source said of one of its users: account keys and when each was said last, e-mail, name, who it is."""

    account_keys: dict[str, datetime] = field(default_factory=dict)  # newest first
    email: str = ""
    email_said_at: datetime | None = None
    name: str = ""
    title: str = ""
    name_said_at: datetime | None = None
    same_as: str = ""
    same_as_said_at: datetime | None = None

    def hear(self, arrival: Arrival) -> None:
        """Take over what an identify, group or alias call says."""
        who, at = arrival.who, arrival.occurred_at
        keys = {str(key): at for key in who.account_keys}
        self.merge(Saying(keys, who.email or "", at, who.name[:200], who.title[:200], at))

    def merge(self, other: Saying) -> None:
        """Take over what is newer; of two things said at the same moment the one that sorts last."""
        for key, at in other.account_keys.items():
            self.account_keys[key] = max(at, self.account_keys.get(key, at))
        self.account_keys = _newest_first(self.account_keys)
        if other.email and _is_newer(other.email_said_at, other.email, self.email_said_at, self.email):
            self.email, self.email_said_at = other.email, other.email_said_at
        if other.name and _is_newer(other.name_said_at, other.name, self.name_said_at, self.name):
            self.name, self.title, self.name_said_at = other.name, other.title, other.name_said_at
        if other.same_as and _is_newer(
            other.same_as_said_at, other.same_as, self.same_as_said_at, self.same_as
        ):
            self.same_as, self.same_as_said_at = other.same_as, other.same_as_said_at

    def row(self, person: Person) -> tuple[object, ...]:
        """As the table holds it."""
        keys = msgspec.json.encode(self.account_keys, order="sorted").decode()
        said = (self.email, self.email_said_at, self.name, self.title, self.name_said_at)
        return (*person, keys, *said, self.same_as, self.same_as_said_at)


NOTHING = Saying()
"""Of whom nobody said anything."""


def _newest_first(keys: Mapping[str, datetime]) -> dict[str, datetime]:
    newest = sorted(keys.items(), key=lambda said: (said[1], said[0]), reverse=True)
    return dict(newest[:KEYS_KEPT])


def _is_newer(at: datetime | None, word: str, known_at: datetime | None, known: str) -> bool:
    return known_at is None or (at is not None and (at, word) > (known_at, known))


def waiting_key(person: Person) -> str:
    """A person's key, made unique over sources: `user:7:u1`."""
    by, _, value = person[1].partition(":")
    return f"{by}:{person[0]}:{value}"


def remember(arrivals: Iterable[Arrival]) -> list[str]:
    """Store what identify, group and alias calls say; returns the keys of everybody that this is about."""
    said: dict[Person, Saying] = {}
    for arrival in arrivals:
        ids = arrival.persons
        for person in ids:
            saying = said.setdefault(person, Saying())
            saying.hear(arrival)
            if person != ids[0]:
                saying.merge(Saying(same_as=ids[0][1], same_as_said_at=arrival.occurred_at))
    _store({person: saying for person, saying in said.items() if saying != Saying()})
    return sorted({waiting_key(person) for circle in circles(said).values() for person, _ in circle})


def _store(said: Mapping[Person, Saying]) -> None:
    """Merge into what is known: rows made, then locked, in the order of their keys, so that nobody waits in a ring."""
    if not said:
        return
    people = sorted(said)
    with connection.cursor() as cursor:
        execute_values(cursor.cursor, _MAKE, people, page_size=len(people))
        known = {
            (row.source_id, row.key): row
            for row in _rows(people).select_for_update().order_by("source_id", "key")
        }
        merged = []
        for person in people:
            saying = _saying(known[person])
            saying.merge(said[person])
            merged.append(saying.row(person))
        execute_values(cursor.cursor, _WRITE, merged, page_size=len(merged))


_MAKE = """
INSERT INTO signals_identity (source_id, key, account_keys, email, name, title, same_as)
SELECT v.source_id, v.key, '{}', '', '', '', '' FROM (VALUES %s) AS v(source_id, key)
WHERE NOT EXISTS (SELECT FROM signals_identity i WHERE i.source_id = v.source_id AND i.key = v.key)
ORDER BY 1, 2 ON CONFLICT DO NOTHING
"""
_WRITE = """
UPDATE signals_identity i SET account_keys = v.account_keys::jsonb,
    email = v.email, email_said_at = v.email_said_at::timestamptz,
    name = v.name, title = v.title, name_said_at = v.name_said_at::timestamptz,
    same_as = v.same_as, same_as_said_at = v.same_as_said_at::timestamptz
FROM (VALUES %s) AS v(
    source_id, key, account_keys, email, email_said_at, name, title, name_said_at, same_as, same_as_said_at
)
WHERE i.source_id = v.source_id AND i.key = v.key
"""


def circles(people: Iterable[Person]) -> dict[Person, list[tuple[Person, Saying]]]:
    """What was said of each person under any of their ids, their own first: three queries.

    One step wide: an id, the user it is, and the other ids that are the same user.
    """
    wanted = sorted(set(people))
    if not wanted:
        return {}
    known = _known(_BY_KEY, wanted)
    roots = {
        person: (person[0], known[person].same_as)
        for person in wanted
        if person in known and known[person].same_as
    }
    centres = sorted({roots.get(person, person) for person in wanted})
    # Two indexes, hence two reads: of an OR over long lists the planner would make a scan of the table.
    for rows in ([_known(_BY_KEY, centres)] if roots else []) + [_known(_BY_USER, centres)]:
        known = rows | known
    members: dict[Person, list[Person]] = {}
    for person, row in sorted(known.items()):
        if row.same_as:
            members.setdefault((person[0], row.same_as), []).append(person)
    found = {}
    for person in wanted:
        centre = roots.get(person, person)
        if person not in known and centre not in members:
            found[person] = [(person, NOTHING)]
            continue
        circle = dict.fromkeys([person, centre, *members.get(centre, [])])
        found[person] = [(one, _saying(known[one]) if one in known else Saying()) for one in circle]
    return found


def _rows(people: Sequence[Person]) -> QuerySet[Identity]:
    """The rows of these ids, and of the same words at the other sources among them."""
    sources, words = {source_id for source_id, _ in people}, {word for _, word in people}
    return Identity.objects.filter(source_id__in=sources, key__in=words)


def _known(sql: str, people: Sequence[Person]) -> dict[Person, Identity]:
    """The same by one parameter for thousands of words, which the ORM would look at one by one."""
    sources, words = sorted({source_id for source_id, _ in people}), [word for _, word in people]
    with connection.cursor() as cursor:
        prepared.run(cursor, sql, [sources, words])
        found = cursor.fetchall()
    rows = [Identity(**dict(zip(_FIELDS, row, strict=True))) for row in found]
    for row in rows:
        row.account_keys = msgspec.json.decode(row.account_keys)
    return {(row.source_id, row.key): row for row in rows}


_FIELDS = (
    "source_id", "key", "account_keys", "email", "email_said_at", "name", "title", "name_said_at", "same_as",
    "same_as_said_at",
)  # fmt: skip
# The names are constants.
_SAID = f"SELECT {', '.join(_FIELDS)} FROM signals_identity WHERE source_id = ANY(%s)"  # noqa: S608
_BY_KEY = f"{_SAID} AND key = ANY(%s)"
_BY_USER = f"{_SAID} AND same_as = ANY(%s) AND same_as <> ''"


def _saying(row: Identity) -> Saying:
    keys = _newest_first({key: datetime.fromisoformat(at) for key, at in row.account_keys.items()})
    return Saying(
        keys,
        row.email,
        row.email_said_at,
        row.name,
        row.title,
        row.name_said_at,
        row.same_as,
        row.same_as_said_at,
    )
