"""What people said, what it proposed, and which thresholds drifted: looked at here, written on their pages."""

from __future__ import annotations

from django.contrib import admin

from accounts.admin import ReadOnly
from signals.models import Feedback, Retune, ThresholdDrift


@admin.register(Feedback)
class FeedbackAdmin(ReadOnly):
    """Words on signals and crossings."""

    list_display = ("at", "verdict", "user", "account", "crossing", "signal_id", "note")
    list_filter = ("verdict",)
    list_select_related = ("user", "account", "crossing__threshold")
    search_fields = ("account__name", "=account__domain", "user__name")
    date_hierarchy = "at"


@admin.register(Retune)
class RetuneAdmin(ReadOnly):
    """Proposals of the quarterly retune."""

    list_display = ("quarter", "status", "proposed_at", "decided_at", "decided_by", "reverted_at")
    list_filter = ("status",)
    list_select_related = ("decided_by",)


@admin.register(ThresholdDrift)
class ThresholdDriftAdmin(ReadOnly):
    """Episodes of drift."""

    list_display = (
        "threshold",
        "direction",
        "noticed_at",
        "ended_at",
        "recent_crossings",
        "baseline_crossings",
        "p",
    )
    list_filter = ("direction",)
    list_select_related = ("threshold",)
