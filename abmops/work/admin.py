"""The work list in the admin: to look at, never to edit. Dead items are judged on the Health page, where it
is recorded.
"""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from abmops.work.models import Audit, Breach, PeriodicRun, Verdict, Worker, WorkItem


class ReadOnly(admin.ModelAdmin[Any]):
    """Rows that only the program writes."""

    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody adds."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody edits."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes."""
        return False


@admin.register(WorkItem)
class WorkItemAdmin(ReadOnly):
    """Without payload and body, which may name people."""

    list_display = ("id", "kind", "label", "lane", "state", "run_at", "attempts", "worker")
    list_filter = ("state", "lane")
    search_fields = ("=id", "=kind", "=dedup_key")
    search_help_text = "A number, a kind or a whole key."
    exclude = ("payload", "body", "lease_token")
    ordering = ("-id",)


@admin.register(PeriodicRun)
class PeriodicRunAdmin(ReadOnly):
    """Slots that were started."""

    list_display = ("name", "slot", "created_at")
    search_fields = ("name",)
    date_hierarchy = None


@admin.register(Worker)
class WorkerAdmin(ReadOnly):
    """Processes that said they live."""

    list_display = ("name", "role", "started_at", "heartbeat_at")
    list_filter = ("role",)
    search_fields = ("name",)


@admin.register(Audit)
class AuditAdmin(ReadOnly):
    """The last run of each audit."""

    list_display = ("name", "ran_at", "took_ms", "open_breaches")
    search_fields = ("name",)


@admin.register(Breach)
class BreachAdmin(ReadOnly):
    """What audits found."""

    list_display = ("audit", "key", "detail", "found_at", "closed_at", "repaired")
    list_filter = ("audit", "repaired")
    search_fields = ("audit", "key")


@admin.register(Verdict)
class VerdictAdmin(ReadOnly):
    """What people decided about dead items."""

    list_display = ("at", "by", "action", "kind", "label")
    list_filter = ("action",)
    search_fields = ("by", "kind", "label")
