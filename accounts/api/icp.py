"""`/api/v1/icp/`, `/api/v1/icp-proposals/` and `/api/v1/accounts/{id}/fit/`: the customer profile."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar, cast

from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from abmops.lib.choices import Role
from abmops.lib.errors import FieldErrors
from abmops.rest.access import EVERYBODY, Access
from abmops.rest.records import Choice, Field, ListOf, Nested, Text, Whole, Wrong, object_schema, read_fields
from abmops.rest.views import ApiViewSet
from accounts.domain.fit import FIELDS, MOST_CRITERIA, fit_of, read_criteria
from accounts.domain.icp import band_of
from accounts.models import Account, IcpModel, IcpProposal, User
from accounts.selectors import icp as profiles
from accounts.selectors import icp_preview as previews
from accounts.selectors.duplicates import called
from accounts.selectors.fit import companies, criteria_in_force
from accounts.services.account import adopt_icp
from accounts.services.changes import acting
from accounts.services.icp import adopt_proposal, ask_for_proposal, dismiss_proposal

_REVOPS = frozenset({Role.REVOPS})


@dataclass(frozen=True, slots=True)
class Number(Field):
    """A number."""

    json_type: ClassVar[str] = "number"

    def read(self, value: Any, now: datetime) -> int | float:
        if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
            raise Wrong("Must be a number.")
        return int(value) if value == int(value) else float(value)


CRITERION: tuple[Field, ...] = (
    Choice("field", "What is looked at.", required=True, values=FIELDS),
    Number("weight", "0 to 100.", required=True),
    Text("label", "What people call it.", max_length=120),
    ListOf("any_of", "For words: met by any of these, whatever their case.", of=Text("value", required=True)),
    Number("at_least", "For numbers: from here, included.", null=True),
    Number("at_most", "For numbers: up to here, included.", null=True),
)
CRITERIA = ListOf(
    "criteria",
    "The whole profile.",
    required=True,
    of=Nested("criterion", fields=CRITERION),
    most=MOST_CRITERIA,
)
DRAFT: tuple[Field, ...] = (CRITERIA,)
ADOPTING: tuple[Field, ...] = (
    Text("name", "What people call it.", required=True, max_length=120),
    Text("reason", "Why; it stays with the version.", required=True, max_length=1_000),
    Whole("instead_of", "The version you compared with; another one in force meanwhile is a conflict."),
)


class CriterionOut(serializers.Serializer[Any]):
    """A criterion, and how it reads."""

    field = serializers.ChoiceField(choices=FIELDS, source="criterion.field")
    label = serializers.CharField(source="criterion.label")  # type: ignore[assignment]
    weight = serializers.FloatField(source="criterion.weight")
    any_of = serializers.ListField(child=serializers.CharField(), source="criterion.any_of")
    at_least = serializers.FloatField(source="criterion.at_least", allow_null=True)
    at_most = serializers.FloatField(source="criterion.at_most", allow_null=True)
    sentence = serializers.CharField()
    points = serializers.FloatField(help_text="Of 100, for meeting it.")


class ProfileOut(serializers.Serializer[Any]):
    """A version of the customer profile."""

    number = serializers.IntegerField(source="model.number")
    name = serializers.CharField(source="model.name")
    reason = serializers.CharField(source="model.reason")
    adopted_at = serializers.DateTimeField(source="model.adopted_at")
    adopted_by = serializers.EmailField(source="model.adopted_by.email", allow_null=True, default=None)
    retired_at = serializers.DateTimeField(source="model.retired_at", allow_null=True)
    criteria = CriterionOut(many=True, source="lines")


class ProfilesOut(serializers.Serializer[Any]):
    """What is in force, and every version, newest first."""

    is_whole: ClassVar[bool] = True
    in_force = ProfileOut(allow_null=True)
    versions = ProfileOut(many=True)


class BandChangeOut(serializers.Serializer[Any]):
    """How many accounts would go from one band into another."""

    before = serializers.CharField()
    after = serializers.CharField()
    count = serializers.IntegerField()


class ProfilePreviewOut(serializers.Serializer[Any]):
    """What a draft would do to everybody's fit. Nothing is changed."""

    accounts = serializers.IntegerField()
    changed = serializers.IntegerField(help_text="Accounts whose fit would be another.")
    leaving = serializers.IntegerField(help_text="On the list, and below moderate then, not now.")
    arriving = serializers.IntegerField(help_text="Off the list, and strong then, not now.")
    now = serializers.ListField(
        child=serializers.IntegerField(), help_text="Accounts in steps of five points."
    )
    then = serializers.ListField(child=serializers.IntegerField())
    crossed = BandChangeOut(many=True)


