"""An opportunity, as the API answers it."""

from typing import Any

from rest_framework import serializers

from abmops.lib.choices import Outcome
from accounts.models import Opportunity


class StageOut(serializers.Serializer[Any]):
    """A stage entered."""

    stage = serializers.CharField(read_only=True)
    at = serializers.DateTimeField(read_only=True)


class OpportunityOut(serializers.ModelSerializer[Opportunity]):
    """An opportunity with its stage history."""

    account = serializers.IntegerField(source="account_id", read_only=True, allow_null=True)
    account_domain = serializers.CharField(
        source="account.domain", read_only=True, allow_null=True, default=None
    )
    owner = serializers.EmailField(source="owner.email", read_only=True, allow_null=True, default=None)
    amount = serializers.DecimalField(allow_null=True, max_digits=19, decimal_places=4, read_only=True)
    outcome = serializers.ChoiceField(choices=Outcome.choices, read_only=True, allow_null=True)
    stages = StageOut(many=True, read_only=True)

    class Meta:
        model = Opportunity
        fields = (
            "id",
            "external_id",
            "account",
            "account_domain",
            "name",
            "stage",
            "amount",
            "currency",
            "opened_at",
            "closed_at",
            "outcome",
            "owner",
            "stages",
            "created_at",
            "updated_at",
        )
        read_only_fields = fields
