"""`/api/v1/contacts/`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar, cast

from django.db import transaction
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.mixins import DestroyModelMixin, ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from abmops.lib.bulk import BulkResult
from abmops.lib.choices import Role
from abmops.lib.errors import FieldErrors
from abmops.rest.access import Access
from abmops.rest.bulk import BulkMixin
from abmops.rest.records import object_schema, read_fields
from accounts.api.access import WORKED
from accounts.api.erasures import REQUEST, ErasureOut
from accounts.api.filters import ContactFilters
from accounts.api.records import CONTACT
from accounts.api.serializers.contact import ContactOut
from accounts.api.single import created, must_be_editable, settled
from accounts.domain.records import ContactRecord
from accounts.models import Account, Contact, ContactExternalId
from accounts.services.contact import upsert_contacts
from accounts.services.contact.removal import remove_contact
from accounts.services.erasing.asking import erase_contact


class ContactApi(ListModelMixin, RetrieveModelMixin, DestroyModelMixin, BulkMixin):
    """Contacts: people at accounts, and who must be left alone."""

    access: ClassVar[Access] = {**WORKED, "erase": frozenset({Role.REVOPS})}
    record = CONTACT
    queryset = Contact.objects.none()
    serializer_class = ContactOut
    filterset_class = ContactFilters
    orderings: ClassVar[tuple[str, ...]] = ("id", "email", "name", "created_at", "updated_at")

    def get_queryset(self) -> QuerySet[Contact]:
        """Contacts of visible accounts, and those without one."""
        visible = Account.objects.visible_to(self.request.user)
        rows = Contact.objects.filter(account__in=visible) | Contact.objects.filter(account=None)
        return rows.select_related("account", "reports_to").prefetch_related("opt_outs", "external_ids")

    def create(self, request: Request) -> Response:
        """Create one contact. One that is known by any of its keys is a conflict."""
        record = cast("ContactRecord", self.read_record(request))
        with transaction.atomic():
            created(upsert_contacts(records={0: record}, now=self.now()), "contact")
            contact = self.get_queryset().get(pk=self._just_written(record))
            must_be_editable(request.user, contact.account_id)
        return Response(self.get_serializer(contact).data, status=status.HTTP_201_CREATED)

    def partial_update(self, request: Request, pk: str) -> Response:
        """Change the fields that are sent."""
        contact = self.get_object()
        must_be_editable(request.user, contact.account_id)
        record = cast("ContactRecord", self.read_record(request, partial=True))
        with transaction.atomic():
            settled(upsert_contacts(records={0: record}, now=self.now(), pinned={0: contact.pk}))
            contact = self.get_queryset().get(pk=contact.pk)
            must_be_editable(request.user, contact.account_id)
        return Response(self.get_serializer(contact).data)

    def perform_destroy(self, instance: Contact) -> None:
        """By the service: a no is not forgotten."""
        remove_contact(contact=instance)

    @extend_schema(request={"application/json": object_schema(REQUEST)}, responses={202: ErasureOut})
    @action(detail=True, methods=["post"])
    def erase(self, request: Request, pk: str) -> Response:
        """Forget this person for good: the row stays and names nobody. Every other table is clean within a minute."""
        said, errors = read_fields(REQUEST, request.data, self.now())
        if errors:
            raise FieldErrors(errors)
        erasure = erase_contact(
            contact=self.get_object(), by=cast("Any", request.user), request=said["request"], now=self.now()
        )
        return Response(ErasureOut(erasure).data, status=status.HTTP_202_ACCEPTED)

    def write_records(self, *, records: Mapping[int, dict[str, Any]], now: datetime) -> BulkResult:
        """By the service."""
        return upsert_contacts(records=cast("Mapping[int, ContactRecord]", records), now=now)

    @staticmethod
    def _just_written(record: ContactRecord) -> int:
        if email := record.get("email"):
            return Contact.objects.get(email__iexact=email).pk
        system, value = next(iter(record["external_ids"].items()))
        return ContactExternalId.objects.get(system=system, value=value).contact_id
