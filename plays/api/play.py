"""`/api/v1/plays/`."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import Prefetch, QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from abmops.lib.choices import Role
from abmops.lib.errors import FieldError, FieldErrors
from abmops.rest.access import EVERYBODY, Access
from abmops.rest.records import Field
from accounts.models import Account
from plays import services
from plays.api.dry_run import DryRunOut
from plays.api.enrollment import shown_to
from plays.api.fields import DRY_RUN, PLAY, START, WORKERS, account_named, body_of, contact_named, read_body
from plays.api.reviewing import REVIEWERS, ReviewMixin
from plays.api.serializers import EnrollmentOut, PlayOut, PlayWithVersionsOut
from plays.domain.parse import read_play
from plays.models import Play, PlayVersion
from plays.services.decision.dry_run import dry_run
from signals.api.definition import DefinitionApi
from signals.services.definitions import Written

VERSIONS_SHOWN = 50


class PlayFilters(filters.FilterSet):
    """What a list of plays can be narrowed to."""

    status = filters.ChoiceFilter(choices=Play.Status.choices)
    owner = filters.CharFilter(field_name="owner__email", lookup_expr="iexact")


@extend_schema_view(
    retrieve=extend_schema(responses={200: PlayWithVersionsOut}),
    create=extend_schema(responses={201: PlayWithVersionsOut}),
    update=extend_schema(responses={200: PlayWithVersionsOut, 201: PlayWithVersionsOut}),
    partial_update=extend_schema(responses={200: PlayWithVersionsOut}),
)
class PlayApi(ReviewMixin, DefinitionApi):
    """What happens when, to whom, in which steps. Another definition of an active play makes the next version."""

    access: ClassVar[Access] = {
        "read": EVERYBODY,
        "write": frozenset({Role.REVOPS.value}),
        "start": WORKERS,
        "dry_run": EVERYBODY,
        **REVIEWERS,
    }
    what: ClassVar[str] = "play"
    fields: ClassVar[tuple[Field, ...]] = PLAY
    filterset_class = PlayFilters
    queryset = Play.objects.none()

    def get_queryset(self) -> QuerySet[Play]:
        """All plays; one by one with their newest versions."""
        rows = Play.objects.visible_to(self.request.user).select_related("owner", "current")
        if self.action == "list":
            return rows
        newest = PlayVersion.objects.select_related("created_by", "submitted_by", "approved_by")
        newest = newest.order_by("-number")[:VERSIONS_SHOWN]
        return rows.prefetch_related(Prefetch("versions", newest, to_attr="newest_versions"))

    def get_serializer_class(self) -> type[PlayOut]:
        """Lists leave the history out."""
        return PlayOut if self.action == "list" else PlayWithVersionsOut

    def write(self, slug: str, fields: dict[str, Any]) -> Written[Play]:
        """Make or change a play."""
        return services.put_play(slug=slug, fields=fields, by=self.request.user, now=self.now())  # type: ignore[arg-type]

    def retire(self, row: Play) -> None:
        """Let it start no more; what runs goes on."""
        services.set_status(play=row, status=Play.Status.RETIRED, now=self.now())

    @extend_schema(request=body_of(START), responses={201: EnrollmentOut})
    @action(detail=True, methods=["post"], filterset_class=None)
    def start(self, request: Request, slug: str) -> Response:
        """Start the play on an account by hand, for a reason, under the rules of every other start."""
        play = self.get_object()
        said = read_body(self, request, START)
        user: Any = request.user
        account = account_named(said["account_domain"], user)
        if not Account.objects.editable_by(user).filter(pk=account.pk).exists():
            raise PermissionDenied("This account is somebody else's.")
        begun = services.start_play(
            play=play,
            account=account,
            contact=contact_named(said.get("contact_email"), account),
            by=user,
            reason=said["reason"],
            override=said.get("override", ()),
            now=self.now(),
        )
        shown = shown_to(user).get(pk=begun.pk)
        return Response(EnrollmentOut(shown).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=body_of(DRY_RUN), responses={200: DryRunOut})
    @action(detail=True, methods=["post"], url_path="dry-run", filterset_class=None)
    def dry_run(self, request: Request, slug: str) -> Response:
        """What it would do to the list of today, or would have done in a window of the past; nothing is written.

        The newest draft is tried where there is one; a `definition` in the body goes before it.
        """
        play = self.get_object()
        said = read_body(self, request, DRY_RUN)
        version = play.versions.filter(stage__in=("draft", "review")).first() or play.current
        if said.get("definition") is not None:
            definition, errors = read_play(said["definition"])
            if errors:
                raise FieldErrors(FieldError(f"/definition{one.pointer}", one.detail) for one in errors)
        elif version is not None:
            definition = version.definition()
        else:
            raise FieldErrors.one("/definition", "This play says nothing yet: send a definition to try.")
        run = dry_run(
            definition=definition,
            play=play,
            since=said.get("since"),
            until=said.get("until"),
            now=self.now(),
        )
        return Response(DryRunOut(run).data)
