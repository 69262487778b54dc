"""`{% load removals %}`: what a crossing has lost since."""

from __future__ import annotations

from typing import Any

from django import template
from django.template.context import Context

from abmops.lib.choices import Role
from signals.models import Crossing, RemovalKind, RemovedEvidence

register = template.Library()

WORDS = {RemovalKind.BOT: "as a machine's", RemovalKind.MISTAKE: "as a mistake"}


@register.inclusion_tag("signals/removals/lost.html", takes_context=True)
def lost_evidence(context: Context, crossing: Crossing, gone: int = 0) -> dict[str, Any]:
    """Which of its signals were removed after it crossed, and why; of those `gone` without a word, only that."""
    rows = RemovedEvidence.objects.filter(crossing=crossing).select_related("run").order_by("run__asked_at")
    lost = [(row, WORDS[RemovalKind(row.run.kind)]) for row in rows]
    user = getattr(context.get("request"), "user", None)
    return {
        "lost": lost,
        "gone": gone,
        "count": sum(row.signals for row, _ in lost),
        "all": len(crossing.evidence),
        "may_open": bool(user and (user.is_superuser or user.role == Role.REVOPS)),
    }
