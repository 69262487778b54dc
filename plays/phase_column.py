"""The column of the accounts list that says what an account lacks for its next phase."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from abmops.lib import columns
from abmops.lib.columns import Cell, Column
from accounts.models import Account
from plays.selectors.phases import missing_of


def register() -> None:
    """Add the column “For the next phase” to the list of accounts; called from `ready()`."""
    columns.register(
        Column(
            order=41, name="next_phase", title="For the next phase", cells=lacking, numeric=False, label="Missing",
            empty="",
        )
    )  # fmt: skip


def lacking(account_ids: Sequence[int], now: datetime) -> dict[int, Cell]:
    """What each account lacks, in words."""
    rows = Account.objects.filter(pk__in=account_ids).only("id", "phase", "lifecycle")
    return {
        account: Cell(one.sentence, tone="muted", plain=one.sentence)
        for account, one in missing_of(rows, now=now).items()
    }
