"""Accounts, kept as the services keep them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from abmops.lib.domains import company_domain
from accounts.admin.bases import Kept, ReadOnlyRows
from accounts.domain.hierarchy import in_circles
from accounts.models import Account, AccountDomain, AccountExternalId, ListMembership
from accounts.services import resolving
from accounts.services.account import refresh_fit
from accounts.services.locking import take_turn


class AccountForm(forms.ModelForm[Account]):
    """An account, with what the database alone would refuse less kindly."""

    class Meta:
        model = Account
        fields = (
            "name",
            "domain",
            "parent",
            "industry",
            "employees",
            "annual_revenue",
            "currency",
            "country",
            "region",
            "technologies",
            "lifecycle",
            "phase",
            "owner",
            "territory",
        )

    def clean_domain(self) -> str | None:
        """The registrable domain; free mail names no company."""
        text = self.cleaned_data.get("domain")
        if not text:
            return None
        domain = company_domain(text)
        if domain is None:
            raise forms.ValidationError(f"{text} is no company's domain. Write it like acme.com.")
        if AccountDomain.objects.filter(domain=domain).exclude(account_id=self.instance.pk).exists():
            raise forms.ValidationError(f"{domain} belongs to another account.")
        return domain

    def clean(self) -> dict[str, Any]:
        """No circle of parents; nobody else may close one while we look, for we hold the accounts' turn."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("annual_revenue") is not None and not cleaned.get("currency"):
            self.add_error("currency", "A revenue needs its currency, like EUR.")
        parent = cleaned.get("parent")
        if parent is not None and self.instance.pk:
            take_turn("account")
            edges = dict(Account.objects.filter(parent__isnull=False).values_list("id", "parent_id"))
            if self.instance.pk in in_circles({**edges, self.instance.pk: parent.pk}):
                self.add_error("parent", "This would make the account its own ancestor.")
        return cleaned


class DomainRows(admin.TabularInline[AccountDomain, Account]):
    """Every domain of the account; the primary one is among them."""

    model = AccountDomain
    extra = 0


class ExternalIdRows(admin.TabularInline[AccountExternalId, Account]):
    """What other systems call it."""

    model = AccountExternalId
    extra = 0


class MembershipRows(ReadOnlyRows):
    """Its way on and off the list."""

    model = ListMembership
    fields = ("tier", "valid_from", "valid_to", "side", "by", "reason")
    ordering = ("-valid_from",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[ListMembership]:
        """With who made each change."""
        rows: QuerySet[ListMembership] = super().get_queryset(request)
        return rows.select_related("by", "account")


@admin.register(Account)
class AccountAdmin(Kept):
    """Companies. The list and its tiers are changed in the program, with a reason."""

    form = AccountForm
    list_display = (
        "name",
        "domain",
        "tier",
        "owner",
        "territory",
        "lifecycle",
        "country",
        "fit",
        "updated_at",
    )
    list_filter = ("tier", "is_target", "lifecycle", "phase", "territory")
    list_select_related = ("owner", "territory")
    search_fields = ("name", "domain", "domains__domain", "=external_ids__value")
    autocomplete_fields = ("parent", "owner", "territory")
    readonly_fields = ("fit", "is_target", "tier", "list_refreshed_at", "created_at", "updated_at")
    inlines = (DomainRows, ExternalIdRows, MembershipRows)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Keep what services keep: the primary domain among the domains, the fit, and the signals that waited."""
        super().save_related(request, form, formsets, change)
        account: Account = form.instance
        if account.domain:
            AccountDomain.objects.get_or_create(domain=account.domain, defaults={"account": account})
        now = timezone.now()
        refresh_fit(accounts=[account.pk], now=now)
        keys = [f"domain:{row.domain}" for row in account.domains.all()]
        resolving.announce([*keys, *(f"external:{row.value}" for row in account.external_ids.all())], now=now)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """An account has history that past numbers count; it is disqualified, not deleted."""
        return False
