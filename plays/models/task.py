"""Tasks: what a person owes, by when; and what was done with each."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from abmops.lib.choices import Channel, Role, Side, Urgency
from accounts.models import Account, Contact, Touch, User
from plays.models.enrollment import Enrollment, StepRun

OPEN_STATES = ("open", "snoozed")


def late_at(now: datetime) -> Q:
    """Late: still owed when its due time is over. What stands still because of a pause is not: its clock stands, too.

    The one definition, for whatever counts or shows what is late. A snooze stops no clock.
    """
    return running() & Q(due_at__lt=now)


def running() -> Q:
    """The condition on tasks that somebody owes and whose clock no pause holds."""
    return Q(state__in=OPEN_STATES, stopped_at__isnull=True)


class TaskQuerySet(models.QuerySet["Task"]):
    """The vocabulary of reads over tasks."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Everybody signed in sees who owes what; the queue page shows a person their own."""
        return self if user.is_authenticated and user.is_active else self.none()

    def editable_by(self, user: User | AnonymousUser) -> Self:
        """One's own; for reps also those of accounts they may edit, for marketers all marketing steps; RevOps
        all.
        """
        if not isinstance(user, User) or not user.is_active:
            return self.none()
        if user.has_role(Role.REVOPS, Role.INTEGRATION):
            return self
        mine = Q(owner=user)
        if user.role == Role.MARKETER:
            return self.filter(mine | Q(side=Side.MARKETING))
        if user.role == Role.REP:
            theirs = Q(account__owner=user)
            if user.territory_id:
                theirs |= Q(account__territory=user.territory_id)
            return self.filter(mine | (theirs & ~Q(side=Side.MARKETING)))
        return self.filter(mine)

    def unfinished(self) -> Self:
        """Open or snoozed."""
        return self.filter(state__in=OPEN_STATES)

    def late(self, now: datetime) -> Self:
        """Tasks that are late now, by the one rule `late_at`."""
        return self.filter(late_at(now))

    def claimed(self, now: datetime) -> Self:
        """Unfinished, and somebody is working on it at `now`."""
        return self.unfinished().filter(claimed_by__isnull=False, claimed_until__gt=now)

    def awake(self, now: datetime) -> Self:
        """Unfinished, and not put to sleep beyond `now`."""
        return self.unfinished().filter(Q(snoozed_until__isnull=True) | Q(snoozed_until__lte=now))


