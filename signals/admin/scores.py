"""What the scores were and are made of: kept by the program, only to look at."""

from __future__ import annotations

from django.contrib import admin

from accounts.admin import ReadOnly
from signals.admin.bases import Endless
from signals.models import CountedLate, FitChange, ScoreDay, ScoreNight, Surge, WeightInForce


@admin.register(ScoreDay)
class ScoreDayAdmin(Endless):
    """Scores at midnights, the newest first."""

    list_display = ("day", "account", "score", "fit", "intent")
    list_select_related = ("account",)
    ordering = ("-id",)


@admin.register(ScoreNight)
class ScoreNightAdmin(ReadOnly):
    """Which nights are kept."""

    list_display = ("day", "kept", "through", "finished_at")


@admin.register(WeightInForce)
class WeightInForceAdmin(ReadOnly):
    """What weighed what, from when on."""

    list_display = ("kind", "subject_id", "values", "valid_from")
    list_filter = ("kind",)
    ordering = ("-valid_from", "-id")


@admin.register(CountedLate)
class CountedLateAdmin(Endless):
    """Signals that were counted later than they came."""

    list_display = ("signal_id", "counted_at")
    ordering = ("-signal_id",)


@admin.register(FitChange)
class FitChangeAdmin(Endless):
    """What fits were until when."""

    list_display = ("at", "account", "before")
    list_select_related = ("account",)
    ordering = ("-id",)


@admin.register(Surge)
class SurgeAdmin(Endless):
    """Weeks beside usual ones."""

    list_display = ("account", "is_surging", "points", "usual", "spread", "times", "weeks", "at")
    list_select_related = ("account",)
    ordering = ("-account_id",)
