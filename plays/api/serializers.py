"""What the API answers about plays: explicit fields, related rows by the words people use, read only."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from abmops.lib.choices import Channel, Side, Urgency
from plays.domain import sentences
from plays.models import Attempt, Decision, Enrollment, EnrollmentEvent, Play, PlayVersion, Task
from plays.selectors import pauses
from plays.selectors.library import definition_of

_EMAIL: dict[str, Any] = {"read_only": True, "allow_null": True, "default": None}
_URGENCY: dict[str, Any] = {"choices": Urgency.choices, "read_only": True}


@extend_schema_field({"type": "object", "additionalProperties": True})
class DocumentField(serializers.JSONField):
    """A JSON object."""


@extend_schema_field({"type": "array", "items": {"type": "object", "additionalProperties": True}})
class DocumentsField(serializers.JSONField):
    """A list of JSON objects."""


@extend_schema_field({"type": "array", "items": {"type": "string"}})
class WordsField(serializers.JSONField):
    """A list of words."""


class PlayVersionOut(serializers.ModelSerializer[PlayVersion]):
    """What a play said from a moment on."""

    trigger = DocumentField(read_only=True)
    audience = DocumentField(read_only=True)
    steps = DocumentsField(read_only=True)
    exits = WordsField(read_only=True)
    contract = DocumentField(read_only=True)
    throttle = DocumentField(read_only=True)
    stage = serializers.ChoiceField(choices=PlayVersion.Stage.choices, read_only=True)
    created_by = serializers.EmailField(source="created_by.email", **_EMAIL)
    submitted_by = serializers.EmailField(source="submitted_by.email", **_EMAIL)
    approved_by = serializers.EmailField(source="approved_by.email", **_EMAIL)

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

    owner = serializers.EmailField(source="owner.email", **_EMAIL)
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


class RuleAnswerOut(serializers.Serializer[Any]):
    """One rule that was asked, and what came of it."""

    rule = serializers.CharField(read_only=True)
    outcome = serializers.ChoiceField(choices=["passed", "refused", "held", "set aside"], read_only=True)
    sentence = serializers.CharField(read_only=True)


class CandidateOut(serializers.Serializer[Any]):
    """One play considered, and the rule that settled it."""

    play = serializers.CharField(read_only=True)
    name = serializers.CharField(read_only=True)
    version = serializers.IntegerField(read_only=True)
    verdict = serializers.ChoiceField(choices=["chosen", "refused", "held", "holdout"], read_only=True)
    rule = serializers.CharField(read_only=True)
    sentence = serializers.CharField(read_only=True)
    priority = serializers.IntegerField(read_only=True)
    rules = serializers.SerializerMethodField()
    until = serializers.CharField(read_only=True, default=None, allow_null=True)
    needs = serializers.CharField(read_only=True, default="")

    @extend_schema_field(RuleAnswerOut(many=True))
    def get_rules(self, line: Any) -> list[dict[str, str]]:
        """Every rule that was asked; empty in records from before they were kept."""
        return [
            {"rule": rule, "outcome": outcome, "sentence": sentence}
            for rule, outcome, sentence in line.get("rules", ())
        ]


class AttemptOut(serializers.ModelSerializer[Attempt]):
    """A decision looked at again, because what held its plays may have ended."""

    candidates = CandidateOut(many=True, read_only=True)
    facts = DocumentField(read_only=True)

    class Meta:
        model = Attempt
        fields = ("number", "because", "summary", "candidates", "facts", "made_at")
        read_only_fields = fields


class DecisionOut(serializers.ModelSerializer[Decision]):
    """One choice among plays, with every candidate."""

    account = serializers.IntegerField(source="account_id", read_only=True)
    account_domain = serializers.CharField(source="account.domain", **_EMAIL)
    crossing = serializers.IntegerField(source="crossing_id", read_only=True, allow_null=True)
    event = serializers.IntegerField(source="event_id", read_only=True, allow_null=True)
    candidates = CandidateOut(many=True, read_only=True)
    by = serializers.EmailField(source="by.email", **_EMAIL)
    overridden = WordsField(read_only=True)
    facts = DocumentField(read_only=True)
    attempts = AttemptOut(many=True, read_only=True)

    class Meta:
        model = Decision
        fields = (
            "id",
            "account",
            "account_domain",
            "crossing",
            "event",
            "occasion",
            "summary",
            "candidates",
            "by",
            "reason",
            "overridden",
            "facts",
            "attempts",
            "made_at",
        )
        read_only_fields = fields


class EnrollmentEventOut(serializers.ModelSerializer[EnrollmentEvent]):
    """One transition."""

    by = serializers.EmailField(source="by.email", **_EMAIL)

    class Meta:
        model = EnrollmentEvent
        fields = ("seq", "move", "from_state", "to_state", "cause", "by", "at")
        read_only_fields = fields


class StepRunOut(serializers.Serializer[Any]):
    """One step of an enrollment."""

    key = serializers.CharField(read_only=True)
    position = serializers.IntegerField(read_only=True)
    cycle = serializers.IntegerField(read_only=True)
    state = serializers.ChoiceField(
        choices=["pending", "open", "done", "skipped", "cancelled"], read_only=True
    )
    opens_at = serializers.DateTimeField(read_only=True)
    opened_at = serializers.DateTimeField(read_only=True, allow_null=True)
    closed_at = serializers.DateTimeField(read_only=True, allow_null=True)
    held = serializers.CharField(read_only=True)


class RestOut(serializers.Serializer[Any]):
    """One thing that makes an enrollment rest: the pause of it, of its account or of its play."""

    id = serializers.IntegerField(read_only=True)
    scope = serializers.ChoiceField(choices=["enrollment", "account", "play"], read_only=True)
    reason = serializers.CharField(read_only=True)
    by = serializers.EmailField(source="by.email", **_EMAIL)
    started_at = serializers.DateTimeField(read_only=True)
    until = serializers.DateTimeField(read_only=True, allow_null=True)


class EnrollmentOut(serializers.ModelSerializer[Enrollment]):
    """An account in a play, with the decision that chose it."""

    account = serializers.IntegerField(source="account_id", read_only=True)
    account_domain = serializers.CharField(source="account.domain", **_EMAIL)
    play = serializers.CharField(source="play.slug", read_only=True)
    version = serializers.IntegerField(source="version.number", read_only=True)
    state = serializers.ChoiceField(choices=Enrollment.State.choices, read_only=True)
    urgency = serializers.ChoiceField(**_URGENCY)
    owner = serializers.EmailField(source="owner.email", **_EMAIL)
    handed_to = serializers.EmailField(
        source="handed_to.email",
        help_text="Who takes every step from now on, whatever the routing says.",
        **_EMAIL,
    )
    pauses = serializers.SerializerMethodField(
        help_text="What makes it rest now, the nearest first; empty while it runs."
    )
    contact_email = serializers.EmailField(source="contact.email", **_EMAIL)
    crossing = serializers.IntegerField(source="crossing_id", read_only=True, allow_null=True)
    event = serializers.IntegerField(source="event_id", read_only=True, allow_null=True)
    decision = DecisionOut(read_only=True, allow_null=True)
    steps = StepRunOut(source="step_runs", many=True, read_only=True)
    events = EnrollmentEventOut(many=True, read_only=True)

    class Meta:
        model = Enrollment
        fields = (
            "id",
            "account",
            "account_domain",
            "play",
            "version",
            "state",
            "urgency",
            "owner",
            "handed_to",
            "contact_email",
            "crossing",
            "event",
            "depth",
            "why",
            "pauses",
            "end_reason",
            "enrolled_at",
            "finished_at",
            "stalled_at",
            "decision",
            "steps",
            "events",
        )
        read_only_fields = fields

    @extend_schema_field(RestOut(many=True))
    def get_pauses(self, row: Enrollment) -> Any:
        """What makes it rest now."""
        return RestOut(pauses.pauses_on(row), many=True).data


class TaskOut(serializers.ModelSerializer[Task]):
    """Something a person owes on an account."""

    account = serializers.IntegerField(source="account_id", read_only=True)
    account_domain = serializers.CharField(source="account.domain", **_EMAIL)
    contact_email = serializers.EmailField(source="contact.email", **_EMAIL)
    owner = serializers.EmailField(source="owner.email", read_only=True)
    enrollment = serializers.IntegerField(source="enrollment_id", read_only=True, allow_null=True)
    play = serializers.CharField(source="enrollment.play.slug", **_EMAIL)
    step = serializers.CharField(source="step_run.key", **_EMAIL)
    touch = serializers.IntegerField(source="touch_id", read_only=True, allow_null=True)
    claimed_by = serializers.EmailField(source="claimed_by.email", **_EMAIL)
    state = serializers.ChoiceField(choices=Task.State.choices, read_only=True)
    channel = serializers.ChoiceField(choices=Channel.choices, read_only=True)
    side = serializers.ChoiceField(choices=Side.choices, read_only=True)
    urgency = serializers.ChoiceField(**_URGENCY)

    class Meta:
        model = Task
        fields = (
            "id",
            "account",
            "account_domain",
            "contact_email",
            "owner",
            "routed",
            "enrollment",
            "play",
            "step",
            "side",
            "channel",
            "title",
            "instructions",
            "why",
            "urgency",
            "due_at",
            "state",
            "snoozed_until",
            "breached_at",
            "outcome",
            "result",
            "claimed_by",
            "claimed_until",
            "touch",
            "created_at",
            "closed_at",
            "updated_at",
        )
        read_only_fields = fields
