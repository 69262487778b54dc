"""A play and its versions, as the API answers them."""

from __future__ import annotations

from rest_framework import serializers

from plays.api.serializers.shapes import EMAIL, DocumentField, DocumentsField, WordsField
from plays.domain import sentences
from plays.models import Play, PlayVersion
from plays.selectors.library import definition_of


class PlayVersionOut(serializers.ModelSerializer[PlayVersion]):
    """What a play said from a moment on."""

    trigger = DocumentField(read_only=True)
    audience = DocumentField(read_only=True)
    steps = DocumentsField(read_only=True)
    exits = WordsField(read_only=True)
    contract = DocumentField(read_only=True)
    throttle = DocumentField(read_only=True)
    stage = serializers.ChoiceField(choices=PlayVersion.Stage.choices, read_only=True)
    created_by = serializers.EmailField(source="created_by.email", **EMAIL)
    submitted_by = serializers.EmailField(source="submitted_by.email", **EMAIL)
    approved_by = serializers.EmailField(source="approved_by.email", **EMAIL)

    class Meta:
        model = PlayVersion
        fields = (
            "number",
            "trigger",
            "audience",
            "steps",
            "exits",
            "contract",
            "priority",
            "throttle",
            "holdout",
            "stage",
            "reason",
            "created_by",
            "created_at",
            "submitted_by",
            "submitted_at",
            "approved_by",
            "approved_at",
            "note",
            "activated_at",
        )
        read_only_fields = fields


class PlayOut(serializers.ModelSerializer[Play]):
    """A play with what its current version says, and how that reads in English."""

    owner = serializers.EmailField(source="owner.email", **EMAIL)
    status = serializers.ChoiceField(choices=Play.Status.choices, read_only=True)
    version = serializers.IntegerField(source="current.number", read_only=True)
    trigger = DocumentField(source="current.trigger", read_only=True)
    audience = DocumentField(source="current.audience", read_only=True)
    steps = DocumentsField(source="current.steps", read_only=True)
    exits = WordsField(source="current.exits", read_only=True)
    contract = DocumentField(source="current.contract", read_only=True)
    priority = serializers.IntegerField(source="current.priority", read_only=True)
    throttle = DocumentField(source="current.throttle", read_only=True)
    holdout = serializers.FloatField(source="current.holdout", read_only=True)
    sentence = serializers.SerializerMethodField()

    class Meta:
        model = Play
        fields: tuple[str, ...] = (
            "slug",
            "name",
            "purpose",
            "owner",
            "status",
            "version",
            "trigger",
            "audience",
            "steps",
            "exits",
            "contract",
            "priority",
            "throttle",
            "holdout",
            "sentence",
            "created_at",
        )
        read_only_fields = fields

    def get_sentence(self, play: Play) -> str:
        """The play read aloud."""
        return sentences.play_sentence(definition_of(play.current)) if play.current else ""


class PlayWithVersionsOut(PlayOut):
    """A play with its newest versions."""

    versions = PlayVersionOut(source="newest_versions", many=True, read_only=True)

    class Meta(PlayOut.Meta):
        fields = (*PlayOut.Meta.fields, "versions")
        read_only_fields = fields
