"""The score and intent columns of the accounts list."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.urls import reverse

from abmops.lib import columns
from abmops.lib.columns import Cell, Column
from signals.models import AccountState

# A rise worth a word: as much as the surge threshold's neighbourhood, more than decay's noise.
RISE = 10.0


def register() -> None:
    """Put both into the list; called from the app's `ready()`."""
    columns.register(Column(10, "score", "Score", scores, sort="state__score", label="Score"))
    columns.register(Column(30, "intent", "Intent", intents, sort="state__intent"))


def scores(accounts: Sequence[int], now: datetime) -> Mapping[int, Cell]:
    """The stored score, refreshed every quarter of an hour and with every signal; opens to its explanation."""
    found = AccountState.objects.filter(account__in=accounts).values_list(
        "account_id", "score", "score_week_ago"
    )
    return {
        account: Cell(
            f"{score:.0f}",
            url=f"{reverse('accounts:account', args=[account])}#score",
            strong=True,
            title=f"Up {score - before:.0f} in 7 days" if score - before >= RISE else "",
            plain=round(score, 1),
        )
        for account, score, before in found
    }


def intents(accounts: Sequence[int], now: datetime) -> Mapping[int, Cell]:
    """The stored intent of these accounts, as cells of the list."""
    found = AccountState.objects.filter(account__in=accounts).values_list("account_id", "intent")
    return {account: Cell(f"{intent:.0f}", plain=round(intent, 1)) for account, intent in found}
