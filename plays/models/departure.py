"""Departures: what somebody's leaving moved to whom, so that it can be taken back."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Departure(models.Model):
    """Somebody left, and everything they owed and owned went to others in one go.

    `moved` holds what the change log does not: lists of [id, to whom] by kind. Accounts stand in the change set.
    """

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="departures")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField()
    reason = models.CharField(max_length=300)
    change_set = models.UUIDField(null=True, blank=True)
    moved = models.JSONField(default=dict)
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ("-at", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=["user"],
                condition=models.Q(undone_at__isnull=True),
                name="one_standing_departure_per_user",
            ),
            models.CheckConstraint(name="departure_has_a_reason", condition=~models.Q(reason="")),
        )

    def __str__(self) -> str:
        return f"{self.user} left on {self.at:%Y-%m-%d}"
