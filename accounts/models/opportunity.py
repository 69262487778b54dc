"""Opportunities with the history of their stage and amount, and the rates that make money comparable."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from abmops.lib.choices import Outcome
from accounts.models.account import Account
from accounts.models.user import User


class Opportunity(models.Model):
    """A deal. CRM data may not know its account; then it counts in totals and in nobody's pipeline."""

    external_id = models.CharField(max_length=200, unique=True)
    account = models.ForeignKey(
        Account, null=True, blank=True, on_delete=models.CASCADE, related_name="opportunities"
    )
    name = models.CharField(max_length=255, blank=True)
    stage = models.CharField(max_length=80, blank=True)
    amount = models.DecimalField(max_digits=19, decimal_places=4, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    opened_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=4, choices=Outcome.choices, null=True, blank=True)
    owner = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="opportunities"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("-opened_at", "-id")
        verbose_name_plural = "opportunities"
        constraints = (
            models.CheckConstraint(condition=Q(amount__gte=0), name="opportunity_amount_is_not_negative"),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True, outcome__isnull=True)
                | Q(closed_at__isnull=False, outcome__in=Outcome.values),
                name="opportunity_is_closed_exactly_when_it_has_an_outcome",
            ),
            models.CheckConstraint(
                condition=Q(opened_at__isnull=True)
                | Q(closed_at__isnull=True)
                | Q(closed_at__gte=F("opened_at")),
                name="opportunity_closes_after_it_opens",
            ),
        )
        indexes = (
            models.Index(fields=["account", "opened_at"], name="opportunity_account_opened"),
            models.Index(fields=["opened_at", "closed_at"], name="opportunity_opened_closed"),
        )

    def __str__(self) -> str:
        return self.name or self.external_id


class OpportunityStage(models.Model):
    """The stage an opportunity entered, and when. Append-only."""

    opportunity = models.ForeignKey(Opportunity, on_delete=models.CASCADE, related_name="stages")
    stage = models.CharField(max_length=80)
    at = models.DateTimeField()

    class Meta:
        ordering = ("at", "id")
        constraints = (
            models.UniqueConstraint(
                fields=["opportunity", "at", "stage"], name="one_stage_row_per_opportunity_and_moment"
            ),
        )

    def __str__(self) -> str:
        return f"{self.opportunity}: {self.stage}"


class OpportunityAmount(models.Model):
    """The amount an opportunity had from a moment on, so that past numbers stay what they were. Append-only."""

    opportunity = models.ForeignKey(Opportunity, on_delete=models.CASCADE, related_name="amounts")
    amount = models.DecimalField(max_digits=19, decimal_places=4, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    valid_from = models.DateTimeField()

    class Meta:
        ordering = ("valid_from", "id")
        constraints = (
            models.UniqueConstraint(
                fields=["opportunity", "valid_from"], name="one_amount_per_opportunity_and_moment"
            ),
        )

    def __str__(self) -> str:
        return f"{self.opportunity}: {self.amount} {self.currency}"


class ExchangeRate(models.Model):
    """How much base currency one unit of `currency` was worth from a day on."""

    currency = models.CharField(max_length=3)
    day = models.DateField()
    rate = models.DecimalField(max_digits=19, decimal_places=8)

    class Meta:
        ordering = ("currency", "-day")
        constraints = (
            models.UniqueConstraint(fields=["currency", "day"], name="one_rate_per_currency_and_day"),
            models.CheckConstraint(condition=Q(rate__gt=0), name="exchange_rate_is_positive"),
        )

    def __str__(self) -> str:
        return f"{self.currency} {self.day}: {self.rate}"
