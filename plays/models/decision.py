"""Decisions: which play answered to what, and why not the others."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q

from accounts.models import Account, AccountEvent, User
from signals.models import Crossing


class DecisionQuerySet(models.QuerySet["Decision"]):
    """The vocabulary of reads over decisions."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Everybody signed in may ask why."""
        return self if user.is_authenticated and user.is_active else self.none()


class Decision(models.Model):
    """One choice among the plays that one occasion triggered, with every candidate and the rule that settled it.

    Made once per crossing and once per account event, by the database. A start by hand has neither, but `by` and
    `reason`. `candidates` is a list of `{play, name, version, verdict, rule, sentence, priority}`. Append-only.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="decisions")
    crossing = models.OneToOneField(
        Crossing, null=True, blank=True, on_delete=models.CASCADE, related_name="decision"
    )
    event = models.OneToOneField(
        AccountEvent, null=True, blank=True, on_delete=models.CASCADE, related_name="decision"
    )
    occasion = models.CharField(max_length=300, help_text="What happened, in words.")
    summary = models.CharField(max_length=300)
    candidates = models.JSONField(default=list)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    reason = models.TextField(blank=True, help_text="Why a person started it by hand, or set a rule aside.")
    overridden = models.JSONField(default=list, blank=True, help_text="Rules that the person set aside.")
    made_at = models.DateTimeField()

    objects = DecisionQuerySet.as_manager()

    class Meta:
        ordering = ("-made_at", "-id")
        constraints = (
            models.CheckConstraint(
                condition=Q(crossing__isnull=True) | Q(event__isnull=True), name="decision_has_one_occasion"
            ),
        )
        indexes = (models.Index(fields=["account", "-made_at"], name="decision_account_at"),)

    def __str__(self) -> str:
        return self.summary
