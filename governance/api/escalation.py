"""`/api/v1/escalations/`."""

from collections.abc import Sequence
from typing import Any, ClassVar, cast

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from abmops.lib.errors import FieldError, FieldErrors
from abmops.rest.access import EVERYBODY, Access
from abmops.rest.records import Field, object_schema, read_fields
from abmops.rest.views import ApiViewSet
from accounts.models import Account, User
from governance.api.records import COMMENT, ESCALATION, OUTCOME, REASON
from governance.api.serializers import EscalationOut
from governance.models import Escalation
from governance.services import (
    Subject,
    comment,
    open_escalation,
    resolve_escalation,
    withdraw_escalation,
)
from governance.services.escalation import MAY_OPEN

ACCESS: Access = {"read": EVERYBODY, "write": frozenset(MAY_OPEN)}


class EscalationFilters(filters.FilterSet):
    """By state and by the account it is about."""

    account_domain = filters.CharFilter(
        method="of_account", help_text="Those about the account of this domain."
    )

    class Meta:
        model = Escalation
        fields = ("state",)

    def of_account(self, rows: QuerySet[Escalation], name: str, value: str) -> QuerySet[Escalation]:
        """Links carry ids: the domain is looked up in the same statement."""
        del name
        found = Account.objects.filter(domain=value.strip().lower()).values("pk")
        return rows.filter(links__kind="account", links__target_id__in=found).distinct()


class EscalationApi(ListModelMixin, RetrieveModelMixin, ApiViewSet):
    """The escalation register: everybody reads, people open, and who may decides."""

    access = ACCESS
    queryset = Escalation.objects.none()
    serializer_class = EscalationOut
    filterset_class = EscalationFilters
    record = ESCALATION
    orderings: ClassVar[tuple[str, ...]] = ("opened_at", "deadline", "id")
    ordering = "-opened_at"

    def get_queryset(self) -> QuerySet[Escalation]:
        """With people, links and events: four statements, whatever the number of rows."""
        shown = Escalation.objects.visible_to(self.request.user).with_people()
        return shown.prefetch_related("links", "events__by")

    def create(self, request: Request) -> Response:
        """Open one."""
        said = self.read_record(request)
        escalation = open_escalation(
            title=said["title"],
            why=said["why"],
            deadline=said["deadline"],
            deciders=_people(said["deciders"]),
            subjects=[Subject(link["type"], link["id"]) for link in said.get("links", [])],
            by=_caller(request),
            now=self.now(),
        )
        return self._answer(escalation, status.HTTP_201_CREATED)

    @extend_schema(request={"application/json": object_schema(OUTCOME)}, responses=EscalationOut)
    @action(detail=True, methods=["post"])
    def resolve(self, request: Request, pk: str) -> Response:
        """Close it with what was decided."""
        del pk
        escalation, said = self.get_object(), self._read(request, OUTCOME)
        by = _caller(request)
        return self._answer(
            resolve_escalation(escalation=escalation, outcome=said["outcome"], by=by, now=self.now())
        )

    @extend_schema(request={"application/json": object_schema(REASON)}, responses=EscalationOut)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> Response:
        """Take it back."""
        del pk
        escalation, said = self.get_object(), self._read(request, REASON)
        by = _caller(request)
        return self._answer(
            withdraw_escalation(escalation=escalation, reason=said["reason"], by=by, now=self.now())
        )

    @extend_schema(request={"application/json": object_schema(COMMENT)}, responses={201: EscalationOut})
    @action(detail=True, methods=["post"])
    def comments(self, request: Request, pk: str) -> Response:
        """Add to the discussion."""
        del pk
        escalation, said = self.get_object(), self._read(request, COMMENT)
        comment(escalation=escalation, text=said["text"], by=_caller(request), now=self.now())
        return self._answer(escalation, status.HTTP_201_CREATED)

    def _read(self, request: Request, fields: Sequence[Field]) -> dict[str, Any]:
        clean, errors = read_fields(fields, request.data, self.now())
        if errors:
            raise FieldErrors(errors)
        return clean

    def _answer(self, escalation: Escalation, code: int = status.HTTP_200_OK) -> Response:
        shown = self.get_queryset().get(pk=escalation.pk)
        return Response(self.get_serializer(shown).data, status=code)


def _caller(request: Request) -> User:
    return cast("User", request.user)


def _people(emails: Sequence[str]) -> list[User]:
    """The people of these addresses, in one statement; unknown ones are named."""
    wanted = [email.lower() for email in emails]
    found = {user.email.lower(): user for user in User.objects.filter(email__in=wanted)}
    errors = [
        FieldError(f"/deciders/{place}", f"There is no person with the e-mail {email[:60]!r}.")
        for place, email in enumerate(wanted)
        if email not in found
    ]
    if errors:
        raise FieldErrors(errors)
    return [found[email] for email in dict.fromkeys(wanted)]
