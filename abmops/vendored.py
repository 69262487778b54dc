"""The few files of front-end packages that pages load, served under `vendor/` straight from `node_modules`."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage

# name under /static/ -> file in node_modules
FILES = {
    "vendor/htmx/htmx.min.js": "htmx.org/dist/htmx.min.js",
    "vendor/echarts/echarts.min.js": "echarts/dist/echarts.min.js",
}


class _Storage(FileSystemStorage):
    """Looks the public name up in FILES."""

    def path(self, name: str) -> str:
        return super().path(FILES[name])


class NodePackages(BaseFinder):
    """A finder of exactly the listed files, so that a package's thousand others are never published."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.storage = _Storage(location=settings.BASE_DIR / "node_modules")

    def check(self, **kwargs: Any) -> list[Any]:
        """Nothing to configure, nothing to check."""
        del kwargs
        return []

    def find(self, path: str, find_all: bool = False, **kwargs: Any) -> Any:
        """The file behind a public name; an empty list when it is none of ours."""
        del kwargs
        if path not in FILES:
            return []
        found = self.storage.path(path)
        return [found] if find_all else found

    def list(self, ignore_patterns: Any) -> Iterable[Any]:
        """Every listed file that is installed."""
        del ignore_patterns
        return [(name, self.storage) for name in FILES if self.storage.exists(name)]
