"""Files that people brought: looked at here, worked with on the Imports page."""

from __future__ import annotations

from django.contrib import admin

from accounts.admin.bases import Kept, ReadOnly
from accounts.models import Import, ImportFile, ImportMapping, ImportRow


@admin.register(Import)
class ImportAdmin(ReadOnly):
    """Uploaded files and how they went."""

    list_display = (
        "id",
        "file_name",
        "kind",
        "state",
        "total",
        "created",
        "updated",
        "unchanged",
        "refused",
        "by",
        "created_at",
    )
    list_filter = ("kind", "state")
    list_select_related = ("by",)
    search_fields = ("file_name",)
    date_hierarchy = "created_at"


@admin.register(ImportFile)
class ImportFileAdmin(ReadOnly):
    """The pieces of a file, without their bytes."""

    list_display = ("of", "number")
    list_select_related = ("of",)
    search_fields = ("of__file_name",)
    exclude = ("body",)


@admin.register(ImportRow)
class ImportRowAdmin(ReadOnly):
    """Rows and their verdicts."""

    list_display = ("of", "number", "verdict", "row_id")
    list_filter = ("verdict",)
    list_select_related = ("of",)
    search_fields = ("of__file_name",)


@admin.register(ImportMapping)
class ImportMappingAdmin(Kept):
    """How files were read last time; deleted, they are asked about again."""

    list_display = ("kind", "header_hash", "by", "used_at")
    list_filter = ("kind",)
    list_select_related = ("by",)
    search_fields = ("=header_hash",)
