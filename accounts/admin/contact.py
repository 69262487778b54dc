"""Contacts, with what they said no to."""

from __future__ import annotations

from django.contrib import admin

from accounts.admin.bases import Kept
from accounts.models import Contact, ContactExternalId, ContactOptOut


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
    readonly_fields = ("created_at", "updated_at")
    inlines = (OptOutRows, ContactIdRows)
