"""A large removal, account by account: each is replayed once, when the last of its signals has gone.

    count (which accounts hold how many: a row each) ─▶ the next accounts, so many as have few signals together
        ─▶ … ─▶ none left ─▶ count again: a merge may have moved some meanwhile ─▶ none found: the end

One step is one transaction: a worker that is killed anywhere leaves whole accounts, and the next one goes on.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import accumulate

from django.db import connection, transaction
from django.db.models import Count, F
from psycopg2.extras import execute_values

from signals.models import AccountState, RemovalRun, RemovalShare
from signals.services.removing.act import judge, take_out
from signals.services.removing.selection import Selection

# A step holds the states of so many accounts at most, and takes or replays so many signals unless one account has more
# left: who stores signals for them waits that long, a second or two.
ACCOUNTS_AT_ONCE = 500
SIGNALS_AT_ONCE = 50_000


@transaction.atomic
def step(*, run: RemovalRun, selection: Selection, now: datetime) -> bool:
    """Do the next piece of a locked run; False once nothing is left of it."""
    shares = list(run.shares.order_by(F("account_id").asc(nulls_first=True))[:ACCOUNTS_AT_ONCE])
    if not shares:
        if _count(run, selection):
            return True
        run.finished_at = now
        run.save(update_fields=["finished_at"])
        return False
    if shares[0].account_id is None:
        _take(run, selection, shares[:1], now)
    else:
        _take(run, selection, _together(shares), now)
    return True


def _count(run: RemovalRun, selection: Selection) -> int:
    """Note how many signals of which account are to go: one pass over the selection. Returns how many all together."""
    meant = selection.signals(asked_at=run.asked_at).order_by()
    rows = list(meant.values_list("account_id").annotate(n=Count("id")))
    with connection.cursor() as cursor:
        shares = [(run.pk, account_id, n) for account_id, n in rows]
        execute_values(cursor.cursor, _SHARES, shares, template="(%s::uuid, %s::bigint, %s)", page_size=5_000)
    found = int(sum(n for _, n in rows))
    run.expected = max(run.expected, run.removed + found)
    run.save(update_fields=["expected"])
    return found


_SHARES = "INSERT INTO signals_removalshare (run_id, account_id, signals) VALUES %s"


def _together(shares: Sequence[RemovalShare]) -> Sequence[RemovalShare]:
    """The first accounts that have so many signals together, or the first alone: what is left of them is replayed."""
    wanted = [share.account_id for share in shares]
    seen = dict(AccountState.objects.filter(account__in=wanted).values_list("account_id", "signals_seen"))
    sizes = accumulate(max(share.signals, seen.get(share.account_id or 0, 0)) for share in shares)
    return shares[: max(1, sum(total <= SIGNALS_AT_ONCE for total in sizes))]


def _take(run: RemovalRun, selection: Selection, shares: Sequence[RemovalShare], now: datetime) -> None:
    """Take the signals of these accounts, or as many as go at once; their states follow with the last of them."""
    accounts = [share.account_id for share in shares if share.account_id is not None]
    meant = selection.signals(asked_at=run.asked_at)
    meant = meant.filter(account_id__in=accounts) if accounts else meant.filter(account__isnull=True)
    ids = list(meant.values_list("id", flat=True)[:SIGNALS_AT_ONCE])
    done = take_out(run=run, ids=ids, now=now)
    if len(ids) == SIGNALS_AT_ONCE:
        return
    judge(run=run, accounts={*accounts, *done.accounts}, now=now)
    RemovalShare.objects.filter(pk__in=[share.pk for share in shares]).delete()
