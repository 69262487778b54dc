"""`/api/v1/sources/`."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from abmops.lib.choices import SourceKind
from abmops.rest import idempotency
from abmops.rest.records import Choice, Field, Flag, Text
from accounts.api.records import user_field
from signals.api.definition import DefinitionApi
from signals.api.fields import Number, Raw, slug
from signals.api.serializers.definitions import SigningSecretOut, SourceMadeOut, SourceOut, WriteKeyOut
from signals.models import Source
from signals.services import definitions, hooks

OWNER = user_field("owner", "E-mail of the user who owns it.", null=True)

SOURCE: tuple[Field, ...] = (
    slug("slug", "Its name in addresses and records; never changes."),
    Text("name", required=True, max_length=120),
    Choice("kind", "Where its signals come from.", required=True, values=tuple(SourceKind.values)),
    Number("weight", "How far it is trusted; 1 to begin with.", most=10),
    OWNER,
    Flag("is_active", "An inactive source's write key is refused."),
    Raw(
        "mapping",
        "What it posts to its hook, made records: items, only, record, followed_topics_only. Empty: named as ours.",
        null=True,
        like={"type": "object", "additionalProperties": True},
    ),
)


@extend_schema_view(
    create=extend_schema(responses={201: SourceMadeOut}),
    update=extend_schema(responses={200: SourceOut, 201: SourceMadeOut}),
)
class SourceApi(DefinitionApi):
    """Where signals come from."""

    what: ClassVar[str] = "source"
    fields: ClassVar[tuple[Field, ...]] = SOURCE
    serializer_class = SourceOut
    queryset = Source.objects.none()

    def get_queryset(self) -> QuerySet[Source]:
        """All sources."""
        return Source.objects.visible_to(self.request.user).select_related("owner")

    def write(self, slug: str, fields: dict[str, Any]) -> definitions.Written[Source]:
        """Make or change a source."""
        return definitions.put_source(slug=slug, fields=fields)

    def retire(self, row: Source) -> None:
        """Refuse its write key from now on."""
        definitions.put_source(slug=row.slug, fields={"is_active": False})

    @extend_schema(request=None, responses={200: WriteKeyOut})
    @action(detail=True, methods=["post"], url_path="rotate-key")
    def rotate_key(self, request: Request, slug: str) -> Response:
        """A new write key, shown this once. The old one is refused from now on."""
        source = self.get_object()
        answer = Response({"slug": source.slug, "write_key": definitions.rotate_key(source=source)})
        return idempotency.without(answer, "write_key")

    @extend_schema(request=None, responses={200: SigningSecretOut})
    @action(detail=True, methods=["post"], url_path="signing-secret")
    def signing_secret(self, request: Request, slug: str) -> Response:
        """The secret that calls to the source's hook are signed with, as Standard Webhooks do. It is stored nowhere."""
        return _secret(self.get_object())

    @extend_schema(request=None, responses={200: SigningSecretOut})
    @action(detail=True, methods=["post"], url_path="rotate-secret")
    def rotate_secret(self, request: Request, slug: str) -> Response:
        """Another signing secret. The former is taken for 24 hours more."""
        source = self.get_object()
        hooks.rotate_secret(source=source, now=timezone.now())
        return _secret(source)


def _secret(source: Source) -> Response:
    answer = Response({"slug": source.slug, "signing_secret": hooks.secret_of(source)})
    return idempotency.without(answer, "signing_secret")
