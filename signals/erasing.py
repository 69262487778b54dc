"""What signals hold of people: signals stay with their account, and nothing in them says whose they were."""

from __future__ import annotations

import re
from collections.abc import Mapping

from django.apps import apps
from django.db import connection
from django.utils import timezone

from abmops.lib import erasing
from abmops.lib.erasing import Person, Wording, added
from accounts.services.erasing.suppressing import email_key
from accounts.services.erasing.tables import forget_in
from signals.domain.catalogue import topic_key
from signals.models import AccountMemory, Identity, Signal
from signals.services import ingest
from signals.services.recompute import lock_states, recompute_accounts


def register() -> None:
    """Have the rows of this app cleaned when a person is forgotten; called from `ready()`."""
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
    # A state is no text: words cut out of its bytes would leave none. It is made anew from the cleaned signals.
    accounts = _telling_states(person)
    lock_states(accounts)
    found = forget_in(apps.get_app_config("signals").get_models(), person, skip={AccountMemory.__name__})
    recompute_accounts(accounts, now=timezone.now())
    calls = ingest.take_out(person.everywhere)
    return added([{"identities": identities, "waiting signals": waiting, "calls in the inbox": calls}, found])


def _telling_states(person: Person) -> list[int]:
    """Accounts whose state remembers a topic with words of the person: parts of the name count at their own account."""
    with connection.cursor() as cursor:
        cursor.execute(_TELLING, [_folded(person.everywhere), person.account_id, _folded(person.own)])
        return [account_id for (account_id,) in cursor.fetchall()]


def _folded(wording: Wording) -> list[bytes]:
    """The words as they stand in a state, where topics are case-folded."""
    words = {form for text in wording.likely for form in (text, topic_key(text)) if form}
    return [text.encode() for text in sorted(words)]


_TELLING = """
SELECT account_id FROM signals_accountmemory s
WHERE EXISTS (SELECT FROM unnest(%s::bytea[]) AS w(word) WHERE position(w.word IN s.state) > 0)
    OR (account_id = %s AND EXISTS (SELECT FROM unnest(%s::bytea[]) AS w(word) WHERE position(w.word IN s.state) > 0))
ORDER BY account_id
"""
