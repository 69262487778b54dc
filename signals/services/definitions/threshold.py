"""Thresholds: what they are called can change, what they say is versioned."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from accounts.models import User
from signals.domain import condition
from signals.models import SignalType, Threshold, ThresholdMove, ThresholdVersion
from signals.services import survey
from signals.services.definitions.written import Written, change, insert, owned

SAID = ("condition", "tiers", "urgency", "rearm_days")


@transaction.atomic
def put_threshold(
    *, slug: str, fields: Mapping[str, Any], by: User | None, reason: str = ""
) -> Written[Threshold]:
    """Make a threshold, or change the fields given of the one there is. A new one needs `name` and `condition`.

    Another condition, tiers, urgency or re-arm time makes the next version; a version is never edited. What comes into
    force here is judged for every account it is for, soon after. The reason is kept with the version, and with a change
    of status. FieldErrors where the condition is none.
    """
    values = owned(fields)
    said = {name: values.pop(name) for name in SAID if name in values}
    if "condition" in said:
        known = SignalType.objects.values_list("slug", flat=True)
        said["condition"] = condition.parse(said["condition"], types=known).to_json()
    if "tiers" in said:
        said["tiers"] = sorted(set(said["tiers"]))
    row = (
        Threshold.objects.select_for_update(of=("self",)).select_related("current").filter(slug=slug).first()
    )
    if row is None:
        row = Threshold(slug=slug, **values)
        insert(row, "threshold")
        _say(row, said, by, reason)
        was_active, created, changed = False, True, True
    else:
        was, created = row.status, False
        was_active = was == Threshold.Status.ACTIVE
        changed = change(row, values)
        if row.status != was:
            ThresholdMove.objects.create(threshold=row, before=was, after=row.status, reason=reason, by=by)
    version_made = created or _say_anew(row, said, by, reason)
    if row.status == Threshold.Status.ACTIVE and (version_made or not was_active):
        survey.ask(threshold=row)
    return Written(row, created=created, changed=changed or version_made)


def _say_anew(row: Threshold, said: Mapping[str, Any], by: User | None, reason: str) -> bool:
    """Make the next version if it says something else than the current one."""
    old = row.current
    before = {} if old is None else {name: getattr(old, name) for name in SAID}
    if old is not None and all(before[name] == value for name, value in said.items()):
        return False
    _say(row, {**before, **said}, by, reason)
    return True


def _say(row: Threshold, said: Mapping[str, Any], by: User | None, reason: str) -> None:
    number = (row.current.number if row.current else 0) + 1
    row.current = ThresholdVersion.objects.create(
        threshold=row, number=number, created_by=by, reason=reason, **said
    )
    row.save(update_fields=["current"])
