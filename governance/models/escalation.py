"""Escalations: decisions that cannot wait, with those who decide and a day by which they do [P8]."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Length, Trim
from django.db.models.lookups import GreaterThanOrEqual
from django.urls import reverse

from abmops.lib.choices import Role
from accounts.models import User
from governance.domain import escalation as rules

_LONG_OUTCOME = GreaterThanOrEqual(Length(Trim("outcome")), Value(rules.OUTCOME_LENGTH))


class EscalationQuerySet(models.QuerySet["Escalation"]):
    """The vocabulary of reads over escalations."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Everybody signed in reads the register."""
        return self if user.is_authenticated and user.is_active else self.none()

    def still_open(self) -> Self:
        """Not closed, the most pressing first."""
        return self.filter(state=rules.State.OPEN).order_by("deadline", "id")

    def closed(self) -> Self:
        """Resolved or withdrawn, the latest first."""
        return self.exclude(state=rules.State.OPEN).order_by("-closed_at", "-id")

    def about(self, kind: str, target_id: int) -> Self:
        """Those linked to a record."""
        return self.filter(links__kind=kind, links__target_id=target_id)

    def with_people(self) -> Self:
        """What a row of the register shows, in two statements."""
        return self.select_related("opened_by", "closed_by").prefetch_related("deciders")


class Escalation(models.Model):
    """A decision that cannot wait: what, why, who decides, by which day; closed only with how it ended."""

    class State(models.TextChoices):
        """See `governance.domain.escalation` for the moves."""

        OPEN = "open", "Open"
        RESOLVED = "resolved", "Resolved"
        WITHDRAWN = "withdrawn", "Withdrawn"

    class Cause(models.TextChoices):
        """What opened it: a person, or one of the program's own alarms."""

        BY_HAND = "by_hand", "By hand"
        LIST_SHAPE = "list_shape", "List shape changed"
        TIER_ONE_CHURN = "tier_one_churn", "Tier 1 churn"
        THRESHOLD_DRIFT = "threshold_drift", "Threshold drift"
        OWNERSHIP = "ownership", "Ownership dispute"
        SLA = "sla", "Repeated SLA breach"

    title = models.CharField("Decision", max_length=160, help_text="What has to be decided, in one line.")
    why = models.TextField("Why it cannot wait", help_text="What is lost if it waits for the next meeting.")
    deadline = models.DateField(help_text="The day by which it is decided.")
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    cause = models.CharField(max_length=16, choices=Cause.choices, default=Cause.BY_HAND)
    deciders = models.ManyToManyField(
        settings.AUTH_USER_MODEL, related_name="escalations_to_decide", help_text="Three or four people."
    )
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    opened_at = models.DateTimeField()
    outcome = models.TextField(blank=True, help_text="What was decided, or why it was withdrawn.")
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = EscalationQuerySet.as_manager()

    class Meta:
        ordering = ("-opened_at", "-id")
        constraints = (
            models.CheckConstraint(
                condition=Q(state__in=("open", "resolved", "withdrawn")), name="escalation_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(state="open", closed_at__isnull=True)
                | (~Q(state="open") & Q(closed_at__isnull=False)),
                name="escalation_is_closed_exactly_when_it_has_an_end",
            ),
            models.CheckConstraint(
                condition=~Q(state="withdrawn") | ~Q(outcome=""), name="escalation_is_withdrawn_with_a_reason"
            ),
            models.CheckConstraint(
                condition=~Q(state="resolved") | Q(_LONG_OUTCOME),
                name="escalation_is_resolved_with_an_outcome",
            ),
            models.CheckConstraint(condition=~Q(title=""), name="escalation_has_a_title"),
        )
        indexes = (
            models.Index(fields=["deadline"], condition=Q(state="open"), name="escalation_open_deadline"),
            models.Index(fields=["-opened_at"], name="escalation_opened"),
        )

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Its page."""
        return reverse("governance:escalation", args=[self.pk])

    def may_be_resolved_by(self, user: User | AnonymousUser) -> bool:
        """Its deciders, RevOps and executives say how it ended. One query for anybody else."""
        if not isinstance(user, User) or not user.is_active:
            return False
        return user.has_role(Role.REVOPS, Role.EXECUTIVE) or self.deciders.filter(pk=user.pk).exists()

    def may_be_withdrawn_by(self, user: User | AnonymousUser) -> bool:
        """Those who may resolve it, and whoever opened it."""
        return (isinstance(user, User) and self.opened_by_id == user.pk) or self.may_be_resolved_by(user)

    def is_overdue(self, now: datetime) -> bool:
        """Still open after its day (UTC)."""
        return rules.is_overdue(self.state, self.deadline, now.date())


class EscalationLink(models.Model):
    """What an escalation is about: one record, by its kind and number."""

    class Kind(models.TextChoices):
        """The kinds of records that may be linked."""

        ACCOUNT = "account", "Account"
        THRESHOLD = "threshold", "Threshold"
        PLAY = "play", "Play"
        OPPORTUNITY = "opportunity", "Opportunity"

    escalation = models.ForeignKey(Escalation, on_delete=models.CASCADE, related_name="links")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    target_id = models.BigIntegerField()
    label = models.CharField(max_length=255, blank=True, help_text="The record's name when it was linked.")

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                fields=["escalation", "kind", "target_id"], name="one_link_per_escalation_and_record"
            ),
        )
        indexes = (models.Index(fields=["kind", "target_id"], name="escalation_link_target"),)

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.label or self.target_id}"


class EscalationEvent(models.Model):
    """One thing said or done about an escalation. Append-only: the database refuses a change."""

    class Kind(models.TextChoices):
        """What happened."""

        OPENED = "opened", "Opened"
        COMMENT = "comment", "Comment"
        RESOLVED = "resolved", "Resolved"
        WITHDRAWN = "withdrawn", "Withdrawn"

    escalation = models.ForeignKey(Escalation, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    text = models.TextField(blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField()

    class Meta:
        ordering = ("at", "id")

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.at:%Y-%m-%d %H:%M}"
