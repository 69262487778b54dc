"""What the interfaces of all definitions share: by slug, PUT makes or changes, DELETE retires, only RevOps writes."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar

from django.db.models import QuerySet
from rest_framework import status
from rest_framework.mixins import ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from abmops.lib.choices import Role
from abmops.lib.errors import Conflict, FieldErrors
from abmops.rest import idempotency
from abmops.rest.access import EVERYBODY, Access
from abmops.rest.records import Field, requiring
from abmops.rest.views import ApiViewSet
from signals.api.fields import SLUG
from signals.services.definitions import Written

EDITORS: Access = {"read": EVERYBODY, "write": frozenset({Role.REVOPS.value})}


class DefinitionApi(ListModelMixin, RetrieveModelMixin, ApiViewSet):
    """A definition by its slug."""

    access: ClassVar[Access] = EDITORS
    lookup_field = "slug"
    lookup_value_regex = SLUG
    http_method_names = ["get", "head", "post", "put", "patch", "delete", "options"]
    orderings: ClassVar[tuple[str, ...]] = ("slug", "name", "created_at")
    ordering: ClassVar[str] = "slug"
    what: ClassVar[str] = "definition"
    # What may be said of one, the slug among it; required is what PUT cannot do without.
    fields: ClassVar[tuple[Field, ...]] = ()

    @property
    def record(self) -> tuple[Field, ...]:  # type: ignore[override]
        """The body: the slug stands in the address, except where one is made by POST."""
        return requiring(self.fields, "slug") if self.action == "create" else self.fields

    def get_queryset(self) -> QuerySet[Any]:
        """The definitions that the caller may see."""
        raise NotImplementedError

    @abstractmethod
    def write(self, slug: str, fields: dict[str, Any]) -> Written[Any]:
        """Make or change one by clean fields."""

    def shown(self, row: Any) -> dict[str, Any]:
        """One as it is answered."""
        return dict(self.get_serializer(row).data)

    def create(self, request: Request) -> Response:
        """Make one. A slug that is taken is a conflict; PUT changes what is there."""
        fields = self.read_record(request)
        slug = fields.pop("slug")
        if self.get_queryset().filter(slug=slug).exists():
            raise Conflict(
                f"There is a {self.what} {slug} already. Change it with PUT or PATCH at its own address."
            )
        return self._answer(self.write(slug, fields))

    def update(self, request: Request, slug: str) -> Response:
        """Make one or change the one there is. A field left out keeps its value; the same again changes nothing."""
        return self._put(request, slug, partial=False)

    def partial_update(self, request: Request, slug: str) -> Response:
        """Change some fields of one."""
        self.get_object()
        return self._put(request, slug, partial=True)

    def destroy(self, request: Request, slug: str) -> Response:
        """Retire one. It stays readable, for history refers to it; PUT or PATCH brings it back."""
        self.retire(self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)

    @abstractmethod
    def retire(self, row: Any) -> None:
        """Take one out of force."""

    def _put(self, request: Request, slug: str, *, partial: bool) -> Response:
        fields = self.read_record(request, partial=partial)
        if fields.pop("slug", slug) != slug:
            raise FieldErrors.one(
                "/slug", f"The address says {slug}. A slug never changes; leave it out or send the same."
            )
        return self._answer(self.write(slug, fields))

    def _answer(self, written: Written[Any]) -> Response:
        body = self.shown(self.get_queryset().get(pk=written.row.pk))
        if written.write_key:
            body["write_key"] = written.write_key
        answer = Response(body, status=status.HTTP_201_CREATED if written.created else status.HTTP_200_OK)
        return idempotency.without(answer, "write_key")
