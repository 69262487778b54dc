"""What is kept beside an account, in the admin: only looked at."""

from __future__ import annotations

from django.contrib import admin

from accounts.admin.bases import ReadOnly
from accounts.models import AccountFigures


@admin.register(AccountFigures)
class AccountFiguresAdmin(ReadOnly):
    """Last touches and roles, as the triggers keep them."""

    list_display = ("account", "last_sales_at", "last_marketing_at", "people", "gaps")
    list_select_related = ("account",)
    search_fields = ("account__name", "account__domain")
