"""The scoreboard in the admin: bands to set, snapshots to look at."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest

from scoreboard.models import NumberBand, Snapshot


class Kept(admin.ModelAdmin[Any]):
    """Rows that only the program writes."""

    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody adds by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody edits by hand."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes by hand."""
        return False


@admin.register(NumberBand)
class NumberBandAdmin(admin.ModelAdmin[NumberBand]):
    """Where each number should lie."""

    list_display = ("key", "tier", "low", "high", "limit", "alarm_below", "alarm_above")
    list_filter = ("tier",)
    search_fields = ("key",)


@admin.register(Snapshot)
class SnapshotAdmin(Kept):
    """Every number, day by day."""

    list_display = ("day", "key", "tier", "value", "numerator", "denominator", "written_at")
    list_filter = ("tier", "key")
    search_fields = ("key",)
    date_hierarchy: ClassVar[str] = "day"
