"""Thresholds that fire at another rate than they used to [P8]."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from signals.models.threshold import Threshold, ThresholdVersion


class ThresholdDrift(models.Model):
    """An episode of drift: open from the week it was noticed until the threshold fires as usual again."""

    class Direction(models.TextChoices):
        MORE = "more", "More often"
        FEWER = "fewer", "Less often"

    threshold = models.ForeignKey(Threshold, on_delete=models.CASCADE, related_name="drifts")
    version = models.ForeignKey(ThresholdVersion, on_delete=models.CASCADE, related_name="+")
    direction = models.CharField(max_length=5, choices=Direction.choices)
    noticed_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    recent_crossings = models.PositiveIntegerField()
    recent_exposure = models.FloatField(help_text="List-account-weeks of the last 4 weeks.")
    baseline_crossings = models.PositiveIntegerField()
    baseline_exposure = models.FloatField(help_text="List-account-weeks of the 12 weeks before.")
    p = models.FloatField(help_text="How likely such a difference is by chance.")
    p_of_all = models.FloatField(help_text="The same, raised for how many thresholds were looked at.")
    tested = models.PositiveIntegerField(help_text="How many thresholds were looked at.")

    class Meta:
        ordering = ("-noticed_at", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=["threshold"],
                condition=Q(ended_at__isnull=True),
                name="one_open_drift_per_threshold",
            ),
        )

    def __str__(self) -> str:
        return f"{self.threshold}: {self.get_direction_display().lower()} since {self.noticed_at:%Y-%m-%d}"
