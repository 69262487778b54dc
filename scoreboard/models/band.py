"""The bands that numbers are held against, as data that RevOps edits."""

from __future__ import annotations

from typing import Self

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q

from abmops.lib.choices import TIERS
from accounts.models import User
from scoreboard.domain.bands import Band
from scoreboard.domain.catalogue import NUMBERS


class NumberBandQuerySet(models.QuerySet["NumberBand"]):
    """The vocabulary of reads over bands."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Everybody signed in reads the scoreboard."""
        return self if user.is_authenticated and user.is_active else self.none()


class NumberBand(models.Model):
    """Where a number should lie: over the whole list (`tier` null) or in one tier, in the number's own
    unit.
    """

    key = models.CharField(
        max_length=64, help_text="A number's key; signal_to_action_km_median_hours:urgent for one urgency."
    )
    tier = models.PositiveSmallIntegerField(
        choices=TIERS, null=True, blank=True, help_text="Empty: the headline of the whole list."
    )
    low = models.FloatField(null=True, blank=True, help_text="In band from here on. A share as 0.8 for 80%.")
    high = models.FloatField(null=True, blank=True, help_text="In band up to here.")
    limit = models.FloatField(null=True, blank=True, help_text="In band below this; not at it.")
    alarm_below = models.FloatField(null=True, blank=True, help_text="Below this somebody must act.")
    alarm_above = models.FloatField(null=True, blank=True, help_text="Above this somebody must act.")

    objects = NumberBandQuerySet.as_manager()

    class Meta:
        ordering = ("key", "tier")
        constraints = (
            models.UniqueConstraint(
                fields=["key", "tier"], name="one_band_per_number_and_tier", nulls_distinct=False
            ),
            models.CheckConstraint(condition=Q(low__lte=F("high")), name="band_low_is_not_above_high"),
        )

    def __str__(self) -> str:
        return f"{self.key}{f', tier {self.tier}' if self.tier else ''}"

    def clean(self) -> None:
        """The key must be a number's."""
        if self.key.partition(":")[0] not in NUMBERS:
            raise ValidationError({"key": f"There is no number {self.key}. Known: {', '.join(NUMBERS)}."})

    def as_band(self) -> Band:
        """The values alone, to judge by."""
        return Band(self.low, self.high, self.limit, self.alarm_below, self.alarm_above)
