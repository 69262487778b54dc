"""What goes out, in the admin to look at; the pages of Surfaces and Deliveries write it. No secret is shown."""

from __future__ import annotations

from django.contrib import admin

from accounts.admin import ReadOnly
from plays.models import Delivery, DeliveryAttempt, Endpoint, NoticeWishes
from plays.selectors import outbox


@admin.register(Endpoint)
class EndpointAdmin(ReadOnly):
    """Places outside, and how each does."""

    list_display = ("name", "surface", "owner", "failures", "open_until", "disabled_at")
    list_filter = ("surface",)
    list_select_related = ("owner",)
    search_fields = ("name", "slug")
    exclude = ("secret", "target")
    readonly_fields = ("shown",)

    @admin.display(description="Target")
    def shown(self, endpoint: Endpoint) -> str:
        """The address without what may be a key in it."""
        return outbox.shown(endpoint)


@admin.register(Delivery)
class DeliveryAdmin(ReadOnly):
    """Messages."""

    list_display = ("put_at", "type", "endpoint", "state", "attempts", "next_at")
    list_filter = ("state", "type")
    list_select_related = ("endpoint",)
    search_fields = ("key", "answer")


@admin.register(DeliveryAttempt)
class DeliveryAttemptAdmin(ReadOnly):
    """Attempts at them."""

    list_display = ("started_at", "delivery", "n", "status", "latency_ms", "error")
    list_select_related = ("delivery",)
    search_fields = ("error",)


@admin.register(NoticeWishes)
class NoticeWishesAdmin(ReadOnly):
    """How people want to be told."""

    list_display = ("user", "digest_way", "digest_hour", "digested_at")
    list_select_related = ("user",)
    search_fields = ("user__name", "user__email")
