"""The tester: what an event would become, and why. The real code runs, in a transaction that is always rolled back.

Nothing is stored and nobody is told. While it runs the account's state is locked, as it is for a real signal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from abmops.lib.errors import FieldError
from abmops.lib.ids import first_uuid7
from abmops.work.models import WorkItem
from accounts.models import Account, Contact
from signals.domain import clock, contest, segment
from signals.domain.condition import View
from signals.domain.state import RollingState
from signals.models import (
    AccountState,
    Crossing,
    RejectedEvent,
    Signal,
    SignalKey,
    SignalType,
    Source,
    Threshold,
)
from signals.selectors import Book, book
from signals.services import ingest
from signals.services.detect import detect, placement
from signals.services.detect.arrivals import Arrival, of_item
from signals.services.sending import send_records

TICK = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Trial:
    """One event to try: a Segment message as bytes with its source, or a record that was read already."""

    form: str
    source: Source | None = None
    raw: bytes = b""
    document: Mapping[str, Any] = field(default_factory=dict)
    errors: tuple[FieldError, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class KeyTried:
    """One key by which the account was sought, what it is, and whose it turned out to be."""

    key: str
    words: str
    account: Account | None
    decided: bool


@dataclass(frozen=True, slots=True)
class Rival:
    """A rule that matched too, and why it lost."""

    slug: str
    name: str
    rule: int
    why: str


@dataclass(frozen=True, slots=True)
class Step:
    """One fact of a threshold, before and after."""

    sentence: str
    before: float
    after: float
    need: float


@dataclass(frozen=True, slots=True)
class Moved:
    """A threshold that the signal brings nearer, or makes cross."""

    threshold: Threshold
    steps: tuple[Step, ...]
    crosses: bool
    was_met: bool


@dataclass(slots=True)
class Outcome:
    """What became of one event."""

    form: str
    errors: tuple[FieldError, ...] = ()
    note: str = ""
    type: SignalType | None = None
    rule: int | None = None
    why: str = ""
    rivals: tuple[Rival, ...] = ()
    set_aside: str = ""
    set_aside_code: str = ""
    is_repeat: bool = False
    is_conflict: bool = False
    says_who: str = ""
    occurred_at: datetime | None = None
    corrected_by: timedelta | None = None
    is_too_old: bool = False
    points: float | None = None
    weight: float = 1.0
    keys: tuple[KeyTried, ...] = ()
    account: Account | None = None
    waits: bool = False
    contact: Contact | None = None
    contact_is_new: bool = False
    score_before: float | None = None
    score_after: float | None = None
    moved: tuple[Moved, ...] = ()

    @property
    def is_signal(self) -> bool:
        """Whether a signal would be stored."""
        return self.points is not None


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
    if trial.errors:
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
    _explain_rules(outcome, trial, written)
    if not isinstance(one, Arrival):
        outcome.set_aside, outcome.set_aside_code = one.reason, one.code
        return outcome
    _explain_time(outcome, trial, one)
    outcome.says_who = str(trial.document.get("type", "")) if one.type is None else ""
    known = SignalKey.objects.filter(digest=one.digest).values_list("body_digest", flat=True).first()
    if known is not None:
        outcome.is_repeat = True
        outcome.is_conflict = bytes(known) != one.body_digest
        return outcome
    people = (
        set(Contact.objects.filter(email__iexact=one.who.email).values_list("pk", flat=True))
        if one.who.email
        else set()
    )
    _explain_whose(outcome, one)
    _happen(outcome, item, one, now, people)
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


def _explain_rules(outcome: Outcome, trial: Trial, written: Book) -> None:
    """Which rules match, which of them wins, and why the others lose."""
    rows = {row.slug: row for row in SignalType.objects.all()}
    if trial.form == "record":
        outcome.type = rows.get(str(trial.document.get("type")))
        outcome.why = "The record names its type."
        return
    live = [(slug, row.rules) for slug, row in rows.items() if row.is_active]
    matching = contest.candidates(live, trial.document)
    if not matching or trial.document.get("type") in contest.NEVER_SIGNALS:
        return
    winner, *others = matching
    outcome.type, outcome.rule, outcome.why = rows[winner.slug], winner.index + 1, winner.why
    outcome.rivals = tuple(
        Rival(one.slug, rows[one.slug].name, one.index + 1, contest.why_it_lost(one, winner))
        for one in others
    )


def _explain_time(outcome: Outcome, trial: Trial, one: Arrival) -> None:
    outcome.occurred_at = one.occurred_at
    stamp = trial.document.get("timestamp") or trial.document.get("originalTimestamp")
    if trial.form == "segment" and stamp:
        moved = one.occurred_at - clock.parse_time(stamp)
        outcome.corrected_by = moved if abs(moved) >= timedelta(seconds=1) else None
    if one.type is not None:
        age = one.received_at - one.occurred_at
        outcome.is_too_old = age > timedelta(days=one.type.recency_days)


def _explain_whose(outcome: Outcome, one: Arrival) -> None:
    """Every key in the order in which it is tried, and the account that each leads to."""
    found = placement.directory([one])
    keys: list[tuple[str, str, int | None]] = [
        (str(key), _KEY_WORDS[key.by].format(key.value), found.accounts.get(str(key)))
        for key in one.who.account_keys
    ]
    if one.who.email and one.who.email in found.contacts:
        keys.append(
            (f"email:{one.who.email}", f"the contact {one.who.email}", found.contacts[one.who.email][1])
        )
    elif one.who.email:
        keys.append((f"email:{one.who.email}", f"the e-mail address {one.who.email}", None))
    for saying in found.said_of(one):
        for key in saying.account_keys:
            by, _, value = key.partition(":")
            words = f"{_KEY_WORDS[by].format(value)}, which this source said of the user"
            keys.append((key, words, found.accounts.get(key)))
        if saying.email:
            _, account_id = found.contacts.get(saying.email, (0, None))
            keys.append(
                (f"email:{saying.email}", f"{saying.email}, which this source said of the user", account_id)
            )
    keys += [(str(key), _KEY_WORDS[key.by].format(key.value), None) for key in one.who.people]
    accounts = Account.objects.in_bulk({pk for _, _, pk in keys if pk is not None})
    found.place(one)
    outcome.account = accounts.get(one.account_id or 0) or Account.objects.filter(pk=one.account_id).first()
    decided = next((key for key, _, pk in keys if pk is not None and pk == one.account_id), None)
    outcome.keys = tuple(
        KeyTried(key, words, accounts.get(pk or 0), decided=key == decided)
        for key, words, pk in {key: (key, words, pk) for key, words, pk in reversed(keys)}.values()
    )[::-1]
    one.account_id = one.contact_id = None


_KEY_WORDS = {
    "domain": "the domain {}",
    "external": "the id {} of another system",
    "email": "the e-mail address {}",
    "user": "the user {} of this source",
    "anonymous": "the visitor {} of this source",
}


def _happen(outcome: Outcome, item: WorkItem, one: Arrival, now: datetime, people: set[int]) -> None:
    """Detect for real; once only to learn the account, then again with its state of before at hand."""
    with transaction.atomic():
        detect([item], now)
        first = _stored(one, now)
        transaction.set_rollback(True)
    before = _state(first.account_id) if first is not None and first.account_id else b""
    rejected = RejectedEvent.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    crossed = Crossing.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    detect([item], now)
    signal = _stored(one, now)
    if signal is None:
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
    outcome.contact_is_new = (
        signal.contact_id is not None and bool(one.who.email) and signal.contact_id not in people
    )
    if signal.account is not None:
        crossings = Crossing.objects.filter(pk__gt=crossed, account=signal.account_id).values_list(
            "threshold_id", flat=True
        )
        _explain_thresholds(outcome, signal.account, before, set(crossings), now)


def _stored(one: Arrival, now: datetime) -> Signal | None:
    rows = Signal.objects.filter(id__gte=first_uuid7(now), source=one.source_id, message_id=one.message_id)
    return rows.select_related("type", "source", "account", "contact").order_by("-id").first()


def _state(account_id: int) -> bytes:
    return bytes(
        AccountState.objects.filter(account=account_id).values_list("state", flat=True).first() or b""
    )


def _explain_thresholds(
    outcome: Outcome, account: Account, before: bytes, crossed: Iterable[int], now: datetime
) -> None:
    """The thresholds of the account of which a fact has grown, those that cross first; and the score."""
    written = book()
    old, new = RollingState.load(before), RollingState.load(_state(account.pk))
    views = [View(state, written.catalogue, fit=account.fit, scoring=written.scoring) for state in (old, new)]
    at = new.settled((now + TICK).timestamp())
    outcome.score_before, outcome.score_after = (view.score(at) for view in views)
    names = dict(SignalType.objects.values_list("slug", "name"))
    live = [one for one in written.thresholds if one.applies_to(account.tier)]
    rows = Threshold.objects.in_bulk([one.threshold_id for one in live])
    moved = []
    for one in live:
        pairs = zip(*(one.condition.progress(view, at, names) for view in views), strict=True)
        steps = tuple(
            Step(after.sentence, was.have, after.have, after.need)
            for was, after in pairs
            if after.have > was.have + 0.05
        )
        crosses = one.threshold_id in crossed
        if (steps or crosses) and one.threshold_id in rows:
            moved.append(Moved(rows[one.threshold_id], steps, crosses, one.condition.is_met(views[0], at)))
    outcome.moved = tuple(sorted(moved, key=lambda one: (not one.crosses, one.threshold.name)))
