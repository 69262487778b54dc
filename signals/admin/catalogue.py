"""Topics, written through their service; volumes and the alerts made of them, only to look at."""

from __future__ import annotations

from django import forms
from django.contrib import admin
from django.http import HttpRequest

from accounts.admin import Kept, ReadOnly
from signals.admin.bases import Endless
from signals.domain.catalogue import topic_key
from signals.models import SignalVolume, SourceAlert, Topic
from signals.services import definitions


class TopicForm(forms.ModelForm[Topic]):
    """A topic that says something and is not there yet."""

    class Meta:
        model = Topic
        fields = ("name", "is_active")

    def clean_name(self) -> str:
        """However it is written, a topic is there once."""
        key = topic_key(self.cleaned_data["name"])
        if not key:
            raise forms.ValidationError("Give the topic's name, as your provider calls it.")
        if Topic.objects.filter(key=key).exclude(pk=self.instance.pk).exists():
            raise forms.ValidationError("There is this topic already, perhaps written otherwise.")
        return str(self.cleaned_data["name"])


@admin.register(Topic)
class TopicAdmin(Kept):
    """Topics that are followed, and those that were."""

    form = TopicForm
    list_display = ("name", "key", "is_active", "created_at")
    list_filter = ("is_active",)
    search_fields = ("name", "key")
    readonly_fields = ("key", "created_at")

    def has_delete_permission(self, request: HttpRequest, obj: Topic | None = None) -> bool:
        """Retired, never deleted."""
        return False

    def save_model(
        self, request: HttpRequest, obj: Topic, form: forms.ModelForm[Topic], change: bool
    ) -> None:
        """By the service."""
        fields = form.cleaned_data
        if change:
            definitions.change_topic(topic=obj, name=fields["name"], is_active=fields["is_active"])
        else:
            obj.pk = definitions.put_topic(name=fields["name"], is_active=fields["is_active"]).row.pk


@admin.register(SignalVolume)
class SignalVolumeAdmin(Endless):
    """Signals by hour, source, type and topic."""

    list_display = ("hour", "source", "type", "topic", "signals")
    list_filter = ("source", "type")
    list_select_related = ("source", "type")
    ordering = ("-hour", "-id")
    search_fields = ("=topic",)


@admin.register(SourceAlert)
class SourceAlertAdmin(ReadOnly):
    """Sources that fell silent or flooded."""

    list_display = ("began_at", "source", "kind", "noticed_at", "ended_at", "expected", "seen", "p")
    list_filter = ("kind", "source")
    list_select_related = ("source",)
    ordering = ("-began_at",)
    search_fields = ("source__name", "source__slug")
