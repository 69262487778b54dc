"""Events for which there was no rule go through the door once more, when there is one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import msgspec
from django.db import transaction

from abmops.lib.choices import Role
from abmops.lib.errors import Refused
from accounts.models import User
from signals.domain import segment
from signals.models import RejectedEvent
from signals.selectors import book
from signals.selectors.rejected import whole_event
from signals.services import ingest

MOST = 500


@dataclass(slots=True)
class SentAgain:
    """How many went in, and why others did not."""

    sent: int = 0
    cut: int = 0
    unmapped: int = 0
    unfit: int = 0

    @property
    def said(self) -> str:
        """The outcome in sentences."""
        said = []
        if self.sent:
            many = "1 event" if self.sent == 1 else f"{self.sent:,} events"
            said.append(f"{many} sent again; what they come to shows within seconds.")
        if self.unmapped:
            said.append(
                f"{self.unmapped:,} still have no signal type with a rule for them; add the rule first."
            )
        if self.cut:
            said.append(f"{self.cut:,} were longer than the 2 KB that are kept, so they can't be sent again.")
        if self.unfit:
            said.append(f"{self.unfit:,} were refused for another reason, which sending again does not mend.")
        return " ".join(said) or "Choose events that had no rule."


@transaction.atomic
def send_again(*, ids: Iterable[int], by: User, now: datetime) -> SentAgain:
    """Put these events into the inbox as they came, dated as they came, and take their rows away: each goes in once.

    Only events that no type had a rule for, which have one now, and of which all is kept. Of the same event many times
    a day only the first is kept.
    """
    del now  # they count from when they came
    if not by.has_role(Role.REVOPS):
        raise Refused("RevOps sends events again.")
    done, rulebook = SentAgain(), book().rulebook
    rows = RejectedEvent.objects.select_for_update(of=("self",)).select_related("source")
    gone = []
    for row in rows.filter(pk__in=sorted(set(ids))[:MOST]).order_by("pk"):
        if row.code != RejectedEvent.Code.UNMAPPED:
            done.unfit += 1
            continue
        event = whole_event(row)
        if event is None:
            done.cut += 1
            continue
        if rulebook.match(event) is None:
            done.unmapped += 1
            continue
        reading = segment.read_batch(msgspec.json.encode({"batch": [event]}))
        if not reading.accepted:
            done.unfit += 1
            continue
        ingest.accept_segment(source=row.source, reading=reading, call=None, now=row.received_at)
        gone.append(row.pk)
        done.sent += 1
    RejectedEvent.objects.filter(pk__in=gone).delete()
    return done
