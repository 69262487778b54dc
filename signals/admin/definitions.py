"""Sources, the catalogue and thresholds: kept by RevOps, written through their services."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from abmops.lib.choices import TIERS, Urgency
from abmops.lib.errors import FieldErrors
from accounts.admin import ReadOnly, ReadOnlyRows
from accounts.models import User
from signals.admin.bases import Definition
from signals.domain import condition, rules
from signals.models import SignalType, Source, Threshold, ThresholdEdit, ThresholdMove, ThresholdVersion
from signals.services import definitions


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
    fields = readonly_fields = ("number", "sentence", "reason", "created_by", "created_at")
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


@admin.register(ThresholdMove)
class ThresholdMoveAdmin(ReadOnly):
    """Who started, paused or retired a threshold, and why."""

    list_display = ("threshold", "before", "after", "by", "at")
    list_filter = ("after",)
    list_select_related = ("threshold", "by")
    search_fields = ("threshold__name", "threshold__slug", "reason")


@admin.register(ThresholdEdit)
class ThresholdEditAdmin(ReadOnly):
    """Who renamed a threshold, gave it to somebody or wrote its reason anew."""

    list_display = ("threshold", "field", "before", "after", "by", "at")
    list_filter = ("field",)
    list_select_related = ("threshold", "by")
    search_fields = ("threshold__name", "threshold__slug", "reason")


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
