"""Thresholds: what they are called can change, what they say is versioned."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction

from accounts.models import User
from signals.domain import condition
from signals.models import SignalType, Threshold, ThresholdEdit, ThresholdMove, ThresholdVersion
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
    of status, name, rationale or owner. FieldErrors where the condition is none.
    """
    values = owned(fields)
    said = {name: values.pop(name) for name in SAID if name in values}
    if "condition" in said:
        known = SignalType.objects.values_list("slug", flat=True)
        said["condition"] = condition.parse(said["condition"], types=known).to_json()
    if "tiers" in said:
        said["tiers"] = sorted(set(said["tiers"]))
    row = (
        Threshold.objects.select_for_update(of=("self",))
        .select_related("current", "owner")
        .filter(slug=slug)
        .first()
    )
    if row is None:
        row = Threshold(slug=slug, **values)
        insert(row, "threshold")
        _say(row, said, by, reason)
        was_active, created, changed = False, True, True
    else:
        was, called, created = row.status, _called(row), False
        was_active = was == Threshold.Status.ACTIVE
        changed = change(row, values)
        _note_edits(row, called, by, reason)
        if row.status != was:
            ThresholdMove.objects.create(threshold=row, before=was, after=row.status, reason=reason, by=by)
    version_made = created or _say_anew(row, said, by, reason)
    if row.status == Threshold.Status.ACTIVE and (version_made or not was_active):
        survey.ask(threshold=row)
    return Written(row, created=created, changed=changed or version_made)


@transaction.atomic
def hand_thresholds(*, ids: Iterable[int], whose: int, owner: User, by: User, reason: str) -> list[Threshold]:
    """Give the thresholds of one person to another, and note it of each; those that are no longer theirs stay."""
    rows = Threshold.objects.select_for_update(of=("self",), no_key=True).select_related("owner")
    handed = list(rows.filter(pk__in=list(ids), owner=whose).order_by("pk"))
    edits = []
    for row in handed:
        called, row.owner = _called(row), owner
        edits += _edits(row, called, by, reason)
    Threshold.objects.bulk_update(handed, ["owner"])
    ThresholdEdit.objects.bulk_create(edits)
    return handed


def _called(row: Threshold) -> dict[str, str]:
    """What a threshold is called, as its history tells it."""
    field = ThresholdEdit.Field
    owner = row.owner.name or row.owner.email if row.owner else ""
    return {field.NAME.value: row.name, field.RATIONALE.value: row.rationale, field.OWNER.value: owner}


def _note_edits(row: Threshold, before: Mapping[str, str], by: User | None, reason: str) -> None:
    ThresholdEdit.objects.bulk_create(_edits(row, before, by, reason))


def _edits(row: Threshold, before: Mapping[str, str], by: User | None, reason: str) -> list[ThresholdEdit]:
    """A row for each of the fields that is another one than before."""
    said = {"threshold": row, "reason": reason, "by": by}
    return [
        ThresholdEdit(field=name, before=before[name], after=after, **said)
        for name, after in _called(row).items()
        if after != before[name]
    ]


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
