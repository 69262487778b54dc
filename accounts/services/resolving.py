"""Telling the signals that were kept unmatched which keys have become known."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from abmops.lib.ids import uuid7
from abmops.work import services as work

KIND_OF_WORK = "resolve"
_KEYS_AN_ITEM = 500


def announce(keys: Iterable[str], *, now: datetime) -> None:
    """Put work to place signals that wait for `domain:acme.com`, `external:acc-1` or `email:a@b.c`.

    Whether any signal waits is decided by whoever takes the work up.
    """
    every = sorted(set(keys))
    parts = [every[start : start + _KEYS_AN_ITEM] for start in range(0, len(every), _KEYS_AN_ITEM)]
    work.put_many(
        work.Put(
            kind=KIND_OF_WORK, dedup_key=f"{KIND_OF_WORK}:{uuid7(now)}", payload={"keys": part}, lane="ingest"
        )
        for part in parts
    )
