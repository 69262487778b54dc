"""`/api/v1/plays/{slug or id}/yield/`: what a play yields, and its lift over its holdout."""

from typing import Any, ClassVar

from django.db.models import Q
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from abmops.rest.access import EVERYBODY, Access
from abmops.rest.views import ApiViewSet
from plays.models import Play
from scoreboard.api.describing import QUESTION, YIELD
from scoreboard.domain.intervals import Interval
from scoreboard.domain.windows import rfc3339
from scoreboard.questions import PARAMETERS, read_question
from scoreboard.selectors.yields import Arm, PlayYield, play_yields

_ASKED = frozenset({"as_of", "tier", "owner", "territory"})
_KEY = OpenApiParameter("slug", str, OpenApiParameter.PATH, description="The play's slug or id.")


class PlayYieldApi(ApiViewSet):
    """The yield of a play. Everybody reads it."""

    access: ClassVar[Access] = {"read": EVERYBODY}
    queryset = Play.objects.none()
    parameters: ClassVar[frozenset[str]] = PARAMETERS & _ASKED
    pagination_class = None
    lookup_field = "slug"
    lookup_value_regex = "[^/]+"

    @extend_schema(
        parameters=[_KEY, *(each for each in QUESTION if each.name in _ASKED)], responses={200: YIELD}
    )
    @action(detail=True, methods=["get"], url_path="yield")
    def yielded(self, request: Request, slug: str) -> Response:
        """Enrollments whose window has passed, those with the outcome, and the same in the holdout."""
        named = Q(slug=slug) | Q(pk=int(slug)) if slug.isdecimal() and len(slug) < 19 else Q(slug=slug)
        play = get_object_or_404(Play.objects.visible_to(request.user).select_related("current"), named)
        at, scope = read_question(request.query_params, self.now())
        contract: dict[str, Any] = play.current.contract if play.current else {}
        empty = PlayYield(
            Arm(), Arm(), play.pk, play.name, contract.get("outcome", ""), contract.get("days", 0)
        )
        found = next(iter(play_yields(at, scope, play=play.pk)), empty)
        return Response({"as_of": rfc3339(at), "play": play.slug, **_json(found)})


def _json(found: PlayYield) -> dict[str, Any]:
    return {
        "outcome": found.outcome,
        "days": found.days,
        "value": found.run.share,
        "numerator": found.run.hits,
        "denominator": found.run.runs,
        "interval": _ends(found.interval),
        "holdout": {
            "value": found.holdout.share,
            "numerator": found.holdout.hits,
            "denominator": found.holdout.runs,
        },
        "lift": found.lift,
        "lift_interval": _ends(found.lift_interval),
    }


def _ends(interval: Interval | None) -> list[float] | None:
    return None if interval is None else [interval.low, interval.high]
