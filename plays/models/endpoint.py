"""Endpoints: the places outside that the program speaks to, and how each is doing."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from abmops.lib.choices import Role
from accounts.models import User
from plays.domain.retrying import Breaker

SURFACES = ("webhook", "slack_webhook", "slack_bot", "email")
MAIL = "mail"
"""The slug of the endpoint that stands for the mail server: mail to people and to contacts goes through it."""


class EndpointQuerySet(models.QuerySet["Endpoint"]):
    """The vocabulary of reads over endpoints."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """RevOps, and programs, who read no secret: addresses and channels are nobody else's business."""
        may = isinstance(user, User) and user.is_active and user.has_role(Role.REVOPS, Role.INTEGRATION)
        return self if may else self.none()

    def active(self) -> Self:
        """Switched on."""
        return self.filter(disabled_at__isnull=True)

    def subscribed_to(self, type_: str) -> Self:
        """Switched on, and wanting events of this type."""
        return self.active().filter(types__contains=[type_])


class Endpoint(models.Model):
    """A place outside that messages go to: an address of somebody's program, a Slack channel, a mailbox.

    `target` is what may be shown; `secret` holds what may not (a Slack token or webhook address), sealed with the
    installation's key. A webhook's signing secret is stored nowhere: it is derived from its number.
    """

    class Surface(models.TextChoices):
        """How it is spoken to; `plays.surfaces` has one folder each."""

        WEBHOOK = "webhook", "Webhook"
        SLACK_WEBHOOK = "slack_webhook", "Slack channel (incoming webhook)"
        SLACK_BOT = "slack_bot", "Slack (bot)"
        EMAIL = "email", "E-mail"

    slug = models.SlugField(unique=True, max_length=60)
    name = models.CharField(max_length=120)
    surface = models.CharField(max_length=16, choices=Surface.choices)
    target = models.CharField(max_length=500, blank=True)
    secret = models.TextField(blank=True, editable=False)
    types = ArrayField(models.CharField(max_length=32), default=list, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="endpoints",
        help_text="Who is told when it is switched off or messages to it are given up.",
    )
    signing_number = models.PositiveIntegerField(default=1)
    signing_rotated_at = models.DateTimeField(null=True, blank=True)
    failures = models.PositiveIntegerField(default=0, help_text="Failed attempts in a row.")
    open_until = models.DateTimeField(
        null=True, blank=True, help_text="While the breaker is open: when the next delivery may try."
    )
    free_at = models.DateTimeField(
        null=True, blank=True, help_text="No message before this: its own pace, or it asked for a pause."
    )
    disabled_at = models.DateTimeField(null=True, blank=True)
    disabled_reason = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    objects = EndpointQuerySet.as_manager()

    class Meta:
        ordering = ("name", "id")
        constraints = (
            models.CheckConstraint(condition=Q(surface__in=SURFACES), name="endpoint_surface_is_known"),
            models.CheckConstraint(
                name="endpoint_is_disabled_exactly_with_a_reason",
                condition=Q(disabled_at__isnull=True, disabled_reason="")
                | (Q(disabled_at__isnull=False) & ~Q(disabled_reason="")),
            ),
        )
        indexes = (
            models.Index(fields=["surface"], condition=Q(disabled_at__isnull=True), name="endpoint_active"),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def is_active(self) -> bool:
        """Switched on."""
        return self.disabled_at is None

    @property
    def breaker(self) -> Breaker:
        """How often it failed in a row and until when it is left in peace, for the rules of `domain/retrying.py`."""
        return Breaker(self.failures, self.open_until)
