"""Enrollments: an account in a play, step by step, with every transition kept."""

from __future__ import annotations

from typing import Any, Self

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q

from abmops.lib.choices import Urgency
from accounts.models import Account, AccountEvent, Contact, User
from plays.domain import enrollment as life
from plays.models.decision import Decision
from plays.models.play import Play, PlayVersion
from signals.models import Crossing


class EnrollmentQuerySet(models.QuerySet["Enrollment"]):
    """The vocabulary of reads over enrollments."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Everybody signed in sees what runs where: two teams on one account is what this is to prevent."""
        return self if user.is_authenticated and user.is_active else self.none()

    def editable_by(self, user: User | AnonymousUser) -> Self:
        """Those of the accounts that the person may edit."""
        return self.filter(account__in=Account.objects.editable_by(user))

    def live(self) -> Self:
        """Waiting, active or stalled."""
        return self.filter(state__in=life.LIVE)

    def finished(self) -> Self:
        """Completed, exited or cancelled."""
        return self.filter(state__in=life.FINISHED)


class Enrollment(models.Model):
    """An account in one version of a play, from the decision that chose it to its end.

    `urgency` is the crossing's. `stalled_at` is when it first stalled, also after it moved on again. A
    holdout is recorded and measured; nothing is done for it.
    """

    class State(models.TextChoices):
        """See `plays.domain.enrollment` for the moves."""

        WAITING = "waiting", "Waiting"
        ACTIVE = "active", "Active"
        STALLED = "stalled", "Stalled"
        COMPLETED = "completed", "Completed"
        EXITED = "exited", "Exited"
        CANCELLED = "cancelled", "Cancelled"
        HOLDOUT = "holdout", "Holdout"

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="enrollments")
    play = models.ForeignKey(Play, on_delete=models.PROTECT, related_name="enrollments")
    version = models.ForeignKey(PlayVersion, on_delete=models.PROTECT, related_name="enrollments")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    urgency = models.CharField(max_length=8, choices=Urgency.choices, default=Urgency.NORMAL)
    decision = models.ForeignKey(Decision, null=True, on_delete=models.SET_NULL, related_name="enrollments")
    crossing = models.ForeignKey(
        Crossing, null=True, blank=True, on_delete=models.SET_NULL, related_name="enrollments"
    )
    event = models.ForeignKey(
        AccountEvent, null=True, blank=True, on_delete=models.SET_NULL, related_name="enrollments"
    )
    contact = models.ForeignKey(
        Contact,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="enrollments",
        help_text="Whose act set it off; the first person to go to.",
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="enrollments"
    )
    handed_to = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text="Who takes every step from now on, whatever the routing says.",
    )
    depth = models.PositiveSmallIntegerField(
        default=1, help_text="How many plays in a row led to it; 1 is a start of its own."
    )
    why = models.CharField(max_length=300, blank=True, help_text="What set it off, in words.")
    hand_raised = models.BooleanField(
        default=False, help_text="The account asked for us: sales may act at once."
    )
    strong_inbound = models.BooleanField(
        default=False, help_text="The account itself did something that qualifies."
    )
    overridden = models.JSONField(
        default=list, blank=True, help_text="Guardrails that a person set aside for this enrollment."
    )
    held_out = models.BooleanField(
        default=False, help_text="It began as a holdout, also where a person took it out since."
    )
    end_reason = models.CharField(max_length=300, blank=True)
    enrolled_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    stalled_at = models.DateTimeField(null=True, blank=True)

    objects = EnrollmentQuerySet.as_manager()

    class Meta:
        ordering = ("-enrolled_at", "-id")
        constraints = (
            models.UniqueConstraint(
                name="one_live_enrollment_per_account_and_play",
                fields=["account", "play"],
                condition=Q(state__in=life.LIVE),
                violation_error_message="This play is already running for the account.",
            ),
            models.UniqueConstraint(
                name="one_holdout_per_account_and_play",
                fields=["account", "play"],
                condition=Q(state="holdout"),
                violation_error_message="The account is already in this play's holdout.",
            ),
            models.UniqueConstraint(
                name="one_enrollment_per_decision_and_play",
                fields=["decision", "play"],
                condition=Q(decision__isnull=False),
            ),
            models.UniqueConstraint(
                name="one_start_per_decision",
                fields=["decision"],
                condition=Q(decision__isnull=False, held_out=False),
                violation_error_message="This decision has already started a play.",
            ),
            models.CheckConstraint(
                name="holdout_began_as_one", condition=~Q(state="holdout") | Q(held_out=True)
            ),
            models.CheckConstraint(
                name="enrollment_state_is_known", condition=Q(state__in=tuple(life.STATES))
            ),
            models.CheckConstraint(
                name="enrollment_is_finished_exactly_when_it_has_an_end",
                condition=Q(state__in=life.FINISHED, finished_at__isnull=False)
                | (~Q(state__in=life.FINISHED) & Q(finished_at__isnull=True)),
            ),
        )
        indexes = (
            models.Index(fields=["account", "state"], name="enrollment_account_state"),
            models.Index(fields=["play", "state", "-enrolled_at"], name="enrollment_play_state"),
            models.Index(fields=["owner", "-enrolled_at"], name="enrollment_owner_at"),
            models.Index(fields=["-enrolled_at"], name="enrollment_at"),
        )

    def __str__(self) -> str:
        return f"{self.play} on {self.account}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Whatever begins as a holdout stays known as one."""
        self.held_out = self.held_out or self.state == self.State.HOLDOUT
        super().save(*args, **kwargs)


