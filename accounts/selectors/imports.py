"""Imports as people look at them: which there are, how far they are, and what became of their rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Func, Q, QuerySet, TextField, Value

from abmops.lib.choices import Role
from accounts.domain.tables import field_of
from accounts.models import AccountExternalId, Import, ImportRow, User

# What marketers bring and see; the rest is RevOps' and the integrations'.
MARKETERS = frozenset({"contacts", "touches", "sidecar"})
CHUNK = 1_000


def imports_for(user: User | AnonymousUser) -> QuerySet[Import]:
    """The imports that somebody may see: RevOps and integrations all, marketers those of their kinds."""
    if not isinstance(user, User) or not user.is_active:
        return Import.objects.none()
    if user.has_role(Role.REVOPS, Role.INTEGRATION):
        return Import.objects.select_related("by")
    if user.has_role(Role.MARKETER):
        return Import.objects.filter(kind__in=MARKETERS).select_related("by")
    return Import.objects.none()


def rows_of(import_: Import, *, verdict: str = "", q: str = "") -> QuerySet[ImportRow]:
    """An import's rows in the order of the file, narrowed to a verdict and to a text that stands in any cell."""
    rows = ImportRow.objects.filter(of=import_).order_by("number")
    if verdict == "suggested":
        rows = rows.exclude(suggestions=[])
    elif verdict:
        rows = rows.filter(verdict=verdict)
    if q:
        text = Func("cells", Value(" "), function="array_to_string", output_field=TextField())
        rows = rows.annotate(text=text).filter(text__icontains=q)
    return rows


def matching(user: User, *, q: str = "", kind: str = "", state: str = "") -> QuerySet[Import]:
    """The list of imports, narrowed."""
    found = imports_for(user)
    if q:
        found = found.filter(Q(file_name__icontains=q) | Q(reason__icontains=q) | Q(by__name__icontains=q))
    if kind:
        found = found.filter(kind=kind)
    if state:
        found = found.filter(state=state)
    return found


def file_rows(rows: QuerySet[ImportRow]) -> Iterator[tuple[list[str], str]]:
    """Every row as it stood in the file, with what is wrong with it in a sentence or more."""
    for cells, errors in rows.values_list("cells", "errors").iterator(chunk_size=CHUNK):
        yield cells, " ".join(told(error) for error in errors)


def told(error: dict[str, Any]) -> str:
    """One error as a sentence: which column, what is wrong, the cure."""
    return f"{error['title']}: {error['detail']}" if error.get("title") else str(error["detail"])


def title_of(kind: str, name: str) -> str:
    """A changed field as people call it."""
    field = field_of(kind, name)
    return field.title if field else name.replace("_", " ").replace(".", ": ").capitalize()


def known_systems() -> list[str]:
    """The systems whose ids we hold already, and the two that most exports come from."""
    stored = AccountExternalId.objects.order_by("system").values_list("system", flat=True).distinct()[:20]
    return sorted({"hubspot", "salesforce", *stored})
