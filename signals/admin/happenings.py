"""What happened: signals, crossings, what was set aside, and what ingest remembers. Only to look at."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from abmops.lib.domains import registrable_domain
from abmops.lib.ids import first_uuid7
from accounts.admin import ReadOnly
from accounts.models import AccountDomain
from signals.admin.bases import Endless
from signals.models import (
    AccountMemory,
    AccountState,
    Crossing,
    Identity,
    RejectedEvent,
    SettledKey,
    Signal,
    SignalKey,
    Source,
    UnmatchedSignal,
    UnnamedSignal,
)

LOOK_BACK = timedelta(days=90)


@admin.register(Signal)
class SignalAdmin(Endless):
    """Signals of the last 90 days; those of one account, however old, by its domain."""

    list_display = ("received_at", "type", "account", "contact", "source", "topic", "points", "occurred_at")
    list_filter = ("source", "type")
    list_select_related = ("type", "account", "contact", "source")
    ordering = ("-id",)
    search_fields = ("id",)
    search_help_text = "A domain of the account, or the signal's whole id."

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Signal], search_term: str
    ) -> tuple[QuerySet[Signal], bool]:
        """By an index, whatever is sought."""
        if not search_term:
            one = request.resolver_match is not None and "object_id" in request.resolver_match.kwargs
            recent = queryset.filter(id__gte=first_uuid7(timezone.now() - LOOK_BACK))
            return (queryset if one else recent), False
        try:
            return queryset.filter(pk=UUID(search_term.strip())), False
        except ValueError:
            known = AccountDomain.objects.filter(domain=registrable_domain(search_term) or "")
            return queryset.filter(account_id__in=list(known.values_list("account_id", flat=True))), False


@admin.register(SignalKey)
class SignalKeyAdmin(Endless):
    """Messages that were taken in."""

    list_display = ("__str__", "received_on")
    list_display_links = None
    ordering = ("digest",)
    search_fields = ("digest",)
    search_help_text = "A whole digest, in hexadecimal."

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """By the key itself."""
        if not search_term:
            return queryset, False
        try:
            return queryset.filter(pk=bytes.fromhex(search_term.strip())), False
        except ValueError:
            return queryset.none(), False


@admin.register(SettledKey)
class SettledKeyAdmin(SignalKeyAdmin):
    """Those of messages that were taken in earlier."""


@admin.register(RejectedEvent)
class RejectedEventAdmin(Endless):
    """What was refused or set aside, and why."""

    list_display = ("received_at", "source", "code", "pointer", "reason", "message_id")
    list_filter = ("source", "code")
    list_select_related = ("source",)
    ordering = ("-id",)
    search_fields = ("=message_id", "reason")


@admin.register(UnmatchedSignal)
class UnmatchedSignalAdmin(Endless):
    """Signals that wait for their account."""

    list_display = ("received_at", "source", "domain", "keys")
    list_filter = ("source",)
    list_select_related = ("source",)
    ordering = ("-signal_id",)
    search_fields = ("=domain",)
    search_help_text = "The whole domain."


@admin.register(UnnamedSignal)
class UnnamedSignalAdmin(Endless):
    """Placed signals that wait for their person."""

    list_display = ("received_at", "source", "keys")
    list_filter = ("source",)
    list_select_related = ("source",)
    ordering = ("-signal_id",)


@admin.register(Identity)
class IdentityAdmin(Endless):
    """Who the sources' users are said to be."""

    list_display = ("key", "source", "account_keys", "email", "email_said_at", "same_as")
    list_filter = ("source",)
    list_select_related = ("source",)
    ordering = ("-id",)
    search_fields = ("=key",)
    search_help_text = "The source's own id of the user, whole."

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Identity], search_term: str
    ) -> tuple[QuerySet[Identity], bool]:
        """By source and key, which are indexed together."""
        if not search_term:
            return queryset, False
        term = search_term.strip()
        sources = list(Source.objects.values_list("pk", flat=True))
        keys = [term, f"user:{term}", f"anonymous:{term}"]
        return queryset.filter(source__in=sources, key__in=keys), False


@admin.register(Crossing)
class CrossingAdmin(ReadOnly):
    """Thresholds that became true."""

    list_display = ("crossed_at", "threshold", "account", "urgency", "sequence", "score", "hand_raise")
    list_filter = ("threshold", "urgency", "hand_raise")
    list_select_related = ("threshold", "account")
    search_fields = ("account__name", "=account__domain")
    date_hierarchy = "crossed_at"


@admin.register(AccountState)
class AccountStateAdmin(ReadOnly):
    """The scores of each account."""

    list_display = (
        "account",
        "score",
        "intent",
        "score_week_ago",
        "last_signal_at",
        "signals_seen",
        "scored_at",
    )
    list_select_related = ("account",)
    ordering = ("-score",)
    search_fields = ("account__name", "=account__domain")


@admin.register(AccountMemory)
class AccountMemoryAdmin(ReadOnly):
    """Whose rolling states are stored, without their bytes."""

    list_display = ("account",)
    list_select_related = ("account",)
    ordering = ("account_id",)
    exclude = ("state",)
    search_fields = ("account__name", "=account__domain")
