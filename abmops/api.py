"""The REST interface's addresses: every app registers its resources; the document and its page beside them."""

from django.urls import URLPattern, URLResolver, include, path, re_path
from drf_spectacular.views import SpectacularAPIView

from abmops.rest import docs
from abmops.rest.routing import Router
from abmops.rest.views import NoSuchRoute
from abmops.work import api as work_api
from accounts import api as accounts_api
from governance import api as governance_api
from plays import api as plays_api
from scoreboard import api as scoreboard_api
from signals import api as signals_api

router = Router()
work_api.register(router)
accounts_api.register(router)
signals_api.register(router)
plays_api.register(router)
scoreboard_api.register(router)
governance_api.register(router)

urlpatterns: list[URLPattern | URLResolver] = [
    path("v1/", include(router.urls)),
    path("docs/", docs.page, name="api_docs"),
    path("schema/", SpectacularAPIView.as_view(), name="api_schema"),
    re_path(r"^", NoSuchRoute.as_view()),
]
