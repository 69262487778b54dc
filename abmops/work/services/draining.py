"""Running items: claim, work, finish, until nothing is due or the time is up."""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from django.db import Error as DatabaseError
from django.db import OperationalError, connection, transaction

from abmops.lib.collecting import look_between
from abmops.work import crash, kinds
from abmops.work.kinds import Lane
from abmops.work.models import WorkItem
from abmops.work.selectors import claimable
from abmops.work.services.claiming import Claim, claim, claim_retry
from abmops.work.services.finishing import complete, fail, give_back, hold
from abmops.work.services.leases import renewed

log = logging.getLogger(__name__)

# Serialization failure, deadlock, lock not available: the database asks for the same again. Not an attempt.
ASKED_AGAIN = frozenset({"40001", "40P01", "55P03"})
AGAIN = 3
NEWER_CODE_WAIT = timedelta(seconds=30)
ASKED_AGAIN_WAIT = timedelta(seconds=1)


def drain(
    lane: str,
    deadline: float,
    *,
    now: datetime | None = None,
    only: Collection[str] | None = None,
    letting: Collection[str] = (),
) -> int:
    """Run what is due in `lane` until nothing is, or until `time.monotonic()` passes `deadline`; how many
    items ended well.

    First tries in batches and retries one by one take turns, so that neither waits for the other's end. Before each
    batch the lanes of `letting` go first: a lane that never runs dry keeps no other one waiting.
    """
    ended = 0
    known = [
        kind
        for kind in kinds.all_kinds()
        if kind.lane in letting or (kind.lane == lane and (only is None or kind.name in only))
    ]
    while time.monotonic() < deadline:
        due = claimable(kinds_known=known, now=now)
        ended += sum(drain(other, deadline, now=now) for other in sorted({it for it, _ in due} - {lane}))
        first = claim(lane, now=now, only=only) if (lane, False) in due else None
        if first is not None:
            ended += run(first)
            look_between()
        retry = claim_retry(lane, now=now, only=only) if (lane, True) in due else None
        if retry is not None:
            ended += run(retry)
        if first is None and retry is None:
            break
    return ended


def drain_all(now: datetime | None = None, *, strict: bool = True, limit: int = 100_000) -> int:
    """For tests and commands: run everything due at `now` in this process, and what that puts, until all is
    quiet.

    `strict` raises a handler's error instead of keeping it for a retry.
    """
    total = 0
    while True:
        before = total
        for lane in Lane.values:
            while (found := claim(lane, now=now) or claim_retry(lane, now=now)) is not None:
                total += run(found, strict=strict)
                if total > limit:
                    raise RuntimeError(f"More than {limit} items ran; something puts itself again and again.")
        if total == before:
            return total


def run(found: Claim, *, strict: bool = False) -> int:
    """Run one claim to its end, whatever that is; how many items ended well."""
    items = _understood(found)
    if not items:
        return 0
    found = Claim(found.kind, items, found.now)
    work = _outside if found.kind.outside else _inside
    try:
        return work(found)
    except Exception as error:
        if connection.connection is None or not connection.is_usable():
            # The database went away in the middle: nothing was written, the lease runs out, the sweep brings
            # it back.
            connection.close()
            raise
        if strict:
            raise
        if _pgcode(error) in ASKED_AGAIN:
            give_back(
                items, wait=ASKED_AGAIN_WAIT, reason=f"The database asked for it again ({_pgcode(error)})."
            )
        else:
            fail(claim=found, error=error)
        return 0


def _understood(found: Claim) -> Sequence[WorkItem]:
    """The items whose payload this code knows how to read; newer ones go back, uncounted, for newer code."""
    newer = [item for item in found.items if item.schema_v > found.kind.schema_v]
    if newer:
        give_back(newer, wait=NEWER_CODE_WAIT, reason="The payload is of a newer release.")
    return [item for item in found.items if item.schema_v <= found.kind.schema_v]


def _pgcode(error: BaseException) -> str | None:
    return getattr(error.__cause__, "pgcode", None) if isinstance(error, DatabaseError) else None


def _inside(found: Claim) -> int:
    """Effects and end in one transaction. What the database asks for again it gets at once, a few times."""
    for turn in range(AGAIN):
        try:
            with transaction.atomic():
                ours = hold(found.items)
                if ours:
                    crash.point("before_effect")
                    found.kind.handler(ours, found.now)
                    crash.point("after_effect")
                    complete(claim=found, items=ours)
                    crash.point("before_commit")
        except OperationalError as error:
            if _pgcode(error) not in ASKED_AGAIN or turn == AGAIN - 1:
                raise
        else:
            crash.point("after_commit")
            if len(ours) < len(found.items):
                log.warning("%d of %s were fenced off.", len(found.items) - len(ours), found.kind.name)
            return len(ours)
    return 0


def _outside(found: Claim) -> int:
    """One item, no transaction around the call, the lease renewed meanwhile; then the end, if it is still
    ours.
    """
    with renewed(found):
        crash.point("before_effect")
        found.kind.handler(found.items, found.now)
        crash.point("after_effect")
    ended = complete(claim=found, items=found.items)
    crash.point("after_commit")
    if not ended:
        log.warning("%s was fenced off after its call.", found.items[0])
    return ended
