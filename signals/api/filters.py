"""What lists of signals, crossings and what was set aside can be narrowed to."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django_filters import rest_framework as filters

from abmops.lib.choices import Urgency
from abmops.lib.domains import registrable_domain
from abmops.lib.ids import first_uuid7
from abmops.rest.filters import MomentFilter
from abmops.rest.records import MAX_CLOCK_SKEW
from accounts.api.filters import AccountFilter
from accounts.models import AccountDomain
from signals.models import RejectedEvent

LOOK_BACK = timedelta(days=90)


class AccountDomainFilter(filters.CharFilter):
    """The account by any of its domains; a domain that nobody has finds nothing."""

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        """Look the account up first, so that the list itself goes by its index."""
        if not value:
            return qs
        known = AccountDomain.objects.filter(domain=registrable_domain(value) or value)
        account_id = known.values_list("account_id", flat=True).first()
        return qs.none() if account_id is None else qs.filter(account_id=account_id)


class AccountFilters(filters.FilterSet):
    """By the account, in either way that it is known by."""

    account_domain = AccountDomainFilter(help_text="Any domain of the account.")
    account = AccountFilter()


class SignalFilters(AccountFilters):
    """Signals by account, type, source and time. `since` and `until` go by the sender's time."""

    type = filters.CharFilter(field_name="type__slug")
    source = filters.CharFilter(field_name="source__slug")
    since = MomentFilter(
        method="from_then",
        help_text="At or after this moment. Without it and without an account, the last 90 days.",
    )
    until = MomentFilter(field_name="occurred_at", lookup_expr="lt", help_text="Before this moment.")
    # A boolean filter of the library takes "maybe" for no filter at all.
    unmatched = filters.TypedChoiceFilter(
        field_name="account_id",
        lookup_expr="isnull",
        choices=[("true", "true"), ("false", "false")],
        coerce=lambda word: word == "true",
        help_text="Whose account is not known.",
    )

    def from_then(self, queryset: QuerySet[Any], name: str, value: datetime) -> QuerySet[Any]:
        """Nothing is received before it happened, so the time-ordered ids bound the months that are read."""
        return queryset.filter(occurred_at__gte=value, id__gte=first_uuid7(value - MAX_CLOCK_SKEW))

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Never the whole table: an account's signals, or those of a span of time."""
        rows = super().filter_queryset(queryset)
        said = self.form.cleaned_data
        if said.get("account_domain") or said.get("account") or said.get("since"):
            return rows
        return rows.filter(id__gte=first_uuid7(timezone.now() - LOOK_BACK))


class CrossingFilters(AccountFilters):
    """Crossings by account, threshold, urgency and time."""

    threshold = filters.CharFilter(field_name="threshold__slug")
    urgency = filters.ChoiceFilter(choices=Urgency.choices)
    since = MomentFilter(field_name="crossed_at", lookup_expr="gte", help_text="At or after this moment.")
    until = MomentFilter(field_name="crossed_at", lookup_expr="lt", help_text="Before this moment.")


class RejectedFilters(filters.FilterSet):
    """Refused events by source, reason code and time."""

    source = filters.CharFilter(field_name="source__slug")
    code = filters.ChoiceFilter(choices=RejectedEvent.Code.choices)
    since = MomentFilter(field_name="received_at", lookup_expr="gte", help_text="At or after this moment.")


class UnmatchedFilters(filters.FilterSet):
    """Unmatched signals by source and domain."""

    source = filters.CharFilter(field_name="source__slug")
    domain = filters.CharFilter(field_name="domain", help_text="The registrable domain, exactly.")
