"""A contact, as the API answers it."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from abmops.lib.choices import CommitteeRole
from accounts.api.serializers.words import WordOut
from accounts.models import Contact, ContactOptOut


class OptOutOut(serializers.ModelSerializer[ContactOptOut]):
    """A no to one channel."""

    class Meta:
        model = ContactOptOut
        fields = ("channel", "at", "source")
        read_only_fields = fields


class ContactOut(serializers.ModelSerializer[Contact]):
    """A contact, and what they said no to."""

    account = serializers.IntegerField(source="account_id", read_only=True, allow_null=True)
    account_domain = serializers.CharField(
        source="account.domain", read_only=True, allow_null=True, default=None
    )
    role = WordOut(CommitteeRole.choices)
    reports_to = serializers.EmailField(
        source="reports_to.email", read_only=True, allow_null=True, default=None
    )
    external_ids = serializers.SerializerMethodField()
    opt_outs = OptOutOut(many=True, read_only=True)

    class Meta:
        model = Contact
        fields = (
            "id",
            "email",
            "external_ids",
            "name",
            "title",
            "phone",
            "account",
            "account_domain",
            "role",
            "seniority",
            "persona",
            "influence",
            "reports_to",
            "do_not_contact",
            "do_not_contact_at",
            "do_not_contact_source",
            "opt_outs",
            "erased_at",
            "created_at",
            "updated_at",
        )
        read_only_fields = fields

    @extend_schema_field({"type": "object", "additionalProperties": {"type": "string"}})
    def get_external_ids(self, contact: Contact) -> dict[str, str]:
        """System to id."""
        return {row.system: row.value for row in contact.external_ids.all()}
