"""What happened: only looked at."""

from __future__ import annotations

from django.contrib import admin

from accounts.admin.bases import ReadOnly, ReadOnlyRows
from accounts.models import (
    AccountEvent,
    ListMembership,
    Opportunity,
    OpportunityAmount,
    OpportunityStage,
    Touch,
)


class StageRows(ReadOnlyRows):
    """The stages it entered."""

    model = OpportunityStage
    fields = ("stage", "at")


class AmountRows(ReadOnlyRows):
    """The amounts it had."""

    model = OpportunityAmount
    fields = ("amount", "currency", "valid_from")


@admin.register(Opportunity)
class OpportunityAdmin(ReadOnly):
    """Deals: written by the CRM, with their history, so only looked at here."""

    list_display = (
        "external_id",
        "name",
        "account",
        "stage",
        "amount",
        "currency",
        "opened_at",
        "outcome",
        "owner",
    )
    list_filter = ("outcome", "stage", "currency")
    list_select_related = ("account", "owner")
    search_fields = ("external_id", "name", "account__name")
    date_hierarchy = "opened_at"
    inlines = (StageRows, AmountRows)


@admin.register(Touch)
class TouchAdmin(ReadOnly):
    """What was done, by both sides: facts."""

    list_display = (
        "occurred_at",
        "account",
        "side",
        "channel",
        "direction",
        "contact",
        "person",
        "programmed",
    )
    list_filter = ("side", "channel", "direction", "programmed")
    list_select_related = ("account", "contact", "person")
    search_fields = ("account__name", "subject", "=external_id", "contact__email")
    date_hierarchy = "occurred_at"


@admin.register(ListMembership)
class ListMembershipAdmin(ReadOnly):
    """The list's history. It is changed in the program, with a reason, and never rewritten."""

    list_display = ("account", "tier", "valid_from", "valid_to", "side", "by", "reason")
    list_filter = ("tier", "side")
    list_select_related = ("account", "by")
    search_fields = ("account__name", "account__domain", "reason")
    date_hierarchy = "valid_from"


@admin.register(AccountEvent)
class AccountEventAdmin(ReadOnly):
    """Facts that plays react to."""

    list_display = ("at", "account", "kind", "payload", "created_at", "withdrawn_at")
    list_filter = ("kind",)
    list_select_related = ("account",)
    search_fields = ("account__name", "=dedup_key")
    date_hierarchy = "at"
