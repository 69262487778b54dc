"""What a person owes, as the API answers it."""

from __future__ import annotations

from rest_framework import serializers

from abmops.lib.choices import Channel, Side
from plays.api.serializers.shapes import EMAIL, URGENCY
from plays.models import Task


class TaskOut(serializers.ModelSerializer[Task]):
    """Something a person owes on an account."""

    account = serializers.IntegerField(source="account_id", read_only=True)
    account_domain = serializers.CharField(source="account.domain", **EMAIL)
    contact_email = serializers.EmailField(source="contact.email", **EMAIL)
    owner = serializers.EmailField(source="owner.email", read_only=True)
    enrollment = serializers.IntegerField(source="enrollment_id", read_only=True, allow_null=True)
    play = serializers.CharField(source="enrollment.play.slug", **EMAIL)
    step = serializers.CharField(source="step_run.key", **EMAIL)
    touch = serializers.IntegerField(source="touch_id", read_only=True, allow_null=True)
    claimed_by = serializers.EmailField(source="claimed_by.email", **EMAIL)
    state = serializers.ChoiceField(choices=Task.State.choices, read_only=True)
    channel = serializers.ChoiceField(choices=Channel.choices, read_only=True)
    side = serializers.ChoiceField(choices=Side.choices, read_only=True)
    urgency = serializers.ChoiceField(**URGENCY)

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
