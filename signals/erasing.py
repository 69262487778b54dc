"""What signals hold of people: signals stay with their account, and nothing in them says whose they were."""

from __future__ import annotations

import re
from collections.abc import Mapping

from django.apps import apps
from django.db import connection

from abmops.lib import erasing
from abmops.lib.erasing import Person, added
from accounts.services.erasing.suppressing import email_key
from accounts.services.erasing.tables import forget_in
from signals.models import Identity, Signal


def register() -> None:
    """Called from `ready()`."""
    erasing.register("signals", about=about, forget=forget)


def about(person: Person) -> Mapping[str, int]:
    """Rows about the person, for the page that asks first."""
    return {
        "signals (they stay with the account, without the person)": Signal.objects.filter(
            account=person.account_id, contact=person.contact_id
        ).count(),
        "what sources said of them": Identity.objects.filter(email__in=person.emails).count(),
    }


def forget(person: Person) -> Mapping[str, int]:
    """Identities lose address, name and title; waiting signals their key; everything else the words."""
    said = Identity.objects.filter(email__in=[email.lower() for email in person.emails])
    for email in person.emails:
        Identity.objects.filter(key__iregex=rf"^(user|anonymous):{re.escape(email)}$").delete()
        Identity.objects.filter(same_as__iregex=rf"^(user|anonymous):{re.escape(email)}$").update(same_as="")
    identities = said.update(email="", name="", title="")
    waiting = 0
    keys = [email_key(email) for email in person.emails]
    if keys:
        with connection.cursor() as cursor:
            for key in keys:
                cursor.execute(
                    "UPDATE signals_unmatchedsignal SET keys = array_remove(keys, %s) "
                    "WHERE keys @> ARRAY[%s]::varchar[]",
                    [key, key],
                )
                waiting += cursor.rowcount
    found = forget_in(apps.get_app_config("signals").get_models(), person)
    return added([{"identities": identities, "waiting signals": waiting}, found])
