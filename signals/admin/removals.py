"""What people decided of signals: what is ignored, whose they are, what was taken out. Only to look at: pages write."""

from __future__ import annotations

from django.contrib import admin

from accounts.admin import ReadOnly
from signals.admin.bases import Endless
from signals.models import (
    IgnoredKey,
    RemovalRun,
    RemovalShare,
    RemovedEvidence,
    Resolution,
    SignalRemoval,
    Walk,
)


@admin.register(IgnoredKey)
class IgnoredKeyAdmin(ReadOnly):
    """Groups of unmatched signals that are nobody's."""

    list_display = ("key", "reason", "ignored_by", "ignored_at")
    list_select_related = ("ignored_by",)
    search_fields = ("key", "reason")


@admin.register(Resolution)
class ResolutionAdmin(ReadOnly):
    """Groups of unmatched signals that were given to an account."""

    list_display = ("at", "act", "account", "signals", "later", "crossings", "by", "undone_at")
    list_filter = ("act",)
    list_select_related = ("account", "by")
    exclude = ("waiting",)
    search_fields = ("account__name", "=account__domain")


@admin.register(RemovalRun)
class RemovalRunAdmin(ReadOnly):
    """Decisions to take signals out."""

    list_display = ("asked_at", "kind", "reason", "expected", "removed", "asked_by", "finished_at")
    list_filter = ("kind",)
    list_select_related = ("asked_by",)
    search_fields = ("reason",)


@admin.register(RemovalShare)
class RemovalShareAdmin(Endless):
    """What removals that go on have still to take out, account by account."""

    list_display = ("run", "account_id", "signals")
    list_select_related = ("run",)
    ordering = ("-id",)


@admin.register(SignalRemoval)
class SignalRemovalAdmin(Endless):
    """How many signals of which account went."""

    list_display = ("removed_at", "account", "kind", "signals", "reason", "removed_by")
    list_filter = ("kind",)
    list_select_related = ("account", "removed_by")
    ordering = ("-id",)
    search_fields = ("=account__domain",)
    search_help_text = "The account's whole domain."


@admin.register(RemovedEvidence)
class RemovedEvidenceAdmin(Endless):
    """How much of a crossing's evidence went."""

    list_display = ("crossing", "run", "signals")
    list_select_related = ("crossing__threshold", "run")
    ordering = ("-id",)


@admin.register(Walk)
class WalkAdmin(ReadOnly):
    """How far long work over many rows has come."""

    list_display = ("name", "place", "done", "differing", "largest_difference", "begun_at", "moved_at")
