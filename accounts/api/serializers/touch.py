"""A touch, as the API answers it."""

from rest_framework import serializers

from accounts.models import Touch


class TouchOut(serializers.ModelSerializer[Touch]):
    """A touch."""

    account = serializers.IntegerField(source="account_id", read_only=True)
    account_domain = serializers.CharField(
        source="account.domain", read_only=True, allow_null=True, default=None
    )
    contact_email = serializers.EmailField(
        source="contact.email", read_only=True, allow_null=True, default=None
    )
    person = serializers.EmailField(source="person.email", read_only=True, allow_null=True, default=None)

    class Meta:
        model = Touch
        fields = (
            "id",
            "external_id",
            "account",
            "account_domain",
            "contact_email",
            "side",
            "channel",
            "direction",
            "occurred_at",
            "person",
            "programmed",
            "subject",
            "created_at",
        )
        read_only_fields = fields
