"""Logging touches: in bulk by external id, or one that a person or a step has just done."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from abmops.lib import touching
from abmops.lib.bulk import BulkResult
from abmops.lib.choices import Channel, Direction
from abmops.lib.errors import FieldError, Refused
from accounts.domain.records import TouchRecord
from accounts.models import Account, Contact, Touch, User
from accounts.services import lookups, storing
from accounts.services.claims import Claims
from accounts.services.locking import take_turn
from accounts.services.meeting import withdrawn_of
from accounts.services.meeting_touches import settle_meetings, tell_of_meetings

_PLAIN = ("side", "channel", "direction", "occurred_at", "programmed", "subject")
_COMPARED = (*_PLAIN, "account_id", "contact_id", "person_id")
_WITHDRAWN = FieldError(
    "/external_id",
    "Somebody has said here that this meeting was not booked. Correct it in the other system, too.",
)


@transaction.atomic
def upsert_touches(*, records: Mapping[int, TouchRecord], now: datetime) -> BulkResult:
    """Create or correct touches by `external_id`. A meeting also tells plays that one is booked, or is none any more.

    The account: the one named, else the contact's. A contact of another account than the one named is refused.
    """
    take_turn("touch")
    result = BulkResult()
    claims = Claims(records, result)
    call = _Call.of(records)
    new: list[Touch] = []
    changed: list[Touch] = []
    met: dict[int, int | None] = {}
    moved_from: list[int | None] = []
    for index, record in records.items():
        if not claims.take(index, {record["external_id"]: "/external_id"}):
            continue
        if record["external_id"] in call.withdrawn:
            result.refuse_all(index, [_WITHDRAWN])
            continue
        row = call.stored.get(record["external_id"]) or Touch(external_id=record["external_id"])
        before = [getattr(row, name) for name in _COMPARED]
        was_on, was = row.account_id, row.channel
        if errors := list(call.put_on(row, record)):
            result.refuse_all(index, errors)
        elif row.pk is None:
            new.append(row)
            result.settle(index, "created", row)
        elif before != [getattr(row, name) for name in _COMPARED]:
            changed.append(row)
            moved_from.append(was_on)
            if Channel.MEETING in (was, row.channel):
                met[row.pk] = was_on
            result.settle(index, "updated", row)
        else:
            result.settle(index, "unchanged", row)
    claims.settle_repeats()
    storing.insert(new, now=now)
    storing.update(changed, (*_PLAIN, "account", "contact", "person"), now=now)
    tell_of_meetings(new, now=now)
    settle_meetings(touches=met, now=now)
    touching.recount([*(row.account_id for row in (*new, *changed)), *moved_from], now=now)
    return result


@transaction.atomic
def log_touch(
    *,
    account: Account,
    side: str,
    channel: str,
    occurred_at: datetime,
    now: datetime,
    direction: str = Direction.OUTBOUND,
    person: User | None = None,
    contact: Contact | None = None,
    programmed: bool = False,
    subject: str = "",
    external_id: str | None = None,
) -> Touch:
    """Log one touch that has happened. A meeting also tells plays that one is booked."""
    if contact is not None and contact.account_id != account.pk:
        raise Refused(f"{contact} is not a contact of {account.name}.")
    if occurred_at > now:
        raise Refused("A touch cannot lie in the future.")
    row = Touch.objects.create(
        account=account,
        contact=contact,
        side=side,
        channel=channel,
        direction=direction,
        occurred_at=occurred_at,
        person=person,
        programmed=programmed,
        subject=subject[:300],
        external_id=external_id,
    )
    tell_of_meetings([row], now=now)
    if occurred_at < now:
        touching.recount([account.pk], now=now)
    return row


@transaction.atomic
def remove_touch(*, touch: Touch, by: User | None, now: datetime) -> None:
    """Take a touch out. Where it was a meeting, whoever acted on that hears that there is none."""
    pk, was_on = touch.pk, touch.account_id
    touch.delete()
    settle_meetings(touches={pk: was_on}, by=by, now=now)
    touching.recount([was_on], now=now)


@dataclass(slots=True)
class _Call:
    stored: dict[str | None, Touch]
    accounts: lookups.AccountRefs
    contacts: dict[str, Contact]
    users: dict[str, User]
    withdrawn: set[str]

    @classmethod
    def of(cls, records: Mapping[int, TouchRecord]) -> _Call:
        wanted = {record["external_id"] for record in records.values()}
        stored = {
            row.external_id: row
            for row in Touch.objects.filter(external_id__in=wanted).order_by("id").select_for_update()
        }
        meetings = {
            record["external_id"]
            for record in records.values()
            if record.get("channel") == Channel.MEETING and record["external_id"] not in stored
        }
        return cls(
            stored=stored,
            accounts=lookups.AccountRefs.of(records.values()),
            contacts=lookups.contacts_by_email(record.get("contact_email") for record in records.values()),
            users=lookups.users_by_email(record.get("person") for record in records.values()),
            withdrawn=withdrawn_of(meetings) if meetings else set(),
        )

    def put_on(self, row: Touch, record: TouchRecord) -> Iterable[FieldError]:
        """Put the record on its touch, in memory, and say what is wrong with it."""
        for name in _PLAIN:
            if name in record:
                setattr(row, name, record[name])  # type: ignore[literal-required]
        yield from self._refer(row, record)
        yield from _missing(row)

    def _refer(self, row: Touch, record: TouchRecord) -> Iterable[FieldError]:
        found = self.accounts.find(record)
        if isinstance(found, FieldError):
            yield found
            return
        if found is not None:
            row.account_id = found
        email = record.get("contact_email")
        contact = self.contacts.get(email.lower()) if email else None
        if email and contact is None:
            yield FieldError("/contact_email", f"No contact has the e-mail {email}. Send the contact first.")
            return
        if contact is not None and contact.account_id is not None and row.account_id is None:
            row.account_id = contact.account_id
        if contact is not None and contact.account_id != row.account_id:
            yield FieldError(
                "/contact_email", f"{email} is a contact of another account. Correct one of the two."
            )
            return
        if "contact_email" in record:
            row.contact = contact
        person = record.get("person")
        if person and person.lower() not in self.users:
            yield lookups.unknown_user("/person", person)
        elif "person" in record:
            row.person = self.users[person.lower()] if person else None


def _missing(row: Touch) -> Iterable[FieldError]:
    """What a new touch cannot do without."""
    if row.account_id is None:
        yield FieldError(
            "/account_domain",
            "Is missing; a touch belongs to an account. Send account_domain or contact_email.",
        )
    for name in ("side", "channel", "occurred_at"):
        if not getattr(row, name):
            yield FieldError(f"/{name}", "Is missing; it is required.")
