"""Guardrails in the admin, to look at: the numbers and what they held back, and what people set aside."""

from __future__ import annotations

from django.contrib import admin

from accounts.admin import ReadOnly
from plays.models import GuardrailNumbers, Override, StepHold


@admin.register(GuardrailNumbers)
class GuardrailNumbersAdmin(ReadOnly):
    """The numbers; they are written on the page of the guardrails, with a reason."""

    list_display = ("at", "by", "touches_per_week", "touches_per_contact", "awareness_days", "reason")
    list_select_related = ("by",)


@admin.register(StepHold)
class StepHoldAdmin(ReadOnly):
    """Steps that a guardrail put off."""

    list_display = ("since", "account", "rule", "sentence", "until", "ended_at")
    list_filter = ("rule",)
    search_fields = ("account__name", "=account__domain")
    list_select_related = ("account",)


@admin.register(Override)
class OverrideAdmin(ReadOnly):
    """Guardrails that people set aside."""

    list_display = ("at", "account", "play", "rule", "by", "reason")
    list_filter = ("rule",)
    search_fields = ("account__name", "=account__domain", "reason")
    list_select_related = ("account", "play", "by")
