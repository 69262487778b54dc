"""Who looks after a hole in the data."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from accounts.models.account import Account
from accounts.models.user import User


class GapAssignment(models.Model):
    """Somebody was asked to find out a field of an account. The gap itself is read from the data, never stored."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="gap_assignments")
    field = models.CharField(
        max_length=40, help_text="As in the gaps catalogue: industry, role:champion, ..."
    )
    to = models.ForeignKey(User, on_delete=models.CASCADE, related_name="gap_assignments")
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()
    note = models.CharField(max_length=300, blank=True)
    closed_at = models.DateTimeField(
        null=True, blank=True, help_text="When the gap was found filled, or dropped."
    )

    class Meta:
        ordering = ("-at",)
        constraints = (
            models.UniqueConstraint(
                fields=["account", "field"],
                condition=Q(closed_at__isnull=True),
                name="one_open_assignment_per_gap",
            ),
        )

    def __str__(self) -> str:
        return f"{self.account}: {self.field}"
