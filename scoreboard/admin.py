"""The scoreboard in the admin: bands to set, snapshots to look at."""

from __future__ import annotations

from typing import ClassVar

from django.contrib import admin

from accounts.admin import ReadOnly
from scoreboard.models import NumberBand, Snapshot


@admin.register(NumberBand)
class NumberBandAdmin(admin.ModelAdmin[NumberBand]):
    """Where each number should lie."""

    list_display = ("key", "tier", "low", "high", "limit", "alarm_below", "alarm_above")
    list_filter = ("tier",)
    search_fields = ("key",)


@admin.register(Snapshot)
class SnapshotAdmin(ReadOnly):
    """Every number, day by day."""

    list_display = ("day", "key", "tier", "value", "numerator", "denominator", "written_at")
    list_filter = ("tier", "key")
    search_fields = ("key",)
    date_hierarchy: ClassVar[str] = "day"
