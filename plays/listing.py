"""The filter of the accounts list that plays add: where nothing runs, where something does, where it has stalled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Q

from abmops.lib import columns
from abmops.lib.columns import Facet
from plays.domain import enrollment as life
from plays.models import Enrollment

NONE, RUNNING, STALLED = "none", "running", "stalled"


def register() -> None:
    """Add the filter “Live plays” to the list of accounts; called from `ready()`."""
    choices = ((NONE, "None"), (RUNNING, "At least one"), (STALLED, "One that has stalled"))
    columns.register_facet(Facet(order=80, name="plays", title="Live plays", choices=choices, narrow=narrow))


def narrow(accounts: Any, values: Sequence[str]) -> Any:
    """Accounts with any of the chosen."""
    live = Enrollment.objects.live().order_by()
    stalled = live.filter(state=life.STALLED)
    wanted = Q(pk__in=[])
    if NONE in values:
        wanted |= ~Q(pk__in=live.values("account"))
    if RUNNING in values:
        wanted |= Q(pk__in=live.values("account"))
    if STALLED in values:
        wanted |= Q(pk__in=stalled.values("account"))
    return accounts.filter(wanted)
