"""Signals in Django's admin: definitions are kept here through their services; what happened is only looked at."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import cached_property

from abmops.lib.choices import TIERS, Urgency
from abmops.lib.domains import registrable_domain
from abmops.lib.errors import FieldErrors
from abmops.lib.ids import first_uuid7
from accounts.admin import Kept, ReadOnly, ReadOnlyRows
from accounts.models import AccountDomain, User
from signals.domain import condition, rules
from signals.models import (
    AccountState,
    Crossing,
    Identity,
    RejectedEvent,
    Signal,
    SignalKey,
    SignalType,
    Source,
    Threshold,
    ThresholdVersion,
    UnmatchedSignal,
    UnnamedSignal,
)
from signals.services import definitions

LOOK_BACK = timedelta(days=90)


class Uncounted(Paginator[Any]):
    """Pages of a table that is too large to count: the first thousand rows; a search or filter finds the rest."""

    MOST = 1_000

    @cached_property
    def count(self) -> int:
        """How many rows there are, counted no further than `MOST`."""
        return len(cast("QuerySet[Any]", self.object_list).values_list("pk")[: self.MOST])


class Endless(ReadOnly):
    """Rows of a table that only grows: no counting, no sorting but by its key, no filters that would scan it."""

    paginator = Uncounted
    sortable_by = ()
    actions = None


class Definition(Kept):
    """What RevOps writes down. History refers to it, so it is retired and never deleted; its slug never changes."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes."""
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """The slug is chosen once."""
        return (*self.readonly_fields, *(("slug",) if obj else ()))

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Sequence[str]]:
        """A new one's slug follows its name."""
        return {} if obj else {"slug": ("name",)}


@admin.register(Source)
class SourceAdmin(Definition):
    """Sources. A write key is shown once, when it is made."""

    list_display = ("name", "slug", "kind", "weight", "owner", "is_active", "has_write_key")
    list_filter = ("kind", "is_active")
    list_select_related = ("owner",)
    search_fields = ("name", "slug")
    autocomplete_fields = ("owner",)
    readonly_fields = ("has_write_key", "created_at")
    actions = ("make_write_key",)

    @admin.display(boolean=True, description="Has a write key")
    def has_write_key(self, source: Source) -> bool:
        """Whether it can send to the ingest addresses."""
        return source.write_key_hash is not None

    def save_model(
        self, request: HttpRequest, obj: Source, form: forms.ModelForm[Source], change: bool
    ) -> None:
        """By the service, which makes the key of a new one."""
        fields = {name: value for name, value in form.cleaned_data.items() if name != "slug"}
        written = definitions.put_source(slug=obj.slug, fields=fields)
        obj.pk = written.row.pk
        if written.write_key:
            _show_key(request, obj, written.write_key)

    @admin.action(
        description="Make a new write key; the old one is refused from then on", permissions=["change"]
    )
    def make_write_key(self, request: HttpRequest, sources: QuerySet[Source]) -> None:
        """One key a source, each shown once."""
        for source in sources:
            _show_key(request, source, definitions.rotate_key(source=source))


def _show_key(request: HttpRequest, source: Source, key: str) -> None:
    messages.warning(
        request, f"The write key of “{source.name}” is {key}. Copy it now; it is never shown again."
    )


class SignalTypeForm(forms.ModelForm[SignalType]):
    """A signal type whose rules are rules."""

    def clean_rules(self) -> Any:
        """Each fault in words."""
        document = self.cleaned_data["rules"] or []
        _no_faults(lambda: rules.check(document))
        return document


@admin.register(SignalType)
class SignalTypeAdmin(Definition):
    """The catalogue."""

    form = SignalTypeForm
    list_display = (
        "name", "slug", "kind", "points", "confidence", "half_life_days", "recency_days",
        "qualifying", "digital_response", "hand_raise", "is_active",
    )  # fmt: skip
    list_filter = ("kind", "is_active", "qualifying", "digital_response", "hand_raise")
    search_fields = ("name", "slug")
    readonly_fields = ("created_at",)

    def save_model(
        self, request: HttpRequest, obj: SignalType, form: forms.ModelForm[SignalType], change: bool
    ) -> None:
        """By the service."""
        fields = {name: value for name, value in form.cleaned_data.items() if name != "slug"}
        obj.pk = definitions.put_signal_type(slug=obj.slug, fields=fields).row.pk


