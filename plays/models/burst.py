"""Bursts: marketing on a set of accounts for some days; and the address of a person's calendar feed."""

from __future__ import annotations

from datetime import date
from typing import Final, Self

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import F, Q

from abmops.lib.choices import Channel
from accounts.models import Account, User

CHANNELS: Final = (
    Channel.AD, Channel.EMAIL, Channel.EVENT, Channel.DIRECT_MAIL, Channel.WEB, Channel.LINKEDIN, Channel.OTHER
)  # fmt: skip


class BurstQuerySet(models.QuerySet["Burst"]):
    """The vocabulary of reads over bursts."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Everybody signed in: a rep is to know what marketing runs before it does."""
        return self if user.is_authenticated and user.is_active else self.none()

    def standing(self) -> Self:
        """Not called off."""
        return self.filter(cancelled_at__isnull=True)

    def within(self, first: date, last: date) -> Self:
        """Those that run on any of these days, both included."""
        return self.filter(starts_on__lte=last, ends_on__gte=first)


class Burst(models.Model):
    """A stretch of marketing on named accounts, both days included: a flight of ads, a webinar, a mailing.

    `audience` says in the filters' words whom it was planned for; the accounts themselves are its rows.
    """

    name = models.CharField(max_length=120)
    channel = models.CharField(max_length=12, choices=[(one.value, one.label) for one in CHANNELS])
    starts_on = models.DateField()
    ends_on = models.DateField()
    note = models.TextField(
        blank=True, help_text="What the accounts will see, so that a rep can speak of it."
    )
    audience = models.JSONField(default=dict, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="bursts"
    )
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancelled_reason = models.CharField(max_length=300, blank=True)

    objects = BurstQuerySet.as_manager()

    class Meta:
        ordering = ("starts_on", "id")
        constraints = (
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")), name="burst_ends_on_or_after_its_start"
            ),
            models.CheckConstraint(
                condition=Q(channel__in=[one.value for one in CHANNELS]), name="burst_channel_is_known"
            ),
        )
        indexes = (
            models.Index(
                fields=["starts_on", "ends_on"], condition=Q(cancelled_at__isnull=True), name="burst_days"
            ),
        )

    def __str__(self) -> str:
        return self.name


class BurstAccountQuerySet(models.QuerySet["BurstAccount"]):
    """The vocabulary of reads over the accounts of bursts."""

    def staying(self) -> Self:
        """Those that have not left."""
        return self.filter(left_at__isnull=True)

    def waiting(self) -> Self:
        """Those that marketing has not reached yet."""
        return self.staying().filter(begun_at__isnull=True)


class BurstAccount(models.Model):
    """An account of a burst. `begun_at` is when its touch was logged; `left_at`, when and why it left; `back_at`, when
    and why it last came back, because the deal that it had left for was taken back.

    That it rests while a meeting is ahead or a pause is on is no state of the row: see `plays.selectors.bursts`.
    """

    burst = models.ForeignKey(Burst, on_delete=models.CASCADE, related_name="members")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="burst_memberships")
    begun_at = models.DateTimeField(null=True, blank=True)
    left_at = models.DateTimeField(null=True, blank=True)
    left_reason = models.CharField(max_length=200, blank=True)
    back_at = models.DateTimeField(null=True, blank=True)
    back_reason = models.CharField(max_length=200, blank=True, default="", db_default="")

    objects = BurstAccountQuerySet.as_manager()

    class Meta:
        ordering = ("burst", "account")
        constraints = (
            models.UniqueConstraint(fields=["burst", "account"], name="one_row_per_burst_and_account"),
            models.CheckConstraint(
                condition=Q(left_at__isnull=True) | ~Q(left_reason=""), name="burst_is_left_for_a_reason"
            ),
            models.CheckConstraint(
                condition=Q(back_at__isnull=True) | ~Q(back_reason=""), name="burst_takes_back_for_a_reason"
            ),
        )
        indexes = (
            models.Index(
                fields=["account", "burst"], condition=Q(left_at__isnull=True), name="burst_of_account"
            ),
        )

    def __str__(self) -> str:
        return f"{self.account} in {self.burst}"


class CalendarFeed(models.Model):
    """The secret address under which a person's calendar may be subscribed to. Only its hash is kept."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="calendar_feed"
    )
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True, help_text="When a calendar last asked.")
    fingerprint = models.CharField(max_length=64, blank=True, editable=False)
    changed_at = models.DateTimeField(
        null=True,
        blank=True,
        editable=False,
        help_text="When what it says last changed, as far as it was asked.",
    )

    def __str__(self) -> str:
        return f"Calendar feed of {self.user}"
