"""`/api/v1/routing-rules/` and `/api/v1/absences/`: the routing table, and when people are away."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar, cast

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers, status
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from abmops.lib.choices import Role
from abmops.lib.errors import NotKnown
from abmops.rest.access import EVERYBODY, Access
from abmops.rest.records import Choice, Field, Flag, ListOf, Parsed, Text, Whole, Wrong
from abmops.rest.views import ApiViewSet
from accounts.api.records import read_country, read_slug, user_field
from accounts.models import Absence, Territory, User
from accounts.services.absences import remove_absence, save_absence
from plays.api.fields import body_of, user_named
from plays.domain import vocabulary as words
from plays.domain.staffing import SEATS
from plays.models import RoutingRule
from plays.services.staff import routing as services

ACCESS: Access = {"read": EVERYBODY, "write": frozenset({Role.REVOPS.value})}


def read_day(text: str) -> date:
    """A day such as 2026-12-24."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Wrong("Not a day. Send it as 2026-12-24.") from None


def _day(name: str, help_: str) -> Parsed:
    return Parsed(name, help_, required=True, max_length=10, parse=read_day, like={"format": "date"})


RULE: tuple[Field, ...] = (
    Text("name", "As people call it.", required=True, max_length=120),
    Flag("active", "Whether it is in force."),
    ListOf("tiers", "1 to 3; 0 is off the list. Empty: any.", of=Whole("tier", most=3), most=4),
    ListOf("territories", "Slugs. Empty: any.", of=Parsed("territory", max_length=50, parse=read_slug)),
    ListOf("countries", "Empty: any.", of=Parsed("country", max_length=80, parse=read_country)),
    ListOf("industries", "Empty: any.", of=Text("industry", max_length=120)),
    ListOf("sides", "Empty: any.", of=Choice("side", values=tuple(words.SIDES)), most=3),
    ListOf(
        "roles", "What the step asks for. Empty: any.", of=Choice("role", values=tuple(words.ROLES)), most=6
    ),
    Choice("target", "Who takes it.", required=True, values=tuple(RoutingRule.Target.values)),
    user_field("person", "E-mail of who takes it, for the target person.", null=True),
    ListOf("seats", "Who takes it, for the other targets.", of=Choice("seat", values=SEATS), most=len(SEATS)),
    Text("reason", "Why the rule is there; shown wherever it decides.", required=True, max_length=300),
)
ABSENCE: tuple[Field, ...] = (
    user_field("user", "E-mail of who is away.", required=True),
    _day("starts_on", "The first day."),
    _day("ends_on", "The last day."),
    user_field("stand_in", "E-mail of who stands in; null: routing finds who.", null=True),
    Text("note", "Shown to colleagues.", max_length=120),
)


class RoutingRuleOut(serializers.ModelSerializer[RoutingRule]):
    """A line of the routing table; the first active one that fits decides."""

    territories = serializers.SerializerMethodField()
    person = serializers.EmailField(source="person.email", read_only=True, allow_null=True, default=None)

    class Meta:
        model = RoutingRule
        fields = ("id", "position", *services.FIELDS, "changed_at")
        read_only_fields = fields

    def get_territories(self, rule: RoutingRule) -> list[str]:
        """Their slugs; one that is gone is left out."""
        shared = cast("dict[str, Any]", self.context)
        known = shared.setdefault("territory_slugs", {})
        if not known:
            known.update(Territory.objects.values_list("id", "slug"))
        return [known[pk] for pk in rule.territories if pk in known]


class AbsenceOut(serializers.ModelSerializer[Absence]):
    """Days on which a person is away, both ends included."""

    user = serializers.EmailField(source="user.email", read_only=True)
    stand_in = serializers.EmailField(source="stand_in.email", read_only=True, allow_null=True, default=None)

    class Meta:
        model = Absence
        fields = ("id", "user", "starts_on", "ends_on", "stand_in", "note", "handed_at")
        read_only_fields = fields


@extend_schema_view(
    create=extend_schema(request=body_of(RULE), responses={201: RoutingRuleOut}),
    partial_update=extend_schema(request=body_of(RULE), responses={200: RoutingRuleOut}),
    destroy=extend_schema(responses={204: None}),
)
class RoutingRuleApi(ListModelMixin, RetrieveModelMixin, ApiViewSet):
    """The routing table: who gets a step that the account's own people do not take."""

    access: ClassVar[Access] = ACCESS
    record = RULE
    serializer_class = RoutingRuleOut
    http_method_names = ["get", "head", "post", "patch", "delete", "options"]
    orderings: ClassVar[tuple[str, ...]] = ("id", "position")
    ordering: ClassVar[str] = "position"
    queryset = RoutingRule.objects.none()

    def get_queryset(self) -> QuerySet[RoutingRule]:
        """All of them."""
        return RoutingRule.objects.visible_to(self.request.user).select_related("person")

    def create(self, request: Request) -> Response:
        """Add a line at the end."""
        row = self._saved(self.read_record(request), None)
        return Response(self.get_serializer(row).data, status=status.HTTP_201_CREATED)

    def partial_update(self, request: Request, pk: str) -> Response:
        """Change what is sent; what was given out stays where it is."""
        del pk
        row = self._saved(self.read_record(request, partial=True), self.get_object())
        return Response(self.get_serializer(row).data)

    def destroy(self, request: Request, pk: str) -> Response:
        """Take a line out."""
        del request, pk
        services.remove_rule(rule=self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _saved(self, said: dict[str, Any], rule: RoutingRule | None) -> RoutingRule:
        if "territories" in said:
            said["territories"] = _territories(said["territories"])
        if "person" in said:
            said["person"] = user_named(said["person"], "/person")
        user: Any = self.request.user
        return services.save_rule(said=said, by=user, now=self.now(), rule=rule)


@extend_schema_view(
    create=extend_schema(request=body_of(ABSENCE), responses={201: AbsenceOut}),
    destroy=extend_schema(responses={204: None}),
)
class AbsenceApi(ListModelMixin, RetrieveModelMixin, ApiViewSet):
    """When people are away. From an HR system; people write down their own on their page."""

    access: ClassVar[Access] = ACCESS
    record = ABSENCE
    serializer_class = AbsenceOut
    http_method_names = ["get", "head", "post", "delete", "options"]
    orderings: ClassVar[tuple[str, ...]] = ("id", "starts_on", "ends_on")
    queryset = Absence.objects.none()

    def get_queryset(self) -> QuerySet[Absence]:
        """Everybody's."""
        return Absence.objects.select_related("user", "stand_in")

    def create(self, request: Request) -> Response:
        """Write one down."""
        said, by = self.read_record(request), self.request.user
        user = user_named(said.pop("user"), "/user")
        assert isinstance(user, User)
        assert isinstance(by, User)
        stand_in = user_named(said.pop("stand_in", None), "/stand_in")
        row = save_absence(user=user, stand_in=stand_in, by=by, **said)
        return Response(self.get_serializer(row).data, status=status.HTTP_201_CREATED)

    def destroy(self, request: Request, pk: str) -> Response:
        """Take one back."""
        del request, pk
        by: Any = self.request.user
        remove_absence(absence=self.get_object(), by=by)
        return Response(status=status.HTTP_204_NO_CONTENT)


def _territories(slugs: list[str]) -> list[int]:
    known = dict(Territory.objects.filter(slug__in=slugs).values_list("slug", "id"))
    if unknown := sorted(set(slugs) - known.keys()):
        raise NotKnown(f"There is no territory {', '.join(unknown)}.")
    return [known[slug] for slug in slugs]
