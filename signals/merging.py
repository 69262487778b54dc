"""What of signals goes along when two accounts are made one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from django.db import connection

from abmops.lib import merging
from abmops.lib.merging import Manifest, Pair, Part, Rows
from signals.domain.crossing import Armed
from signals.models import AccountMemory, AccountState, Crossing, Feedback, FitChange, ScoreDay, Surge
from signals.services.recompute import recompute_accounts

_STATES = AccountState._meta.db_table  # noqa: SLF001
_MEMORIES = AccountMemory._meta.db_table  # noqa: SLF001
_CROSSINGS = Crossing._meta.db_table  # noqa: SLF001
_SCORE_DAYS = ScoreDay._meta.db_table  # noqa: SLF001
_FITS = FitChange._meta.db_table  # noqa: SLF001
_SURGES = Surge._meta.db_table  # noqa: SLF001
_FEEDBACK = Feedback._meta.db_table  # noqa: SLF001


class States(Part):
    """The rolling state: one an account, worked out anew from the signals of both. First of all parts of this app: its
    rows are the lock that signals queue for.
    """

    name = "states"
    one = "rolling state"
    many = "rolling states"
    holds = ((_STATES, "account_id"), (_MEMORIES, "account_id"))

    def count(self, loser: int) -> int:
        return 0  # not a thing of its own: it is made of the signals

    def lock(self, pair: Pair) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT FROM {_STATES} WHERE account_id = ANY(%s) ORDER BY account_id FOR UPDATE",
                [[pair.winner, pair.loser]],
            )

    def move(self, pair: Pair) -> Manifest:
        rows = {row["account_id"]: row for row in _read([pair.winner, pair.loser])}
        theirs = rows.get(pair.loser)
        if theirs is None:
            return {"loser": None, "before": None, "after": None}
        memory = merging.read_rows(_MEMORIES, "t.account_id = %s", [pair.loser])
        merging.take_out(_MEMORIES, "account_id", "bigint", [pair.loser])
        merging.take_out(_STATES, "account_id", "bigint", [pair.loser])
        ours = rows.get(pair.winner)
        before = ours["armed"] if ours else {}
        after = _one_memory(before, theirs["armed"])
        if ours is None:
            AccountState.objects.create(account_id=pair.winner, armed=after)
        else:
            AccountState.objects.filter(account=pair.winner).update(armed=after)
        return {"loser": theirs, "memory": memory, "before": before if ours else None, "after": after}

    def undo(self, pair: Pair, manifest: Manifest) -> None:
        if manifest["loser"] is None:
            return
        merging.put_back(_STATES, [manifest["loser"]])
        merging.put_back(_MEMORIES, manifest.get("memory", []))
        now = AccountState.objects.filter(account=pair.winner).first()
        # What has crossed since the merge is remembered of the winner; otherwise it remembers what it did before.
        if now is not None and now.armed == manifest["after"]:
            AccountState.objects.filter(account=pair.winner).update(armed=manifest["before"] or {})

    def settle(self, accounts: Sequence[int], *, now: datetime) -> None:
        recompute_accounts(accounts, now=now)


class Crossings(Part):
    """Moments a threshold became true; the loser's are counted on after the winner's."""

    name = "crossings"
    one = "crossing"
    many = "crossings"
    holds = ((_CROSSINGS, "account_id"),)

    def count(self, loser: int) -> int:
        return Crossing.objects.filter(account=loser).count()

    def move(self, pair: Pair) -> Manifest:
        turns = list(Crossing.objects.filter(account=pair.loser).order_by("id").values_list("id", "sequence"))
        with connection.cursor() as cursor:
            cursor.execute(_RENUMBER, {"winner": pair.winner, "loser": pair.loser})
        return {"turns": turns}

    def undo(self, pair: Pair, manifest: Manifest) -> None:
        if not manifest["turns"]:
            return
        ids, turns = zip(*manifest["turns"], strict=True)
        with connection.cursor() as cursor:
            cursor.execute(_GIVE_BACK, [pair.loser, list(ids), list(turns), pair.winner])
            if cursor.rowcount != len(ids):
                raise merging.NotExact(
                    f"A crossing that came from {pair.loser_name} is no longer with {pair.winner_name}."
                )


class Words(Rows):
    """What people said of signals and crossings: it is always with the account of what it is about."""

    def settle(self, accounts: Sequence[int], *, now: datetime) -> None:
        """A word said of a crossing after the merge goes back with it."""
        with connection.cursor() as cursor:
            cursor.execute(_WITH_ITS_THING, [list(accounts)])


class Scores(Part):
    """What was said of the loser's score: kept whole for the way back. The winner's days stay as they were kept."""

    name = "scores"
    one = "day of scores"
    many = "days of scores"
    holds = ((_SCORE_DAYS, "account_id"), (_FITS, "account_id"), (_SURGES, "account_id"))

    def count(self, loser: int) -> int:
        return 0  # they tell of the account that is gone, and stay with it

    def move(self, pair: Pair) -> Manifest:
        told = {}
        for table, _ in self.holds:
            told[table] = merging.read_rows(table, "t.account_id = %s", [pair.loser])
            with connection.cursor() as cursor:
                cursor.execute(f"DELETE FROM {table} WHERE account_id = %s", [pair.loser])  # noqa: S608
        return told

    def undo(self, pair: Pair, manifest: Manifest) -> None:
        for table, rows in manifest.items():
            merging.put_back(table, rows)


def register() -> None:
    """Register the parts."""
    merging.register(
        States(),
        Rows("signals", "signals_signal", "signal", "signals", pk_type="uuid", exact=False),
        Crossings(),
        Scores(),
        Words("feedback", _FEEDBACK, "word of feedback", "words of feedback", exact=False),
        Rows(
            "signal removals",
            "signals_signalremoval",
            "removal of signals",
            "removals of signals",
            exact=False,
        ),
        Rows(
            "resolutions",
            "signals_resolution",
            "word on unmatched signals",
            "words on unmatched signals",
            pk_type="uuid",
            exact=False,
        ),
    )


def _one_memory(ours: dict[str, Any], theirs: dict[str, Any]) -> dict[str, Any]:
    """What has crossed for either has crossed for both: a merge sets nothing off a second time."""
    memory = dict(ours)
    for threshold, data in theirs.items():
        one, other = Armed.load(memory.get(threshold)), Armed.load(data)
        crossed = [at for at in (one.last_crossed_at, other.last_crossed_at) if at is not None]
        since = [at for at in (one.has_been_false_since, other.has_been_false_since) if at is not None]
        is_met = one.is_met or other.is_met
        memory[threshold] = Armed(
            is_met, max(crossed, default=None), None if is_met else max(since, default=None)
        ).dump()
    return memory


def _read(account_ids: Sequence[int]) -> list[dict[str, Any]]:
    rows = merging.read_rows(_STATES, "t.account_id = ANY(%s) ORDER BY t.account_id", [list(account_ids)])
    return [
        row | {"armed": msgspec.json.decode(row["armed"]) if isinstance(row["armed"], str) else row["armed"]}
        for row in rows
    ]


_WITH_ITS_THING = f"""
UPDATE {_FEEDBACK} f SET account_id = t.account_id FROM (
    SELECT w.id, COALESCE(c.account_id, s.account_id) AS account_id FROM {_FEEDBACK} w
    LEFT JOIN {_CROSSINGS} c ON c.id = w.crossing_id LEFT JOIN signals_signal s ON s.id = w.signal_id
    WHERE w.account_id = ANY(%s)
) t WHERE t.id = f.id AND t.account_id <> f.account_id
"""  # noqa: S608
_RENUMBER = f"""
UPDATE {_CROSSINGS} c SET account_id = %(winner)s, sequence = n.turn FROM (
    SELECT l.id, COALESCE((SELECT max(w.sequence) FROM {_CROSSINGS} w
                           WHERE w.account_id = %(winner)s AND w.threshold_id = l.threshold_id), 0)
        + row_number() OVER (PARTITION BY l.threshold_id ORDER BY l.sequence) AS turn
    FROM {_CROSSINGS} l WHERE l.account_id = %(loser)s
) n WHERE c.id = n.id
"""  # noqa: S608
_GIVE_BACK = f"""
UPDATE {_CROSSINGS} c SET account_id = %s, sequence = v.turn
FROM unnest(%s::bigint[], %s::integer[]) AS v(id, turn) WHERE c.id = v.id AND c.account_id = %s
"""  # noqa: S608
