"""Contacts, with what they said no to."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone

from accounts.admin.bases import Kept
from accounts.models import Contact, ContactExternalId, ContactOptOut
from accounts.services.contact.refusing import lock_accounts_of, told_no


class OptOutRows(admin.TabularInline[ContactOptOut, Contact]):
    """Channels they said no to."""

    model = ContactOptOut
    extra = 0


class ContactIdRows(admin.TabularInline[ContactExternalId, Contact]):
    """What other systems call them."""

    model = ContactExternalId
    extra = 0


@admin.register(Contact)
class ContactAdmin(Kept):
    """People at accounts."""

    list_display = ("name", "email", "account", "role", "seniority", "influence", "do_not_contact")
    list_filter = ("role", "do_not_contact", "seniority")
    list_select_related = ("account",)
    search_fields = ("name", "email", "account__name", "=external_ids__value")
    autocomplete_fields = ("account", "reports_to")
    readonly_fields = ("created_at", "updated_at", "erased_at")
    inlines = (OptOutRows, ContactIdRows)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What is left of an erased person stays as it is."""
        return super().has_change_permission(request, obj) and getattr(obj, "erased_at", None) is None

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """People are erased, on their page and with a reason: a deleted row would forget what they said no to."""
        return False

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """A no that is written here takes the contact off open tasks as any other does."""
        lock_accounts_of([form.instance])
        super().save_related(request, form, formsets, change)
        told_no([form.instance.pk], now=timezone.now())
