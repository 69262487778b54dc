"""What plays hold of people: words in their texts, found by looking through all of them."""

from __future__ import annotations

from collections.abc import Mapping

from django.apps import apps

from abmops.lib import erasing
from abmops.lib.erasing import Person
from accounts.services.erasing.tables import forget_in
from plays.models import Delivery, Enrollment, Task


def register() -> None:
    """Have the rows of this app cleaned when a person is forgotten; called from `ready()`."""
    erasing.register("plays", about=about, forget=forget)


def about(person: Person) -> Mapping[str, int]:
    """Rows about the person, for the page that asks first."""
    tasks = Task.objects.filter(contact=person.contact_id)
    return {
        "tasks": tasks.count(),
        "messages to them": Delivery.objects.filter(contact=person.contact_id).count(),
        "plays they set off": Enrollment.objects.filter(contact=person.contact_id).count(),
    }


def forget(person: Person) -> Mapping[str, int]:
    """Take the person out of every table of this app."""
    return forget_in(apps.get_app_config("plays").get_models(), person)
