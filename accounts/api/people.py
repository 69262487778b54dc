"""`/api/v1/users/` and `/api/v1/territories/`."""

from __future__ import annotations

from typing import ClassVar

from django.db import transaction
from django.db.models import QuerySet
from rest_framework import status
from rest_framework.mixins import DestroyModelMixin, ListModelMixin, RetrieveModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from abmops.lib.errors import Conflict
from abmops.rest.views import ApiViewSet
from accounts.api.access import READ_ONLY, SETUP
from accounts.api.filters import TerritoryFilters, UserFilters
from accounts.api.records import TERRITORY
from accounts.api.serializers.people import TerritoryOut, UserOut
from accounts.models import Territory, User
from accounts.models.user import SERVICE
from accounts.services.territory import save_territory


class UserApi(ListModelMixin, RetrieveModelMixin, ApiViewSet):
    """People who use the program: whom `owner` and `person` may name. Added and changed in the admin."""

    access = READ_ONLY
    queryset = User.objects.none()
    serializer_class = UserOut
    filterset_class = UserFilters
    orderings: ClassVar[tuple[str, ...]] = ("id", "email", "name")

    def get_queryset(self) -> QuerySet[User]:
        """Everybody but the users behind keys."""
        return User.objects.exclude(email__endswith=SERVICE).select_related("territory")


class TerritoryApi(ListModelMixin, RetrieveModelMixin, DestroyModelMixin, ApiViewSet):
    """Territories: parts of the market with their own reps."""

    access = SETUP
    record = TERRITORY
    queryset = Territory.objects.all()
    serializer_class = TerritoryOut
    filterset_class = TerritoryFilters
    lookup_field = "slug"
    orderings: ClassVar[tuple[str, ...]] = ("id", "slug", "name")

    def create(self, request: Request) -> Response:
        """Add a territory; its countries' accounts without one fall into it."""
        record = self.read_record(request)
        with transaction.atomic():
            if Territory.objects.filter(slug=record["slug"]).exists():
                raise Conflict("There is a territory of this slug. Change it with PATCH.")
            row = save_territory(territory=Territory(), **record)
        return Response(self.get_serializer(row).data, status=status.HTTP_201_CREATED)

    def partial_update(self, request: Request, slug: str) -> Response:
        """Change the fields that are sent."""
        row = save_territory(territory=self.get_object(), **self.read_record(request, partial=True))
        return Response(self.get_serializer(row).data)
