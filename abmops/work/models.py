"""The rows of the work list."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from abmops.work.kinds import Lane


class State(models.TextChoices):
    """Where an item stands. Only `ready` and `leased` items are still to be done."""

    READY = "ready", "Ready"
    LEASED = "leased", "Being worked on"
    DONE = "done", "Done"
    DEAD = "dead", "Given up"
    CANCELLED = "cancelled", "Cancelled"
    SUPERSEDED = "superseded", "Merged into a newer one"


class WorkItemQuerySet(models.QuerySet["WorkItem"]):
    """The vocabulary of reads."""

    def ready(self) -> Self:
        """Waiting, due or not yet."""
        return self.filter(state=State.READY)

    def due(self, now: datetime) -> Self:
        """Waiting, and its moment has come."""
        return self.ready().filter(run_at__lte=now)

    def leased(self) -> Self:
        """In the hands of a worker."""
        return self.filter(state=State.LEASED)

    def dead(self) -> Self:
        """Given up after too many attempts; a person decides."""
        return self.filter(state=State.DEAD)

    def visible_to(self, user: object) -> Self:
        """RevOps and executives see the list; it names records by number only, never their content."""
        has_role = getattr(user, "has_role", None)
        return self if has_role is not None and has_role("revops", "executive") else self.none()


class WorkItem(models.Model):
    """One piece of pending work: what, for whom, from when. The truth that a Celery message only hints at.

    `dedup_key` is unique among the rows that exist and were not cancelled. Coalescing kinds have none, but at
    most one ready row for a kind and subject. A row of a kind without `keep_done` is gone once its effect is
    there.
    """

    kind = models.CharField(max_length=64)
    lane = models.CharField(max_length=16, choices=Lane.choices)
    subject_id = models.BigIntegerField(
        null=True, blank=True, help_text="The record it is about, by the kind's own meaning."
    )
    dedup_key = models.CharField(max_length=200, null=True, blank=True)
    coalesces = models.BooleanField(
        default=False, help_text="At most one ready item for its kind and subject."
    )
    run_at = models.DateTimeField(help_text="Not before this moment, by the database's clock.")
    state = models.CharField(max_length=12, choices=State.choices, default=State.READY)
    attempts = models.PositiveSmallIntegerField(default=0, help_text="Counted before the work starts.")
    max_attempts = models.PositiveSmallIntegerField(default=5)
    lease_token = models.UUIDField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    worker = models.CharField(
        max_length=120, blank=True, default="", help_text="Who holds it, or held it last."
    )
    payload = models.JSONField(default=dict, blank=True)
    body = models.BinaryField(null=True, blank=True)
    schema_v = models.PositiveSmallIntegerField(default=1, help_text="The shape of the payload.")
    last_error = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(db_default=Now())
    done_at = models.DateTimeField(null=True, blank=True)

    objects = WorkItemQuerySet.as_manager()

    class Meta:
        ordering = ("id",)
        constraints = (
            models.CheckConstraint(condition=Q(state__in=State.values), name="work_state_is_known"),
            models.CheckConstraint(condition=Q(lane__in=Lane.values), name="work_lane_is_known"),
            models.CheckConstraint(
                condition=Q(coalesces=False) | Q(dedup_key__isnull=True, subject_id__isnull=False),
                name="work_coalesces_by_subject",
            ),
            models.CheckConstraint(
                condition=Q(state=State.LEASED, lease_token__isnull=False, lease_until__isnull=False)
                | (~Q(state=State.LEASED) & Q(lease_token__isnull=True, lease_until__isnull=True)),
                name="work_lease_belongs_to_leased",
            ),
            models.UniqueConstraint(
                fields=["dedup_key"], condition=~Q(state="cancelled"), name="one_work_item_per_dedup_key"
            ),
            models.UniqueConstraint(
                fields=["kind", "subject_id"],
                condition=Q(state="ready", coalesces=True),
                name="one_ready_item_per_coalescing_subject",
            ),
        )
        indexes = (
            models.Index(
                fields=["lane", "kind", "run_at"],
                condition=Q(state="ready", attempts=0),
                name="work_first_tries",
            ),
            models.Index(
                fields=["lane", "run_at"], condition=Q(state="ready", attempts__gt=0), name="work_retries"
            ),
            models.Index(fields=["lease_until"], condition=Q(state="leased"), name="work_leases"),
            models.Index(fields=["kind", "subject_id"], condition=Q(state="dead"), name="work_dead"),
            models.Index(
                fields=["done_at"],
                condition=Q(state__in=["done", "cancelled", "superseded"]),
                name="work_finished",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.label}"

    @property
    def label(self) -> str:
        """What tells it from others of its kind."""
        return self.dedup_key or str(self.subject_id or self.pk)


class PeriodicRun(models.Model):
    """A slot of periodic work that was put on the list; the key makes it once, with any number of tickers."""

    name = models.CharField(max_length=64)
    slot = models.DateTimeField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("-slot", "name")
        constraints = (models.UniqueConstraint(fields=["name", "slot"], name="one_run_per_periodic_slot"),)

    def __str__(self) -> str:
        return f"{self.name} {self.slot:%Y-%m-%d %H:%M:%S}"


class Worker(models.Model):
    """A process that said it is alive: a Celery worker, or whoever ticks."""

    class Role(models.TextChoices):
        """What the process does."""

        WORKER = "worker", "Worker"
        TICK = "tick", "Ticker"

    name = models.CharField(max_length=120, primary_key=True)
    role = models.CharField(max_length=8, choices=Role.choices)
    started_at = models.DateTimeField(db_default=Now())
    heartbeat_at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("role", "name")

    def __str__(self) -> str:
        return self.name


class Audit(models.Model):
    """The last run of a registered audit: when, how long, and how many breaches stand open."""

    name = models.CharField(max_length=64, primary_key=True)
    ran_at = models.DateTimeField()
    took_ms = models.PositiveIntegerField()
    open_breaches = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True, default="", help_text="Why the audit itself could not run.")

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class Breach(models.Model):
    """A promise found broken by an audit: open from the run that found it to the first one that does not."""

    audit = models.CharField(max_length=64)
    key = models.CharField(max_length=120, help_text="What is broken, the same in each run.")
    detail = models.CharField(max_length=500)
    repaired = models.BooleanField(default=False, help_text="The audit put it right by itself.")
    found_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-found_at", "id")
        verbose_name_plural = "breaches"
        constraints = (
            models.UniqueConstraint(
                fields=["audit", "key"],
                condition=Q(closed_at__isnull=True),
                name="one_open_breach_per_audit_and_key",
            ),
        )

    def __str__(self) -> str:
        return f"{self.audit}: {self.key}"


class Verdict(models.Model):
    """What a person decided about a dead item. Append-only; says what the item was after its row is gone."""

    class Action(models.TextChoices):
        """Round again, or let it be."""

        REPLAYED = "replayed", "Sent round again"
        DISMISSED = "dismissed", "Dismissed"

    item = models.BigIntegerField(help_text="The number of the work item.")
    action = models.CharField(max_length=10, choices=Action.choices)
    kind = models.CharField(max_length=64)
    label = models.CharField(max_length=200)
    reason = models.TextField(blank=True, default="", help_text="Why the item had been given up.")
    by = models.CharField(max_length=254, help_text="The e-mail address of the person.")
    at = models.DateTimeField(db_default=Now())

    class Meta:
        ordering = ("-at", "-id")
        indexes = (models.Index(fields=["item"], name="work_verdicts_of_item"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.label} {self.action} by {self.by}"
