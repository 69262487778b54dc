"""What happened in a window that a play may answer to, and the accounts that it happened to."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db.models import Q, QuerySet

from accounts.models import Account, AccountEvent
from plays.domain.definition import PlayDefinition
from plays.services.decision.cases import event_case
from signals.models import Crossing

MOST = 20_000
"""How much of it is looked at."""


def crossings(definition: PlayDefinition, *, since: datetime, until: datetime) -> QuerySet[Crossing]:
    """Crossings of the window that the trigger may answer to."""
    trigger = definition.trigger
    wanted = Q(threshold__slug__in=trigger.crossings)
    if trigger.hand_raise:
        wanted |= Q(hand_raise=True)
    if trigger.score_at_least is not None:
        wanted |= Q(score__gte=trigger.score_at_least)
    rows = Crossing.objects.filter(wanted, crossed_at__gte=since, crossed_at__lt=until)
    return rows.select_related("threshold").order_by("crossed_at", "pk")[:MOST]


def events(definition: PlayDefinition, *, since: datetime, until: datetime) -> Iterable[AccountEvent]:
    """Account events of the window that the trigger may answer to, without those taken back."""
    rows = AccountEvent.objects.standing().filter(at__gte=since, at__lt=until).order_by("at", "pk")
    trigger = definition.trigger
    kinds: list[str] = []
    if trigger.joined_tiers:
        kinds += ["joined_list", "changed_tier"]
    if trigger.stages:
        kinds.append("opportunity_stage")
    if trigger.contact_engaged:
        kinds.append("contact_engaged")
    if trigger.score_at_least is not None:
        kinds.append("score_risen")
    if not kinds:
        return []
    # How many contacts had engaged then is asked again, when that is known.
    few = 0
    found = rows.filter(kind__in=kinds)[:MOST]
    return [one for one in found if trigger.is_met_by(event_case(one).occasion, engaged_contacts=few)]


def accounts(ids: Collection[int]) -> dict[int, Account]:
    rows = Account.objects.filter(pk__in=ids).select_related("territory", "owner").order_by("pk")
    return {account.pk: account for account in rows}
