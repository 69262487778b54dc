"""The account graph in Django's admin: people and set-up are kept here; history is only looked at."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.admin import UserAdmin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from abmops.lib.domains import company_domain
from accounts.domain.hierarchy import in_circles
from accounts.models import (
    Absence,
    Account,
    AccountDomain,
    AccountEvent,
    AccountExternalId,
    ApiKey,
    Contact,
    ContactExternalId,
    ContactOptOut,
    ExchangeRate,
    Holiday,
    IcpModel,
    IdempotentRequest,
    ListMembership,
    Opportunity,
    OpportunityAmount,
    OpportunityStage,
    Territory,
    Touch,
    User,
)
from accounts.services import resolving
from accounts.services.account import refresh_fit
from accounts.services.apikey import revoke_key
from accounts.services.locking import take_turn


class ReadOnly(admin.ModelAdmin[Any]):
    """Rows that only the program writes: history, keys, answers."""

    show_full_result_count = False
    list_per_page = 50

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody adds."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody edits."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes."""
        return False


class Kept(admin.ModelAdmin[Any]):
    """Rows that RevOps keeps."""

    show_full_result_count = False
    list_per_page = 50


class ReadOnlyRows(admin.TabularInline[Any, Any]):
    """Related history under its owner."""

    extra = 0
    can_delete = False
    show_change_link = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody adds."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody edits."""
        return False


@admin.register(User)
class PersonAdmin(UserAdmin[User]):
    """People. The role decides what they may do; their Django group follows it."""

    ordering = ("name",)
    list_display = ("email", "name", "role", "job", "territory", "is_active", "last_login")
    list_filter = ("role", "job", "is_active", "territory", "is_staff")
    list_select_related = ("territory",)
    search_fields = ("email", "name")
    autocomplete_fields = ("territory",)
    filter_horizontal = ()
    readonly_fields = ("last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("email", "password", "name")}),
        ("Work", {"fields": ("role", "job", "territory", "time_zone")}),
        ("Access", {"fields": ("is_active", "is_staff", "is_superuser", "last_login", "date_joined")}),
    )
    add_fieldsets = (
        (None, {"fields": ("email", "name", "role", "job", "territory", "time_zone")}),
        ("Sign-in", {"fields": ("usable_password", "password1", "password2")}),
    )

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """Only a superuser makes another one, or opens the admin to somebody."""
        more = () if request.user.is_superuser else ("is_staff", "is_superuser")
        return (*self.readonly_fields, *more)


@admin.register(Territory)
class TerritoryAdmin(Kept):
    """Parts of the market."""

    list_display = ("name", "slug", "countries")
    search_fields = ("name", "slug")
    prepopulated_fields = {"slug": ("name",)}


@admin.register(Absence)
class AbsenceAdmin(Kept):
    """Who is away, and who stands in."""

    list_display = ("user", "starts_on", "ends_on", "stand_in")
    list_filter = ("starts_on",)
    list_select_related = ("user", "stand_in")
    search_fields = ("user__name", "user__email")
    autocomplete_fields = ("user", "stand_in")
    date_hierarchy = "starts_on"


@admin.register(Holiday)
class HolidayAdmin(Kept):
    """Days without work."""

    list_display = ("day", "name", "territory")
    list_filter = ("territory",)
    list_select_related = ("territory",)
    search_fields = ("name",)
    autocomplete_fields = ("territory",)
    date_hierarchy = "day"


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

    list_display = ("at", "account", "kind", "payload", "created_at")
    list_filter = ("kind",)
    list_select_related = ("account",)
    search_fields = ("account__name", "=dedup_key")
    date_hierarchy = "at"


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
