"""Thresholds: what must be true before somebody acts, written down and versioned; and the moments it became true."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from abmops.lib.choices import Urgency
from accounts.models import Account, User
from signals.models.catalogue import DefinitionQuerySet


class Threshold(models.Model):
    """A named threshold with its reason in prose; what it says is in its current version."""

    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        ACTIVE = "active", "Active"
        PAUSED = "paused", "Paused"
        RETIRED = "retired", "Retired"

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=120)
    rationale = models.TextField(blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.DRAFT)
    current = models.ForeignKey(
        "ThresholdVersion", null=True, blank=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = DefinitionQuerySet["Threshold"].as_manager()

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class ThresholdVersion(models.Model):
    """What a threshold said from a moment on. Never edited: a change makes the next version."""

    threshold = models.ForeignKey(Threshold, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    condition = models.JSONField(
        help_text='{"count": {"types": ["pricing-page"], "at_least": 3, "days": 14}}'
    )
    tiers = ArrayField(
        models.PositiveSmallIntegerField(),
        default=list,
        blank=True,
        help_text="Empty: every account, on the list or not.",
    )
    urgency = models.CharField(max_length=8, choices=Urgency.choices, default=Urgency.NORMAL)
    rearm_days = models.PositiveIntegerField(default=14)
    reason = models.TextField(
        blank=True, default="", help_text="Why it was changed, for whoever reads it in a year."
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-number",)
        constraints = (
            models.UniqueConstraint(fields=["threshold", "number"], name="one_threshold_version_per_number"),
            models.CheckConstraint(
                condition=Q(urgency__in=Urgency.values), name="threshold_urgency_is_known"
            ),
        )

    def __str__(self) -> str:
        return f"{self.threshold} version {self.number}"


class ThresholdMove(models.Model):
    """A threshold's status changed: who did it, when, and why."""

    threshold = models.ForeignKey(Threshold, on_delete=models.CASCADE, related_name="moves")
    before = models.CharField(max_length=8, choices=Threshold.Status.choices)
    after = models.CharField(max_length=8, choices=Threshold.Status.choices)
    reason = models.TextField(blank=True, default="")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-at", "-id")

    def __str__(self) -> str:
        return f"{self.threshold}: {self.before} to {self.after}"


class ThresholdEdit(models.Model):
    """A threshold got another name, reason or owner: what it was before and after, who did it, when, and why.

    Only added to: a trigger refuses to move a row to another threshold, field or moment. Owners stand here by name, as
    they were called then.
    """

    class Field(models.TextChoices):
        NAME = "name", "Name"
        RATIONALE = "rationale", "Why it matters"
        OWNER = "owner", "Owner"

    threshold = models.ForeignKey(Threshold, on_delete=models.CASCADE, related_name="edits")
    field = models.CharField(max_length=9, choices=Field.choices)
    before = models.TextField(blank=True)
    after = models.TextField(blank=True)
    reason = models.TextField(blank=True, default="")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-at", "-id")
        constraints = (
            models.CheckConstraint(
                condition=Q(field__in=("name", "rationale", "owner")), name="threshold_edit_field_is_known"
            ),
        )

    def __str__(self) -> str:
        return f"{self.threshold}: {self.get_field_display().lower()}"


class CrossingQuerySet(models.QuerySet["Crossing"]):
    """The vocabulary of reads over crossings."""

    def visible_to(self, user: User | AnonymousUser) -> CrossingQuerySet:
        """Everybody signed in sees crossings."""
        return self if user.is_authenticated and user.is_active else self.none()


class Crossing(models.Model):
    """A threshold became true for an account. `sequence` counts them per threshold and account, from 1."""

    threshold = models.ForeignKey(Threshold, on_delete=models.PROTECT, related_name="crossings")
    version = models.ForeignKey(ThresholdVersion, on_delete=models.PROTECT, related_name="crossings")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="crossings")
    sequence = models.PositiveIntegerField()
    crossed_at = models.DateTimeField()
    urgency = models.CharField(max_length=8, choices=Urgency.choices, default=Urgency.NORMAL)
    evidence = ArrayField(
        models.UUIDField(), default=list, help_text="The signals that made it true, newest first."
    )
    last_evidence_received_at = models.DateTimeField(null=True, blank=True)
    score = models.FloatField(default=0, help_text="The account's score at that moment.")
    hand_raise = models.BooleanField(default=False, help_text="Among the evidence the account asked for us.")

    objects = CrossingQuerySet.as_manager()

    class Meta:
        ordering = ("-crossed_at", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=["threshold", "account", "sequence"],
                name="one_crossing_per_threshold_account_and_turn",
            ),
        )
        indexes = (
            models.Index(fields=["account", "-crossed_at"], name="crossing_account_at"),
            models.Index(fields=["-crossed_at"], name="crossing_at"),
        )

    def __str__(self) -> str:
        return f"{self.threshold} crossed {self.crossed_at:%Y-%m-%d %H:%M}"
