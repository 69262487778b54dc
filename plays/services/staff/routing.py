"""The routing table: its lines, their order, and putting right what a line says."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from abmops.lib.errors import FieldError, FieldErrors, Refused
from accounts.models import User
from accounts.services.locking import take_turn
from plays.models import RoutingRule

MOST_RULES = 100
FIELDS = (
    "name", "active", "tiers", "territories", "countries", "industries", "sides", "roles", "target", "person", "seats",
    "reason",
)  # fmt: skip


@transaction.atomic
def save_rule(
    *, said: Mapping[str, Any], by: User, now: datetime, rule: RoutingRule | None = None
) -> RoutingRule:
    """Store a line; a new one stands last. Work that has been given out stays where it is."""
    take_turn("routing_rule")
    row = rule or RoutingRule(position=_last() + 1)
    for name in FIELDS:
        if name in said:
            setattr(row, name, said[name])
    row.countries = sorted({one.strip().upper() for one in row.countries if one.strip()})
    row.industries = sorted({one.strip() for one in row.industries if one.strip()})
    _check(row)
    row.changed_by, row.changed_at = by, now
    row.save()
    return row


@transaction.atomic
def move_rule(*, rule: RoutingRule, up: bool, by: User, now: datetime) -> bool:
    """One place up or down; whether it moved. The first and the last have no further way."""
    take_turn("routing_rule")
    row = RoutingRule.objects.get(pk=rule.pk)
    others = RoutingRule.objects.exclude(pk=row.pk)
    other = (
        others.filter(position__lt=row.position).order_by("-position").first()
        if up
        else others.filter(position__gt=row.position).order_by("position").first()
    )
    if other is None:
        return False
    row.position, other.position = other.position, row.position
    for one in (row, other):
        one.changed_by, one.changed_at = by, now
    RoutingRule.objects.bulk_update([row, other], ["position", "changed_by", "changed_at"])
    return True


@transaction.atomic
def remove_rule(*, rule: RoutingRule) -> None:
    """Take a line out; those below move up in the order."""
    take_turn("routing_rule")
    rule.delete()


def _check(row: RoutingRule) -> None:
    wrong: dict[str, str] = {}
    if not row.name.strip():
        wrong["/name"] = "Give the rule a name."
    if not row.reason.strip():
        wrong["/reason"] = "Say why the rule is there: it is shown wherever the rule decides."
    if row.target == RoutingRule.Target.PERSON:
        row.seats = []
        if row.person is None:
            wrong["/person"] = "Choose who gets it: somebody who is here."
        elif row.person.why_no_work:
            wrong["/person"] = f"{row.person} cannot be given tasks: {row.person.why_no_work}"
    else:
        row.person = None
        if not row.seats:
            wrong["/seats"] = "Choose at least one seat."
    if wrong:
        raise FieldErrors([FieldError(pointer, text) for pointer, text in wrong.items()])
    if row.pk is None and RoutingRule.objects.count() >= MOST_RULES:
        raise Refused(f"At most {MOST_RULES} rules: nobody could read more. Join some of them first.")


def _last() -> int:
    last = RoutingRule.objects.order_by("-position").values_list("position", flat=True).first()
    return last or 0
