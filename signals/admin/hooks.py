"""Calls to the hooks in the admin: only to look at."""

from __future__ import annotations

from django.contrib import admin

from signals.admin.bases import Endless
from signals.models import HookCall


@admin.register(HookCall)
class HookCallAdmin(Endless):
    """What a sender posted to its source's hook, newest first."""

    list_display = ("received_at", "source", "form", "signed", "items", "created", "refused", "problem")
    list_filter = ("source",)
    list_select_related = ("source",)
    ordering = ("-id",)
