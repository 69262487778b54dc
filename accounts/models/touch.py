"""Touches: what we did, and what was logged, on the account's one timeline [F4]."""

from __future__ import annotations

from django.db import models

from abmops.lib.choices import Channel, Direction, Side
from accounts.models.account import Account
from accounts.models.contact import Contact
from accounts.models.user import User


class Touch(models.Model):
    """One act towards an account (outbound) or by it (inbound). Facts are never edited away, only added."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="touches")
    contact = models.ForeignKey(
        Contact, null=True, blank=True, on_delete=models.SET_NULL, related_name="touches"
    )
    side = models.CharField(max_length=16, choices=Side.choices)
    channel = models.CharField(max_length=12, choices=Channel.choices)
    direction = models.CharField(max_length=8, choices=Direction.choices, default=Direction.OUTBOUND)
    occurred_at = models.DateTimeField()
    person = models.ForeignKey(User, null=True, blank=True, on_delete=models.SET_NULL, related_name="touches")
    programmed = models.BooleanField(default=False, help_text="It came from a play step or a campaign.")
    subject = models.CharField(max_length=300, blank=True)
    external_id = models.CharField(max_length=200, unique=True, null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-occurred_at", "-id")
        verbose_name_plural = "touches"
        indexes = (
            models.Index(fields=["account", "-occurred_at"], name="touch_account_at"),
            models.Index(fields=["occurred_at", "side", "direction"], name="touch_at_side_direction"),
        )

    def __str__(self) -> str:
        return f"{self.get_side_display()} {self.get_channel_display()} {self.occurred_at:%Y-%m-%d}"
