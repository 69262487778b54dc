"""What has come to a source's hook, call by call: how much of it was taken, left out and refused."""

from __future__ import annotations

from django.db import models

from signals.models.catalogue import Source


class HookCall(models.Model):
    """One body that a sender posted to a source's hook, told from others by its webhook id, or else by its words.

    The same call again is answered by this row and stores nothing. Kept for 90 days.
    """

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="hook_calls")
    key = models.CharField(max_length=80, help_text="Of the webhook id, or of the body; and of the mapping.")
    body_hash = models.CharField(max_length=64)
    form = models.CharField(max_length=8, help_text="json, ndjson or csv")
    signed = models.BooleanField(default=False)
    size = models.PositiveIntegerField(help_text="Bytes of the body, unpacked.")
    items = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    untracked = models.PositiveIntegerField(default=0)
    unweighed = models.PositiveIntegerField(
        null=True, help_text="Records that said no strength, where one is looked for; null: not counted then."
    )
    left_out = models.JSONField(default=dict, help_text="what they are called -> how many")
    problem = models.TextField(blank=True, help_text="Why nothing of it could be read, as a sentence.")
    received_at = models.DateTimeField()

    class Meta:
        ordering = ("-received_at", "-id")
        constraints = (
            models.UniqueConstraint(fields=["source", "key"], name="one_hook_call_per_source_and_key"),
        )
        indexes = (models.Index(fields=["source", "-received_at"], name="hook_call_source_at"),)

    def __str__(self) -> str:
        return f"{self.source_id}: {self.items} items at {self.received_at:%Y-%m-%d %H:%M}"
