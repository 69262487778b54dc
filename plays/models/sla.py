"""Breaches: each time that somebody owed a task longer than they were given."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from plays.models.task import Task


class SlaBreach(models.Model):
    """The clock found a task late: number 1 at its due time, each further one a grace later, at whoever owed it then.

    From the second on the task was handed on to `handed_to`, or stayed where it was because nobody was left (null).
    """

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="breaches")
    number = models.PositiveSmallIntegerField()
    due_at = models.DateTimeField(help_text="The due time that passed.")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="breaches",
        help_text="Who owed it then.",
    )
    handed_to = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    text = models.CharField(max_length=300)
    at = models.DateTimeField()

    class Meta:
        ordering = ("-at", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=["task", "due_at", "number"], name="one_breach_per_task_due_time_and_number"
            ),
            models.CheckConstraint(name="breaches_are_counted_from_one", condition=models.Q(number__gte=1)),
            models.CheckConstraint(
                name="a_first_breach_hands_nothing_on",
                condition=models.Q(number__gte=2) | models.Q(handed_to__isnull=True),
            ),
        )
        indexes = (
            models.Index(fields=["owner", "-at"], name="breach_owner_at"),
            models.Index(fields=["-at"], name="breach_at"),
        )

    def __str__(self) -> str:
        return self.text
