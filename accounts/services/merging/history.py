"""The two accounts' list histories as one, and apart again; intervals never overlap at any statement."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection
from psycopg2.extras import execute_values

from abmops.lib.merging import Manifest, NotExact, Pair, Part
from accounts.domain.membership import Point, intervals
from accounts.domain.merging import Said, one_history
from accounts.models import Account, ListMembership

_TABLE = ListMembership._meta.db_table  # noqa: SLF001


class ListHistory(Part):
    """The rows of the list. One history holds at every moment the better of the two tiers."""

    name = "list"
    one = "list change"
    many = "list changes"
    holds = ((_TABLE, "account_id"),)

    def count(self, loser: int) -> int:
        return ListMembership.objects.filter(account=loser).count()

    def conflicts(self, pair: Pair) -> list[str]:
        tiers = dict(Account.objects.filter(id__in=(pair.winner, pair.loser)).values_list("id", "tier"))
        ours, theirs = tiers[pair.winner], tiers[pair.loser]
        said = []
        if ours and theirs and ours != theirs:
            said.append(
                f"Both are on the list, {pair.winner_name} in tier {ours} and {pair.loser_name} in tier {theirs}: "
                f"the account will be in tier {min(ours, theirs)}."
            )
        elif theirs and not ours:
            said.append(
                f"Only {pair.loser_name} is on the list: {pair.winner_name} takes its place in tier {theirs}."
            )
        if self.count(pair.loser) and self.count(pair.winner):
            said.append(
                "Their two histories of the list become one: at every moment in the past it holds the better tier."
            )
        return said

    def move(self, pair: Pair) -> Manifest:
        rows = list(ListMembership.objects.filter(account__in=(pair.winner, pair.loser)).order_by("id"))
        if not any(row.account_id == pair.loser for row in rows):
            return {"rows": [], "stamps": {}}
        stamps = _stamps((pair.winner, pair.loser))
        by_id = {row.pk: row for row in rows}
        told = []
        for merged in one_history(
            Said(row.pk, row.valid_from, row.tier, row.account_id == pair.winner) for row in rows
        ):
            row = by_id[merged.id]
            before = _said(row)
            if merged.tier != row.tier:
                name = pair.winner_name if row.account_id == pair.winner else pair.loser_name
                place = "off the list" if row.tier is None else f"tier {row.tier}"
                row.reason = f"{row.reason} (Said of {name}, which was then {place} by itself.)"
            row.account_id, row.valid_from, row.tier = pair.winner, merged.at, merged.tier
            told.append({"id": row.pk, "before": before, "after": _said(row)})
        _write(rows, accounts=(pair.winner, pair.loser))
        _keep_stamps(stamps)
        return {"rows": told, "stamps": stamps}

    def undo(self, pair: Pair, manifest: Manifest) -> None:
        if not manifest["rows"]:
            return
        rows = {row.pk: row for row in ListMembership.objects.filter(account=pair.winner)}
        for told in manifest["rows"]:
            row = rows.get(told["id"])
            if row is None or _said(row) != told["after"]:
                raise NotExact(
                    f"A list change that was there at the merge was corrected or taken out since: {pair.winner_name}, "
                    f"{told['after']['valid_from'][:10]}."
                )
            before = told["before"]
            row.account_id, row.tier, row.reason = before["account_id"], before["tier"], before["reason"]
            row.valid_from = datetime.fromisoformat(before["valid_from"])
        _write(list(rows.values()), accounts=(pair.winner, pair.loser))
        _keep_stamps(manifest["stamps"])


def _said(row: ListMembership) -> dict[str, Any]:
    return {
        "account_id": row.account_id,
        "valid_from": row.valid_from.isoformat(),
        "tier": row.tier,
        "reason": row.reason,
    }


def _write(rows: Sequence[ListMembership], *, accounts: Sequence[int]) -> None:
    """Shrink every interval to an instant, let rows change hands, then give each the end that its successor sets."""
    by_account: dict[int, dict[datetime, ListMembership]] = defaultdict(dict)
    for row in rows:
        by_account[row.account_id][row.valid_from] = row
    ends = []
    for history in by_account.values():
        for interval in intervals(Point(at, row.tier) for at, row in history.items()):
            row = history[interval.start]
            row.valid_to = interval.end
            ends.append((row.pk, interval.end))
    with connection.cursor() as cursor:
        cursor.execute(_SHRINK, [list(accounts)])
        execute_values(
            cursor.cursor,
            _MOVE,
            [(row.pk, row.account_id, row.valid_from, row.tier, row.reason) for row in rows],
            page_size=len(rows),
        )
        execute_values(cursor.cursor, _EXTEND, ends, page_size=len(ends))


def _stamps(accounts: Iterable[int]) -> dict[str, Any]:
    rows = Account.objects.filter(id__in=list(accounts)).values_list("id", "tier", "list_refreshed_at")
    return {str(pk): [tier, at.isoformat() if at else None] for pk, tier, at in rows}


def _keep_stamps(stamps: dict[str, Any]) -> None:
    """Closing and opening rows stamps the account; where its tier is what it was, so is the stamp."""
    with connection.cursor() as cursor:
        for pk, (tier, at) in stamps.items():
            cursor.execute(_STAMP, [at, int(pk), tier])


_SHRINK = f"""
UPDATE {_TABLE} SET valid_to = valid_from + interval '1 microsecond' WHERE account_id = ANY(%s)
"""  # noqa: S608
_MOVE = f"""
UPDATE {_TABLE} m SET account_id = v.account_id, valid_from = v.at::timestamptz,
    valid_to = v.at::timestamptz + interval '1 microsecond', tier = v.tier::smallint, reason = v.reason
FROM (VALUES %s) AS v(id, account_id, at, tier, reason) WHERE m.id = v.id
"""  # noqa: S608
_EXTEND = f"""
UPDATE {_TABLE} m SET valid_to = v.ends::timestamptz FROM (VALUES %s) AS v(id, ends) WHERE m.id = v.id
"""  # noqa: S608
_STAMP = """
UPDATE accounts_account SET list_refreshed_at = %s::timestamptz WHERE id = %s AND tier IS NOT DISTINCT FROM %s
"""
