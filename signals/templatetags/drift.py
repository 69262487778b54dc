"""`{% load drift %}`: how often a threshold fires against how often it used to."""

from __future__ import annotations

from typing import Any

from django import template

from signals.models import Threshold
from signals.selectors.drift import Drifts

register = template.Library()


@register.inclusion_tag("signals/partials/drift.html")
def drift(drifts: Drifts | str | None, threshold: Threshold) -> dict[str, Any]:
    """The line of one threshold out of `drifts(now=now)`; nothing for one that is not active."""
    if not isinstance(drifts, Drifts):
        return {"drift": None}
    return {"drift": drifts.by_threshold.get(threshold.pk), "tested": drifts.tested}
