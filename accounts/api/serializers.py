"""What the API answers: explicit fields, related rows by the words people use (e-mail, domain, slug), read only."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from abmops.lib.choices import CommitteeRole, Job, Outcome
from accounts.models import (
    Account,
    Contact,
    ContactOptOut,
    ListMembership,
    Opportunity,
    Territory,
    Touch,
    User,
)

_MONEY: dict[str, Any] = {"max_digits": 19, "decimal_places": 4, "read_only": True}


class WordOut(serializers.ChoiceField):
    """A word of a closed vocabulary; what is stored empty is answered as null."""

    def __init__(self, choices: Any, **options: Any) -> None:
        super().__init__(choices, **{"read_only": True, "allow_null": True, **options})

    def to_representation(self, value: Any) -> Any:
        """The word, or null."""
        return value or None


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
    amount = serializers.DecimalField(allow_null=True, **_MONEY)
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


class UserOut(serializers.ModelSerializer[User]):
    """A person, as far as integrations need them."""

    job = WordOut(Job.choices)
    territory = serializers.CharField(source="territory.slug", read_only=True, allow_null=True, default=None)

    class Meta:
        model = User
        fields = ("id", "email", "name", "role", "job", "territory", "time_zone", "is_active")
        read_only_fields = fields


class TerritoryOut(serializers.ModelSerializer[Territory]):
    """A territory."""

    class Meta:
        model = Territory
        fields = ("id", "slug", "name", "countries")
        read_only_fields = fields


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


class ListPageOut(serializers.Serializer[Any]):
    """The list at a moment."""

    is_whole = True  # a page already, not the row of one

    as_of = serializers.DateTimeField(read_only=True)
    results = ListRowOut(many=True, read_only=True)
    next = serializers.URLField(read_only=True, allow_null=True)
