"""Signals that were taken out again: by whom, why, from which accounts, and which crossings had rested on them."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from accounts.models import Account
from signals.models.threshold import Crossing


class RemovalKind(models.TextChoices):
    """Why signals were never worth storing."""

    BOT = "bot", "Sent by a machine"
    MISTAKE = "mistake", "Sent by mistake"


class RemovalRun(models.Model):
    """One decision to take signals out, and how far it has come. `removed` counts what is gone so far.

    `selection` is what was chosen, as `signals.services.removing.Selection` writes it; of a list of ids only their
    number. Signals that come in after `asked_at` are not meant.
    """

    id = models.UUIDField(primary_key=True)
    kind = models.CharField(max_length=8, choices=RemovalKind.choices)
    reason = models.TextField()
    selection = models.JSONField(default=dict)
    expected = models.PositiveIntegerField(
        default=0, help_text="Signals that the selection held; 0 until they have been counted."
    )
    removed = models.PositiveIntegerField(default=0)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    asked_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-asked_at", "-id")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(kind__in=RemovalKind.values), name="removal_kind_is_known"
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.reason[:80]}"


class RemovalShare(models.Model):
    """Signals of one account that a run has still to take out. Leaves in the transaction that takes the last of them.

    `account_id` is no foreign key, for an account may become part of another one meanwhile: what a run does not find
    where it counted it, it finds when it counts again, as it does before it ends. None: signals without an account.
    """

    run = models.ForeignKey(RemovalRun, on_delete=models.CASCADE, related_name="shares")
    account_id = models.BigIntegerField(null=True)
    signals = models.PositiveIntegerField()

    class Meta:
        ordering = ("run", "account_id")
        constraints = (
            models.UniqueConstraint(
                fields=["run", "account_id"],
                name="one_removal_share_per_run_and_account",
                nulls_distinct=False,
            ),
        )

    def __str__(self) -> str:
        return f"{self.signals} signals of account {self.account_id} to be taken out"


class SignalRemoval(models.Model):
    """Signals of one account that were taken out again, with the reason. What they were is gone; that they were is not.

    No account: they had none, or it is gone. `removed_at` is when the last of them went: from then on its scores are
    made of what is left.
    """

    Kind = RemovalKind

    run = models.ForeignKey(RemovalRun, null=True, on_delete=models.CASCADE, related_name="accounts")
    account = models.ForeignKey(
        Account, null=True, blank=True, on_delete=models.SET_NULL, related_name="signal_removals"
    )
    kind = models.CharField(max_length=8, choices=RemovalKind.choices)
    reason = models.TextField()
    signals = models.PositiveIntegerField()
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    removed_at = models.DateTimeField()

    class Meta:
        ordering = ("-removed_at", "-id")

    def __str__(self) -> str:
        return f"{self.signals} signals removed: {self.reason[:80]}"


class RemovedEvidence(models.Model):
    """How many of a crossing's signals one removal took: the crossing stays as history, and says so."""

    crossing = models.ForeignKey(Crossing, on_delete=models.CASCADE, related_name="removed_evidence")
    run = models.ForeignKey(RemovalRun, on_delete=models.CASCADE, related_name="evidence")
    signals = models.PositiveIntegerField()

    class Meta:
        ordering = ("crossing", "run")
        verbose_name_plural = "removed evidence"
        constraints = (
            models.UniqueConstraint(
                fields=["crossing", "run"], name="one_removed_evidence_per_crossing_and_run"
            ),
        )

    def __str__(self) -> str:
        return f"{self.signals} signals of crossing {self.crossing_id}"
