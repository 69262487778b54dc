"""An account in a play, as the API answers it."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from plays.api.serializers.decision import DecisionOut
from plays.api.serializers.shapes import EMAIL, URGENCY
from plays.models import Enrollment, EnrollmentEvent
from plays.selectors import pauses


class EnrollmentEventOut(serializers.ModelSerializer[EnrollmentEvent]):
    """One transition."""

    by = serializers.EmailField(source="by.email", **EMAIL)

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
    by = serializers.EmailField(source="by.email", **EMAIL)
    started_at = serializers.DateTimeField(read_only=True)
    until = serializers.DateTimeField(read_only=True, allow_null=True)


class EnrollmentOut(serializers.ModelSerializer[Enrollment]):
    """An account in a play, with the decision that chose it."""

    account = serializers.IntegerField(source="account_id", read_only=True)
    account_domain = serializers.CharField(source="account.domain", **EMAIL)
    play = serializers.CharField(source="play.slug", read_only=True)
    version = serializers.IntegerField(source="version.number", read_only=True)
    state = serializers.ChoiceField(choices=Enrollment.State.choices, read_only=True)
    urgency = serializers.ChoiceField(**URGENCY)
    owner = serializers.EmailField(source="owner.email", **EMAIL)
    handed_to = serializers.EmailField(
        source="handed_to.email",
        help_text="Who takes every step from now on, whatever the routing says.",
        **EMAIL,
    )
    pauses = serializers.SerializerMethodField(
        help_text="What makes it rest now, the nearest first; empty while it runs."
    )
    contact_email = serializers.EmailField(source="contact.email", **EMAIL)
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
