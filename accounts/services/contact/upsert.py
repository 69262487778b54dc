"""Creating and updating contacts in bulk: one transaction, a fixed number of statements per thousand records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction

from abmops.lib.bulk import BulkResult
from accounts.domain.records import ContactRecord
from accounts.models import ContactExternalId
from accounts.services import resolving, storing
from accounts.services.claims import Claims
from accounts.services.contact.change import PLAIN, Call, Change
from accounts.services.contact.refusing import told_no
from accounts.services.contact.reporting import settle_reports
from accounts.services.locking import take_turn

# A no that came over the API may be lifted over the API; any other no only by a person.
BY_INTEGRATION = "integration"
_WRITTEN = (
    *PLAIN,
    "email",
    "account",
    "reports_to",
    "do_not_contact",
    "do_not_contact_at",
    "do_not_contact_source",
    "updated_at",
)


@transaction.atomic
def upsert_contacts(
    *,
    records: Mapping[int, ContactRecord],
    now: datetime,
    source: str = BY_INTEGRATION,
    pinned: Mapping[int, int] | None = None,
) -> BulkResult:
    """Create or update contacts by an `external_ids` entry, else by `email` in any case.

    The account: the one named, else the one that has the e-mail's domain, else none. `reports_to` may come in the
    same call. A do-not-contact and every opt-out keep when and where they were said; leaving them out lifts nothing.
    """
    take_turn("contact")
    result = BulkResult()
    claims = Claims(records, result)
    call = Call.of(records, result, claims, pinned or {}, source, now)
    changes = [change for index in records if (change := call.change(index))]
    settle_reports(changes, call)
    kept = [change for change in changes if change.index not in result.refused()]
    for change in kept:
        result.settle(change.index, change.verdict, change.contact)
    claims.settle_repeats()
    refusing = [change.contact for change in kept if change.says_no]
    _write(kept, now=now)
    told_no([contact.pk for contact in refusing], now=now)
    resolving.announce(
        [
            f"email:{change.contact.email.lower()}"
            for change in kept
            if change.contact.email and change.contact.account_id and (change.is_new or change.changed)
        ],
        now=now,
    )
    return result


def _write(changes: Sequence[Change], *, now: datetime) -> None:
    storing.insert([change.contact for change in changes if change.is_new], now=now)
    for change in changes:
        if change.superior is not None:
            change.contact.reports_to_id = change.superior.pk
    written = [
        change.contact for change in changes if change.changed and (not change.is_new or change.superior)
    ]
    storing.update(written, _WRITTEN, now=now)
    storing.insert(
        [
            ContactExternalId(contact=change.contact, system=system, value=value)
            for change in changes
            for system, value in change.external_ids
        ],
        now=now,
    )
    for change in changes:
        for row in change.opt_outs:
            row.contact = change.contact  # which has its id by now
    storing.insert([row for change in changes for row in change.opt_outs], now=now)
