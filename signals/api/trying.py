"""Trying events: what somebody pasted or posted as trials, and outcomes as they are answered."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from rest_framework import serializers

from abmops.lib.choices import SourceKind
from abmops.lib.errors import FieldError
from abmops.rest.records import read_fields
from signals.api.signal import SIGNAL
from signals.domain import pasted
from signals.domain.pasted import Piece
from signals.models import Source
from signals.services import hooks
from signals.services.trying import Outcome, Trial

NO_SOURCE = FieldError("/source", "Say which source sends it: the slug of one in the catalogue.")


def trials(text: str, *, source: Source | None, now: datetime) -> list[Trial]:
    """What somebody pasted, as at most 20 trials."""
    return _trials(pasted.read(text), text, source, now)[: pasted.MOST]


def trials_of(documents: Iterable[Mapping[str, Any]], *, source: Source | None, now: datetime) -> list[Trial]:
    """Events that a program posted, as at most 20 trials."""
    found: list[Trial] = []
    for document in documents:
        found += _trials([pasted.of_document(document)], json.dumps(document), source, now)
    return found[: pasted.MOST]


def _trials(pieces: list[Piece], text: str, source: Source | None, now: datetime) -> list[Trial]:
    """By the source's mapping, whole and as its hook would, where it has one and nothing says that it is ours; else
    records as the bulk call reads them, and Segment messages as they are."""
    is_ours = any(one.is_ours for one in pieces) or not any(one.document for one in pieces)
    if source is not None and source.mapping and not is_ours:
        return list(_mapped(text, source, now))
    return [_trial(piece, source, now) for piece in pieces]


def _mapped(text: str, source: Source, now: datetime) -> Iterator[Trial]:
    note = f"Read by the mapping of “{source.name}”."
    tried = hooks.try_out(source=source, mapping=source.mapping, example=text, fields=SIGNAL, now=now)
    batch = tried.batch or hooks.Batch()
    for index in sorted({*batch.records, *batch.wrong}):
        errors = tuple(batch.wrong.get(index, ()))
        yield Trial("record", source, b"", batch.records.get(index, {}), errors, note)
    for called, n in tried.left_out:
        yield Trial("record", source, note=note, aside=f"{_items(n)}: {called}.")
    for topic, n in tried.untracked:
        yield Trial(
            "record", source, note=note, aside=f"{_items(n)} on the topic “{topic}”, which nobody follows."
        )
    if not batch.count:
        error = tried.problem or f"The mapping of “{source.name}” finds no items in it."
        yield Trial("unclear", errors=(FieldError("", error),))


def _items(n: int) -> str:
    return "1 item" if n == 1 else f"{n:,} items"


def _trial(piece: Piece, source: Source | None, now: datetime) -> Trial:
    if piece.error:
        return Trial("unclear", errors=(FieldError("", piece.error),))
    if piece.form == "segment" and source is not None and source.kind == SourceKind.CRM:
        piece = pasted.of_the_crm(piece)
    if piece.form == "segment":
        errors = () if source is not None else (NO_SOURCE,)
        return Trial("segment", source, piece.raw, piece.document, errors, piece.note)
    given: Mapping[str, Any] = piece.document
    note = piece.note
    if source is not None and not given.get("source"):
        given = {**given, "source": source.slug}
        note = f"It does not name its source; tried as one of “{source.name}”."
    clean, faults = read_fields(SIGNAL, dict(given), now)
    return Trial("record", source, b"", clean, tuple(faults), note)


class TriedErrorOut(serializers.Serializer[Any]):
    """What was wrong with an event."""

    pointer = serializers.CharField(read_only=True)
    detail = serializers.CharField(read_only=True)


class RivalOut(serializers.Serializer[Any]):
    """A rule that matched too."""

    type = serializers.CharField(source="slug", read_only=True)
    rule = serializers.IntegerField(read_only=True, help_text="From 1.")
    why_it_lost = serializers.CharField(source="why", read_only=True)


class KeyTriedOut(serializers.Serializer[Any]):
    """A key by which the account was sought, in the order tried."""

    key = serializers.CharField(read_only=True)
    account = serializers.IntegerField(source="account.pk", read_only=True, allow_null=True, default=None)
    decided = serializers.BooleanField(read_only=True)


class StepOut(serializers.Serializer[Any]):
    """One fact of a threshold that the event brings forward."""

    sentence = serializers.CharField(read_only=True)
    before = serializers.FloatField(read_only=True)
    after = serializers.FloatField(read_only=True)
    need = serializers.FloatField(read_only=True)


class MovedOut(serializers.Serializer[Any]):
    """A threshold that comes nearer, or would cross."""

    threshold = serializers.CharField(source="threshold.slug", read_only=True)
    crosses = serializers.BooleanField(read_only=True)
    was_met = serializers.BooleanField(read_only=True)
    steps = StepOut(many=True, read_only=True)


class OutcomeOut(serializers.Serializer[Outcome]):
    """What one event would become, and why. Nothing was stored."""

    form = serializers.CharField(read_only=True, help_text="segment, record or unclear.")
    errors = TriedErrorOut(many=True, read_only=True)  # type: ignore[assignment]
    note = serializers.CharField(read_only=True)
    is_signal = serializers.BooleanField(read_only=True)
    type = serializers.CharField(source="type.slug", read_only=True, allow_null=True, default=None)
    rule = serializers.IntegerField(read_only=True, allow_null=True, help_text="From 1.")
    why = serializers.CharField(read_only=True)
    rivals = RivalOut(many=True, read_only=True)
    set_aside = serializers.CharField(read_only=True, help_text="Why it becomes no signal.")
    set_aside_code = serializers.CharField(read_only=True)
    is_repeat = serializers.BooleanField(read_only=True)
    is_conflict = serializers.BooleanField(read_only=True)
    says_who = serializers.CharField(read_only=True, help_text="identify, group or alias.")
    occurred_at = serializers.DateTimeField(read_only=True, allow_null=True)
    corrected_by_seconds = serializers.SerializerMethodField()
    is_too_old = serializers.BooleanField(read_only=True)
    points = serializers.FloatField(read_only=True, allow_null=True)
    weight = serializers.FloatField(read_only=True)
    keys = KeyTriedOut(many=True, read_only=True)
    account = serializers.IntegerField(source="account.pk", read_only=True, allow_null=True, default=None)
    waits = serializers.BooleanField(read_only=True)
    contact = serializers.IntegerField(source="contact.pk", read_only=True, allow_null=True, default=None)
    contact_is_new = serializers.BooleanField(read_only=True)
    score_before = serializers.FloatField(read_only=True, allow_null=True)
    score_after = serializers.FloatField(read_only=True, allow_null=True)
    thresholds = MovedOut(source="moved", many=True, read_only=True)

    def get_corrected_by_seconds(self, outcome: Outcome) -> float | None:
        """How far the sender's clock was corrected."""
        return None if outcome.corrected_by is None else outcome.corrected_by.total_seconds()


class TriedOut(serializers.Serializer[Any]):
    """The outcomes, in the order of the events."""

    results = OutcomeOut(many=True, read_only=True)
