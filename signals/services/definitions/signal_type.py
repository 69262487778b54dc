"""Signal types: the catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from signals.domain import rules
from signals.models import SignalType
from signals.services.definitions.written import Written, change, insert


@transaction.atomic
def put_signal_type(*, slug: str, fields: Mapping[str, Any]) -> Written[SignalType]:
    """Make a signal type, or change the fields given of the one there is. A new one needs `name` and `kind`.

    Points are fixed on a signal when it arrives; confidence and half-life change what past signals are worth as well.
    FieldErrors where a rule is no rule.
    """
    if "rules" in fields:
        rules.check(fields["rules"])
    row = SignalType.objects.select_for_update().filter(slug=slug).first()
    if row is not None:
        return Written(row, created=False, changed=change(row, fields))
    row = SignalType(slug=slug, **fields)
    insert(row, "signal type")
    return Written(row, created=True, changed=True)
