"""The way of a play's version over the interface: submitted, approved, sent back; running accounts moved."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from abmops.lib.choices import Role
from abmops.rest.access import Access
from abmops.rest.views import ApiViewSet
from plays.api.fields import APPROVE, REASON, SUBMIT, body_of, read_body
from plays.api.serializers import PlayVersionOut
from plays.domain.parse import DEFINITION_FIELDS
from plays.models import Play
from plays.services.play import drafting, migrating

_WRITERS = frozenset({Role.REVOPS.value, Role.MARKETER.value})
_APPROVERS = frozenset(role.value for role in drafting.APPROVERS)
REVIEWERS: Access = {
    "submit": _WRITERS,
    "approve": _APPROVERS,
    "send_back": _APPROVERS,
    "migrate": frozenset({Role.REVOPS.value}),
}


class ReviewMixin(ApiViewSet):
    """Draft to review to active. A RevOps key may still put a play with `status: active`; that is noted as such."""

    @extend_schema(request=body_of(SUBMIT), responses={201: PlayVersionOut})
    @action(detail=True, methods=["post"], filterset_class=None)
    def submit(self, request: Request, slug: str) -> Response:
        """Send a version to review for a reason: the `definition` given, or the draft that is there."""
        play: Play = self.get_object()
        said, by, now = read_body(self, request, SUBMIT), _user(request), self.now()
        if said.get("definition") is None:
            version = drafting.submit_draft(play=play, reason=said["reason"], by=by, now=now)
            return Response(PlayVersionOut(version).data, status=status.HTTP_201_CREATED)
        draft = drafting.open_version(play)
        sheet = drafting.Sheet(
            name=play.name,
            purpose=play.purpose,
            owner=play.owner,
            definition={name: said["definition"].get(name) for name in DEFINITION_FIELDS},
            reason=said["reason"],
        )
        saved = drafting.save_draft(
            play=play,
            sheet=sheet,
            seen=drafting.mark_of(play, draft),
            based_on=play.current.number if play.current is not None else None,
            submit=True,
            by=by,
            now=now,
        )
        shown = saved or play.current
        made = status.HTTP_201_CREATED if saved is not None else status.HTTP_200_OK
        return Response(PlayVersionOut(shown).data, status=made)

    @extend_schema(request=body_of(APPROVE), responses={200: PlayVersionOut})
    @action(detail=True, methods=["post"], filterset_class=None)
    def approve(self, request: Request, slug: str) -> Response:
        """Put the version in review in force. By somebody else than its author, where there is one who may."""
        play: Play = self.get_object()
        said, by, now = read_body(self, request, APPROVE), _user(request), self.now()
        version = drafting.approve(play=play, by=by, note=said.get("note", ""), now=now)
        if said.get("running") == "migrate":
            migrating.ask_to_migrate(play=play, by=by, now=now)
        return Response(PlayVersionOut(version).data)

    @extend_schema(request=body_of(REASON), responses={200: PlayVersionOut})
    @action(detail=True, methods=["post"], url_path="send-back", filterset_class=None)
    def send_back(self, request: Request, slug: str) -> Response:
        """Make the version in review a draft again, with words for its author."""
        said = read_body(self, request, REASON)
        version = drafting.send_back(
            play=self.get_object(), by=_user(request), reason=said["reason"], now=self.now()
        )
        return Response(PlayVersionOut(version).data)

    @extend_schema(
        request=None,
        responses={202: {"type": "object", "properties": {"moving": {"type": "integer"}}}},
    )
    @action(detail=True, methods=["post"], filterset_class=None)
    def migrate(self, request: Request, slug: str) -> Response:
        """Move the running enrollments of older versions to the active one, at the step where each stands."""
        moving = migrating.ask_to_migrate(play=self.get_object(), by=_user(request), now=self.now())
        return Response({"moving": moving}, status=status.HTTP_202_ACCEPTED)


def _user(request: Request) -> Any:
    return request.user
