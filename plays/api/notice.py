"""`/api/v1/notice-preferences/`: how people want to be told. One's own for everybody, everybody's for RevOps."""

from __future__ import annotations

from typing import ClassVar, cast

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_field, extend_schema_view
from rest_framework import serializers
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from abmops.lib.choices import Role
from abmops.rest.access import EVERYBODY, Access
from abmops.rest.records import Choice, Field, Nested, Text, Whole
from abmops.rest.views import ApiViewSet
from accounts.models import User
from plays.api.fields import body_of, read_body
from plays.domain.notifying import GROUPS, WAYS, default_way
from plays.models import NoticeWishes
from plays.services.notice.wishing import save_wishes

PEOPLE = frozenset({Role.REVOPS.value, Role.MARKETER.value, Role.REP.value, Role.EXECUTIVE.value})

WISHES: tuple[Field, ...] = (
    Nested(
        "ways",
        "Which way each kind of notice comes; what is left out stays.",
        fields=tuple(Choice(group.key, group.meaning, values=tuple(WAYS)) for group in GROUPS),
    ),
    Choice("digest_way", "How the daily digest comes.", values=tuple(NoticeWishes.DigestWay.values)),
    Whole("digest_hour", "At this hour of their own day.", most=23),
    Whole("quiet_from", "What comes at once waits from this hour; null: no quiet hours.", most=23, null=True),
    Whole("quiet_to", "Until this hour.", most=23, null=True),
    Text("slack_member", "Their Slack member id, like U012AB3CD; empty: none.", max_length=24),
)


class WishesOut(serializers.ModelSerializer[User]):
    """How one person wants to be told; whoever chose nothing has the defaults."""

    person = serializers.EmailField(source="email", read_only=True)
    ways = serializers.SerializerMethodField()
    digest_way = serializers.SerializerMethodField()
    digest_hour = serializers.SerializerMethodField()
    quiet_from = serializers.SerializerMethodField()
    quiet_to = serializers.SerializerMethodField()
    slack_member = serializers.SerializerMethodField()

    class Meta:
        model = User
        fields = (
            "id", "person", "time_zone", "ways", "digest_way", "digest_hour", "quiet_from", "quiet_to", "slack_member"
        )  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(
        {"type": "object", "properties": {one.key: {"type": "string", "enum": list(WAYS)} for one in GROUPS}}
    )
    def get_ways(self, row: User) -> dict[str, str]:
        """By kind of notice: email, slack, digest or here."""
        said = wishes_of(row).ways
        return {group.key: said.get(group.key) or default_way(group) for group in GROUPS}

    def get_digest_way(self, row: User) -> str:
        """email, slack or none."""
        return wishes_of(row).digest_way

    def get_digest_hour(self, row: User) -> int:
        """Of their own day."""
        return wishes_of(row).digest_hour

    def get_quiet_from(self, row: User) -> int | None:
        """An hour of their own day; null: no quiet hours."""
        return wishes_of(row).quiet_from

    def get_quiet_to(self, row: User) -> int | None:
        """An hour of their own day."""
        return wishes_of(row).quiet_to

    def get_slack_member(self, row: User) -> str:
        """Empty: none."""
        return wishes_of(row).slack_member


class WishesFilters(filters.FilterSet):
    """What a list of people's preferences can be narrowed to."""

    person = filters.CharFilter(field_name="email", lookup_expr="iexact")

    class Meta:
        model = User
        fields: tuple[str, ...] = ()


def wishes_of(user: User) -> NoticeWishes:
    """Their choices, or the defaults unsaved."""
    found = getattr(user, "notice_wishes", None)
    return found if isinstance(found, NoticeWishes) else NoticeWishes(user=user)


@extend_schema_view(partial_update=extend_schema(request=body_of(WISHES), responses={200: WishesOut}))
class NoticePreferencesApi(ListModelMixin, RetrieveModelMixin, ApiViewSet):
    """How people want to be told, by the number of the person."""

    access: ClassVar[Access] = {"read": EVERYBODY, "write": PEOPLE}
    serializer_class = WishesOut
    filterset_class = WishesFilters
    http_method_names = ["get", "head", "patch", "options"]
    orderings: ClassVar[tuple[str, ...]] = ("id",)
    queryset = User.objects.none()

    def get_queryset(self) -> QuerySet[User]:
        """People who are here: all of them for RevOps and integrations, else oneself."""
        user = cast("User", self.request.user)
        rows = User.objects.filter(is_active=True).select_related("notice_wishes")
        everybody = user.has_role(Role.REVOPS, Role.INTEGRATION)
        return rows.exclude(role=Role.INTEGRATION) if everybody else rows.filter(pk=user.pk)

    def partial_update(self, request: Request, pk: str) -> Response:
        """Change what is sent; it holds from now on."""
        person: User = self.get_object()
        said, now = read_body(self, request, WISHES), wishes_of(person)
        shown = WishesOut(person).data
        save_wishes(
            user=person,
            ways={**shown["ways"], **said.get("ways", {})},
            digest_hour=said.get("digest_hour", now.digest_hour),
            digest_way=said.get("digest_way", now.digest_way),
            quiet_from=said.get("quiet_from", now.quiet_from),
            quiet_to=said.get("quiet_to", now.quiet_to),
            slack_member=said.get("slack_member", now.slack_member),
        )
        return Response(self.get_serializer(self.get_queryset().get(pk=person.pk)).data)
