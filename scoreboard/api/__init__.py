"""The numbers over REST; `register` puts them under `/api/v1/`."""

from rest_framework.routers import BaseRouter

from scoreboard.api.numbers import ScoreboardApi
from scoreboard.api.yields import PlayYieldApi


def register(router: BaseRouter) -> None:
    """Add our resource to the program's router."""
    router.register("scoreboard", ScoreboardApi, basename="scoreboard")
    router.register("plays", PlayYieldApi, basename="play-yield")
