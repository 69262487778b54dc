"""How full the list is, as the API answers it."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.domain.capacity import Band
from accounts.selectors.target_list import OwnerCapacity


class TierCapacityOut(serializers.Serializer[Any]):
    """A tier against its band."""

    tier = serializers.IntegerField(source="ceiling.tier", read_only=True)
    held = serializers.IntegerField(read_only=True)
    least = serializers.IntegerField(source="ceiling.least", read_only=True)
    most = serializers.IntegerField(source="ceiling.most", read_only=True)
    most_per_owner = serializers.IntegerField(
        source="ceiling.most_per_owner", read_only=True, allow_null=True
    )
    band = serializers.ChoiceField(choices=[(band.value, band.value) for band in Band], read_only=True)


class OwnerCapacityOut(serializers.Serializer[Any]):
    """What one owner holds; `owner` null: the accounts without one."""

    owner = serializers.IntegerField(source="owner_id", read_only=True, allow_null=True)
    name = serializers.CharField(read_only=True)
    tiers = serializers.SerializerMethodField()
    warnings = serializers.ListField(child=serializers.CharField(), read_only=True)

    @extend_schema_field({"type": "object", "additionalProperties": {"type": "integer"}})
    def get_tiers(self, owner: OwnerCapacity) -> dict[str, int]:
        """Tier to accounts."""
        return {str(tier): held for tier, held, _ in owner.by_tier}


class CapacityOut(serializers.Serializer[Any]):
    """The whole list against its policy."""

    size = serializers.IntegerField(read_only=True)
    tiers = TierCapacityOut(many=True, read_only=True)
    owners = OwnerCapacityOut(many=True, read_only=True)
