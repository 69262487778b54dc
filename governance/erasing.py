"""What governance holds of people: words in their texts, found by looking through all of them."""

from __future__ import annotations

from collections.abc import Mapping

from django.apps import apps

from abmops.lib import erasing
from abmops.lib.erasing import Person
from accounts.services.erasing.tables import forget_in


def register() -> None:
    """Called from `ready()`."""
    erasing.register("governance", about=about, forget=forget)


def about(person: Person) -> Mapping[str, int]:
    """Rows about the person, for the page that asks first."""
    del person  # nothing here belongs to a contact
    return {}


def forget(person: Person) -> Mapping[str, int]:
    """Take the person out of every table of this app."""
    return forget_in(apps.get_app_config("governance").get_models(), person)