class EnrollmentEvent(models.Model):
    """One transition of an enrollment, numbered from 1. Append-only."""

    enrollment = models.ForeignKey(Enrollment, on_delete=models.CASCADE, related_name="events")
    seq = models.PositiveIntegerField()
    move = models.CharField(max_length=12)
    from_state = models.CharField(max_length=10, blank=True)
    to_state = models.CharField(max_length=10)
    cause = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField()

    class Meta:
        ordering = ("enrollment", "seq")
        constraints = (
            models.UniqueConstraint(fields=["enrollment", "seq"], name="one_enrollment_event_per_number"),
        )

    def __str__(self) -> str:
        return f"{life.NAMES.get(self.move, self.move)} {self.at:%Y-%m-%d %H:%M}"


class StepRun(models.Model):
    """One step of an enrollment: pending until `opens_at`, open while somebody owes it, then done or skipped.

    `held` says which guardrail put it off when it was to open. `cycle` counts repeats of a step, from 1.
    """

    class State(models.TextChoices):
        """Only one step of an enrollment is pending or open at a time."""

        PENDING = "pending", "Pending"
        OPEN = "open", "Open"
        DONE = "done", "Done"
        SKIPPED = "skipped", "Skipped"
        CANCELLED = "cancelled", "Cancelled"

    enrollment = models.ForeignKey(Enrollment, on_delete=models.CASCADE, related_name="step_runs")
    key = models.CharField(max_length=60)
    position = models.PositiveSmallIntegerField()
    cycle = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PENDING)
    opens_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    held = models.CharField(max_length=300, blank=True)
    stopped_at = models.DateTimeField(
        null=True, blank=True, help_text="Since when its wait stands, because something of it is paused."
    )

    class Meta:
        ordering = ("enrollment", "position", "cycle")
        constraints = (
            models.UniqueConstraint(
                fields=["enrollment", "key", "cycle"], name="one_step_run_per_enrollment_key_and_cycle"
            ),
            models.UniqueConstraint(
                fields=["enrollment"],
                condition=Q(state__in=("pending", "open")),
                name="one_current_step_per_enrollment",
            ),
            models.CheckConstraint(
                condition=Q(state__in=("pending", "open", "done", "skipped", "cancelled")),
                name="step_run_state_is_known",
            ),
        )
        indexes = (models.Index(fields=["opens_at"], condition=Q(state="pending"), name="step_run_due"),)

    def __str__(self) -> str:
        return f"{self.key} of enrollment {self.enrollment_id}"
