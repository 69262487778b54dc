"""An account and its timeline, as the API answers them."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import Account


class AccountOut(serializers.ModelSerializer[Account]):
    """An account with every name it is known by."""

    domains = serializers.SlugRelatedField[Any](slug_field="domain", many=True, read_only=True)
    external_ids = serializers.SerializerMethodField()
    parent_domain = serializers.CharField(
        source="parent.domain", read_only=True, allow_null=True, default=None
    )
    owner = serializers.EmailField(source="owner.email", read_only=True, allow_null=True, default=None)
    territory = serializers.CharField(source="territory.slug", read_only=True, allow_null=True, default=None)

    class Meta:
        model = Account
        fields = (
            "id",
            "name",
            "domain",
            "domains",
            "external_ids",
            "parent_domain",
            "industry",
            "employees",
            "annual_revenue",
            "currency",
            "country",
            "region",
            "technologies",
            "lifecycle",
            "phase",
            "owner",
            "territory",
            "fit",
            "is_target",
            "tier",
            "list_refreshed_at",
            "created_at",
            "updated_at",
        )
        read_only_fields = fields

    @extend_schema_field({"type": "object", "additionalProperties": {"type": "string"}})
    def get_external_ids(self, account: Account) -> dict[str, str]:
        """System to id; of several ids in one system the last by name."""
        return {row.system: row.value for row in account.external_ids.all()}


class TimelineEntryOut(serializers.Serializer[Any]):
    """One line of an account's timeline."""

    at = serializers.DateTimeField(read_only=True)
    kind = serializers.CharField(read_only=True)
    side = serializers.CharField(read_only=True, allow_null=True)
    text = serializers.CharField(read_only=True)
    detail = serializers.CharField(read_only=True)
    key = serializers.CharField(read_only=True)
    url = serializers.CharField(read_only=True)


class TimelinePageOut(serializers.Serializer[Any]):
    """A page of the timeline, newest first."""

    results = TimelineEntryOut(many=True, read_only=True)
    next = serializers.URLField(read_only=True, allow_null=True)