class FitCriterionOut(serializers.Serializer[Any]):
    """What one criterion gives to an account."""

    label = serializers.CharField()  # type: ignore[assignment]
    points = serializers.FloatField()
    possible = serializers.FloatField()
    met = serializers.BooleanField()
    is_known = serializers.BooleanField(help_text="False: finding it out could raise the fit.")
    sentence = serializers.CharField()


class AccountFitOut(serializers.Serializer[Any]):
    """An account's fit at this moment, largest contribution first."""

    account = serializers.IntegerField()
    value = serializers.FloatField()
    name = serializers.CharField(help_text="strong, moderate or weak.")
    stored = serializers.FloatField(help_text="The one in the score, as of the last count.")
    could_be = serializers.FloatField(help_text="If everything that is not known were as wanted.")
    contributions = FitCriterionOut(many=True)


class ProposalOut(serializers.ModelSerializer[IcpProposal]):
    """A profile proposed from history, with its evidence."""

    made_by = serializers.EmailField(source="made_by.email", allow_null=True, default=None)
    decided_by = serializers.EmailField(source="decided_by.email", allow_null=True, default=None)
    adopted_as = serializers.IntegerField(source="model.number", allow_null=True, default=None)
    criteria = serializers.ListField(child=serializers.DictField())
    evidence = serializers.DictField()

    class Meta:
        model = IcpProposal
        fields = (
            "id", "state", "progress", "note", "made_at", "made_by", "decided_at", "decided_by", "adopted_as",
            "criteria", "evidence",
        )  # fmt: skip
        read_only_fields = fields


class ProfileApi(ApiViewSet):
    """The customer profile that fits are worked out by."""

    access: ClassVar[Access] = {"read": EVERYBODY, "create": _REVOPS, "preview": EVERYBODY}
    scopes: ClassVar[dict[str, tuple[str, ...]]] = {"preview": ("read", "write")}
    serializer_class = ProfileOut
    queryset = IcpModel.objects.none()
    pagination_class = None
    record = (*ADOPTING, CRITERIA)

    def known_parameters(self) -> frozenset[str]:
        """None: all of it is answered."""
        return frozenset()

    @extend_schema(responses=ProfilesOut)
    def list(self, request: Request) -> Response:
        """The profile in force and every version of it."""
        every = profiles.versions()
        in_force = next((one for one in every if one.model.retired_at is None), None)
        return Response(ProfilesOut({"in_force": in_force, "versions": every}).data)

    def create(self, request: Request) -> Response:
        """Put a new version into force; every fit is recomputed, by a worker where there are many accounts."""
        said = self.read_record(request)
        user = cast("User", request.user)
        with acting(by=user, side="revops", reason=said["reason"], what="Customer profile adopted"):
            model = adopt_icp(by=user, now=self.now(), **said)
        return Response(ProfileOut(profiles.version(model.number)).data, status=status.HTTP_201_CREATED)

    @extend_schema(request={"application/json": object_schema(DRAFT)}, responses={200: ProfilePreviewOut})
    @action(detail=False, methods=["post"])
    def preview(self, request: Request) -> Response:
        """What these criteria would do to everybody's fit."""
        said = _said(self, request, DRAFT)
        try:
            criteria = read_criteria(said["criteria"])
        except ValueError as error:
            raise FieldErrors.one("/criteria", str(error)) from None
        shift = previews.preview(criteria, now=self.now()).shift
        return Response(ProfilePreviewOut(asdict(shift)).data)


