"""Asking for an account to be judged again after something other than a signal has changed it."""

from __future__ import annotations

from collections.abc import Iterable

from abmops.work import services as work

KIND_OF_WORK = "evaluate"


def evaluate_later(account_ids: Iterable[int]) -> None:
    """Put one item an account, merged with one that waits already. The signals app takes it up."""
    work.put_many(
        work.Put(kind=KIND_OF_WORK, subject_id=account_id, lane="ingest")
        for account_id in sorted(set(account_ids))
    )
