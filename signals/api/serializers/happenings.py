"""What happened, and what it came to, as it is answered."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from abmops.lib.choices import Urgency
from signals.api.serializers.definitions import DocumentField
from signals.models import RejectedEvent


class SignalOut(serializers.Serializer[Any]):
    """A signal. `account` is null while nobody knows whose it is."""

    id = serializers.UUIDField(read_only=True)
    account = serializers.IntegerField(source="account_id", read_only=True, allow_null=True)
    account_domain = serializers.CharField(
        source="account.domain", read_only=True, allow_null=True, default=None
    )
    contact_email = serializers.CharField(
        source="contact.email", read_only=True, allow_null=True, default=None
    )
    contact_name = serializers.CharField(source="contact.name", read_only=True, allow_null=True, default=None)
    source = serializers.CharField(source="source.slug", read_only=True)  # type: ignore[assignment]
    type = serializers.CharField(source="type.slug", read_only=True)
    type_name = serializers.CharField(source="type.name", read_only=True)
    topic = serializers.CharField(read_only=True)
    points = serializers.FloatField(read_only=True, help_text="Scaled by strength, before weights and decay.")
    strength = serializers.FloatField(read_only=True, allow_null=True)
    occurred_at = serializers.DateTimeField(read_only=True)
    received_at = serializers.DateTimeField(read_only=True)
    message_id = serializers.CharField(read_only=True)
    properties = DocumentField(read_only=True)


class CrossingOut(serializers.Serializer[Any]):
    """A threshold that became true for an account, with the signals that made it true, newest first."""

    id = serializers.IntegerField(read_only=True)
    threshold = serializers.CharField(source="threshold.slug", read_only=True)
    threshold_name = serializers.CharField(source="threshold.name", read_only=True)
    version = serializers.IntegerField(source="version.number", read_only=True)
    sentence = serializers.CharField(read_only=True, help_text="What the threshold said then, in English.")
    account = serializers.IntegerField(source="account_id", read_only=True)
    account_name = serializers.CharField(source="account.name", read_only=True)
    account_domain = serializers.CharField(source="account.domain", read_only=True, allow_null=True)
    sequence = serializers.IntegerField(
        read_only=True, help_text="Counts the crossings of this threshold and account."
    )
    urgency = serializers.ChoiceField(choices=Urgency.choices, read_only=True)
    crossed_at = serializers.DateTimeField(read_only=True)
    last_evidence_received_at = serializers.DateTimeField(read_only=True, allow_null=True)
    score = serializers.FloatField(read_only=True, help_text="The account's score at that moment.")
    hand_raise = serializers.BooleanField(read_only=True)
    evidence = SignalOut(source="signals", many=True, read_only=True)


class RejectedEventOut(serializers.ModelSerializer[RejectedEvent]):
    """An event that was refused or set aside, and why."""

    source = serializers.CharField(source="source.slug", read_only=True)  # type: ignore[assignment]
    code = serializers.ChoiceField(choices=RejectedEvent.Code.choices, read_only=True)

    class Meta:
        model = RejectedEvent
        fields = ("id", "source", "code", "pointer", "reason", "message_id", "excerpt", "received_at")
        read_only_fields = fields


class UnmatchedOut(serializers.Serializer[Any]):
    """A signal whose account is not known yet, and the keys whose appearance would place it."""

    signal = serializers.UUIDField(source="signal_id", read_only=True)
    source = serializers.CharField(source="source.slug", read_only=True)  # type: ignore[assignment]
    keys = serializers.ListField(child=serializers.CharField(), read_only=True)
    domain = serializers.CharField(read_only=True)
    received_at = serializers.DateTimeField(read_only=True)


class IntentPartOut(serializers.Serializer[Any]):
    """What the signals of one source and type give."""

    source = serializers.CharField(read_only=True)  # type: ignore[assignment]
    source_name = serializers.CharField(read_only=True)
    type = serializers.CharField(read_only=True)
    type_name = serializers.CharField(read_only=True)
    raw = serializers.FloatField(
        read_only=True, help_text="Decayed points times confidence times source weight."
    )
    share = serializers.FloatField(read_only=True, help_text="Its share of all raw points, 0 to 1.")
    intent = serializers.FloatField(read_only=True, help_text="Its part of the intent.")
    points = serializers.FloatField(read_only=True, help_text="Its part of the score.")


class FitPartOut(serializers.Serializer[Any]):
    """What one criterion of the ICP gives."""

    label = serializers.CharField(read_only=True)  # type: ignore[assignment]
    met = serializers.BooleanField(read_only=True)
    sentence = serializers.CharField(read_only=True)
    fit = serializers.FloatField(read_only=True, help_text="Its part of the fit.")
    points = serializers.FloatField(read_only=True, help_text="Its part of the score.")


class ScorePartsOut(serializers.Serializer[Any]):
    """The two parts that add up to the value."""

    fit = serializers.FloatField(read_only=True)
    intent = serializers.FloatField(read_only=True)


class ScoreOut(serializers.Serializer[Any]):
    """The one score of an account at a moment, and what it is made of, largest first."""

    account = serializers.IntegerField(read_only=True)
    account_name = serializers.CharField(read_only=True)
    account_domain = serializers.CharField(read_only=True, allow_null=True)
    at = serializers.DateTimeField(read_only=True)
    value = serializers.FloatField(read_only=True)
    fit = serializers.FloatField(read_only=True)
    fit_name = serializers.CharField(read_only=True)
    intent = serializers.FloatField(read_only=True)
    weights = ScorePartsOut(read_only=True)
    parts = ScorePartsOut(read_only=True)
    contributions = IntentPartOut(many=True, read_only=True)
    fit_contributions = FitPartOut(many=True, read_only=True)
