"""Filters that read strictly: what cannot be read is a problem that names the parameter, never a filter left out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django import forms
from django_filters import rest_framework as filters
from django_filters.fields import IsoDateTimeField

from abmops.rest.records.values import WIDEST_OFFSET

_WORDS = {"true": True, "1": True, "false": False, "0": False}


class _YesNoField(forms.CharField):
    def clean(self, value: Any) -> bool | None:
        """True, False, or None where nothing was sent."""
        text = super().clean(value)
        if not text:
            return None
        if (found := _WORDS.get(text.lower())) is None:
            raise forms.ValidationError("Must be true or false, not %(said)r.", params={"said": text[:40]})
        return found


class YesNoFilter(filters.BooleanFilter):
    """`?is_target=true`; `maybe` is refused, where django-filter's own would show everything."""

    field_class = _YesNoField  # type: ignore[assignment]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"widget": forms.TextInput, **options})


class _MomentField(IsoDateTimeField):
    def clean(self, value: Any) -> datetime | None:
        """In UTC: the database knows no offset beyond 15:59."""
        moment: datetime | None = super().clean(value)
        if moment is None:
            return None
        offset = moment.utcoffset()
        if offset is not None and abs(offset) > WIDEST_OFFSET:
            raise forms.ValidationError(
                "Has an offset from UTC that no place has. Write it like +01:00 or Z."
            )
        try:
            return moment.astimezone(UTC)
        except (OverflowError, ValueError):
            raise forms.ValidationError("Is out of range.") from None


class MomentFilter(filters.IsoDateTimeFilter):
    """`?since=2026-11-22T09:30:00Z`."""

    field_class = _MomentField
