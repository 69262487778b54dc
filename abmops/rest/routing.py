"""The router of the REST interface: every address works with and without its last slash."""

from rest_framework.routers import SimpleRouter


class Router(SimpleRouter):
    """DRF's plain router, without a root page that would list what nobody asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.trailing_slash = "/?"
