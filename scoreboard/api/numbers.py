"""`/api/v1/scoreboard/`: every number as of any moment, and the accounts behind each."""

from typing import Any, ClassVar, cast

from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from abmops.lib.errors import FieldErrors, NotKnown
from abmops.rest.access import EVERYBODY, Access
from abmops.rest.pages import KeysetPages
from abmops.rest.views import PAGE_PARAMETERS, ApiViewSet
from accounts.models import Account
from scoreboard.api.answers import book_json, plain, unit_of
from scoreboard.api.describing import BOOK, OPENED, PAGED, QUESTION
from scoreboard.domain.catalogue import NUMBERS
from scoreboard.domain.figures import NUMERATOR
from scoreboard.domain.windows import rfc3339
from scoreboard.questions import PARAMETERS, read_question
from scoreboard.selectors.book import read_book
from scoreboard.selectors.opened import PARTS, Opened, counts_money, open_number

_PART = OpenApiParameter("part", str, enum=PARTS, description="Which accounts; the numerator, if not said.")
_KEY = OpenApiParameter("key", str, OpenApiParameter.PATH, enum=list(NUMBERS), description="The number.")


class ScoreboardApi(ApiViewSet):
    """The numbers of the program. Everybody reads them."""

    access: ClassVar[Access] = {"read": EVERYBODY}
    queryset = Account.objects.none()
    parameters: ClassVar[frozenset[str]] = PARAMETERS
    pagination_class = None
    orderings: ClassVar[tuple[str, ...]] = ("name", "id")
    lookup_field = "key"
    lookup_value_regex = "[^/]+"

    def known_parameters(self) -> frozenset[str]:
        """The numbers come whole; the accounts behind one are paged."""
        if self.action == "accounts":
            return self.parameters | PAGE_PARAMETERS | {"part"}
        return self.parameters

    @extend_schema(parameters=QUESTION, responses={200: BOOK}, filters=False)
    def list(self, request: Request) -> Response:
        """Every number as of a moment."""
        at, scope = read_question(request.query_params, self.now())
        return Response(book_json(read_book(at, scope)))

    @extend_schema(parameters=[_KEY, _PART, *QUESTION, *PAGED], responses={200: OPENED})
    @action(detail=True, methods=["get"], pagination_class=KeysetPages)
    def accounts(self, request: Request, key: str) -> Response:
        """The accounts in a number's numerator, or those missing from it."""
        if key not in NUMBERS:
            raise NotKnown(f"There is no number {key!r}. Known: {', '.join(NUMBERS)}.")
        part = request.query_params.get("part", NUMERATOR)
        if part not in PARTS:
            raise FieldErrors.one("/part", f"Must be one of {', '.join(PARTS)}.")
        at, scope = read_question(request.query_params, self.now())
        opened = open_number(key, at, scope)[part]
        visible: QuerySet[Account] = Account.objects.visible_to(request.user).select_related("owner")
        page = cast(
            "list[Account]", self.paginate_queryset(visible.filter(pk__in=list(opened.accounts))) or []
        )
        answer = self.get_paginated_response(
            [_row(key, account, opened.accounts[account.pk]) for account in page]
        )
        answer.data = {
            "key": key,
            "part": part,
            "as_of": rfc3339(at),
            "without_account": opened.without_account,
            **answer.data,
        }
        return answer


def _row(key: str, account: Account, opened: Opened) -> dict[str, Any]:
    return {
        "account": {
            "id": account.pk,
            "name": account.name,
            "domain": account.domain,
            "owner": account.owner.email if account.owner else None,
        },
        "tier": opened.tier,
        "count": opened.many,
        "value": plain(opened.value),
        "unit": "money" if counts_money(key) else unit_of(key),
        "at": None if opened.at is None else rfc3339(opened.at),
    }
