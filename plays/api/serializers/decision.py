"""A decision with every candidate and every rule, as the API answers it."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from plays.api.serializers.shapes import EMAIL, DocumentField, WordsField
from plays.models import Attempt, Decision


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
    account_domain = serializers.CharField(source="account.domain", **EMAIL)
    crossing = serializers.IntegerField(source="crossing_id", read_only=True, allow_null=True)
    event = serializers.IntegerField(source="event_id", read_only=True, allow_null=True)
    candidates = CandidateOut(many=True, read_only=True)
    by = serializers.EmailField(source="by.email", **EMAIL)
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
