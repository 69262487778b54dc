"""The score as the API says it: who and which signals give it, what it was, and how its days went."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from signals.api.serializers.happenings import ScoreOut


class SignalPartOut(serializers.Serializer[Any]):
    """What one signal gives."""

    id = serializers.UUIDField(source="signal.pk", read_only=True)
    type = serializers.CharField(source="signal.type.slug", read_only=True)
    source = serializers.CharField(source="signal.source.slug", read_only=True)  # type: ignore[assignment]
    contact = serializers.IntegerField(source="signal.contact_id", read_only=True, allow_null=True)
    occurred_at = serializers.DateTimeField(source="signal.occurred_at", read_only=True)
    then = serializers.FloatField(read_only=True, help_text="Weighted points when it happened.")
    now = serializers.FloatField(read_only=True, help_text="What decay has left of them.")
    points = serializers.FloatField(read_only=True, help_text="Its part of the score.")


class PersonPartOut(serializers.Serializer[Any]):
    """What the signals of one person give; without a contact those of people nobody has named."""

    contact = serializers.IntegerField(source="contact.pk", read_only=True, default=None, allow_null=True)
    name = serializers.CharField(read_only=True)
    role = serializers.CharField(source="contact.role", read_only=True, default="")
    signals = serializers.IntegerField(read_only=True)
    share = serializers.FloatField(read_only=True, help_text="Its share of the intent, 0 to 1.")
    points = serializers.FloatField(read_only=True, help_text="Its part of the score.")


class SurgeOut(serializers.Serializer[Any]):
    """The last seven days beside a usual week of the account's own eight before; worked out each hour."""

    is_surging = serializers.BooleanField(read_only=True)
    words = serializers.CharField(read_only=True)
    evidence = serializers.CharField(read_only=True)
    points = serializers.FloatField(read_only=True)
    signals = serializers.IntegerField(read_only=True)
    weeks = serializers.IntegerField(read_only=True)
    usual = serializers.FloatField(read_only=True, allow_null=True)
    spread = serializers.FloatField(read_only=True, allow_null=True)
    times = serializers.FloatField(read_only=True, allow_null=True)


class AccountScoreOut(ScoreOut):
    """The one score of an account at a moment. Of a past one fit's reasons, people and single signals are not told."""

    is_exact = serializers.BooleanField(
        read_only=True, help_text="Whether all that counted at that moment is still there."
    )
    missing = serializers.ListField(child=serializers.CharField(), read_only=True)
    signals = SignalPartOut(many=True, read_only=True)
    people = PersonPartOut(many=True, read_only=True)
    other_signals = serializers.FloatField(
        read_only=True, help_text="Points of the score by signals that are not listed."
    )
    surge = SurgeOut(read_only=True, allow_null=True)


class ScoreDayOut(serializers.Serializer[Any]):
    """The score at the UTC midnight that began the day."""

    day = serializers.DateField(read_only=True)
    fit = serializers.FloatField(read_only=True)
    intent = serializers.FloatField(read_only=True)
    value = serializers.FloatField(source="score", read_only=True)


class ScoreCrossingOut(serializers.Serializer[Any]):
    """A crossing of the same time, with the score it had."""

    id = serializers.IntegerField(read_only=True)
    threshold = serializers.CharField(source="threshold.slug", read_only=True)
    crossed_at = serializers.DateTimeField(read_only=True)
    value = serializers.FloatField(source="score", read_only=True)


class ScoreHistoryOut(serializers.Serializer[Any]):
    """The kept days, oldest first, and the crossings between. Days before the keeping began, or with an intent under 1
    off the list, are left out."""

    days = ScoreDayOut(many=True, read_only=True)
    crossings = ScoreCrossingOut(many=True, read_only=True)
