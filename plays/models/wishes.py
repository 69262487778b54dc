"""How people want to be told."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import models
from django.db.models import Q

from plays.domain.hours import zone_named
from plays.domain.notifying import Wishes


class NoticeWishes(models.Model):
    """One person's choices of how to be told; without a row the defaults hold.

    `digested_at` is the moment that the last digest was due: what came after it is in the next.
    """

    class DigestWay(models.TextChoices):
        """By which way a person gets their daily digest."""

        EMAIL = "email", "By e-mail"
        SLACK = "slack", "In Slack"
        NONE = "none", "No digest"

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notice_wishes"
    )
    ways = models.JSONField(default=dict, blank=True)
    digest_hour = models.PositiveSmallIntegerField(default=8)
    digest_way = models.CharField(max_length=8, choices=DigestWay.choices, default=DigestWay.EMAIL)
    quiet_from = models.PositiveSmallIntegerField(null=True, blank=True)
    quiet_to = models.PositiveSmallIntegerField(null=True, blank=True)
    slack_member = models.CharField(
        max_length=24, blank=True, help_text="The Slack member id, like U012AB3CD."
    )
    digested_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "notice wishes"
        constraints = (
            models.CheckConstraint(
                condition=Q(digest_hour__lt=24)
                & (Q(quiet_from__isnull=True) | Q(quiet_from__lt=24))
                & (Q(quiet_to__isnull=True) | Q(quiet_to__lt=24)),
                name="notice_hours_are_of_a_day",
            ),
        )

    def __str__(self) -> str:
        return f"How {self.user} wants to be told"

    def as_wishes(self, zone: ZoneInfo | None = None) -> Wishes:
        """As a value, in the person's zone."""
        ways: dict[str, Any] = self.ways if isinstance(self.ways, dict) else {}
        return Wishes(
            zone=zone or zone_named(self.user.time_zone),
            ways={str(group): str(way) for group, way in ways.items()},
            digest_hour=self.digest_hour,
            digest_way=self.digest_way,
            quiet_from=self.quiet_from,
            quiet_to=self.quiet_to,
        )
