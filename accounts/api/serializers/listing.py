"""The target list, as the API answers it: changes, the list at a moment, and what differs between two."""

from typing import Any

from rest_framework import serializers

from accounts.models import ListMembership


class ListChangeOut(serializers.ModelSerializer[ListMembership]):
    """A change of the list and how long it held."""

    account = serializers.IntegerField(source="account_id", read_only=True)
    account_domain = serializers.CharField(
        source="account.domain", read_only=True, allow_null=True, default=None
    )
    at = serializers.DateTimeField(source="valid_from", read_only=True)
    until = serializers.DateTimeField(source="valid_to", read_only=True, allow_null=True)
    by = serializers.EmailField(source="by.email", read_only=True, allow_null=True, default=None)

    class Meta:
        model = ListMembership
        fields = (
            "id",
            "account",
            "account_domain",
            "tier",
            "at",
            "until",
            "side",
            "reason",
            "passed_over",
            "override",
            "by",
            "recorded_at",
        )
        read_only_fields = fields


class ListRowOut(serializers.Serializer[Any]):
    """One account on the list at a moment."""

    account = serializers.IntegerField(source="account_id", read_only=True)
    name = serializers.CharField(source="account.name", read_only=True)
    account_domain = serializers.CharField(
        source="account.domain", read_only=True, allow_null=True, default=None
    )
    tier = serializers.IntegerField(read_only=True)
    since = serializers.DateTimeField(source="valid_from", read_only=True)
    owner = serializers.EmailField(
        source="account.owner.email", read_only=True, allow_null=True, default=None
    )
    side = serializers.CharField(read_only=True)
    reason = serializers.CharField(read_only=True)
    by = serializers.EmailField(source="by.email", read_only=True, allow_null=True, default=None)


class ListMoveOut(serializers.Serializer[Any]):
    """One account whose place on the list differs between two moments."""

    account = serializers.IntegerField(source="account_id", read_only=True)
    name = serializers.CharField(read_only=True)
    account_domain = serializers.CharField(source="domain", read_only=True, allow_null=True)
    from_tier = serializers.IntegerField(read_only=True, allow_null=True)
    to_tier = serializers.IntegerField(read_only=True, allow_null=True)
    at = serializers.DateTimeField(read_only=True)
    side = serializers.CharField(read_only=True)
    by = serializers.EmailField(read_only=True, allow_null=True)
    reason = serializers.CharField(read_only=True)


class ListDiffOut(serializers.Serializer[Any]):
    """Who joined, who left and who changed tier between two moments."""

    joined = ListMoveOut(many=True, read_only=True)
    left = ListMoveOut(many=True, read_only=True)
    retiered = ListMoveOut(many=True, read_only=True)


class ListPageOut(serializers.Serializer[Any]):
    """The list at a moment."""

    is_whole = True  # a page already, not the row of one

    as_of = serializers.DateTimeField(read_only=True)
    results = ListRowOut(many=True, read_only=True)
    next = serializers.URLField(read_only=True, allow_null=True)
