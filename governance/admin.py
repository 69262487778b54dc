"""Governance in the admin: escalations to look at, ratings to give."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest

from accounts.admin import ReadOnly, ReadOnlyRows
from accounts.models import User
from governance.models import Escalation, EscalationEvent, EscalationLink, GovernanceRating


class LinkInline(ReadOnlyRows):
    """What it is about."""

    model = EscalationLink


class EventInline(ReadOnlyRows):
    """What was said."""

    model = EscalationEvent


@admin.register(Escalation)
class EscalationAdmin(ReadOnly):
    """The register; every change goes through the pages, so that its event is kept."""

    list_display = ("title", "state", "cause", "deadline", "opened_at", "opened_by", "closed_at")
    list_filter = ("state", "cause")
    list_select_related = ("opened_by",)
    search_fields = ("title", "why", "outcome")
    date_hierarchy: ClassVar[str] = "opened_at"
    inlines = (LinkInline, EventInline)


@admin.register(EscalationEvent)
class EscalationEventAdmin(ReadOnly):
    """Everything said, over all escalations."""

    list_display = ("escalation", "kind", "by", "at")
    list_filter = ("kind",)
    list_select_related = ("escalation", "by")
    search_fields = ("text", "escalation__title")


@admin.register(EscalationLink)
class EscalationLinkAdmin(ReadOnly):
    """Everything that escalations are about."""

    list_display = ("escalation", "kind", "label", "target_id")
    list_filter = ("kind",)
    list_select_related = ("escalation",)
    search_fields = ("label", "escalation__title")


@admin.register(GovernanceRating)
class GovernanceRatingAdmin(admin.ModelAdmin[GovernanceRating]):
    """The seven components: a new look is a new row, old ones stay."""

    list_display = ("component", "rating", "rated_at", "by")
    list_filter = ("component", "rating")
    list_select_related = ("by",)
    search_fields = ("evidence",)
    fields = ("component", "rating", "evidence", "rated_at")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """History is not edited."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nor deleted."""
        return False

    def save_model(self, request: HttpRequest, obj: GovernanceRating, form: Any, change: bool) -> None:
        """In the name of whoever gives it."""
        if isinstance(request.user, User):
            obj.by = request.user
        super().save_model(request, obj, form, change)
