"""Deliveries: messages that go out, each with every attempt at it."""

from __future__ import annotations

import uuid
from typing import Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q

from abmops.lib.choices import Role
from accounts.models import Account, Contact, User
from plays.domain.outgoing import NAMES
from plays.models.endpoint import Endpoint
from plays.models.enrollment import StepRun


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    """The vocabulary of reads over deliveries."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """RevOps, and programs: bodies hold what was said to others."""
        may = isinstance(user, User) and user.is_active and user.has_role(Role.REVOPS, Role.INTEGRATION)
        return self if may else self.none()

    def waiting(self) -> Self:
        """Deliveries that are still to be sent."""
        return self.filter(state="waiting")

    def dead(self) -> Self:
        """Deliveries that were given up: a person sends them again or dismisses them."""
        return self.filter(state="dead")


class Delivery(models.Model):
    """One message to one endpoint. `id` is the receiver's `webhook-id`: the same in every attempt and replay.

    `turn` numbers the items of the work list that take it up, so that an old one does nothing. `put_at` starts the
    three days of attempts; a replay starts them anew.
    """

    class State(models.TextChoices):
        """Waiting is the only state that moves by itself."""

        WAITING = "waiting", "Waiting"
        SENT = "sent", "Sent"
        DEAD = "dead", "Given up"
        CANCELLED = "cancelled", "Cancelled"
        DISMISSED = "dismissed", "Dismissed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    endpoint = models.ForeignKey(Endpoint, on_delete=models.PROTECT, related_name="deliveries")
    key = models.CharField(max_length=200, unique=True, help_text="The same thing is put once.")
    type = models.CharField(max_length=32, choices=tuple(NAMES.items()))
    body = models.JSONField(default=dict)
    account = models.ForeignKey(
        Account, null=True, blank=True, on_delete=models.SET_NULL, related_name="deliveries"
    )
    contact = models.ForeignKey(
        Contact, null=True, blank=True, on_delete=models.SET_NULL, related_name="deliveries"
    )
    user = models.ForeignKey(User, null=True, blank=True, on_delete=models.CASCADE, related_name="deliveries")
    step_run = models.OneToOneField(
        StepRun, null=True, blank=True, on_delete=models.CASCADE, related_name="delivery"
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    turn = models.PositiveIntegerField(default=1)
    next_at = models.DateTimeField()
    waits_for = models.CharField(max_length=200, blank=True, help_text="Why it waits, in words.")
    answer = models.CharField(max_length=500, blank=True, help_text="What came of the last attempt.")
    permanent = models.BooleanField(default=False, help_text="The last failure was one that stays.")
    put_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    dismissed_at = models.DateTimeField(
        null=True, blank=True, help_text="When somebody laid a given-up message aside."
    )
    dismissed_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        ordering = ("-put_at", "-id")
        verbose_name_plural = "deliveries"
        constraints = (
            models.CheckConstraint(
                condition=Q(state__in=("waiting", "sent", "dead", "cancelled", "dismissed")),
                name="delivery_state_is_known",
            ),
            models.CheckConstraint(
                name="delivery_is_ended_exactly_when_it_has_an_end",
                condition=Q(state="waiting", ended_at__isnull=True)
                | (~Q(state="waiting") & Q(ended_at__isnull=False)),
            ),
            models.CheckConstraint(
                name="delivery_is_dismissed_exactly_at_a_moment",
                condition=Q(state="dismissed", dismissed_at__isnull=False)
                | (~Q(state="dismissed") & Q(dismissed_at__isnull=True)),
            ),
        )
        indexes = (
            models.Index(fields=["-put_at"], name="delivery_put"),
            models.Index(fields=["endpoint", "state", "-put_at"], name="delivery_endpoint_state"),
            models.Index(fields=["state", "-put_at"], name="delivery_state"),
            models.Index(fields=["next_at"], condition=Q(state="waiting"), name="delivery_waiting"),
        )

    def __str__(self) -> str:
        return f"{self.get_type_display()} {self.pk}"


class DeliveryAttempt(models.Model):
    """One attempt at a delivery. Without an end the worker stopped in the middle: the message may have arrived."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="tries")
    n = models.PositiveSmallIntegerField()
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    status = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="The HTTP status, if one came."
    )
    error = models.CharField(max_length=500, blank=True)
    latency_ms = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        ordering = ("delivery", "n")
        constraints = (
            models.UniqueConstraint(fields=["delivery", "n"], name="one_attempt_per_delivery_and_number"),
        )
        indexes = (
            models.Index(fields=["started_at"], condition=Q(ended_at__isnull=True), name="attempt_running"),
        )

    def __str__(self) -> str:
        return f"Attempt {self.n}"
