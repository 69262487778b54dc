"""The play library: what is done, for whom and when; each change of an active play is a new version."""

from __future__ import annotations

from typing import Any, Self

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower

from accounts.models import User
from plays.domain.definition import PlayDefinition
from plays.domain.parse import parse_play


class PlayQuerySet(models.QuerySet["Play"]):
    """The vocabulary of reads over the library."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Everybody signed in reads the library."""
        return self if user.is_authenticated and user.is_active else self.none()

    def called(self, name: str) -> Self:
        """Plays in use of this name, whatever its capitals; that of a retired one is free again."""
        rows = self.alias(lower_name=Lower("name")).filter(lower_name=Lower(models.Value(name)))
        return rows.exclude(status=Play.Status.RETIRED)

    def considered(self) -> Self:
        """Plays that a decision looks at: active ones, and paused ones so that it can say so."""
        return self.filter(status__in=(Play.Status.ACTIVE, Play.Status.PAUSED), current__isnull=False)


class Play(models.Model):
    """A play of the library: its name, purpose, owner and status; what it says is in its current version."""

    class Status(models.TextChoices):
        """Only active plays start; running enrollments of a paused or retired play go on."""

        DRAFT = "draft", "Draft"
        ACTIVE = "active", "Active"
        PAUSED = "paused", "Paused"
        RETIRED = "retired", "Retired"

    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=120)
    purpose = models.TextField(blank=True, help_text="What this play is to achieve, in a sentence or two.")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="plays"
    )
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.DRAFT)
    current = models.ForeignKey(
        "PlayVersion", null=True, blank=True, editable=False, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField()

    objects = PlayQuerySet.as_manager()

    class Meta:
        ordering = ("name",)
        constraints = (
            models.CheckConstraint(
                condition=Q(status__in=("draft", "active", "paused", "retired")), name="play_status_is_known"
            ),
            models.UniqueConstraint(
                Lower("name"),
                condition=~Q(status="retired"),
                name="one_play_in_use_per_name",
                violation_error_message="Another play is called this already. Give this one a name of its own.",
            ),
        )

    def __str__(self) -> str:
        return self.name


class PlayVersion(models.Model):
    """What a play says. Once activated it is frozen by the database; enrollments finish on the version they began,
    or are moved to the active one when a person says so.
    """

    class Stage(models.TextChoices):
        """A draft is worked on, a version in review waits for somebody's yes, one is active, the others are past."""

        DRAFT = "draft", "Draft"
        REVIEW = "review", "In review"
        ACTIVE = "active", "Active"
        PAST = "past", "Past"

    play = models.ForeignKey(Play, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    trigger = models.JSONField()
    audience = models.JSONField(default=dict)
    steps = models.JSONField()
    exits = models.JSONField(default=list)
    contract = models.JSONField(default=dict)
    priority = models.PositiveSmallIntegerField(default=50)
    throttle = models.JSONField(default=dict)
    holdout = models.FloatField(default=0, validators=[MinValueValidator(0), MaxValueValidator(1)])
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField()
    activated_at = models.DateTimeField(null=True, blank=True, help_text="From then on it is never edited.")
    stage = models.CharField(max_length=8, choices=Stage.choices, default=Stage.DRAFT)
    reason = models.TextField(
        blank=True, default="", help_text="Why it was changed, for whoever reads it in a year."
    )
    based_on = models.PositiveIntegerField(
        null=True, blank=True, help_text="The number of the version that was active when this one was begun."
    )
    edited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    edited_at = models.DateTimeField(null=True, blank=True)
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    submitted_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    note = models.TextField(
        blank=True, default="", help_text="What the reviewer wrote, or how it went live without a review."
    )

    class Meta:
        ordering = ("-number",)
        constraints = (
            models.UniqueConstraint(fields=["play", "number"], name="one_play_version_per_number"),
            models.CheckConstraint(condition=Q(holdout__range=(0, 1)), name="play_holdout_is_a_share"),
            models.UniqueConstraint(
                fields=["play"], condition=Q(stage__in=("draft", "review")), name="one_open_version_per_play"
            ),
            models.UniqueConstraint(
                fields=["play"], condition=Q(stage="active"), name="one_active_version_per_play"
            ),
            models.CheckConstraint(
                condition=Q(stage__in=("draft", "review", "active", "past")),
                name="play_version_stage_is_known",
            ),
            models.CheckConstraint(
                condition=~Q(stage="review") | Q(submitted_at__isnull=False),
                name="play_version_in_review_was_submitted",
            ),
            models.CheckConstraint(
                condition=Q(stage__in=("draft", "review"), activated_at__isnull=True)
                | Q(stage="active", activated_at__isnull=False)
                | Q(stage="past"),
                name="play_version_is_active_from_its_activation",
            ),
        )

    def __str__(self) -> str:
        return f"{self.play} version {self.number}"

    @property
    def is_open(self) -> bool:
        """Whether it is still being worked on or waits for a review."""
        return self.stage in (self.Stage.DRAFT, self.Stage.REVIEW)

    def as_json(self) -> dict[str, Any]:
        """The definition in the API's shape."""
        return {
            "trigger": self.trigger,
            "audience": self.audience,
            "steps": self.steps,
            "exits": self.exits,
            "contract": self.contract,
            "priority": self.priority,
            "throttle": self.throttle,
            "holdout": self.holdout,
        }

    def definition(self) -> PlayDefinition:
        """The definition as a value."""
        return parse_play(self.as_json())
