"""Looking for accounts that may be one company, and keeping what people said of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime

from django.db import connection, transaction
from django.db.models import Q
from psycopg2.extras import Json, execute_values

from abmops.lib.errors import NotKnown, Refused
from abmops.work import rounds
from accounts.domain.duplicates import Named, Verdict, compare
from accounts.models import Account, DuplicatePair, DuplicateScan, User
from accounts.selectors.duplicate_candidates import Company, Pair, Shared, candidates, companies
from accounts.services.account.naming import fill_name_keys
from accounts.services.changes import acting

CHUNK = 2
_EVER = datetime(1970, 1, 1, tzinfo=UTC)


def look_for_duplicates(*, now: datetime) -> None:
    """Look at all accounts written since the last look.

    What a person has decided is never proposed again. An open suggestion that no longer holds is taken back.
    """
    rounds.go_through(look_next, now=now)


def look_next(now: datetime, scan: int) -> int | None:
    """The next few of them, the ones written first, as a step of a round: the look that goes on, None at its end.

    Few, as accounts whose names are alike cost most: ten thousand of them would hold a core while signals come in.
    """
    if not scan:
        fill_name_keys()
    last = DuplicateScan.objects.order_by("-id").first()
    since, after = (last.since, last.after) if last else (_EVER, 0)
    rows = list(
        Account.objects.filter(Q(updated_at__gt=since) | Q(updated_at=since, id__gt=after))
        .order_by("updated_at", "id")
        .values_list("id", "updated_at")[:CHUNK]
    )
    if last is None or (rows and last.pk != scan):
        last = DuplicateScan(at=now, since=since, after=after)
    if rows:
        last.pairs += propose([pk for pk, _ in rows], now=now)
        last.accounts += len(rows)
        last.after, last.since = rows[-1]
    if rows or last.pk is None:
        last.save()
    return last.pk if len(rows) == CHUNK else None


@transaction.atomic
def propose(account_ids: Sequence[int], *, now: datetime) -> int:
    """Suggest the duplicates of these accounts; returns how many suggestions are new."""
    shared = candidates(account_ids)
    known = companies({pk for pair in shared for pk in pair})
    found = {
        pair: verdict
        for pair, what in shared.items()
        if pair[0] in known
        and pair[1] in known
        and (verdict := _judge(known[pair[0]], known[pair[1]], what)) is not None
    }
    _take_back(account_ids, found)
    return _store(found, now)


@transaction.atomic
def say_different(*, pairs: Collection[int], by: User, now: datetime) -> int:
    """These are different companies: they are never suggested again. Returns how many were decided now."""
    rows = _pairs(pairs, by)
    with acting(by=by, what="Different companies"):
        return DuplicatePair.objects.filter(
            pk__in=[row.pk for row in rows], state=DuplicatePair.State.OPEN
        ).update(state=DuplicatePair.State.DIFFERENT, decided_by=by, decided_at=now)


@transaction.atomic
def reopen(*, pairs: Collection[int], by: User) -> int:
    """Take back that they are different."""
    rows = _pairs(pairs, by)
    with acting(by=by, what="Perhaps one company after all"):
        return DuplicatePair.objects.filter(
            pk__in=[row.pk for row in rows], state=DuplicatePair.State.DIFFERENT
        ).update(state=DuplicatePair.State.OPEN, decided_by=None, decided_at=None)


def _pairs(pairs: Collection[int], by: User) -> list[DuplicatePair]:
    rows = list(DuplicatePair.objects.select_for_update().filter(pk__in=set(pairs)).order_by("pk"))
    if missing := set(pairs) - {row.pk for row in rows}:
        raise NotKnown(f"There is no suggestion {min(missing)}. One of its accounts may have been merged.")
    touched = {pk for row in rows for pk in (row.first_id, row.second_id)}
    editable = set(Account.objects.editable_by(by).filter(id__in=touched).values_list("id", flat=True))
    if touched - editable:
        raise Refused("You may not decide about accounts that are not yours. Ask RevOps.", code="not_allowed")
    return rows


def _judge(one: Company, other: Company, what: Shared) -> Verdict | None:
    if one.parent_id == other.id or other.parent_id == one.id:
        return None  # somebody has said how they belong together
    verdict = compare(
        Named(one.name, one.country, one.domain),
        Named(other.name, other.country, other.domain),
        labels=what.labels,
        people=what.people,
        ids=what.ids,
    )
    return verdict if verdict.is_worth_a_look else None


def _take_back(account_ids: Sequence[int], found: Collection[Pair]) -> None:
    standing = DuplicatePair.objects.filter(state=DuplicatePair.State.OPEN).filter(
        Q(first__in=account_ids) | Q(second__in=account_ids)
    )
    gone = [
        pk
        for pk, first, second in standing.values_list("pk", "first_id", "second_id")
        if (first, second) not in found
    ]
    DuplicatePair.objects.filter(pk__in=gone).delete()


def _store(found: dict[Pair, Verdict], now: datetime) -> int:
    if not found:
        return 0
    rows = [
        (first, second, verdict.likeness, Json(verdict.why), now)
        for (first, second), verdict in sorted(found.items())
    ]
    with connection.cursor() as cursor:
        made = execute_values(cursor.cursor, _STORE, rows, page_size=1_000, fetch=True)
    return sum(is_new for (is_new,) in made)


_STORE = """
INSERT INTO accounts_duplicatepair AS p (first_id, second_id, likeness, why, state, found_at)
SELECT first_id, second_id, likeness, why::jsonb, 'open', at::timestamptz
FROM (VALUES %s) AS v(first_id, second_id, likeness, why, at)
ON CONFLICT (first_id, second_id) DO UPDATE SET likeness = EXCLUDED.likeness, why = EXCLUDED.why
WHERE p.state = 'open' AND (p.likeness, p.why) IS DISTINCT FROM (EXCLUDED.likeness, EXCLUDED.why)
RETURNING xmax = 0
"""
