"""How far long work over many rows has come."""

from __future__ import annotations

from django.db import models


class Walk(models.Model):
    """A walk over rows in the order of their keys: whoever is stopped, or killed, goes on behind `place`.

    `place` is written in the transaction that did the work up to it, so nothing is left out and nothing is done twice.
    """

    name = models.CharField(max_length=40, unique=True)
    place = models.CharField(
        max_length=40, blank=True, help_text="The last key done; empty at the beginning."
    )
    done = models.BigIntegerField(default=0)
    differing = models.BigIntegerField(
        default=0, help_text="Of those done, how many were not as they should be."
    )
    largest_difference = models.FloatField(default=0)
    begun_at = models.DateTimeField()
    moved_at = models.DateTimeField()

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return f"{self.name} behind {self.place or 'the beginning'}"
