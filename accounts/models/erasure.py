"""People who asked to be forgotten: that it happened, and that they stay so. Nothing here says who they were."""

from __future__ import annotations

from django.db import models

from accounts.models.user import User


class Erasure(models.Model):
    """A person forgotten on request: when, by whom, and how many rows no longer name them.

    The contact is empty from `at` on; `done_at` is when every other table had been gone through.
    """

    at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="erasures")
    contact_id = models.BigIntegerField(help_text="The contact row, which stays and names nobody.")
    account_id = models.BigIntegerField(null=True)
    request = models.CharField(max_length=200, help_text="Where the request came from; no personal data.")
    counts = models.JSONField(default=dict, help_text="What was cleaned -> how many rows.")

    class Meta:
        ordering = ("-at",)

    def __str__(self) -> str:
        return f"Erasure {self.pk}"

    @property
    def rows(self) -> int:
        """How many rows were cleaned, over everything."""
        return sum(self.counts.values())


class Suppression(models.Model):
    """A keyed hash of what an erased person was known by (e-mail address, external id): a record of it is refused."""

    key_hmac = models.CharField(max_length=64, unique=True)
    at = models.DateTimeField()
    erasure = models.ForeignKey(Erasure, null=True, on_delete=models.SET_NULL, related_name="suppressions")

    class Meta:
        ordering = ("-at",)

    def __str__(self) -> str:
        return self.key_hmac[:8]
