"""`/api/v1/pauses/`: what rests, and letting it rest or go on."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from abmops.lib.errors import FieldErrors
from abmops.rest.access import EVERYBODY, Access
from abmops.rest.filters import MomentFilter
from abmops.rest.records import Field, Moment, Text, Whole
from abmops.rest.views import ApiViewSet
from accounts.api.filters import RecordFilters
from accounts.api.records import user_field
from accounts.models import Account, User
from plays import services
from plays.api.fields import WORKERS, account_named, body_of, read_body, user_named
from plays.models import Enrollment, Pause, Play
from plays.models.pause import SCOPES
from plays.selectors import pauses

PAUSE: tuple[Field, ...] = (
    Text("play", "Slug of a play. Name exactly one of the four things.", max_length=50),
    Text("account_domain", "Domain of an account: every play there.", max_length=253),
    user_field("person", "E-mail of a person: everything that they owe."),
    Whole("enrollment", "Number of an enrollment: one play on one account.", least=1, most=2**63 - 1),
    Text("reason", "Why it rests; shown wherever it is shown.", required=True, max_length=300),
    Moment("until", "When it goes on by itself; left out, when somebody resumes it.", past=False, null=True),
)
THINGS = ("play", "account_domain", "person", "enrollment")


class PauseOut(serializers.ModelSerializer[Pause]):
    """A rest of exactly one thing; ended ones stay as history."""

    scope = serializers.ChoiceField(choices=SCOPES, read_only=True)
    play = serializers.SlugField(source="play.slug", read_only=True, allow_null=True, default=None)
    account = serializers.IntegerField(source="account_id", read_only=True, allow_null=True)
    person = serializers.EmailField(source="person.email", read_only=True, allow_null=True, default=None)
    enrollment = serializers.IntegerField(source="enrollment_id", read_only=True, allow_null=True)
    by = serializers.EmailField(source="by.email", read_only=True, allow_null=True, default=None)
    ended_by = serializers.EmailField(source="ended_by.email", read_only=True, allow_null=True, default=None)

    class Meta:
        model = Pause
        fields = (
            "id", "scope", "play", "account", "person", "enrollment", "reason", "by", "started_at", "until",
            "ended_at", "ended_by",
        )  # fmt: skip
        read_only_fields = fields


class PauseFilters(RecordFilters):
    """What a list of pauses can be narrowed to."""

    active = filters.BooleanFilter(field_name="ended_at", lookup_expr="isnull")
    play = filters.CharFilter(field_name="play__slug")
    person = filters.CharFilter(field_name="person__email", lookup_expr="iexact")
    since = MomentFilter(field_name="started_at", lookup_expr="gte")

    class Meta:
        model = Pause
        fields: tuple[str, ...] = ()


@extend_schema_view(create=extend_schema(request=body_of(PAUSE), responses={201: PauseOut}))
class PauseApi(ListModelMixin, RetrieveModelMixin, ApiViewSet):
    """What rests: nothing of it starts or opens, and its clocks stand."""

    access: ClassVar[Access] = {"read": EVERYBODY, "create": WORKERS, "resume": WORKERS}
    record = PAUSE
    serializer_class = PauseOut
    filterset_class = PauseFilters
    orderings: ClassVar[tuple[str, ...]] = ("id", "started_at")
    ordering: ClassVar[str] = "-id"
    queryset = Pause.objects.none()

    def get_queryset(self) -> QuerySet[Pause]:
        """All of them, newest first."""
        return Pause.objects.visible_to(self.request.user).select_related("play", "person", "by", "ended_by")

    def create(self, request: Request) -> Response:
        """Let one thing rest, for a reason."""
        said, user = read_body(self, request, PAUSE), self._user()
        subject = self._subject(said)
        if not pauses.may_pause(user, services.scope_of(subject), subject.pk):
            raise PermissionDenied("This is somebody else's.")
        begun = services.pause(
            subject=subject, by=user, reason=said["reason"], until=said.get("until"), now=self.now()
        )
        return self._answer(begun.pk, status.HTTP_201_CREATED)

    @extend_schema(request=None, responses={200: PauseOut})
    @action(detail=True, methods=["post"], filterset_class=None)
    def resume(self, request: Request, pk: str) -> Response:
        """Take it up where it stood; due times move by the working time lost."""
        row: Pause = self.get_object()
        if not pauses.may_pause(self._user(), row.scope, row.subject_id):
            raise PermissionDenied("This is somebody else's.")
        services.resume(pause=row, by=self._user(), now=self.now())
        return self._answer(row.pk, status.HTTP_200_OK)

    def _subject(self, said: dict[str, Any]) -> Play | Account | User | Enrollment:
        named = [name for name in THINGS if said.get(name) is not None]
        if len(named) != 1:
            raise FieldErrors.one("", f"Name exactly one of {', '.join(THINGS)}.")
        match named[0]:
            case "account_domain":
                return account_named(said["account_domain"], self._user())
            case "person":
                person = user_named(said["person"], "/person")
                assert person is not None
                return person
            case "play":
                play = Play.objects.visible_to(self._user()).filter(slug=said["play"]).first()
                if play is None:
                    raise FieldErrors.one("/play", "No play has this slug.")
                return play
            case _:
                run = Enrollment.objects.visible_to(self._user()).filter(pk=said["enrollment"]).first()
                if run is None:
                    raise FieldErrors.one("/enrollment", "No enrollment has this number.")
                return run

    def _user(self) -> User:
        return cast("User", self.request.user)

    def _answer(self, pk: int, code: int) -> Response:
        return Response(self.get_serializer(self.get_queryset().get(pk=pk)).data, status=code)
