"""RevOps' own list of machines. Written on its page, where a line that would hit everybody is refused."""

from __future__ import annotations

from django.contrib import admin

from accounts.admin import ReadOnly
from signals.models import BotPattern


@admin.register(BotPattern)
class BotPatternAdmin(ReadOnly):
    """Machines by user agent or network."""

    list_display = ("pattern", "kind", "note", "is_active", "created_by", "created_at")
    list_filter = ("kind", "is_active")
    list_select_related = ("created_by",)
    search_fields = ("pattern", "note")
