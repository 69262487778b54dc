"""Bursts, feeds and treatments in the admin: to look at; the pages write them."""

from __future__ import annotations

from django.contrib import admin

from accounts.admin import ReadOnly
from plays.models import AccountTreatment, Burst, BurstAccount, CalendarFeed


class BurstAccountInline(admin.TabularInline[BurstAccount, Burst]):
    """The accounts of a burst."""

    model = BurstAccount
    fields = ("account", "begun_at", "left_at", "left_reason", "back_at", "back_reason")
    readonly_fields = fields
    extra = 0
    can_delete = False

    def has_add_permission(self, *_: object) -> bool:
        """The audience decides."""
        return False


@admin.register(Burst)
class BurstAdmin(ReadOnly):
    """What marketing ran, runs and plans."""

    list_display = ("name", "channel", "starts_on", "ends_on", "owner", "cancelled_at")
    list_filter = ("channel",)
    search_fields = ("name",)
    inlines = (BurstAccountInline,)


@admin.register(CalendarFeed)
class CalendarFeedAdmin(ReadOnly):
    """Who subscribes to their calendar; the address itself is not kept."""

    list_display = ("user", "created_at", "read_at")


@admin.register(AccountTreatment)
class AccountTreatmentAdmin(ReadOnly):
    """What web and ads were told last."""

    list_display = ("account", "treatment", "since")
    list_filter = ("treatment",)
    search_fields = ("account__name", "account__domain")
