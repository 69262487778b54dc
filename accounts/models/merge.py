"""Accounts that may be one company, and those that were made one."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from accounts.models.account import Account
from accounts.models.user import User


class DuplicatePair(models.Model):
    """Two accounts that look like one company. A suggestion: only a person merges, or says they are different."""

    class State(models.TextChoices):
        OPEN = "open", "To decide"
        MERGED = "merged", "Merged"
        DIFFERENT = "different", "Different companies"

    first = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="duplicates_above")
    second = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="duplicates_below")
    likeness = models.FloatField(help_text="0 to 1.")
    why = models.JSONField(default=list, help_text="Sentences, strongest first.")
    state = models.CharField(max_length=12, choices=State.choices, default=State.OPEN)
    found_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-likeness", "id")
        constraints = (
            models.UniqueConstraint(fields=["first", "second"], name="one_duplicate_pair"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="duplicate_pair_is_in_order"),
        )

    def __str__(self) -> str:
        return f"{self.first} and {self.second}"


class DuplicateScan(models.Model):
    """One look for duplicates: how far it came (`since`, `after` is the last account looked at), and what it found."""

    at = models.DateTimeField()
    since = models.DateTimeField()
    after = models.BigIntegerField(default=0)
    accounts = models.PositiveIntegerField(default=0)
    pairs = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}: {self.accounts} accounts"


class Merge(models.Model):
    """Two accounts made one, with everything that is needed to take them apart again.

    `loser` is the account as it was, every row of it that could not move; `moved` table -> ids of the rows that
    changed their account; `fields` field -> [kept, given up].
    """

    winner = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="merges")
    loser_id = models.BigIntegerField()
    loser_name = models.CharField(max_length=255)
    loser = models.JSONField(default=dict)
    fields = models.JSONField(default=dict)
    moved = models.JSONField(default=dict)
    reason = models.TextField(blank=True)
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="merges")
    at = models.DateTimeField()
    undone_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-at", "-id")

    def __str__(self) -> str:
        return f"{self.loser_name} into {self.winner}"


class AccountAlias(models.Model):
    """An account id that was merged away and still leads to the account that it became part of."""

    old_id = models.BigIntegerField(unique=True)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="aliases")

    class Meta:
        ordering = ("old_id",)
        verbose_name_plural = "account aliases"

    def __str__(self) -> str:
        return f"{self.old_id} is now {self.account}"
