"""`/api/v1/accounts/`."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, cast

from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from abmops.lib import timeline
from abmops.lib.bulk import BulkResult
from abmops.rest.bulk import BulkMixin
from abmops.rest.pages import read_limit
from abmops.rest.problems import Malformed
from accounts.api.access import WORKED
from accounts.api.filters import AccountFilters
from accounts.api.records import ACCOUNT
from accounts.api.serializers.account import AccountOut, TimelinePageOut
from accounts.api.single import created, must_be_editable, settled
from accounts.domain.records import AccountRecord
from accounts.models import Account, AccountDomain, AccountExternalId
from accounts.selectors.duplicates import heir
from accounts.services.account import remove_account, upsert_accounts

_LAST = datetime(9000, 1, 1, tzinfo=UTC)


class AccountApi(ListModelMixin, RetrieveModelMixin, BulkMixin):
    """Accounts: the companies we know, each with every domain and id it goes by."""

    access = WORKED
    record = ACCOUNT
    queryset = Account.objects.none()
    serializer_class = AccountOut
    filterset_class = AccountFilters
    orderings: ClassVar[tuple[str, ...]] = (
        "id",
        "name",
        "domain",
        "fit",
        "tier",
        "created_at",
        "updated_at",
        "employees",
    )

    def get_queryset(self) -> QuerySet[Account]:
        """What the caller may see, with what an answer shows: three queries a page."""
        rows = Account.objects.visible_to(self.request.user)
        return rows.select_related("parent", "owner", "territory").prefetch_related("domains", "external_ids")

    def get_object(self) -> Account:
        """The account of the address; of an id that was merged away, the account that it became part of."""
        found: Account
        try:
            found = super().get_object()
        except Http404:
            pk = str(self.kwargs["pk"])
            led = heir(int(pk)) if pk.isdigit() and len(pk) < _TOO_LONG and self.action != "destroy" else None
            if led is None:
                raise
            self.kwargs["pk"] = str(led)
            found = super().get_object()
        return found

    def create(self, request: Request) -> Response:
        """Create one account. One that is known by any of its keys is a conflict."""
        record = cast("AccountRecord", self.read_record(request))
        with transaction.atomic():
            created(upsert_accounts(records={0: record}, now=self.now()), "account")
            account = self.get_queryset().get(pk=self._just_written(record))
        return Response(self.get_serializer(account).data, status=status.HTTP_201_CREATED)

    def partial_update(self, request: Request, pk: str) -> Response:
        """Change the fields that are sent."""
        account = self.get_object()
        must_be_editable(request.user, account.pk)
        record = cast("AccountRecord", self.read_record(request, partial=True))
        settled(upsert_accounts(records={0: record}, now=self.now(), pinned={0: account.pk}))
        return Response(self.get_serializer(self.get_queryset().get(pk=account.pk)).data)

    def destroy(self, request: Request, pk: str) -> Response:
        """Delete an account that has no history yet."""
        remove_account(account=self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)

    def write_records(self, *, records: Mapping[int, dict[str, Any]], now: datetime) -> BulkResult:
        """By the service."""
        return upsert_accounts(records=cast("Mapping[int, AccountRecord]", records), now=now)

    @staticmethod
    def _just_written(record: AccountRecord) -> int:
        """The account that has the record's keys."""
        if domain := record.get("domain") or next(iter(record.get("domains", [])), None):
            return AccountDomain.objects.get(domain=domain).account_id
        system, value = next(iter(record["external_ids"].items()))
        return AccountExternalId.objects.get(system=system, value=value).account_id

    @extend_schema(
        parameters=[
            OpenApiParameter("limit", int, description="Entries a page, at most 1,000; 100 if not said."),
            OpenApiParameter("cursor", str, description="Where to go on; taken from `next`."),
        ],
        responses=TimelinePageOut,
    )
    @action(detail=True, methods=["get"], filterset_class=None, parameters=frozenset({"limit", "cursor"}))
    def timeline(self, request: Request, pk: str) -> Response:
        """Everything that happened on the account, newest first: touches, signals, plays, list and deals."""
        account = self.get_object()
        limit = read_limit(request.query_params)
        entries = _entries(account.pk, _read_cursor(request.query_params.get("cursor")), limit + 1)
        page, more = entries[:limit], len(entries) > limit
        url = request.build_absolute_uri()
        following = replace_query_param(url, "cursor", _cursor(page[-1])) if more else None
        return Response(TimelinePageOut({"results": page, "next": following}).data)


Mark = tuple[datetime, str]
_TOO_LONG = 19  # digits of a number that no id has


def _entries(account_id: int, after: Mark | None, wanted: int) -> list[timeline.Entry]:
    """The next `wanted` entries behind a mark. Entries of one moment are told apart by their key, so none is lost
    or repeated where a page ends between them."""
    asked = wanted
    while True:
        before = _LAST if after is None else after[0] + timedelta(microseconds=1)
        found = timeline.of(account_id, before=before, limit=asked)
        left = [entry for entry in found if after is None or (entry.at, entry.key) < after]
        if len(left) >= wanted or len(found) < asked:
            return left[:wanted]
        asked *= 2


def _cursor(entry: timeline.Entry) -> str:
    return (
        base64.urlsafe_b64encode(json.dumps([entry.at.isoformat(), entry.key]).encode()).decode().rstrip("=")
    )


def _read_cursor(text: str | None) -> Mark | None:
    if text is None:
        return None
    try:
        at, key = json.loads(base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4)))
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None or not isinstance(key, str) or moment.year > 9000:
            raise ValueError(text)
    except (ValueError, TypeError, RecursionError):
        raise Malformed("The cursor is not one of ours. Start again without it.") from None
    return moment, key