class Task(models.Model):
    """Something a person owes on an account: a play's step, or a job given by hand.

    A snooze hides it until `snoozed_until`; the clock goes on to `due_at`. `breached_at` is when the clock
    found it late, once. Done logs the touch in the same transaction. `claimed_by` is working on it until
    `claimed_until`: a lease, so that a browser that is gone holds nothing.
    """

    class State(models.TextChoices):
        """Open and snoozed are still owed."""

        OPEN = "open", "Open"
        DONE = "done", "Done"
        SKIPPED = "skipped", "Skipped"
        SNOOZED = "snoozed", "Snoozed"
        CANCELLED = "cancelled", "Cancelled"

    step_run = models.OneToOneField(
        StepRun, null=True, blank=True, on_delete=models.CASCADE, related_name="task"
    )
    enrollment = models.ForeignKey(
        Enrollment, null=True, blank=True, on_delete=models.CASCADE, related_name="tasks"
    )
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="tasks")
    contact = models.ForeignKey(
        Contact, null=True, blank=True, on_delete=models.SET_NULL, related_name="tasks"
    )
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="tasks")
    routed = models.CharField(max_length=300, blank=True, help_text="Why this person, in words.")
    channel = models.CharField(max_length=12, choices=Channel.choices)
    side = models.CharField(max_length=16, choices=Side.choices)
    title = models.CharField(max_length=300)
    instructions = models.TextField(blank=True)
    why = models.CharField(max_length=300, blank=True, help_text="What led to it, in words.")
    urgency = models.CharField(max_length=8, choices=Urgency.choices, default=Urgency.NORMAL)
    due_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    snoozed_until = models.DateTimeField(null=True, blank=True)
    breached_at = models.DateTimeField(null=True, blank=True)
    remind_at = models.DateTimeField(
        null=True, blank=True, help_text="When its owner is reminded that the due time comes near."
    )
    grace_ends_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="Until when whoever owes it late may still do it before it is handed on.",
    )
    held_by = ArrayField(
        models.BigIntegerField(),
        default=list,
        blank=True,
        help_text="Who owed it before, by number; the clock never hands it to them again.",
    )
    stopped_at = models.DateTimeField(
        null=True, blank=True, help_text="Since when its clock stands, because something of it is paused."
    )
    outcome = models.CharField(max_length=300, blank=True, help_text="How it went, or why it was skipped.")
    result = models.CharField(
        max_length=16, blank=True, help_text="How it went, as one of the outcomes of its channel."
    )
    effects = models.JSONField(
        default=dict, blank=True, help_text="What its outcome changed elsewhere, so that undo takes it back."
    )
    claimed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="claimed_tasks",
        help_text="Who is working on it now; nobody else may act on it until the lease ends.",
    )
    claimed_until = models.DateTimeField(null=True, blank=True, help_text="When the lease ends.")
    touch = models.OneToOneField(Touch, null=True, blank=True, on_delete=models.SET_NULL, related_name="task")
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField(help_text="The last change of any kind; pages ask what is newer.")

    objects = TaskQuerySet.as_manager()

    class Meta:
        ordering = ("due_at", "id")
        constraints = (
            models.CheckConstraint(
                name="task_state_is_known",
                condition=Q(state__in=("open", "done", "skipped", "snoozed", "cancelled")),
            ),
            models.CheckConstraint(
                name="task_is_closed_exactly_when_it_is_no_longer_owed",
                condition=Q(state__in=OPEN_STATES, closed_at__isnull=True)
                | Q(state__in=("done", "skipped", "cancelled"), closed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="task_is_snoozed_exactly_when_it_has_a_date",
                condition=Q(state="snoozed", snoozed_until__isnull=False)
                | (~Q(state="snoozed") & Q(snoozed_until__isnull=True)),
            ),
            models.CheckConstraint(
                name="task_is_skipped_with_a_reason", condition=~Q(state="skipped") | ~Q(outcome="")
            ),
            models.CheckConstraint(
                name="task_claim_has_an_end",
                condition=Q(claimed_by__isnull=True) | Q(claimed_until__isnull=False),
            ),
        )
        indexes = (
            models.Index(
                fields=["owner", "state", "due_at"], condition=Q(state__in=OPEN_STATES), name="task_queue"
            ),
            models.Index(fields=["due_at"], condition=Q(state__in=OPEN_STATES), name="task_due"),
            models.Index(
                fields=["owner", "-closed_at"], condition=Q(closed_at__isnull=False), name="task_closed"
            ),
            models.Index(fields=["account", "state"], name="task_account_state"),
            models.Index(
                fields=["account"],
                include=["enrollment", "channel"],
                condition=Q(state__in=OPEN_STATES, side=Side.MARKETING),
                name="task_marketing_open",
            ),
            models.Index(
                fields=["claimed_until"],
                condition=Q(state__in=OPEN_STATES, claimed_by__isnull=False),
                name="task_claims",
            ),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def routed_because(self) -> str:
        """Why this person, to be read beside their name: `routed` without the name that it begins with."""
        return self.routed.removeprefix(str(self.owner)).removeprefix(":").strip()

    def is_late(self, now: datetime) -> bool:
        """Late by `late_at`, of a row at hand."""
        return self.state in OPEN_STATES and self.stopped_at is None and self.due_at < now

    def holder(self, now: datetime) -> User | None:
        """Who is working on it at `now`; a claim that its lease has outlived counts for nothing."""
        if self.claimed_by is None or self.claimed_until is None or self.claimed_until <= now:
            return None
        return self.claimed_by


class TaskEvent(models.Model):
    """What was done with a task besides closing it: handed on, snoozed, moved, breached. Append-only."""

    class Kind(models.TextChoices):
        """What happened."""

        OPENED = "opened", "Opened"
        DONE = "done", "Done"
        SKIPPED = "skipped", "Skipped"
        SNOOZED = "snoozed", "Snoozed"
        HANDED_ON = "handed_on", "Handed on"
        MOVED = "moved", "Moved"
        BREACHED = "breached", "Late"
        REMINDED = "reminded", "Reminded"
        CANCELLED = "cancelled", "Cancelled"
        REOPENED = "reopened", "Taken up again"
        CONTACT = "contact", "Another contact"
        STOPPED = "stopped", "Clock stands"
        RESUMED = "resumed", "Clock runs again"
        TAKEN_OVER = "taken_over", "Taken over"

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    text = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField()

    class Meta:
        ordering = ("task", "id")

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.at:%Y-%m-%d %H:%M}"
