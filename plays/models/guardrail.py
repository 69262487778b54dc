"""Guardrails in the database: their numbers with every change, what they hold back, and what people set aside."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import F, Q

from accounts.models import Account, User
from plays.models.decision import Decision
from plays.models.enrollment import Enrollment, StepRun
from plays.models.play import Play


class GuardrailNumbers(models.Model):
    """The guardrails' numbers from a moment on, by whom and why. The newest row is in force; rows never change."""

    awareness_days = models.PositiveSmallIntegerField()
    awareness_days_familiar = models.PositiveSmallIntegerField()
    qualifying_signals = models.PositiveSmallIntegerField()
    qualifying_days = models.PositiveSmallIntegerField()
    touches_per_week = models.PositiveSmallIntegerField()
    touches_per_contact = models.PositiveSmallIntegerField()
    day_opens = models.PositiveSmallIntegerField(help_text="Hour of the day at which quiet hours end.")
    day_closes = models.PositiveSmallIntegerField(help_text="Hour of the day at which quiet hours begin.")
    reason = models.TextField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField()

    class Meta:
        ordering = ("-at", "-id")
        verbose_name_plural = "guardrail numbers"
        constraints = (
            models.CheckConstraint(name="guardrail_numbers_have_a_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="guardrail_familiar_awareness_is_not_longer",
                condition=Q(awareness_days__lte=366, awareness_days_familiar__lte=F("awareness_days")),
            ),
            models.CheckConstraint(
                name="guardrail_caps_let_something_through",
                condition=Q(
                    touches_per_week__range=(1, 100), touches_per_contact__range=(1, F("touches_per_week"))
                ),
            ),
            models.CheckConstraint(
                name="guardrail_signals_are_counted_within_a_quarter",
                condition=Q(qualifying_signals__range=(1, 10), qualifying_days__range=(1, 90)),
            ),
            models.CheckConstraint(
                name="guardrail_day_has_hours",
                condition=Q(day_opens__lt=F("day_closes"), day_closes__lte=24),
            ),
        )

    def __str__(self) -> str:
        return f"Guardrails from {self.at:%Y-%m-%d %H:%M}"


class StepHold(models.Model):
    """A guardrail that put a step off when it was to open; one row a step and rule, however often it was asked.

    `until` is the moment of the next look. `ended_at`: the step opened or was cancelled.
    """

    step_run = models.ForeignKey(StepRun, on_delete=models.CASCADE, related_name="holds")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="step_holds")
    rule = models.CharField(max_length=40)
    sentence = models.CharField(max_length=300)
    since = models.DateTimeField()
    until = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-since", "-id")
        constraints = (
            models.UniqueConstraint(fields=["step_run", "rule"], name="one_hold_per_step_run_and_rule"),
        )
        indexes = (
            models.Index(fields=["-since"], name="step_hold_since"),
            models.Index(fields=["account", "-since"], name="step_hold_account"),
            models.Index(fields=["id"], condition=Q(rule="nobody"), name="step_hold_for_people"),
        )

    def __str__(self) -> str:
        return f"{self.rule} since {self.since:%Y-%m-%d %H:%M}"


class OverrideQuerySet(models.QuerySet["Override"]):
    """The vocabulary of reads over overrides."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Everybody signed in sees which rules were set aside, and why."""
        return self if user.is_authenticated and user.is_active else self.none()


class Override(models.Model):
    """A guardrail that a person set aside, once, for a reason. One row a rule; only added to.

    `said` is what the rule said at that moment. A start by hand has its decision and enrollment, a step that was
    opened all the same also its step.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="overrides")
    play = models.ForeignKey(Play, null=True, blank=True, on_delete=models.PROTECT, related_name="overrides")
    decision = models.ForeignKey(
        Decision, null=True, blank=True, on_delete=models.SET_NULL, related_name="overrides"
    )
    enrollment = models.ForeignKey(
        Enrollment, null=True, blank=True, on_delete=models.SET_NULL, related_name="overrides"
    )
    step_run = models.ForeignKey(
        StepRun, null=True, blank=True, on_delete=models.SET_NULL, related_name="overrides"
    )
    rule = models.CharField(max_length=40)
    said = models.CharField(max_length=300)
    reason = models.TextField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="overrides"
    )
    at = models.DateTimeField()

    objects = OverrideQuerySet.as_manager()

    class Meta:
        ordering = ("-at", "-id")
        constraints = (
            models.CheckConstraint(name="override_has_a_reason", condition=~Q(reason="")),
            models.CheckConstraint(name="override_names_its_rule", condition=~Q(rule="")),
        )
        indexes = (
            models.Index(fields=["-at"], name="override_at"),
            models.Index(fields=["account", "-at"], name="override_account_at"),
        )

    def __str__(self) -> str:
        return f"{self.rule} set aside for {self.account}"
