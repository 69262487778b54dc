"""People, territories and days off."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import UserChangeForm
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone

from abmops.lib.errors import AbmopsError
from accounts.admin.bases import Kept
from accounts.models import Absence, Holiday, Territory, User
from accounts.services.absences import must_make_sense
from accounts.services.people import still_owns


class PersonForm(UserChangeForm[User]):
    """Nobody becomes inactive while anything would be left without its owner."""

    def clean_is_active(self) -> bool:
        """Say what they still have, and where it is handed over."""
        active = bool(self.cleaned_data["is_active"])
        if (
            not active
            and self.instance.is_active
            and (sentence := still_owns(self.instance, now=timezone.now()))
        ):
            raise ValidationError(sentence)
        return active


@admin.register(User)
class PersonAdmin(UserAdmin[User]):
    """People. The role decides what they may do; their Django group follows it."""

    form = PersonForm
    ordering = ("name",)
    list_display = ("email", "name", "role", "job", "territory", "is_active", "last_login")
    list_filter = ("role", "job", "is_active", "territory", "is_staff")
    list_select_related = ("territory",)
    search_fields = ("email", "name")
    autocomplete_fields = ("territory",)
    filter_horizontal = ()
    readonly_fields = ("last_login", "date_joined")
    fieldsets = (
        (None, {"fields": ("email", "password", "name")}),
        ("Work", {"fields": ("role", "job", "territory", "capacity")}),
        ("Week", {"fields": ("time_zone", "opens", "closes", "weekdays")}),
        ("Access", {"fields": ("is_active", "is_staff", "is_superuser", "last_login", "date_joined")}),
    )
    add_fieldsets = (
        (None, {"fields": ("email", "name", "role", "job", "territory", "time_zone")}),
        ("Sign-in", {"fields": ("usable_password", "password1", "password2")}),
    )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever goes becomes inactive: what they did keeps its name."""
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """Only a superuser makes another one, or opens the admin to somebody."""
        more = () if request.user.is_superuser else ("is_staff", "is_superuser")
        return (*self.readonly_fields, *more)


@admin.register(Territory)
class TerritoryAdmin(Kept):
    """Parts of the market."""

    list_display = ("name", "slug", "countries")
    search_fields = ("name", "slug")
    prepopulated_fields = {"slug": ("name",)}


class AbsenceForm(forms.ModelForm[Absence]):
    """The same rules as on the page of the person."""

    def clean(self) -> dict[str, Any]:
        """Say what makes no sense; the admin saves in the same transaction."""
        said: dict[str, Any] = super().clean() or {}
        if not self.errors:
            try:
                must_make_sense(
                    user=said["user"],
                    starts_on=said["starts_on"],
                    ends_on=said["ends_on"],
                    stand_in=said.get("stand_in"),
                    absence=self.instance if self.instance.pk else None,
                )
            except AbmopsError as error:
                raise ValidationError(error.message) from None
        return said


@admin.register(Absence)
class AbsenceAdmin(Kept):
    """Who is away, and who stands in."""

    form = AbsenceForm
    list_display = ("user", "starts_on", "ends_on", "stand_in")
    list_filter = ("starts_on",)
    list_select_related = ("user", "stand_in")
    search_fields = ("user__name", "user__email")
    autocomplete_fields = ("user", "stand_in")
    date_hierarchy = "starts_on"

    def save_model(self, request: HttpRequest, obj: Absence, form: Any, change: bool) -> None:
        """Other days or another stand-in ask for the work to be handed on anew."""
        if form.changed_data:
            obj.handed_at = None
        super().save_model(request, obj, form, change)


@admin.register(Holiday)
class HolidayAdmin(Kept):
    """Days without work."""

    list_display = ("day", "name", "territory")
    list_filter = ("territory",)
    list_select_related = ("territory",)
    search_fields = ("name",)
    autocomplete_fields = ("territory",)
    date_hierarchy = "day"
