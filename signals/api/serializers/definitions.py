"""Definitions as they are answered."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from abmops.lib.choices import SourceKind, Urgency
from signals.domain import condition
from signals.models import PageIntent, SignalType, Source, Threshold, ThresholdEdit, ThresholdVersion
from signals.selectors.threshold_history import history_of

_OWNER: dict[str, Any] = {"source": "owner.email", "read_only": True, "allow_null": True, "default": None}


@extend_schema_field({"type": "object", "additionalProperties": True})
class DocumentField(serializers.JSONField):
    """A JSON object."""


class SourceOut(serializers.ModelSerializer[Source]):
    """A source. Its write key is never shown again."""

    kind = serializers.ChoiceField(choices=SourceKind.choices, read_only=True)
    owner = serializers.EmailField(**_OWNER)
    has_write_key = serializers.SerializerMethodField()
    mapping = DocumentField(read_only=True, help_text="What it posts to its hook, made records.")
    hook = serializers.SerializerMethodField(help_text="The path that it posts to.")

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
            "mapping",
            "hook",
            "created_at",
        )
        read_only_fields = fields

    def get_hook(self, source: Source) -> str:
        """Where signed calls, or those with its write key, are taken."""
        return f"/hooks/{source.slug}/"

    def get_has_write_key(self, source: Source) -> bool:
        """Whether it can send to the ingest addresses."""
        return source.write_key_hash is not None


class SourceMadeOut(SourceOut):
    """A source as it is answered when it is made: with its write key."""

    write_key = serializers.CharField(read_only=True, help_text="Shown this once.")

    class Meta(SourceOut.Meta):
        fields: tuple[str, ...] = (*SourceOut.Meta.fields, "write_key")
        read_only_fields = fields


class SigningSecretOut(serializers.Serializer[Any]):
    """The signing secret of a source's hook."""

    slug = serializers.CharField(read_only=True)
    signing_secret = serializers.CharField(read_only=True, help_text="whsec_ and Base64; stored nowhere.")


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


class SignalTypeOut(serializers.ModelSerializer[SignalType]):
    """A signal type."""

    kind = serializers.ChoiceField(choices=SourceKind.choices, read_only=True)
    rules = RulesField(read_only=True)

    page_intent = serializers.CharField(
        read_only=True, help_text=f"{', '.join(PageIntent.values)}, or empty: it is no page's."
    )

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
            "page_intent",
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
            "reason",
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


class ThresholdChangeOut(serializers.Serializer[Any]):
    """A change of a threshold that makes no version."""

    at = serializers.DateTimeField(read_only=True)
    by = serializers.EmailField(source="by.email", read_only=True, allow_null=True, default=None)
    field = serializers.ChoiceField(
        choices=["status", *ThresholdEdit.Field.values], read_only=True, help_text="What changed."
    )
    before = serializers.CharField(read_only=True)
    after = serializers.CharField(read_only=True)
    reason = serializers.CharField(read_only=True)


class ThresholdWithVersionsOut(ThresholdOut):
    """A threshold with its history, newest version first."""

    versions = VersionOut(source="newest", many=True, read_only=True)
    changes = serializers.SerializerMethodField(
        help_text="Changes of status, name, owner and rationale, newest first; none of them makes a version."
    )

    class Meta(ThresholdOut.Meta):
        fields: tuple[str, ...] = (*ThresholdOut.Meta.fields, "versions", "changes")
        read_only_fields = fields

    @extend_schema_field(ThresholdChangeOut(many=True))
    def get_changes(self, threshold: Threshold) -> Any:
        """The newest 50."""
        return ThresholdChangeOut(history_of(threshold), many=True).data


def sentence_of(version: ThresholdVersion, names: dict[str, str]) -> str:
    """A threshold's version as one English sentence; `names` are the types' names by slug."""
    return condition.threshold_sentence(
        condition.parse(version.condition),
        tiers=version.tiers,
        urgency=version.urgency,
        rearm_days=version.rearm_days,
        names=names,
    )
