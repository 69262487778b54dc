"""One ready item a subject, under races: whatever commits before the work is seen by it, or has an item of its own."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction

from abmops.work import services as work
from abmops.work.models import State, WorkItem
from abmops.work.services import putting
from tests.work.conftest import MakeKind

SUBJECTS = 20
SECONDS = 3.0


@pytest.fixture
def seen() -> Iterator[None]:
    """The signals of the subjects, each with how often it was looked at."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE seen (id bigserial, subject int, looks int DEFAULT 0)")
    yield
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE seen")


def add(subject: int) -> None:
    """What an ingest does: the signal and its subject's item, in one transaction."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("INSERT INTO seen (subject) VALUES (%s)", [subject])
        work.put(kind="t", subject_id=subject)


def look(items: Sequence[WorkItem], now: datetime) -> None:
    """What an evaluation does: take in every signal of its subjects that nobody has looked at."""
    del now
    with connection.cursor() as cursor:
        subjects = [item.subject_id for item in items]
        cursor.execute("UPDATE seen SET looks = looks + 1 WHERE subject = ANY(%s) AND looks = 0", [subjects])


def wake() -> None:
    """End the pauses of all ready items. Held ones are left out: two that wake at once would wait in a circle."""
    with transaction.atomic():
        asleep = WorkItem.objects.filter(state=State.READY).select_for_update(skip_locked=True)
        WorkItem.objects.filter(pk__in=[item.pk for item in asleep]).update(run_at=work.database_now())


def looks() -> dict[int, int]:
    """How many signals were looked at how often."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT looks, count(*) FROM seen GROUP BY looks")
        return dict(cursor.fetchall())


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("seen")
@pytest.mark.parametrize(
    ("merge", "expected"),
    [
        pytest.param(None, {1: 2}, id="DO UPDATE locks the row it merges into"),
        pytest.param(
            "ON CONFLICT (kind, subject_id) WHERE coalesces AND state = 'ready' DO NOTHING",
            {1: 1, 0: 1},
            id="the control, DO NOTHING, loses the second signal",
        ),
    ],
)
def test_a_put_that_has_not_committed_is_not_worked_past(
    make_kind: MakeKind, monkeypatch: pytest.MonkeyPatch, merge: str | None, expected: dict[int, int]
) -> None:
    make_kind(handler=look, coalesce=True)
    add(7)
    if merge:
        monkeypatch.setattr(putting, "_MERGE", merge)
    merged, drained = threading.Event(), threading.Event()

    def second() -> None:
        try:
            with transaction.atomic():
                add(7)
                merged.set()
                assert drained.wait(60)
        finally:
            connection.close()

    thread = threading.Thread(target=second)
    thread.start()
    assert merged.wait(60)
    work.drain("react", time.monotonic() + 5)
    drained.set()
    thread.join()
    work.drain("react", time.monotonic() + 5)
    assert looks() == expected


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("seen")
def test_a_stream_of_signals_with_crashes_and_overrun_leases(make_kind: MakeKind) -> None:
    """Four that ingest, four that evaluate: one claim in twenty is dropped as by a crash, one outlives its lease."""
    make_kind(handler=look, coalesce=True, batch=5, lease=timedelta(seconds=0.2), max_attempts=1_000)
    told: list[str] = []  # a counter would lose what two threads count at once
    errors: list[BaseException] = []
    end = time.monotonic() + SECONDS

    def ingest(chance: random.Random) -> None:
        while time.monotonic() < end:
            add(chance.randrange(SUBJECTS))
            told.append("signals")

    def evaluate(chance: random.Random) -> None:
        while time.monotonic() < end:
            found = work.claim("react") or work.claim_retry("react")
            if found is None:
                work.reclaim()
                wake()
                continue
            match chance.randrange(20):
                case 0:
                    told.append("crashes")
                case 1:
                    time.sleep(0.25)
                    told.append("overruns")
                    work.run(found)
                case _:
                    work.run(found)

    def guarded(part: Callable[[random.Random], None], seed: int) -> None:
        try:
            part(random.Random(seed))
        except BaseException as error:  # noqa: BLE001  (told by the main thread)
            errors.append(error)
        finally:
            connection.close()

    threads = [
        threading.Thread(target=guarded, args=(part, seed))
        for seed in range(4)
        for part in (ingest, evaluate)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    time.sleep(0.25)
    while WorkItem.objects.filter(state__in=[State.READY, State.LEASED]).exists():
        work.reclaim()
        wake()
        work.drain("react", time.monotonic() + 5)
    added = Counter(told)
    print(dict(added))
    assert looks() == {1: added["signals"]}
    assert added["signals"] > 100
