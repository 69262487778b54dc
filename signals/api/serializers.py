"""What the API answers: explicit fields, related rows by the words people use (slug, domain, e-mail), read only."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from abmops.lib.choices import SourceKind, Urgency
from signals.domain import condition
from signals.models import RejectedEvent, SignalType, Source, Threshold, ThresholdVersion

_OWNER: dict[str, Any] = {"source": "owner.email", "read_only": True, "allow_null": True, "default": None}


class SourceOut(serializers.ModelSerializer[Source]):
    """A source. Its write key is never shown again."""

    kind = serializers.ChoiceField(choices=SourceKind.choices, read_only=True)
    owner = serializers.EmailField(**_OWNER)
    has_write_key = serializers.SerializerMethodField()

    class Meta:
        model = Source
        fields: tuple[str, ...] = (
            "slug",
            "name",
            "kind",
            "weight",
            "owner",
            "is_active",
            "has_write_key",
            "created_at",
        )
        read_only_fields = fields

    def get_has_write_key(self, source: Source) -> bool:
        """Whether it can send to the ingest addresses."""
        return source.write_key_hash is not None


class SourceMadeOut(SourceOut):
    """A source as it is answered when it is made: with its write key."""

    write_key = serializers.CharField(read_only=True, help_text="Shown this once.")

    class Meta(SourceOut.Meta):
        fields: tuple[str, ...] = (*SourceOut.Meta.fields, "write_key")
        read_only_fields = fields


class WriteKeyOut(serializers.Serializer[Any]):
    """A new write key."""

    slug = serializers.CharField(read_only=True)
    write_key = serializers.CharField(
        read_only=True, help_text="Shown this once. The old one is refused from now on."
    )


RULES_SCHEMA: dict[str, Any] = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {
            "event": {"type": "string"},
            "path": {"type": "string"},
            "property": {"type": "object", "additionalProperties": True},
        },
    },
}


@extend_schema_field(RULES_SCHEMA)
class RulesField(serializers.JSONField):
    """Rules as they are stored."""


@extend_schema_field({"type": "object", "additionalProperties": True})
class DocumentField(serializers.JSONField):
    """A JSON object."""


class SignalTypeOut(serializers.ModelSerializer[SignalType]):
    """A signal type."""

    kind = serializers.ChoiceField(choices=SourceKind.choices, read_only=True)
    rules = RulesField(read_only=True)

    class Meta:
        model = SignalType
        fields = (
            "slug",
            "name",
            "kind",
            "confidence",
            "recency_days",
            "half_life_days",
            "points",
            "digital_response",
            "qualifying",
            "hand_raise",
            "rules",
            "is_active",
            "created_at",
        )
        read_only_fields = fields


class VersionOut(serializers.ModelSerializer[ThresholdVersion]):
    """What a threshold says, or said from a moment on."""

    condition = DocumentField(read_only=True)
    tiers = serializers.ListField(child=serializers.IntegerField(), read_only=True)
    urgency = serializers.ChoiceField(choices=Urgency.choices, read_only=True)
    sentence = serializers.SerializerMethodField(help_text="All of it in English.")
    created_by = serializers.EmailField(
        source="created_by.email", read_only=True, allow_null=True, default=None
    )

    class Meta:
        model = ThresholdVersion
        fields = (
            "number",
            "condition",
            "tiers",
            "urgency",
            "rearm_days",
            "sentence",
            "created_by",
            "created_at",
        )
        read_only_fields = fields

    def get_sentence(self, version: ThresholdVersion) -> str:
        """The version read aloud."""
        return sentence_of(version, self.context.get("type_names", {}))


class ThresholdOut(serializers.ModelSerializer[Threshold]):
    """A threshold with what its current version says."""

    owner = serializers.EmailField(**_OWNER)
    status = serializers.ChoiceField(choices=Threshold.Status.choices, read_only=True)
    version = serializers.IntegerField(source="current.number", read_only=True)
    condition = DocumentField(source="current.condition", read_only=True)
    tiers = serializers.ListField(source="current.tiers", child=serializers.IntegerField(), read_only=True)
    urgency = serializers.ChoiceField(source="current.urgency", choices=Urgency.choices, read_only=True)
    rearm_days = serializers.IntegerField(source="current.rearm_days", read_only=True)
    sentence = serializers.SerializerMethodField(help_text="All of it in English.")

    class Meta:
        model = Threshold
        fields: tuple[str, ...] = (
            "slug",
            "name",
            "rationale",
            "owner",
            "status",
            "version",
            "condition",
            "tiers",
            "urgency",
            "rearm_days",
            "sentence",
            "created_at",
        )
        read_only_fields = fields

    def get_sentence(self, threshold: Threshold) -> str:
        """The current version read aloud."""
        names = self.context.get("type_names", {})
        return sentence_of(threshold.current, names) if threshold.current else ""


class ThresholdWithVersionsOut(ThresholdOut):
    """A threshold with its history, newest version first."""

    versions = VersionOut(source="newest", many=True, read_only=True)

    class Meta(ThresholdOut.Meta):
        fields: tuple[str, ...] = (*ThresholdOut.Meta.fields, "versions")
        read_only_fields = fields


def sentence_of(version: ThresholdVersion, names: dict[str, str]) -> str:
    """A threshold's version as one English sentence; `names` are the types' names by slug."""
    return condition.threshold_sentence(
        condition.parse(version.condition),
        tiers=version.tiers,
        urgency=version.urgency,
        rearm_days=version.rearm_days,
        names=names,
    )


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