class ThresholdForm(forms.ModelForm[Threshold]):
    """A threshold together with what its current version says; saying something else makes the next version."""

    condition = forms.JSONField(
        help_text='{"all": [...]}, {"any": [...]} or {"count": {"types": ["pricing-page"], "at_least": 3, "days": 14}}'
    )
    tiers = forms.TypedMultipleChoiceField(
        choices=TIERS,
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="None: every account, on the list or not.",
    )
    urgency = forms.ChoiceField(choices=Urgency.choices, initial=Urgency.NORMAL)
    rearm_days = forms.IntegerField(min_value=0, max_value=730, initial=14, label="Re-arm days")

    class Meta:
        model = Threshold
        fields = ("slug", "name", "rationale", "owner", "status")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        version = self.instance.current
        for name in definitions.SAID if version else ():
            self.initial[name] = getattr(version, name)

    def clean_condition(self) -> Any:
        """Each fault in words."""
        known = SignalType.objects.values_list("slug", flat=True)
        _no_faults(lambda: condition.parse(self.cleaned_data["condition"], types=known))
        return self.cleaned_data["condition"]


class VersionRows(ReadOnlyRows):
    """What the threshold said, newest first."""

    model = ThresholdVersion
    fields = readonly_fields = ("number", "sentence", "created_by", "created_at")
    ordering = ("-number",)

    @admin.display(description="What it says")
    def sentence(self, version: ThresholdVersion) -> str:
        """In English."""
        return _sentence(version)


@admin.register(Threshold)
class ThresholdAdmin(Definition):
    """Thresholds, each with its sentence and its versions."""

    form = ThresholdForm
    inlines = (VersionRows,)
    list_display = ("name", "slug", "status", "sentence", "owner")
    list_filter = ("status", "current__urgency")
    list_select_related = ("current", "owner")
    search_fields = ("name", "slug", "rationale")
    autocomplete_fields = ("owner",)
    readonly_fields = ("sentence", "created_at")
    fieldsets = (
        (None, {"fields": ("name", "slug", "sentence", "rationale", "owner", "status", "created_at")}),
        ("What it says", {"fields": ("condition", "tiers", "urgency", "rearm_days")}),
    )

    @admin.display(description="What it says")
    def sentence(self, threshold: Threshold) -> str:
        """In English."""
        return _sentence(threshold.current) if threshold.current else "Nothing yet."

    def save_model(
        self, request: HttpRequest, obj: Threshold, form: forms.ModelForm[Threshold], change: bool
    ) -> None:
        """By the service, which makes a version where one is needed."""
        fields = {name: value for name, value in form.cleaned_data.items() if name != "slug"}
        by = request.user if isinstance(request.user, User) else None
        obj.pk = definitions.put_threshold(slug=obj.slug, fields=fields, by=by).row.pk


@admin.register(ThresholdVersion)
class ThresholdVersionAdmin(ReadOnly):
    """Every version of every threshold."""

    list_display = ("threshold", "number", "sentence", "created_by", "created_at")
    list_filter = ("threshold", "urgency")
    list_select_related = ("threshold", "created_by")
    search_fields = ("threshold__name", "threshold__slug")
    readonly_fields = ("sentence",)

    @admin.display(description="What it says")
    def sentence(self, version: ThresholdVersion) -> str:
        """In English."""
        return _sentence(version)


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
        self, request: HttpRequest, queryset: QuerySet[SignalKey], search_term: str
    ) -> tuple[QuerySet[SignalKey], bool]:
        """By the key itself."""
        if not search_term:
            return queryset, False
        try:
            return queryset.filter(pk=bytes.fromhex(search_term.strip())), False
        except ValueError:
            return queryset.none(), False


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
    """The rolling state of each account, without its bytes."""

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
    exclude = ("state",)
    search_fields = ("account__name", "=account__domain")


def _sentence(version: ThresholdVersion) -> str:
    return condition.threshold_sentence(
        condition.parse(version.condition),
        tiers=version.tiers,
        urgency=version.urgency,
        rearm_days=version.rearm_days,
    )


def _no_faults(check: Any) -> None:
    """Run a check of ours; its faults become the form's, each with where it is."""
    try:
        check()
    except FieldErrors as error:
        raise forms.ValidationError([f"{one.pointer}: {one.detail}" for one in error.errors]) from error
