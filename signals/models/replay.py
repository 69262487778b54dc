"""What replay needs beside the signals: which were counted late, what fits were before, which nights are kept."""

from __future__ import annotations

from django.db import models

from accounts.models import Account


class CountedLate(models.Model):
    """A signal that entered its account's state noticeably later than we received it, and when it did.

    Every other signal counts from `received_at`. Late are: signals placed later, those worked on past a midnight,
    past a crossing of their account, or ten minutes after they came. Written in the transaction that counts them.
    """

    signal_id = models.UUIDField(primary_key=True)
    counted_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "signals counted late"
        indexes = (models.Index(fields=["counted_at"], name="counted_late_at"),)

    def __str__(self) -> str:
        return f"{self.signal_id} counted {self.counted_at:%Y-%m-%d %H:%M}"


class FitChange(models.Model):
    """An account's fit until a moment: `before` held up to `at`. Written by a trigger on every change of a fit.

    The fit at T is the `before` of the first change at or after T, and today's where there is none.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="fit_changes", db_index=False)
    before = models.FloatField()
    at = models.DateTimeField()

    class Meta:
        ordering = ("account", "at", "id")
        indexes = (models.Index(fields=["account", "at"], name="fit_change_account_at"),)

    def __str__(self) -> str:
        return f"{self.before:.0f} until {self.at:%Y-%m-%d %H:%M}"


class ScoreNight(models.Model):
    """How far the scores of one UTC midnight are kept: up to which account, and whether all of them are."""

    day = models.DateField(primary_key=True)
    through = models.BigIntegerField(default=0, help_text="The last account looked at.")
    kept = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-day",)

    def __str__(self) -> str:
        return f"{self.day}: {self.kept} scores"


class Surge(models.Model):
    """An account's last seven days beside its own eight weeks before: weighted points, worked out every hour.

    `weeks` of its own are known; under four there is no baseline. `usual` is their median, `spread` the noise
    expected of it; `times` is how many usual weeks this one is, empty where a usual week has nothing.
    """

    account = models.OneToOneField(Account, primary_key=True, on_delete=models.CASCADE, related_name="surge")
    at = models.DateTimeField()
    points = models.FloatField(default=0)
    signals = models.PositiveIntegerField(default=0)
    weeks = models.PositiveSmallIntegerField(default=0)
    usual = models.FloatField(null=True, blank=True)
    spread = models.FloatField(null=True, blank=True)
    times = models.FloatField(null=True, blank=True)
    is_surging = models.BooleanField(default=False)

    class Meta:
        indexes = (
            models.Index(fields=["account"], condition=models.Q(is_surging=True), name="surging_account"),
        )

    def __str__(self) -> str:
        return f"{self.points:.0f} points in the week to {self.at:%Y-%m-%d %H:%M}"
