"""What came of decisions later, and what people said to suggestions."""

from django.contrib import admin

from accounts.admin import ReadOnly
from plays.models import Attempt, Review, Waiting


@admin.register(Attempt)
class AttemptAdmin(ReadOnly):
    """Decisions that were looked at again."""

    list_display = ("made_at", "decision", "number", "summary", "because")
    list_display_links = ("made_at", "summary")
    search_fields = ("decision__account__name",)
    list_select_related = ("decision",)


@admin.register(Waiting)
class WaitingAdmin(ReadOnly):
    """Occasions that nothing answered yet."""

    list_display = ("look_at", "account", "decision", "until")
    search_fields = ("account__name", "=account__domain")
    list_select_related = ("account", "decision")


@admin.register(Review)
class ReviewAdmin(ReadOnly):
    """Plays that were kept or retired as suggested."""

    list_display = ("at", "play", "verdict", "by", "until")
    list_display_links = ("at", "play")
    search_fields = ("play__name", "said")
    list_select_related = ("play", "by")
