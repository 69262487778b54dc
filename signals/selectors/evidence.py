"""The evidence of crossings, told as a rep reads it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo

from signals.domain import telling
from signals.domain.condition import parse
from signals.domain.proof import Proof, proof
from signals.domain.state import Sighting
from signals.models import Crossing, Signal, SignalType
from signals.selectors.crossings import signals_by_id
from signals.selectors.engine import facts_of


@dataclass(frozen=True, slots=True)
class Told:
    """A crossing's evidence: by person, what of it was needed, and the signals themselves, newest first."""

    account: telling.Account
    proof: Proof
    signals: tuple[Signal, ...]
    gone: int

    @property
    def line(self) -> str:
        """All of it in a line: `Jane Doe looked at the pricing page twice, last yesterday 14:05`."""
        return telling.capital(self.account.line)


def told_of(crossings: Iterable[Crossing], *, now: datetime, zone: tzinfo) -> Mapping[int, Told]:
    """The evidence of crossings that hold their `version`, by crossing. Two queries."""
    page = list(crossings)
    signals = signals_by_id({pk for one in page for pk in one.evidence})
    types = list(SignalType.objects.defer("rules")) if page else []
    facts, names = [facts_of(one) for one in types], {one.slug: one.name for one in types}
    told = {}
    for one in page:
        known = tuple(signals[pk] for pk in one.evidence if pk in signals)
        found = proof(
            parse(one.version.condition),
            [_sighting(row) for row in known],
            facts,
            one.crossed_at.timestamp(),
            names,
        )
        told[one.pk] = Told(
            account=telling.account(
                map(_seen, known), needed=found.needed, independent=found.independent, now=now, zone=zone
            ),
            proof=found,
            signals=known,
            gone=len(one.evidence) - len(known),
        )
    return told


def told_by_id(ids: Iterable[int], *, now: datetime, zone: tzinfo) -> Mapping[int, Told]:
    """The same of crossings by their ids, for pages of other apps. Three queries."""
    wanted = set(ids)
    if not wanted:
        return {}
    return told_of(Crossing.objects.filter(pk__in=wanted).select_related("version"), now=now, zone=zone)


def _sighting(signal: Signal) -> Sighting:
    return Sighting(
        at=signal.occurred_at.timestamp(),
        signal_id=str(signal.pk),
        source_id=signal.source_id,
        type_id=signal.type_id,
        contact_id=signal.contact_id,
        topic=signal.topic,
        points=signal.points,
    )


def _seen(signal: Signal) -> telling.Seen:
    said, contact = signal.properties, signal.contact
    about = signal.topic or said.get("title") or said.get("path") or said.get("name") or ""
    return telling.Seen(
        id=str(signal.pk),
        at=signal.occurred_at,
        type_slug=signal.type.slug,
        type_name=signal.type.name,
        page_intent=signal.type.page_intent,
        about=str(about)[:120],
        source=signal.source.name,
        person=None
        if contact is None
        else telling.Person(
            contact.pk, contact.name or "Somebody", contact.title, contact.get_role_display()
        ),
    )
