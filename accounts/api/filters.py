"""The query parameters that narrow lists."""

from decimal import Decimal
from typing import Any

import django_filters
from django.db.models import QuerySet
from django_filters import rest_framework as filters

from abmops.lib.choices import Channel, CommitteeRole, Direction, Lifecycle, Outcome, Phase, Side
from abmops.lib.domains import registrable_domain
from abmops.lib.errors import FieldErrors
from abmops.rest.filters import MomentFilter, YesNoFilter
from accounts.models import Account, Contact, ListMembership, Opportunity, Territory, Touch, User
from accounts.selectors.duplicates import heir


class DomainFilter(django_filters.CharFilter):
    """By any domain of the account, the primary one or another; addresses and URLs are cut down to it."""

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        """Rows of the account that has the domain."""
        if not value:
            return qs
        domain = registrable_domain(value)
        if domain is None:
            raise FieldErrors.one(
                "/account_domain", f"{value[:60]!r} is not a domain. Write it like acme.com."
            )
        return qs.filter(**{f"{self.field_name}__domain": domain}) if domain else qs


class AccountFilter(django_filters.NumberFilter):
    """By the id of an account, or one that was merged into it."""

    def __init__(self) -> None:
        super().__init__(field_name="account_id", min_value=1, max_value=2**63 - 1)

    def filter(self, qs: QuerySet[Any], value: Decimal | None) -> QuerySet[Any]:
        """Rows of the account that it is now."""
        return qs if value is None else super().filter(qs, heir(int(value)) or value)


class RecordFilters(filters.FilterSet):
    """Filters of a resource whose rows belong to an account."""

    account_domain = DomainFilter(field_name="account__domains")
    account = AccountFilter()


class AccountFilters(filters.FilterSet):
    """Filters of accounts."""

    account_domain = DomainFilter(field_name="domains")
    domain = DomainFilter(field_name="domains")
    external_id = filters.CharFilter(field_name="external_ids__value", distinct=True)
    is_target = YesNoFilter()
    tier = filters.ChoiceFilter(choices=[("1", "1"), ("2", "2"), ("3", "3")])
    lifecycle = filters.ChoiceFilter(choices=Lifecycle.choices)
    phase = filters.ChoiceFilter(choices=Phase.choices)
    owner = filters.CharFilter(field_name="owner__email", lookup_expr="iexact")
    territory = filters.CharFilter(field_name="territory__slug")
    country = filters.CharFilter(lookup_expr="iexact")
    industry = filters.CharFilter(lookup_expr="iexact")
    name = filters.CharFilter(lookup_expr="icontains")
    updated_since = MomentFilter(field_name="updated_at", lookup_expr="gte")

    class Meta:
        model = Account
        fields: tuple[str, ...] = ()


class ContactFilters(RecordFilters):
    """Filters of contacts."""

    email = filters.CharFilter(lookup_expr="iexact")
    role = filters.ChoiceFilter(choices=CommitteeRole.choices)
    do_not_contact = YesNoFilter()
    updated_since = MomentFilter(field_name="updated_at", lookup_expr="gte")

    class Meta:
        model = Contact
        fields: tuple[str, ...] = ()


class OpportunityFilters(RecordFilters):
    """Filters of opportunities."""

    external_id = filters.CharFilter()
    stage = filters.CharFilter()
    outcome = filters.ChoiceFilter(choices=Outcome.choices)
    is_open = YesNoFilter(field_name="outcome", lookup_expr="isnull")
    owner = filters.CharFilter(field_name="owner__email", lookup_expr="iexact")
    opened_since = MomentFilter(field_name="opened_at", lookup_expr="gte")
    opened_before = MomentFilter(field_name="opened_at", lookup_expr="lt")

    class Meta:
        model = Opportunity
        fields: tuple[str, ...] = ()


class MeetingFilters(RecordFilters):
    """Filters of meetings."""

    side = filters.ChoiceFilter(choices=Side.choices)
    direction = filters.ChoiceFilter(choices=Direction.choices)
    person = filters.CharFilter(field_name="person__email", lookup_expr="iexact")
    contact_email = filters.CharFilter(field_name="contact__email", lookup_expr="iexact")
    since = MomentFilter(field_name="occurred_at", lookup_expr="gte")
    before = MomentFilter(field_name="occurred_at", lookup_expr="lt")

    class Meta:
        model = Touch
        fields: tuple[str, ...] = ()


class TouchFilters(MeetingFilters):
    """Filters of touches."""

    external_id = filters.CharFilter()
    channel = filters.ChoiceFilter(choices=Channel.choices)
    programmed = YesNoFilter()


class ListChangeFilters(RecordFilters):
    """Filters of list changes."""

    tier = filters.ChoiceFilter(choices=[("1", "1"), ("2", "2"), ("3", "3")])
    side = filters.ChoiceFilter(choices=Side.choices)
    since = MomentFilter(field_name="valid_from", lookup_expr="gte")
    before = MomentFilter(field_name="valid_from", lookup_expr="lt")

    class Meta:
        model = ListMembership
        fields: tuple[str, ...] = ()


class UserFilters(filters.FilterSet):
    """Filters of people."""

    email = filters.CharFilter(lookup_expr="iexact")
    role = filters.CharFilter()
    is_active = YesNoFilter()
    territory = filters.CharFilter(field_name="territory__slug")

    class Meta:
        model = User
        fields: tuple[str, ...] = ()


class TerritoryFilters(filters.FilterSet):
    """Filters of territories."""

    slug = filters.CharFilter()

    class Meta:
        model = Territory
        fields: tuple[str, ...] = ()
