"""`{% load drift %}`: how often a threshold fires against how often it used to."""

from __future__ import annotations

from typing import Any

from django import template

from signals.models import Threshold
from signals.selectors.drift import Drifts
from signals.selectors.precision import Precisions

register = template.Library()


@register.inclusion_tag("signals/partials/drift.html")
def drift(
    drifts: Drifts | str | None, threshold: Threshold, precisions: Precisions | str | None = None
) -> dict[str, Any]:
    """The line of one threshold out of `drifts(now=now)`, and with `precisions(now=now)` how precise it is.

    A threshold that is not active has no rate to speak of.
    """
    found = drifts if isinstance(drifts, Drifts) else None
    return {
        "threshold": threshold,
        "drift": found.by_threshold.get(threshold.pk) if found else None,
        "tested": found.tested if found else 0,
        "precision": precisions.of_threshold(threshold.pk) if isinstance(precisions, Precisions) else None,
    }
