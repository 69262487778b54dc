"""The profile, the rates, the keys, and the answers kept for repeated calls."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts.admin.bases import Kept, ReadOnly
from accounts.models import ApiKey, ExchangeRate, IcpModel, IdempotentRequest
from accounts.services.apikey import revoke_key


@admin.register(IcpModel)
class IcpModelAdmin(ReadOnly):
    """Versions of the ideal customer profile; a new one is adopted in the program."""

    list_display = ("number", "name", "adopted_at", "retired_at")
    search_fields = ("name",)


@admin.register(ExchangeRate)
class ExchangeRateAdmin(Kept):
    """What a currency is worth in the base currency, from a day on."""

    list_display = ("currency", "day", "rate")
    list_filter = ("currency",)
    search_fields = ("=currency",)
    date_hierarchy = "day"


@admin.register(ApiKey)
class ApiKeyAdmin(ReadOnly):
    """Keys, without their secrets. Made by `manage.py apikey create`; ended here."""

    list_display = (
        "name",
        "public_id",
        "user",
        "scopes",
        "created_at",
        "expires_at",
        "revoked_at",
        "last_used_at",
    )
    list_filter = ("user__role", "revoked_at")
    list_select_related = ("user",)
    search_fields = ("name", "=public_id", "user__email")
    exclude = ("secret_hash",)
    actions = ("revoke",)

    @admin.action(description="Revoke the chosen keys, for ever", permissions=["revoke"])
    def revoke(self, request: HttpRequest, keys: QuerySet[ApiKey]) -> None:
        """End the keys at once."""
        count = sum(revoke_key(key=key, now=timezone.now()) for key in keys)
        self.message_user(request, f"{count} keys are revoked.", messages.SUCCESS)

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        """Whoever may change keys."""
        return request.user.has_perm("accounts.change_apikey")


@admin.register(IdempotentRequest)
class IdempotentRequestAdmin(ReadOnly):
    """Answers kept for repeated calls; without the answer, which may name people."""

    list_display = ("created_at", "caller", "key", "status")
    search_fields = ("=key", "=caller")
    exclude = ("response",)
