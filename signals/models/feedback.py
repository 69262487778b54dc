"""What reps say of signals and crossings, and the weights that a quarter of it proposes [F6]."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import Account
from signals.models.threshold import Crossing


class Feedback(models.Model):
    """One person's word on one signal or one crossing: good, neutral or noise; changeable, never doubled."""

    class Verdict(models.TextChoices):
        GOOD = "good", "Good"
        NEUTRAL = "neutral", "Neutral"
        NOISE = "noise", "Noise"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="signal_feedback"
    )
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="signal_feedback")
    signal_id = models.UUIDField(null=True, blank=True)
    crossing = models.ForeignKey(
        Crossing, null=True, blank=True, on_delete=models.CASCADE, related_name="feedback"
    )
    verdict = models.CharField(max_length=7, choices=Verdict.choices)
    note = models.CharField(max_length=400, blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ("-at", "-id")
        verbose_name_plural = "feedback"
        constraints = (
            models.CheckConstraint(
                condition=Q(signal_id__isnull=False, crossing__isnull=True)
                | Q(signal_id__isnull=True, crossing__isnull=False),
                name="feedback_is_about_one_thing",
            ),
            models.UniqueConstraint(
                fields=["user", "signal_id"],
                condition=Q(signal_id__isnull=False),
                name="one_word_per_user_and_signal",
            ),
            models.UniqueConstraint(
                fields=["user", "crossing"],
                condition=Q(crossing__isnull=False),
                name="one_word_per_user_and_crossing",
            ),
        )
        indexes = (
            models.Index(fields=["signal_id"], condition=Q(signal_id__isnull=False), name="feedback_signal"),
            models.Index(fields=["at"], name="feedback_at"),
        )

    def __str__(self) -> str:
        return f"{self.get_verdict_display()} by {self.user}"


class Retune(models.Model):
    """New weights that a quarter's feedback proposes, their effect, and what a person decided."""

    class Status(models.TextChoices):
        PROPOSED = "proposed", "Proposed"
        ACCEPTED = "accepted", "Accepted"
        DECLINED = "declined", "Declined"
        REVERTED = "reverted", "Reverted"

    quarter = models.DateField(help_text="The first day of the quarter whose feedback it rests on.")
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.PROPOSED)
    changes = models.JSONField(
        default=list, help_text="Per source and type: slug, good, noise, weight before and after."
    )
    effect = models.JSONField(
        default=dict, help_text="This quarter's crossings under both: kept, gained, lost, by threshold."
    )
    proposed_at = models.DateTimeField()
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    reason = models.TextField(blank=True)
    reverted_at = models.DateTimeField(null=True, blank=True)
    reverted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ("-proposed_at", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=["quarter"], condition=Q(status="proposed"), name="one_open_retune_per_quarter"
            ),
        )

    def __str__(self) -> str:
        return f"Retune of the quarter from {self.quarter}, {self.get_status_display().lower()}"
