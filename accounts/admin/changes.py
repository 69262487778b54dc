"""The change log in the admin: only looked at."""

from __future__ import annotations

from django.contrib import admin

from accounts.admin.bases import ReadOnly
from accounts.models import Change, ChangeSet


@admin.register(ChangeSet)
class ChangeSetAdmin(ReadOnly):
    """Acts that changed something."""

    list_display = ("at", "by", "via", "what", "side", "reason")
    list_filter = ("via", "side")
    list_select_related = ("by",)
    search_fields = ("what", "reason", "by__email")
    date_hierarchy = "at"


@admin.register(Change)
class ChangeAdmin(ReadOnly):
    """Every row made, changed or taken away."""

    list_display = ("id", "table", "row_id", "account_id", "op", "change_set")
    list_filter = ("table", "op")
    list_select_related = ("change_set",)
    search_fields = ("=row_id", "=account_id")
