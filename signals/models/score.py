"""What the score was, day by day, and the weights that were in force at any moment."""

from __future__ import annotations

from django.db import models

from accounts.models import Account


class ScoreDay(models.Model):
    """An account's score at the UTC midnight that begins `day`, with the fit it was made of; never changed afterwards.

    Kept for accounts on the list and for those with an intent of 1 or more; every other day can be replayed.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="score_days", db_index=False)
    day = models.DateField()
    fit = models.FloatField()
    intent = models.FloatField()
    score = models.FloatField()

    class Meta:
        ordering = ("account", "day")
        constraints = (
            models.UniqueConstraint(fields=["account", "day"], name="one_score_per_account_and_day"),
        )

    def __str__(self) -> str:
        return f"{self.score:.1f} on {self.day}"


class WeightInForce(models.Model):
    """What one source or type weighed, or how the score was put together, from a moment on.

    Written by triggers on the sources and types, so that no way of changing them is missed; for the score's own
    settings by `signals.services.score`. The next row of the same subject ends it.
    """

    class Kind(models.TextChoices):
        SOURCE = "source", "Source"
        TYPE = "type", "Signal type"
        SCORING = "scoring", "Scoring"

    kind = models.CharField(max_length=7, choices=Kind.choices)
    subject_id = models.BigIntegerField(default=0)
    values = models.JSONField(
        help_text='{"weight": 1.0}, {"confidence": 0.9, "half_life_days": 14} or {"k": 40, …}'
    )
    valid_from = models.DateTimeField()

    class Meta:
        ordering = ("kind", "subject_id", "valid_from", "id")
        verbose_name_plural = "weights in force"
        indexes = (models.Index(fields=["kind", "subject_id", "valid_from"], name="weight_in_force"),)

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.subject_id} from {self.valid_from:%Y-%m-%d %H:%M}"
