"""How many signals came, hour by hour, and when a source's volume was not what it should be."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from signals.models.catalogue import SignalType, Source


class SignalVolume(models.Model):
    """Signals of one source, type and topic received in one UTC hour; counted from what is stored, off the hot path."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="+", db_index=False)
    type = models.ForeignKey(SignalType, on_delete=models.CASCADE, related_name="+", db_index=False)
    topic = models.CharField(max_length=120, default="", blank=True)
    hour = models.DateTimeField()
    signals = models.PositiveIntegerField()
    newest = models.DateTimeField(null=True, help_text="When the last of them was received.")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["hour", "source", "type", "topic"], name="one_volume_per_hour_source_type_and_topic"
            ),
        )

    def __str__(self) -> str:
        return f"{self.signals} in the hour from {self.hour:%Y-%m-%d %H:00}"


class SourceAlert(models.Model):
    """A source that fell silent or flooded us: open from when it was seen until it is as usual again."""

    class Kind(models.TextChoices):
        SILENT = "silent", "Silent"
        FLOOD = "flood", "Flood"

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="alerts")
    kind = models.CharField(max_length=6, choices=Kind.choices)
    began_at = models.DateTimeField(help_text="Start of the window that was not as usual.")
    noticed_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    expected = models.FloatField(help_text="Signals that the same hours of earlier weeks let expect.")
    seen = models.PositiveIntegerField()
    p = models.FloatField(help_text="How likely so few or so many are by chance.")

    class Meta:
        ordering = ("-began_at", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=["source", "kind"],
                condition=Q(ended_at__isnull=True),
                name="one_open_alert_per_source_and_kind",
            ),
        )

    def __str__(self) -> str:
        return f"{self.source} {self.get_kind_display().lower()} since {self.began_at:%Y-%m-%d %H:%M}"
