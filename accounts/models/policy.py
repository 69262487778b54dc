"""The rules of the target list: how many a tier holds, who is held back, who proposes, and when it was read."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from abmops.lib.choices import TIERS, Side
from accounts.models.account import Account
from accounts.models.membership import ListMembership
from accounts.models.opportunity import Opportunity
from accounts.models.user import User


class TierPolicy(models.Model):
    """How many accounts a tier should hold [J, I], in all and per owner. Warned on, never silently exceeded."""

    tier = models.PositiveSmallIntegerField(choices=TIERS, unique=True)
    least = models.PositiveIntegerField()
    most = models.PositiveIntegerField()
    most_per_owner = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        ordering = ("tier",)
        verbose_name_plural = "tier policies"
        constraints = (
            models.CheckConstraint(condition=Q(tier__in=(1, 2, 3)), name="tier_policy_is_of_1_2_or_3"),
            models.CheckConstraint(
                condition=Q(most__gte=F("least")), name="tier_policy_most_is_not_below_least"
            ),
        )

    def __str__(self) -> str:
        return f"Tier {self.tier}: {self.least} to {self.most}"


class ListPolicy(models.Model):
    """One row: the list's other rules."""

    quarantine_days = models.PositiveIntegerField(default=90, help_text="After a lost deal [I].")
    refresh_days = models.PositiveIntegerField(default=31, help_text="Read the list through this often [F].")
    propose_up_score = models.PositiveSmallIntegerField(
        default=70, help_text="Score that proposes a higher tier."
    )
    propose_down_score = models.PositiveSmallIntegerField(
        default=20, help_text="Score that proposes a lower one."
    )
    quiet_days = models.PositiveIntegerField(
        default=90, help_text="Without signal or touch, proposes a lower tier."
    )

    class Meta:
        verbose_name_plural = "list policy"
        constraints = (
            models.CheckConstraint(condition=Q(pk=1), name="one_list_policy"),
            models.CheckConstraint(
                condition=Q(propose_up_score__lte=100, propose_down_score__lt=F("propose_up_score")),
                name="list_policy_scores_are_in_order",
            ),
        )

    def __str__(self) -> str:
        return "List policy"


class ListRefresh(models.Model):
    """The stamp of a read-through of the whole list: somebody looked, and says so. Append-only."""

    at = models.DateTimeField()
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="list_refreshes")
    note = models.TextField(blank=True)
    size = models.PositiveIntegerField()

    class Meta:
        ordering = ("-at",)
        verbose_name_plural = "list refreshes"

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d}"


class Nomination(models.Model):
    """A side's wish to put an account on the list or into another tier, and what the list's owner said [J]."""

    class State(models.TextChoices):
        OPEN = "open", "To decide"
        ACCEPTED = "accepted", "Accepted"
        REJECTED = "rejected", "Rejected"
        WITHDRAWN = "withdrawn", "Withdrawn"

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="nominations")
    side = models.CharField(max_length=16, choices=Side.choices)
    tier = models.PositiveSmallIntegerField(choices=TIERS)
    reason = models.TextField()
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="nominations")
    at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=State.choices, default=State.OPEN)
    decided_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decision = models.TextField(blank=True, help_text="Why it was accepted or rejected.")
    membership = models.ForeignKey(
        ListMembership, null=True, blank=True, on_delete=models.SET_NULL, related_name="nominations"
    )

    class Meta:
        ordering = ("-at", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=["account", "side"],
                condition=Q(state="open"),
                name="one_open_nomination_per_account_and_side",
            ),
            models.CheckConstraint(condition=Q(tier__in=(1, 2, 3)), name="nominated_tier_is_1_2_or_3"),
            models.CheckConstraint(condition=~Q(reason=""), name="nomination_has_a_reason"),
        )

    def __str__(self) -> str:
        return f"{self.account}: tier {self.tier} for {self.get_side_display()}"


class Quarantine(models.Model):
    """An account held back from joining the list until a day, for a reason [I]. `until` null: until it is lifted.

    A recent loss and an open opportunity hold back by themselves, read from the deals; rows are what people say.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="quarantines")
    starts_at = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)
    reason = models.TextField()
    by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="quarantines")
    opportunity = models.ForeignKey(
        Opportunity, null=True, blank=True, on_delete=models.SET_NULL, related_name="quarantines"
    )
    lifted_at = models.DateTimeField(null=True, blank=True)
    lifted_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ("-starts_at",)
        constraints = (
            models.CheckConstraint(
                condition=Q(until__gt=F("starts_at")), name="quarantine_ends_after_it_begins"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="quarantine_has_a_reason"),
        )

    def __str__(self) -> str:
        return f"{self.account} until {self.until:%Y-%m-%d}" if self.until else str(self.account)


class TierProposal(models.Model):
    """A wish of the figures: this account belongs into another tier, and here is why. A person decides."""

    class State(models.TextChoices):
        OPEN = "open", "To decide"
        ACCEPTED = "accepted", "Accepted"
        REJECTED = "rejected", "Rejected"
        PASSED = "passed", "No longer so"

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="tier_proposals")
    from_tier = models.PositiveSmallIntegerField(choices=TIERS, null=True, blank=True)
    to_tier = models.PositiveSmallIntegerField(choices=TIERS, null=True, blank=True)
    evidence = models.JSONField(default=list, help_text="[{kind, sentence, value}], strongest first.")
    at = models.DateTimeField()
    state = models.CharField(max_length=12, choices=State.choices, default=State.OPEN)
    decided_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    decision = models.TextField(blank=True)

    class Meta:
        ordering = ("-at", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=["account"], condition=Q(state="open"), name="one_open_tier_proposal_per_account"
            ),
        )

    def __str__(self) -> str:
        return f"{self.account}: {self.from_tier or 'off'} to {self.to_tier or 'off'}"
