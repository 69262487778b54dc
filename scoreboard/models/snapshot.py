"""Yesterday's numbers, so that they stay what they were."""

from __future__ import annotations

from typing import Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q

from abmops.lib.choices import TIERS
from accounts.models import User


class SnapshotQuerySet(models.QuerySet["Snapshot"]):
    """The vocabulary of reads over snapshots."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Everybody signed in reads the scoreboard."""
        return self if user.is_authenticated and user.is_active else self.none()


class Snapshot(models.Model):
    """A number as it was at the end of a day (UTC), for the whole list (`tier` null) or one tier.
    Append-only.

    `value` null is "no data". `key` is the number's, with `:urgent` and the like for its part of one urgency.
    """

    day = models.DateField()
    key = models.CharField(max_length=64)
    tier = models.PositiveSmallIntegerField(choices=TIERS, null=True, blank=True)
    value = models.DecimalField(max_digits=28, decimal_places=8, null=True, blank=True)
    numerator = models.DecimalField(max_digits=28, decimal_places=8, null=True, blank=True)
    denominator = models.DecimalField(max_digits=28, decimal_places=8, null=True, blank=True)
    written_at = models.DateTimeField(auto_now_add=True)

    objects = SnapshotQuerySet.as_manager()

    class Meta:
        ordering = ("-day", "key", "tier")
        constraints = (
            models.UniqueConstraint(
                fields=["day", "key", "tier"], name="one_snapshot_per_day_key_and_tier", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=Q(tier__isnull=True) | Q(tier__in=(1, 2, 3)), name="snapshot_tier_is_1_2_or_3"
            ),
        )
        indexes = (models.Index(fields=["key", "day"], name="snapshot_key_day"),)

    def __str__(self) -> str:
        return f"{self.key} {self.day}{f', tier {self.tier}' if self.tier else ''}"
