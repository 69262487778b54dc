"""What the sample has sent out: a week of crossings to a webhook, some of which were given up.

Nothing reaches a network: the receiver's answers are written here, and what follows from each is worked out by the
services that do so for a real one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from abmops.lib.choices import Role
from abmops.work import services as work
from abmops.work.models import WorkItem
from accounts.models import User
from plays.models import Delivery, Endpoint
from plays.selectors.evidence import evidence_of
from plays.services.outbox import announcing
from plays.services.outbox.publishing import KIND
from plays.services.outbox.replaying import dismiss
from plays.services.outbox.settling import Outcome, settle
from plays.services.outbox.taking import take
from plays.surfaces import Answer, SurfaceError
from plays.surfaces.calling import Reply, answered
from signals.models import Crossing

MOST: Final = 24
SINCE: Final = timedelta(days=7)
"""Crossings of so many days, and so many of them at most."""
LAST: Final = timedelta(hours=2)
"""Nothing newer than this: its last attempt would be in the future."""
REFUSED: Final = 4
"""So many of the newest were refused; the oldest of these has been laid aside."""
DOWN: Final = 3
"""Every so many of those before, the receiver was away at the first attempt."""
BAD_REQUEST: Final = {"error": "unknown column: threshold", "table": "abm_crossings"}
TOOK: Final = timedelta(milliseconds=180)


@transaction.atomic
def write(staff: Mapping[str, User], *, end: datetime) -> None:
    """A webhook that heard of crossings until its receiver refused them; since then it is told of nothing.

    Switched on, so that what was given up can be sent again: nobody has its name (RFC 2606), and nothing is sent by
    itself. For the same reason it is stored as it is; adding it would ask the network for its address. All at once, so
    that no worker that runs meanwhile sends any of it.
    """
    revops = next(user for user in staff.values() if user.role == Role.REVOPS)
    endpoint = Endpoint.objects.create(
        slug="data-warehouse",
        name="Data warehouse",
        surface=Endpoint.Surface.WEBHOOK,
        target=f"https://events.{revops.email.partition('@')[2]}/abmops",
        types=["crossing.created"],
        owner=revops,
        created_at=end - SINCE,
        updated_at=end - SINCE,
    )
    recent = Crossing.objects.filter(crossed_at__gt=end - SINCE, crossed_at__lt=end - LAST)
    crossings = list(recent.select_related("threshold").order_by("-crossed_at", "-pk")[:MOST])[::-1]
    evidence = evidence_of({one.pk: one.evidence for one in crossings})
    for crossing in crossings:
        words = {crossing.pk: evidence[crossing.pk].words}
        announcing.crossings_created([crossing], words, now=crossing.crossed_at)
    put = list(
        Delivery.objects.filter(endpoint=endpoint).order_by("put_at", "pk").values_list("pk", flat=True)
    )
    refused = put[-REFUSED:] if len(put) > REFUSED else []
    away = put[DOWN - 1 : len(put) - len(refused) : DOWN]
    while claim := work.claim("deliver", now=end, only=[KIND]):
        for item in claim.items:
            _send(item, refused={str(pk) for pk in refused}, away={str(pk) for pk in away})
        work.complete(claim=claim, items=claim.items)
    dismiss(ids=refused[:1], by=revops, now=end - LAST / 2)
    Endpoint.objects.filter(pk=endpoint.pk).update(types=[], updated_at=end - LAST / 2)


def _send(item: WorkItem, *, refused: set[str], away: set[str]) -> None:
    """One attempt at its moment, as the job of the deliveries makes it, with the receiver's answer in place."""
    taken = take(item, now=item.run_at)
    if taken is None:
        return
    named = str(taken.delivery_id)
    status, said = 200, {"stored": "1"}
    if named in refused:
        status, said = 422, BAD_REQUEST
    elif named in away and taken.attempt == 1:
        status, said = 500, {"error": "internal error"}
    settle(item, taken, _outcome(status, said, item.run_at), now=item.run_at + TOOK)


def _outcome(status: int, said: Mapping[str, object], at: datetime) -> Outcome:
    answer: Answer | None = None
    error: SurfaceError | None = None
    try:
        answer = answered(Reply(status, {}, json.dumps(said).encode()), now=at)
    except SurfaceError as refusal:
        error = refusal
    return Outcome(answer, error, TOOK)