class ProposalApi(ListModelMixin, RetrieveModelMixin, ApiViewSet):
    """Profiles proposed from the closed deals of the last 24 months."""

    access: ClassVar[Access] = {"read": EVERYBODY, "write": _REVOPS}
    serializer_class = ProposalOut
    queryset = IcpProposal.objects.none()
    orderings: ClassVar[tuple[str, ...]] = ("id", "made_at")
    ordering = "-id"
    lookup_value_regex = r"\d{1,18}"

    def get_queryset(self) -> QuerySet[IcpProposal]:
        """All of them."""
        return IcpProposal.objects.select_related("made_by", "decided_by", "model")

    @extend_schema(request=None, responses={202: ProposalOut})
    def create(self, request: Request) -> Response:
        """Ask for one. A worker makes it; ask for it again until its state is `open` or `refused`."""
        user = cast("User", request.user)
        with acting(by=user, side="revops", what="Profile proposal asked for"):
            proposal = ask_for_proposal(by=user, now=self.now())
        return Response(self.get_serializer(proposal).data, status=status.HTTP_202_ACCEPTED)

    @extend_schema(request={"application/json": object_schema(ADOPTING)}, responses={200: ProposalOut})
    @action(detail=True, methods=["post"])
    def adopt(self, request: Request, pk: str) -> Response:
        """Put it into force as it stands, with a reason."""
        proposal, said, user = self.get_object(), _said(self, request, ADOPTING), cast("User", request.user)
        with acting(by=user, side="revops", reason=said["reason"], what="Customer profile adopted"):
            adopt_proposal(proposal=proposal, by=user, now=self.now(), **said)
        return Response(self.get_serializer(self.get_queryset().get(pk=proposal.pk)).data)

    @extend_schema(request=None, responses={200: ProposalOut})
    @action(detail=True, methods=["post"])
    def dismiss(self, request: Request, pk: str) -> Response:
        """Put it aside; it is kept."""
        proposal, user = self.get_object(), cast("User", request.user)
        with (
            acting(by=user, side="revops", what=f"Profile proposal {proposal.pk} dismissed"),
            transaction.atomic(),
        ):
            dismiss_proposal(proposal=proposal, by=user, now=self.now())
        return Response(self.get_serializer(self.get_queryset().get(pk=proposal.pk)).data)


class AccountFitApi(ApiViewSet):
    """The fit of an account."""

    access: ClassVar[Access] = {"read": EVERYBODY}
    serializer_class = AccountFitOut
    queryset = Account.objects.none()
    pagination_class = None
    lookup_value_regex = r"\d{1,18}"

    @extend_schema(responses={200: AccountFitOut})
    @action(detail=True, methods=["get"])
    def fit(self, request: Request, pk: str) -> Response:
        """Every criterion with what it gives and why, and what is not known that could raise it."""
        account = called(Account.objects.visible_to(request.user), int(pk))
        if account is None:
            raise Http404
        criteria = criteria_in_force()
        fit = fit_of(companies([account], criteria, now=self.now())[0], criteria)
        unknown = sum(one.possible for one in fit.contributions if not one.is_known)
        answer = {
            "account": account.pk,
            "value": fit.value,
            "name": band_of(fit.value),
            "stored": account.fit,
            "could_be": min(round(fit.value + unknown, 6), 100.0),
            "contributions": fit.contributions,
        }
        return Response(AccountFitOut(answer).data)


def _said(view: ApiViewSet, request: Request, fields: tuple[Field, ...]) -> dict[str, Any]:
    clean, errors = read_fields(fields, request.data, view.now())
    if errors:
        raise FieldErrors(errors)
    return clean
