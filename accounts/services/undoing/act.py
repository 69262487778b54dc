"""Taking a set of changes back, whole, while nothing newer stands on it: an import, a bulk action."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.db.models.fields.json import KT
from django.db.models.functions import Coalesce

from abmops.lib import touching
from abmops.lib.errors import Conflict, NotKnown, Refused
from accounts.models import Account, Change, ChangeSet, Opportunity, OpportunityStage, Touch, User, Via
from accounts.services.account.fit import AT_ONCE, refit_all, refresh_fit
from accounts.services.account.naming import fill_name_keys
from accounts.services.changes import acting
from accounts.services.locking import take_turn
from accounts.services.meeting_touches import settle_meetings
from accounts.services.opportunity_removal import settle_opportunities
from accounts.services.reacting import evaluate_later
from accounts.services.undoing.planning import plan
from accounts.services.undoing.putting import put_back

_NOUNS = ("account", "contact", "opportunity", "touch", "list")


@transaction.atomic
def undo(*, change_set: UUID, by: User | None, now: datetime) -> UUID:
    """Put every row of the set back as it was, all or nothing; gives the id of the set that undoes it.

    List changes that were not imported are taken back by new changes, so that the list's history loses nothing; an
    imported history is taken out as it came. Fits and scores of the accounts are worked out anew.
    """
    for noun in _NOUNS:
        take_turn(noun)
    done = ChangeSet.objects.select_for_update().filter(pk=change_set).first()
    if done is None:
        raise NotKnown("Nothing was changed there, so there is nothing to take back.")
    if ChangeSet.objects.filter(undoes=done).exists():
        raise Conflict("This was taken back already.")
    found = plan(change_set=change_set)
    if found.blocked:
        first = found.blocked[0]
        more = f" And {len(found.blocked) - 1} more." if len(found.blocked) > 1 else ""
        raise Refused(f"This can't be taken back: {first.why}{more}", code="newer_changes")
    changes = Change.objects.filter(change_set=change_set).order_by()
    touched = changes.values("account_id")
    with acting(by=by, via=Via.PAGE, what=f"Undo of: {done}"[:200], undoes=change_set) as set_id:
        deals = _deals(changes)
        were = Opportunity.objects.in_bulk(deals)
        try:
            put_back(change_set, by=by, now=now)
        except IntegrityError as error:
            raise Refused(f"This can't be taken back: {error}".split("\n", 1)[0]) from error
        fill_name_keys()
        rows = changes.filter(table=Touch._meta.db_table)  # noqa: SLF001
        touches = dict(rows.values_list("row_id", "account_id"))
        settle_meetings(touches=touches, by=by, now=now)
        settle_opportunities(deals=deals, names={pk: str(deal) for pk, deal in were.items()}, by=by, now=now)
        touching.recount(touches.values(), now=now)
        left = set(Account.objects.filter(id__in=touched).values_list("id", flat=True))
        if len(left) > AT_ONCE:
            refit_all(now=now)
        else:
            refresh_fit(now=now, accounts=left)
        evaluate_later(left)
    return set_id


def _deals(changes: QuerySet[Change]) -> list[int]:
    """The deals that were changed, or whose stages were."""
    rows = changes.filter(table=Opportunity._meta.db_table).values_list("row_id", flat=True)  # noqa: SLF001
    stages = changes.filter(table=OpportunityStage._meta.db_table)  # noqa: SLF001
    whose = stages.values_list(Coalesce(KT("after__opportunity_id"), KT("before__opportunity_id")), flat=True)
    return sorted({*rows.distinct(), *(int(pk) for pk in whose.distinct())})
