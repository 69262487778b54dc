"""The tester: what an event would become, and why. The real code runs, in a transaction that is always rolled back.

Nothing is stored and nobody is told. While it runs the account's state is locked, as it is for a real signal.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from abmops.lib.errors import FieldError
from abmops.lib.ids import first_uuid7
from abmops.work.models import WorkItem
from accounts.models import Contact
from signals.domain import segment
from signals.models import Crossing, RejectedEvent, Signal, Source
from signals.selectors import book
from signals.services import ingest
from signals.services.detect import detect, keys
from signals.services.detect.arrivals import Arrival, Held, of_item
from signals.services.sending import send_records
from signals.services.trying.explaining import (
    TICK,
    explain_rules,
    explain_thresholds,
    explain_time,
    explain_whose,
    state_of,
)
from signals.services.trying.outcome import Outcome, Trial

HELD = "By its own time it lies ahead of us. It waits until then, and counts from that moment on."


def try_out(*, trials: Sequence[Trial], now: datetime) -> list[Outcome]:
    """Let each event happen after the ones before it, look at what it did, and undo all of it."""
    found = []
    with transaction.atomic():
        for place, trial in enumerate(trials):
            found.append(_try(trial, now + place * TICK))
        transaction.set_rollback(True)
    return found


def _try(trial: Trial, now: datetime) -> Outcome:
    outcome = Outcome(trial.form, errors=trial.errors, note=trial.note)
    if trial.aside:
        outcome.set_aside, outcome.set_aside_code = trial.aside, "left_out"
    if trial.errors or trial.aside:
        return outcome
    item, errors = _accepted(trial, now)
    outcome.errors = tuple(errors)
    if errors:
        return outcome
    if item is None:
        outcome.is_repeat = True
        return outcome
    written = book()
    read = list(of_item(item, written))
    if not read:
        return outcome
    one = read[0]
    explain_rules(outcome, trial, written)
    if isinstance(one, Held):
        outcome.set_aside, outcome.set_aside_code = HELD, "held"
        outcome.occurred_at = one.due
        return outcome
    if not isinstance(one, Arrival):
        outcome.set_aside, outcome.set_aside_code = one.reason, one.code
        return outcome
    explain_time(outcome, trial, one)
    outcome.says_who = str(trial.document.get("type", "")) if one.type is None else ""
    known = keys.bodies_of([one.digest]).get(one.digest)
    if known is not None:
        outcome.is_repeat = True
        outcome.is_conflict = known != one.body_digest
        return outcome
    explain_whose(outcome, one)
    _happen(outcome, item, one, now)
    return outcome


def _accepted(trial: Trial, now: datetime) -> tuple[WorkItem | None, list[FieldError]]:
    """Through the real door into the inbox; the inbox item, or what the door found wrong, or neither for a repeat."""
    if trial.form == "segment":
        assert trial.source is not None
        try:
            reading = segment.read_single(trial.raw, call=str(trial.document.get("type", "")))
        except segment.Unreadable as error:
            return None, [FieldError("", str(error))]
        if reading.refused:
            return None, [one.error for one in reading.refused]
        ingest.accept_segment(
            source=trial.source, reading=reading, call=str(trial.document.get("type", "")), now=now
        )
        source_id = trial.source.pk
    else:
        result = send_records(records={0: trial.document}, now=now)
        if result.errors:
            return None, [FieldError(one.pointer, one.detail) for one in result.errors]
        source_id = Source.objects.values_list("pk", flat=True).get(slug=trial.document["source"])
    items = WorkItem.objects.filter(
        kind=ingest.KIND, subject_id=source_id, payload__received_at=now.isoformat()
    )
    return items.order_by("-pk").first(), []


def _happen(outcome: Outcome, item: WorkItem, one: Arrival, now: datetime) -> None:
    """Detect for real; once only to learn the account, then again with its state of before at hand."""
    with transaction.atomic():
        detect([item], now)
        first = _stored(one, now)
        transaction.set_rollback(True)
    before = state_of(first.account_id) if first is not None and first.account_id else b""
    rejected = RejectedEvent.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    crossed = Crossing.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    newest_contact = Contact.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    detect([item], now)
    signal = _stored(one, now)
    if signal is None:
        outcome.contact = Contact.objects.filter(pk__gt=newest_contact).order_by("pk").first()
        outcome.contact_is_new = outcome.contact is not None
        aside = RejectedEvent.objects.filter(pk__gt=rejected, source=one.source_id).order_by("-pk").first()
        if aside is not None:
            outcome.set_aside, outcome.set_aside_code = aside.reason, aside.code
        elif one.type is not None:
            outcome.set_aside, outcome.set_aside_code = (
                "It was taken in and does not count; see Unmatched.",
                "aside",
            )
        return
    outcome.points = signal.points
    outcome.weight = signal.type.confidence * signal.source.weight
    outcome.type = signal.type
    outcome.account, outcome.waits, outcome.contact = (
        signal.account,
        signal.account_id is None,
        signal.contact,
    )
    outcome.contact_is_new = (signal.contact_id or 0) > newest_contact
    if signal.account is not None:
        crossings = Crossing.objects.filter(pk__gt=crossed, account=signal.account_id).values_list(
            "threshold_id", flat=True
        )
        explain_thresholds(outcome, signal.account, before, set(crossings), now)


def _stored(one: Arrival, now: datetime) -> Signal | None:
    rows = Signal.objects.filter(id__gte=first_uuid7(now), source=one.source_id, message_id=one.message_id)
    return rows.select_related("type", "source", "account", "contact").order_by("-id").first()
