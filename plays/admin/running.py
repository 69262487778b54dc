"""Plays in the admin: the library to look after, what was decided and done to look at."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from abmops.lib.errors import FieldErrors
from accounts.admin import ReadOnly
from plays.models import (
    Decision,
    Enrollment,
    EnrollmentEvent,
    Notice,
    Play,
    PlayVersion,
    StepRun,
    Task,
    TaskEvent,
)
from plays.services.play.naming import must_be_free


class PlayVersionInline(admin.TabularInline[PlayVersion, Play]):
    """What a play said, newest first."""

    model = PlayVersion
    fields = ("number", "priority", "holdout", "created_by", "created_at", "activated_at")
    readonly_fields = fields
    extra = 0
    can_delete = False
    show_change_link = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Versions are made by the play page and the API."""
        return False


class PlayForm(forms.ModelForm[Play]):
    """A name of its own: the status that the database's rule depends on is not on the form, so it is asked here."""

    def clean_name(self) -> str:
        """Refused where another play in use has it."""
        name = str(self.cleaned_data["name"])
        try:
            must_be_free(name, play=self.instance)
        except FieldErrors as error:
            raise forms.ValidationError(error.message) from None
        return name


@admin.register(Play)
class PlayAdmin(admin.ModelAdmin[Play]):
    """Name, purpose, owner. Status and definition change by the play page and the API, where they are checked."""

    form = PlayForm
    list_display = ("name", "slug", "status", "owner", "version", "priority")
    list_filter = ("status",)
    search_fields = ("name", "slug", "purpose")
    list_select_related = ("owner", "current")
    fields = ("slug", "name", "purpose", "owner", "status", "current", "created_at")
    readonly_fields = ("slug", "status", "current", "created_at")
    autocomplete_fields = ("owner",)
    inlines = (PlayVersionInline,)

    @admin.display(description="version", ordering="current__number")
    def version(self, play: Play) -> int | None:
        """The number of the current version."""
        return play.current.number if play.current else None

    @admin.display(description="priority", ordering="current__priority")
    def priority(self, play: Play) -> int | None:
        """The current version's priority."""
        return play.current.priority if play.current else None

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A play begins with a definition: send one to the API, or install the starter library."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Plays are retired, never deleted: enrollments refer to them."""
        return False


@admin.register(PlayVersion)
class PlayVersionAdmin(ReadOnly):
    """What plays said."""

    list_display = ("play", "number", "priority", "holdout", "created_by", "activated_at")
    list_filter = ("play",)
    search_fields = ("play__name", "=play__slug")
    list_select_related = ("play", "created_by")


@admin.register(Decision)
class DecisionAdmin(ReadOnly):
    """Which play answered to what."""

    list_display = ("made_at", "account", "summary", "occasion", "by")
    list_display_links = ("made_at", "summary")
    search_fields = ("account__name", "=account__domain")
    date_hierarchy = "made_at"
    list_select_related = ("account", "by")


class EnrollmentEventInline(admin.TabularInline[EnrollmentEvent, Enrollment]):
    """Every transition."""

    model = EnrollmentEvent
    fields = ("seq", "move", "from_state", "to_state", "cause", "by", "at")
    readonly_fields = fields
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Events are kept by the services."""
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[EnrollmentEvent]:
        """With who did it."""
        return super().get_queryset(request).select_related("by")


@admin.register(Enrollment)
class EnrollmentAdmin(ReadOnly):
    """Accounts in plays."""

    list_display = (
        "account",
        "play",
        "version_number",
        "state",
        "urgency",
        "owner",
        "enrolled_at",
        "finished_at",
    )
    list_filter = ("state", "play", "urgency")
    search_fields = ("account__name", "=account__domain")
    date_hierarchy = "enrolled_at"
    list_select_related = ("account", "play", "version", "owner")
    inlines = (EnrollmentEventInline,)

    @admin.display(description="version")
    def version_number(self, enrollment: Enrollment) -> int:
        """The version it runs on."""
        return enrollment.version.number


@admin.register(EnrollmentEvent)
class EnrollmentEventAdmin(ReadOnly):
    """Transitions of enrollments."""

    list_display = ("at", "enrollment", "move", "from_state", "to_state", "by")
    list_filter = ("move",)
    search_fields = ("=enrollment__id", "enrollment__account__name")
    list_select_related = ("enrollment__account", "enrollment__play", "by")
    ordering = ("-id",)


@admin.register(StepRun)
class StepRunAdmin(ReadOnly):
    """Steps of enrollments."""

    list_display = ("enrollment", "key", "state", "opens_at", "opened_at", "closed_at", "held")
    list_filter = ("state",)
    search_fields = ("=enrollment__id", "enrollment__account__name", "=key")
    list_select_related = ("enrollment__account", "enrollment__play")
    ordering = ("-id",)


class TaskEventInline(admin.TabularInline[TaskEvent, Task]):
    """What was done with a task."""

    model = TaskEvent
    fields = ("kind", "text", "by", "at")
    readonly_fields = fields
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Events are kept by the services."""
        return False


@admin.register(Task)
class TaskAdmin(ReadOnly):
    """What people owe. Done, skip, hand on are on the Today page."""

    list_display = ("title", "account", "owner", "state", "urgency", "due_at", "breached_at", "closed_at")
    list_filter = ("state", "urgency", "side", "channel")
    search_fields = ("title", "account__name", "=owner__email")
    list_select_related = ("account", "owner")
    date_hierarchy = "due_at"
    inlines = (TaskEventInline,)


@admin.register(TaskEvent)
class TaskEventAdmin(ReadOnly):
    """What was done with tasks."""

    list_display = ("at", "task", "kind", "text", "by")
    list_filter = ("kind",)
    search_fields = ("=task__id", "task__title")
    list_select_related = ("task", "by")
    ordering = ("-id",)


@admin.register(Notice)
class NoticeAdmin(ReadOnly):
    """What people were told."""

    list_display = ("at", "user", "kind", "text", "read_at")
    list_filter: ClassVar[tuple[str, ...]] = ("kind",)
    search_fields = ("text", "=user__email")
    list_select_related = ("user",)
