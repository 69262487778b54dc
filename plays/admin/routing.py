"""Routing in the admin, to look at: the table, breaches and departures; the pages of People & routing write them."""

from __future__ import annotations

from django.contrib import admin

from accounts.admin import ReadOnly
from plays.models import Departure, RoutingRule, SlaBreach


@admin.register(RoutingRule)
class RoutingRuleAdmin(ReadOnly):
    """Lines of the routing table."""

    list_display = ("position", "name", "active", "target", "person", "changed_at", "changed_by")
    list_filter = ("active", "target")
    list_select_related = ("person", "changed_by")
    search_fields = ("name", "reason")


@admin.register(SlaBreach)
class SlaBreachAdmin(ReadOnly):
    """Each time that somebody owed a task longer than they were given."""

    list_display = ("at", "number", "task", "owner", "handed_to", "due_at")
    list_filter = ("number",)
    list_select_related = ("task", "owner", "handed_to")
    search_fields = ("text", "owner__name")


@admin.register(Departure)
class DepartureAdmin(ReadOnly):
    """People who left, and what it moved."""

    list_display = ("at", "user", "by", "reason", "undone_at")
    list_select_related = ("user", "by")
    search_fields = ("user__name", "reason")
