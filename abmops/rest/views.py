"""What every API view starts from: an access table, strict bodies, keyset pages, throttling, idempotent writes."""

from datetime import datetime
from typing import Any, ClassVar

from django.db import models
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django_filters.rest_framework import FilterSet
from rest_framework.pagination import BasePagination
from rest_framework.parsers import BaseParser
from rest_framework.permissions import BasePermission
from rest_framework.renderers import BaseRenderer, JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from abmops.lib.errors import FieldError, FieldErrors
from abmops.rest import idempotency
from abmops.rest.access import Access, RoleAccess
from abmops.rest.pages import KeysetPages
from abmops.rest.parsers import BODY_LIMIT, JSONParser, raw_body
from abmops.rest.problems import Malformed, page_less
from abmops.rest.records import Field, read_fields
from abmops.rest.throttles import PerKey

PAGE_PARAMETERS = frozenset({"limit", "cursor", "ordering"})


class ApiView(APIView):
    """A view of the REST interface. Subclasses say who may (`access`) and which query parameters they read."""

    access: ClassVar[Access] = {}
    parameters: ClassVar[frozenset[str]] = frozenset()
    body_limit: int = BODY_LIMIT
    permission_classes: tuple[type[BasePermission], ...] = (RoleAccess,)
    throttle_classes: tuple[type[BaseThrottle], ...] = (PerKey,)
    parser_classes: tuple[type[BaseParser], ...] = (JSONParser,)
    renderer_classes: tuple[type[BaseRenderer], ...] = (JSONRenderer,)
    metadata_class = None

    _claimed: models.Model | None = None
    _now: datetime | None = None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Run a write that carries an Idempotency-Key in one transaction with its key."""
        if not idempotency.asked_for(request):
            return super().dispatch(request, *args, **kwargs)
        return idempotency.around(
            lambda: super(ApiView, self).dispatch(request, *args, **kwargs),
            lambda: self._claimed,
        )

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Who, whether they may, how often; then the query and the idempotency key."""
        super().initial(request, *args, **kwargs)
        self.check_parameters(request)
        if idempotency.asked_for(request):
            raw = raw_body({"request": request, "view": self}, request.stream or _Empty())
            self._claimed = idempotency.claim(request, raw)

    def handle_exception(self, exc: Exception) -> Response:
        """A replayed answer is no error: it goes out byte for byte as the first did."""
        if isinstance(exc, idempotency.Replay):
            stored = exc.stored
            return HttpResponse(  # type: ignore[return-value]
                bytes(stored.response or b""),
                status=stored.status,
                content_type=stored.content_type,
                headers={idempotency.REPLAYED: "true"},
            )
        return super().handle_exception(exc)

    def known_parameters(self) -> frozenset[str]:
        """The query parameters this call reads."""
        return self.parameters

    def check_parameters(self, request: Request) -> None:
        """A filter that is not known would silently show everything: it is refused instead."""
        unknown = sorted(set(request.query_params) - self.known_parameters())
        if unknown:
            known = ", ".join(sorted(self.known_parameters())) or "none"
            raise FieldErrors(
                FieldError(f"/{name}", f"There is no such query parameter here. Known: {known}.")
                for name in unknown
            )
        if any("\0" in value for values in request.query_params.lists() for value in values[1]):
            raise Malformed("A query parameter holds the NUL character.")

    def now(self) -> datetime:
        """The moment of this call, asked once."""
        if self._now is None:
            self._now = timezone.now()
        return self._now


class _Empty:
    def read(self, size: int = -1) -> bytes:
        return b""


class ApiViewSet(ApiView, GenericViewSet[Any]):
    """A resource. Lists are keyset pages over `orderings`; filters come from `filterset_class`."""

    pagination_class: type[BasePagination] | None = KeysetPages
    orderings: ClassVar[tuple[str, ...]] = ("id",)
    ordering: ClassVar[str] = ""
    record: ClassVar[tuple[Field, ...]] = ()
    filterset_class: type[FilterSet] | None = None

    def known_parameters(self) -> frozenset[str]:
        """Lists also read the page's own parameters and the filters."""
        if getattr(self, "action", None) != "list":
            return self.parameters
        filters = getattr(self.filterset_class, "base_filters", {})
        return self.parameters | PAGE_PARAMETERS | frozenset(filters)

    def read_record(self, request: Request, *, partial: bool = False) -> dict[str, Any]:
        """The body by the view's record, or FieldErrors with everything that is wrong."""
        clean, errors = read_fields(self.record, request.data, self.now(), partial=partial)
        if errors:
            raise FieldErrors(errors)
        return clean


class NoSuchRoute(ApiView):
    """Whatever the API does not know: a problem document, not a page."""

    access: ClassVar[Access] = {}
    permission_classes = ()
    throttle_classes = ()
    authentication_classes = ()

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """404, whatever the method."""
        return page_less(request, 404, f"There is nothing at {request.path}. See /api/docs/.")
