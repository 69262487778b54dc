"""Doing one thing to many accounts: one set of changes, a fixed number of statements, and one undo for all of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q

from abmops.lib.choices import Lifecycle
from abmops.lib.errors import Refused
from accounts.models import Account, Territory, User, Via
from accounts.services.changes import acting
from accounts.services.locking import PATIENCE
from accounts.services.membership import Place, place_many
from accounts.services.phase import follow_lifecycle

# What one act takes: its locks are held for a few seconds at most.
MOST = 10_000


@dataclass(frozen=True, slots=True)
class Done:
    """How many accounts changed, and the set of changes that undoes them; those that were so already are not in it."""

    change_set: UUID
    changed: int


@transaction.atomic
def hand_over(*, accounts: Iterable[int], owner: User | None, by: User, now: datetime) -> Done:
    """Give accounts to a person, or to nobody: the SDR pool. All of them or none."""
    if owner is not None and owner.why_no_work:
        raise Refused(f"{owner} cannot be given accounts: {owner.why_no_work}")
    ids = _held(accounts, by)
    what = f"Handed {counted(len(ids))} to {owner.name if owner else 'the SDR pool'}"
    return _set(ids, "owner_id", owner.pk if owner else None, what=what, by=by, now=now)


@transaction.atomic
def move_to_territory(
    *, accounts: Iterable[int], territory: Territory | None, by: User, now: datetime
) -> Done:
    """Put accounts into a territory, or into none; their country no longer decides then."""
    ids = _held(accounts, by)
    where = f"into {territory.name}" if territory else "out of their territory"
    what = f"Moved {counted(len(ids))} {where}"
    return _set(ids, "territory_id", territory.pk if territory else None, what=what, by=by, now=now)


@transaction.atomic
def set_lifecycle(*, accounts: Iterable[int], lifecycle: str, by: User, now: datetime) -> Done:
    """Say where accounts stand with us. Those disqualified or not ready get no further marketing."""
    ids = _held(accounts, by)
    what = f"Set {counted(len(ids))} to {Lifecycle(lifecycle).label}"
    done = _set(ids, "lifecycle", lifecycle, what=what, by=by, now=now)
    with acting(by=by, via=Via.PAGE, what=what):
        follow_lifecycle(accounts=ids, now=now)
    return done


@transaction.atomic
def change_places(
    *,
    accounts: Iterable[int],
    tier: int | None,
    side: str,
    reason: str,
    by: User,
    now: datetime,
    override: str = "",
) -> Done:
    """Put accounts into a tier, or off the list (None). Raises `NeedsReason` past a ceiling or a quarantine."""
    ids = _held(accounts, by)
    where = f"into tier {tier}" if tier else "off the list"
    what = f"Put {counted(len(ids))} {where}"
    with acting(by=by, via=Via.PAGE, what=what, side=side, reason=reason.strip()) as change_set:
        places = [Place(pk, tier, side, reason) for pk in ids]
        rows = place_many(places=places, by=by, now=now, override=override)
    return Done(change_set, len(rows))


def counted(number: int) -> str:
    """`1 account`, `1,200 accounts`."""
    return "1 account" if number == 1 else f"{number:,} accounts"


def _held(accounts: Iterable[int], by: User) -> list[int]:
    """The accounts' rows, locked in id order. One that `by` may not change stops the whole act."""
    ids = sorted(set(accounts))
    if not ids:
        raise Refused("Choose at least one account.")
    if len(ids) > MOST:
        raise Refused(
            f"That is {len(ids):,} accounts; at most {MOST:,} change at once. Narrow the list first."
        )
    with connection.cursor() as cursor:
        cursor.execute(PATIENCE)
    rows = Account.objects.filter(pk__in=ids).order_by("pk").select_for_update(no_key=True)
    known = set(rows.values_list("pk", flat=True))
    if len(known) < len(ids):
        raise Refused("Some of these accounts are no longer there. Look at the list again.")
    editable = Account.objects.editable_by(by).filter(pk__in=ids).count()
    if editable < len(ids):
        raise Refused(
            f"{counted(len(ids) - editable)} of these are somebody else's to change. Ask the owner or RevOps."
        )
    return ids


def _set(ids: Sequence[int], column: str, value: object, *, what: str, by: User, now: datetime) -> Done:
    with acting(by=by, via=Via.PAGE, what=what) as change_set:
        other = ~Q(**{column: value}) | Q(**{f"{column}__isnull": value is not None})
        changed = Account.objects.filter(other, pk__in=ids).update(**{column: value}, updated_at=now)
    return Done(change_set, changed)
