"""The target list's history: which accounts were on it, in which tier, since when, and who said so."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.db import models
from django.db.models import F, Q

from abmops.lib.choices import TIERS, Side
from abmops.lib.ranges import Period
from accounts.models.account import Account
from accounts.models.user import User


class ListMembership(models.Model):
    """One change of an account's place on the list, and the half-open interval `[valid_from, valid_to)` it held.

    `tier` null means: taken off the list, for this reason. Each change closes the one before, so the intervals
    of an account never overlap and leave no gap after the first. The open row is what `Account.tier` says.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="memberships")
    tier = models.PositiveSmallIntegerField(choices=TIERS, null=True, blank=True)
    valid_from = models.DateTimeField()
    valid_to = models.DateTimeField(null=True, blank=True)
    side = models.CharField(max_length=16, choices=Side.choices)
    by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="list_changes"
    )
    reason = models.TextField()
    passed_over = ArrayField(
        models.TextField(),
        default=list,
        blank=True,
        help_text="The rules of the list that this change went past, in words.",
    )
    override = models.TextField(blank=True, help_text="Why it went past them.")
    recorded_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-valid_from", "-id")
        constraints = (
            models.UniqueConstraint(
                fields=["account", "valid_from"], name="one_list_change_per_account_and_moment"
            ),
            models.UniqueConstraint(
                fields=["account"], condition=Q(valid_to__isnull=True), name="one_open_list_row_per_account"
            ),
            models.CheckConstraint(
                condition=Q(tier__isnull=True) | Q(tier__in=(1, 2, 3)), name="list_tier_is_1_2_or_3"
            ),
            models.CheckConstraint(
                condition=Q(valid_to__gt=F("valid_from")), name="list_interval_is_not_empty"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="list_change_has_a_reason"),
            models.CheckConstraint(
                condition=Q(override="") | ~Q(passed_over=[]), name="list_override_says_what_it_passed_over"
            ),
            ExclusionConstraint(
                name="list_intervals_of_an_account_never_overlap",
                expressions=[
                    ("account", RangeOperators.EQUAL),
                    (Period("valid_from", "valid_to"), RangeOperators.OVERLAPS),
                ],
            ),
        )
        indexes = (
            models.Index(
                fields=["valid_from", "valid_to"], condition=Q(tier__isnull=False), name="list_on_interval"
            ),
        )

    def __str__(self) -> str:
        return f"{self.account}: tier {self.tier or 'none'} from {self.valid_from:%Y-%m-%d}"
