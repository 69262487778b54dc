"""What new signals mean: states advanced under lock, thresholds judged before and after, crossings written once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

from django.db import connection

from abmops.work import services as work
from signals.domain.condition import View
from signals.domain.crossing import Armed, step
from signals.domain.score import midnight_before
from signals.domain.state import Sighting
from signals.models import Crossing, Signal
from signals.selectors import Book
from signals.services import late
from signals.services.detect import merged
from signals.services.detect.subjects import Subject, lock, save
from signals.services.replay import renew
from signals.services.rising import note_rises
from signals.services.weights import note_scoring

EVALUATE = "evaluate"
DECIDE = "decide"


def advance(
    sightings: Mapping[int, Sequence[Sighting]], *, book: Book, now: datetime, rebuild: bool = False
) -> None:
    """Let each account's state take its new sightings, judge every threshold, and write what crossed.

    An account without new sightings is judged all the same: the clock alone may have changed the truth. `rebuild`: what
    is stored of earlier signals has changed, so the states are made anew from them. Signals of an account that became
    part of another one while they were being stored go there, and are judged there.
    """
    subjects = lock(sorted(sightings), book)
    gone = set(sightings) - {subject.account_id for subject in subjects}
    if gone and (heirs := merged.follow(sorted(gone))):
        advance(dict.fromkeys(heirs, ()), book=book, now=now, rebuild=True)
        subjects = [subject for subject in subjects if subject.account_id not in heirs]
    _rebuild_stale(subjects, book, sightings, all_of_them=rebuild)
    crossed = [late.last_crossed(one.armed) for one in subjects]
    at = late.after_what_was_said(
        now.timestamp(), zip(crossed, [one.judged_at for one in subjects], strict=True)
    )
    now = now if at == now.timestamp() else datetime.fromtimestamp(at, tz=UTC)
    note_scoring(book.scoring, now=now)
    late.note_late(zip([sightings[one.account_id] for one in subjects], crossed, strict=True), now=now)
    views = [_judge(subject, sightings[subject.account_id], book, at) for subject in subjects]
    save(subjects, now)
    note_rises([(one.account_id, one.score_was, one.score) for one in subjects], now=now)
    judged = list(zip(subjects, views, strict=True))
    _write_crossings(judged, now, book)
    _set_clocks(judged, book, at)


def _rebuild_stale(
    subjects: Iterable[Subject],
    book: Book,
    sightings: Mapping[int, Sequence[Sighting]],
    *,
    all_of_them: bool,
) -> None:
    """States that are lost or of another layout, of other half-lives or of smaller trails are made anew from the stored
    signals, in one query."""
    stale = {
        subject.account_id: subject
        for subject in subjects
        if all_of_them or subject.is_lost or subject.state.is_stale(book.catalogue)
    }
    if not stale:
        return
    new = {sighting.signal_id for account_id in stale for sighting in sightings[account_id]}
    states = {account_id: subject.state for account_id, subject in stale.items()}
    for account_id, fresh in renew(states, book.catalogue, without=new).items():
        subject = stale[account_id]
        subject.state, subject.seen, subject.is_remade = fresh.state, fresh.signals, True


def _judge(subject: Subject, sightings: Sequence[Sighting], book: Book, now: float) -> View:
    """Every live threshold before and after the new signals, at the same moment: only a change from false crosses.

    Returns what the conditions saw at last, for whoever asks them more.
    """
    view = View(subject.state, book.catalogue, fit=subject.fit, scoring=book.scoring)
    come = {one.type_id for one in sightings}
    live = []
    for one in book.thresholds:
        if one.applies_to(subject.tier):
            armed = Armed.load(subject.armed.get(one.key))
            # What was false when last looked at needs no look before, and none at all for signals that cannot make it
            # true: only a truth may have lapsed with time.
            if (
                armed.is_met
                or armed.has_been_false_since is None
                or not come
                or not one.heard.isdisjoint(come)
            ):
                live.append((one, armed, armed.is_met and one.condition.is_met(view, now)))
    if sightings:
        subject.state.record_all(sightings, book.catalogue)
        view = View(subject.state, book.catalogue, fit=subject.fit, scoring=book.scoring)
    for one, armed, met_before in live:
        after, crossed = step(
            armed,
            met_before=met_before,
            met_after=one.condition.is_met(view, now),
            now=now,
            rearm_days=one.rearm_days,
        )
        subject.armed[one.key] = after.dump()
        if crossed:
            subject.crossed.append(one)
    subject.seen += len(sightings)
    subject.intent = view.intent(now)
    subject.score = view.score(now)
    midnight = midnight_before(now, 7)
    if not _knows_last_week(subject, sightings, midnight):
        subject.score_week_ago = view.score(midnight)
    return view


def _knows_last_week(subject: Subject, sightings: Sequence[Sighting], midnight: float) -> bool:
    """Whether last week's score was worked out today and nothing has come since that changes it: looking back is what
    costs most. A new fit reaches it with the next refresh."""
    return (
        subject.judged_at is not None
        and not subject.is_remade
        and midnight_before(subject.judged_at, 7) == midnight
        and all(one.at >= midnight for one in sightings)
    )


def _write_crossings(judged: Iterable[tuple[Subject, View]], now: datetime, book: Book) -> None:
    """One row per crossing, and the work of deciding what to do about it, in the same transaction."""
    crossed = [(subject, view) for subject, view in judged if subject.crossed]
    turns = _turns([subject.account_id for subject, _ in crossed])
    rows = []
    for subject, view in crossed:
        for one in subject.crossed:
            key = (one.threshold_id, subject.account_id)
            turns[key] = turns.get(key, 0) + 1
            rows.append(
                Crossing(
                    threshold_id=one.threshold_id,
                    version_id=one.version_id,
                    account_id=subject.account_id,
                    sequence=turns[key],
                    crossed_at=now,
                    urgency=one.urgency,
                    evidence=[UUID(pk) for pk in one.condition.evidence(view, now.timestamp())],
                    score=subject.score,
                )
            )
    if not rows:
        return
    _describe_evidence(rows, book)
    crossings = Crossing.objects.bulk_create(rows)
    work.put_many(
        work.Put(kind=DECIDE, lane="react", subject_id=row.pk, dedup_key=f"decide:crossing:{row.pk}")
        for row in crossings
    )


def _turns(account_ids: Sequence[int]) -> dict[tuple[int, int], int]:
    """How often each threshold has crossed for each account so far."""
    if not account_ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT threshold_id, account_id, max(sequence) FROM signals_crossing "
            "WHERE account_id = ANY(%s) GROUP BY 1, 2",
            [list(account_ids)],
        )
        return {(threshold_id, account_id): last for threshold_id, account_id, last in cursor.fetchall()}


def _describe_evidence(rows: Sequence[Crossing], book: Book) -> None:
    """When the last evidence reached us, and whether the account asked for us, from one query over all evidence."""
    ids = [pk for row in rows for pk in row.evidence]
    raised = {fact.id for fact in book.types.values() if fact.hand_raise}
    known = {
        pk: (received, type_id)
        for pk, received, type_id in Signal.objects.filter(pk__in=ids).values_list(
            "pk", "received_at", "type_id"
        )
    }
    for row in rows:
        seen = [known[pk] for pk in row.evidence if pk in known]
        row.last_evidence_received_at = max((received for received, _ in seen), default=None)
        row.hand_raise = any(type_id in raised for _, type_id in seen)


def _set_clocks(judged: Iterable[tuple[Subject, View]], book: Book, now: float) -> None:
    """A later look at every account whose thresholds time alone can make true (dormancy)."""
    wakes = []
    for subject, view in judged:
        moments = [
            one.condition.wake_at(view, now) for one in book.thresholds if one.applies_to(subject.tier)
        ]
        soonest = min((moment for moment in moments if moment is not None), default=None)
        if soonest is not None:
            wakes.append(
                work.Put(
                    kind=EVALUATE,
                    lane="ingest",
                    subject_id=subject.account_id,
                    run_at=datetime.fromtimestamp(soonest, tz=UTC),
                )
            )
    if wakes:
        work.put_many(wakes)
