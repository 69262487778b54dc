"""What the API answers about escalations."""

from typing import Any

from rest_framework import serializers

from governance.models import Escalation, EscalationEvent, EscalationLink


class LinkOut(serializers.ModelSerializer[EscalationLink]):
    """A record that the escalation is about."""

    type = serializers.CharField(source="kind", read_only=True)
    id = serializers.IntegerField(source="target_id", read_only=True)

    class Meta:
        model = EscalationLink
        fields = ("type", "id", "label")
        read_only_fields = fields


class EventOut(serializers.ModelSerializer[EscalationEvent]):
    """Something said or done."""

    by = serializers.EmailField(source="by.email", read_only=True, allow_null=True, default=None)

    class Meta:
        model = EscalationEvent
        fields = ("kind", "text", "by", "at")
        read_only_fields = fields


class EscalationOut(serializers.ModelSerializer[Escalation]):
    """An escalation with its deciders, links and everything said."""

    deciders = serializers.SlugRelatedField[Any](slug_field="email", many=True, read_only=True)
    opened_by = serializers.EmailField(
        source="opened_by.email", read_only=True, allow_null=True, default=None
    )
    closed_by = serializers.EmailField(
        source="closed_by.email", read_only=True, allow_null=True, default=None
    )
    links = LinkOut(many=True, read_only=True)
    events = EventOut(many=True, read_only=True)

    class Meta:
        model = Escalation
        fields = (
            "id",
            "title",
            "why",
            "deadline",
            "state",
            "cause",
            "deciders",
            "links",
            "opened_by",
            "opened_at",
            "outcome",
            "closed_by",
            "closed_at",
            "events",
        )
        read_only_fields = fields
