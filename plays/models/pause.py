"""Pauses: a play, an account, a person or one enrollment at rest, by whom, why and until when."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Self

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import F, Q

from accounts.models import Account, User
from plays.models.enrollment import Enrollment
from plays.models.play import Play

SCOPES: Final = ("play", "account", "person", "enrollment")


class PauseQuerySet(models.QuerySet["Pause"]):
    """The vocabulary of reads over pauses."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Everybody signed in sees what rests, and why."""
        return self if user.is_authenticated and user.is_active else self.none()

    def active(self) -> Self:
        """Those that have not been ended."""
        return self.filter(ended_at__isnull=True)

    def due(self, now: datetime) -> Self:
        """Pauses that are on and whose last moment has come, so that they are to be ended."""
        return self.active().filter(until__lte=now)


class Pause(models.Model):
    """A rest of exactly one thing. While it lasts nothing of it starts or opens, and its clocks stand.

    `until` is when it ends by itself; without it, it lasts until somebody ends it. Ended rows stay as history.
    """

    play = models.ForeignKey(Play, null=True, blank=True, on_delete=models.CASCADE, related_name="pauses")
    account = models.ForeignKey(
        Account, null=True, blank=True, on_delete=models.CASCADE, related_name="pauses"
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="pauses"
    )
    enrollment = models.ForeignKey(
        Enrollment, null=True, blank=True, on_delete=models.CASCADE, related_name="pauses"
    )
    reason = models.CharField(max_length=300)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    started_at = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    objects = PauseQuerySet.as_manager()

    class Meta:
        ordering = ("-started_at", "-id")
        constraints = (
            models.CheckConstraint(
                name="pause_is_of_exactly_one_thing",
                condition=Q(play__isnull=False, account=None, person=None, enrollment=None)
                | Q(play=None, account__isnull=False, person=None, enrollment=None)
                | Q(play=None, account=None, person__isnull=False, enrollment=None)
                | Q(play=None, account=None, person=None, enrollment__isnull=False),
            ),
            models.CheckConstraint(name="pause_has_a_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="pause_ends_after_it_starts",
                condition=(Q(until__isnull=True) | Q(until__gt=F("started_at")))
                & (Q(ended_at__isnull=True) | Q(ended_at__gte=F("started_at"))),
            ),
            models.UniqueConstraint(
                name="one_pause_of_a_play_at_a_time",
                fields=["play"],
                condition=Q(ended_at__isnull=True, play__isnull=False),
            ),
            models.UniqueConstraint(
                name="one_pause_of_an_account_at_a_time",
                fields=["account"],
                condition=Q(ended_at__isnull=True, account__isnull=False),
            ),
            models.UniqueConstraint(
                name="one_pause_of_a_person_at_a_time",
                fields=["person"],
                condition=Q(ended_at__isnull=True, person__isnull=False),
            ),
            models.UniqueConstraint(
                name="one_pause_of_an_enrollment_at_a_time",
                fields=["enrollment"],
                condition=Q(ended_at__isnull=True, enrollment__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"{self.scope} paused {self.started_at:%Y-%m-%d %H:%M}"

    @property
    def scope(self) -> str:
        """Which of the four things rests."""
        return next(name for name in SCOPES if getattr(self, f"{name}_id") is not None)

    @property
    def subject(self) -> Play | Account | User | Enrollment:
        """The thing that rests."""
        found: Play | Account | User | Enrollment = getattr(self, self.scope)
        return found

    @property
    def subject_id(self) -> int:
        """The id of the thing that rests."""
        found: int = getattr(self, f"{self.scope}_id")
        return found
