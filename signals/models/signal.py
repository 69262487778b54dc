"""Signals: immutable events, partitioned by time through their time-ordered ids."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.db import models

from accounts.models import Account, Contact, User
from signals.models.catalogue import SignalType, Source


class SignalQuerySet(models.QuerySet["Signal"]):
    """The vocabulary of reads over signals."""

    def visible_to(self, user: User | AnonymousUser) -> SignalQuerySet:
        """Everybody signed in sees signals."""
        return self if user.is_authenticated and user.is_active else self.none()


class Signal(models.Model):
    """One event that somebody sent us. Only `account` and `contact` may change, once, from unknown to known.

    The id is a version 7 uuid of `received_at`; the table is partitioned by ranges of it, a month each, so an old
    month leaves in one statement. There are no foreign keys in the database: partitions come and go freely.
    """

    id = models.UUIDField(primary_key=True)
    account = models.ForeignKey(
        Account,
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="signals",
    )
    contact = models.ForeignKey(
        Contact,
        null=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="signals",
    )
    source = models.ForeignKey(
        Source, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="signals"
    )
    type = models.ForeignKey(
        SignalType, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False, related_name="signals"
    )
    topic = models.CharField(max_length=120, default="", blank=True)
    points = models.FloatField(help_text="The type's points scaled by strength, as of arrival; unweighted.")
    strength = models.FloatField(null=True, blank=True, help_text="The source's own 0 to 100.")
    occurred_at = models.DateTimeField(help_text="The sender's clock, corrected for its skew.")
    received_at = models.DateTimeField(help_text="Our clock.")
    message_id = models.CharField(max_length=200)
    properties = models.JSONField(default=dict, blank=True)

    objects = SignalQuerySet.as_manager()

    class Meta:
        ordering = ("-occurred_at", "-id")
        indexes = (models.Index(fields=["account", "-occurred_at"], name="signal_account_at"),)

    def __str__(self) -> str:
        return f"{self.type_id} at {self.occurred_at:%Y-%m-%d %H:%M}"
