"""`/api/v1/opportunities/`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, cast

from django.db import transaction
from django.db.models import QuerySet
from rest_framework import status
from rest_framework.mixins import DestroyModelMixin, ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from abmops.lib.bulk import BulkResult
from abmops.rest.bulk import BulkMixin
from accounts.api.access import WORKED
from accounts.api.filters import OpportunityFilters
from accounts.api.records import OPPORTUNITY
from accounts.api.serializers.opportunity import OpportunityOut
from accounts.api.single import created, keyed, must_be_editable, settled
from accounts.domain.records import OpportunityRecord
from accounts.models import Account, Opportunity, User
from accounts.services.opportunity import upsert_opportunities
from accounts.services.opportunity_removal import remove_opportunity


class OpportunityApi(ListModelMixin, RetrieveModelMixin, DestroyModelMixin, BulkMixin):
    """Opportunities: deals, with the stages they went through."""

    access = WORKED
    record = OPPORTUNITY
    queryset = Opportunity.objects.none()
    serializer_class = OpportunityOut
    filterset_class = OpportunityFilters
    orderings: ClassVar[tuple[str, ...]] = (
        "id",
        "opened_at",
        "closed_at",
        "amount",
        "created_at",
        "updated_at",
    )

    def get_queryset(self) -> QuerySet[Opportunity]:
        """Deals of visible accounts, and those without one."""
        visible = Account.objects.visible_to(self.request.user)
        rows = Opportunity.objects.filter(account__in=visible) | Opportunity.objects.filter(account=None)
        return rows.select_related("account", "owner").prefetch_related("stages")

    def create(self, request: Request) -> Response:
        """Create one opportunity. One that is known by its external_id is a conflict."""
        record = cast("OpportunityRecord", self.read_record(request))
        with transaction.atomic():
            created(upsert_opportunities(records={0: record}, now=self.now()), "opportunity")
            row = self.get_queryset().get(external_id=record["external_id"])
            must_be_editable(request.user, row.account_id)
        return Response(self.get_serializer(row).data, status=status.HTTP_201_CREATED)

    def partial_update(self, request: Request, pk: str) -> Response:
        """Change the fields that are sent; the external_id stays."""
        row = self.get_object()
        must_be_editable(request.user, row.account_id)
        record = cast("OpportunityRecord", keyed(self.read_record(request, partial=True), row.external_id))
        with transaction.atomic():
            settled(upsert_opportunities(records={0: record}, now=self.now()))
            row = self.get_queryset().get(pk=row.pk)
            must_be_editable(request.user, row.account_id)
        return Response(self.get_serializer(row).data)

    def perform_destroy(self, instance: Opportunity) -> None:
        """By the service: its signals go, and plays hear that there is no deal."""
        remove_opportunity(opportunity=instance, by=cast("User", self.request.user), now=self.now())

    def write_records(self, *, records: Mapping[int, dict[str, Any]], now: datetime) -> BulkResult:
        """By the service."""
        return upsert_opportunities(records=cast("Mapping[int, OpportunityRecord]", records), now=now)
