"""The two kinds of tables: few rows that RevOps keeps, and endless ones that nobody edits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property

from accounts.admin import Kept, ReadOnly


class Uncounted(Paginator[Any]):
    """Pages of a table that is too large to count: the first thousand rows; a search or filter finds the rest."""

    MOST = 1_000

    @cached_property
    def count(self) -> int:
        """How many rows there are, counted no further than `MOST`."""
        return len(cast("QuerySet[Any]", self.object_list).values_list("pk")[: self.MOST])


class Endless(ReadOnly):
    """Rows of a table that only grows: no counting, no sorting but by its key, no filters that would scan it."""

    paginator = Uncounted
    sortable_by = ()
    actions = None


class Definition(Kept):
    """What RevOps writes down. History refers to it, so it is retired and never deleted; its slug never changes."""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes."""
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """The slug is chosen once."""
        return (*self.readonly_fields, *(("slug",) if obj else ()))

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Sequence[str]]:
        """A new one's slug follows its name."""
        return {} if obj else {"slug": ("name",)}
