"""What comes in about people who were erased: the account keeps the signal, nothing keeps the person."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db import connection

from abmops.lib import prepared
from abmops.lib.erasing import Wording
from accounts.services.erasing.suppressing import email_key, suppressed
from signals.services.detect.arrivals import Arrival, SetAside

_ADDRESS = re.compile(r"[^\s\"'<>(),;:\[\]\\@]{1,64}@[^\s\"'<>(),;:\[\]\\@]{1,253}")


def leave_out(arrivals: Sequence[Arrival], asides: Sequence[SetAside]) -> list[SetAside]:
    """Take erased people out of arrivals in place, and give the set-aside events back without them.

    An address anywhere in an event is asked for; one query a batch. The digests are made before, so that a repeat
    is still known as one. Where nobody was ever erased, nothing is looked through.
    """
    with connection.cursor() as cursor:
        prepared.run(cursor, _ANYBODY)
        if not cursor.fetchone()[0]:
            return list(asides)
    spoken = {address for one in arrivals for address in _of_arrival(one)}
    spoken |= {address for aside in asides for address in _addresses((aside.excerpt, aside.reason))}
    gone = {key.removeprefix("email:") for key in suppressed(map(email_key, spoken))}
    if not gone:
        return list(asides)
    wording = Wording.of(gone, (), ())
    for arrival in arrivals:
        if not gone.isdisjoint(_of_arrival(arrival)):
            _take_out(arrival, gone, wording)
    return [
        replace(
            aside,
            excerpt=wording.taken_out(aside.excerpt),
            reason=wording.taken_out(aside.reason),
            message_id=wording.taken_out(aside.message_id),
        )
        for aside in asides
    ]


_ANYBODY = "SELECT EXISTS (SELECT FROM accounts_suppression)"


def _take_out(arrival: Arrival, gone: set[str], wording: Wording) -> None:
    """The person goes, with the ids that are their address; the account's keys stay."""
    who = arrival.who
    people = tuple(key for key in who.people if key.value.lower() not in gone)
    is_them = (who.email or "") in gone or len(people) < len(who.people)
    arrival.be_about(
        replace(
            who,
            email=None if is_them else who.email,
            name="" if is_them else who.name,
            title="" if is_them else who.title,
            people=people,
        )
    )
    if is_them and who.name:
        wording = Wording.of(gone, (), (who.name,))
    arrival.properties = wording.taken_out(arrival.properties)
    arrival.topic = wording.taken_out(arrival.topic)
    arrival.message_id = wording.taken_out(arrival.message_id)


def _of_arrival(arrival: Arrival) -> set[str]:
    who = arrival.who
    return {
        *([who.email] if who.email else []),
        *_addresses([key.value for key in who.people]),
        *_addresses((arrival.properties, arrival.topic, arrival.message_id)),
    }


def _addresses(value: Any) -> Iterator[str]:
    """Every address in the texts of a value, lower case."""
    match value:
        case str():
            if "@" in value:
                for found in _ADDRESS.findall(value):
                    yield found.lower().rstrip(".")
        case Mapping():
            for key, item in value.items():
                yield from _addresses(key)
                yield from _addresses(item)
        case list() | tuple():
            for item in value:
                yield from _addresses(item)
