"""What people decide of signals without an account: whose they are, or that they are nobody's; and the way back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Max

from abmops.lib.bulk import BulkResult
from abmops.lib.choices import Role
from abmops.lib.errors import Conflict, NotKnown, Refused
from abmops.lib.ids import uuid7
from accounts.domain.records import AccountRecord, ContactRecord
from accounts.models import Account, User, Via
from accounts.services import contact as contacts
from accounts.services import resolving as announcing
from accounts.services import undoing
from accounts.services.account import upsert_accounts
from accounts.services.changes import acting
from signals.models import Crossing, IgnoredKey, Resolution, UnmatchedSignal
from signals.selectors import book
from signals.services.detect.evaluate import advance
from signals.services.detect.resolving import AT_ONCE, place
from signals.services.recompute import lock_states

Act = Resolution.Act
# How long a decision can be taken back together with its signals.
TAKEN_BACK_WITHIN = timedelta(days=7)
KEEPERS = (Role.MARKETER, Role.REVOPS)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a decision came to: signals placed now, those left to a worker, and the thresholds that crossed."""

    resolution: Resolution
    account: Account
    crossed: tuple[str, ...]

    @property
    def said(self) -> str:
        """The outcome as a sentence."""
        row, name = self.resolution, self.account.name
        if row.later:
            return f"{row.later:,} signals are being placed at {name}; that takes a minute or two."
        if not row.signals:
            return f"{name} has it now. No signal was waiting any more."
        placed = f"{row.signals:,} signal{'s' if row.signals > 1 else ''} placed at {name}"
        if not self.crossed:
            return f"{placed}; no threshold crossed."
        many = "one threshold" if len(self.crossed) == 1 else f"{len(self.crossed)} thresholds"
        return f"{placed}; {many} crossed: {', '.join(self.crossed)}."


@transaction.atomic
def make_account(*, groups: Sequence[str], record: AccountRecord, by: User, now: datetime) -> Outcome:
    """Make an account of a group's domain or external id, and place its signals there. Marketing and RevOps only."""
    if not by.has_role(*KEEPERS):
        raise Refused("Marketing and RevOps make accounts. Nominate it, or ask one of them.")
    what = f"Account made of unmatched signals: {record.get('name', '')}"
    return _resolve(Act.ACCOUNT, groups, what, by, now, lambda: _upserted({0: record}, None, now))


@transaction.atomic
def add_domains(*, groups: Sequence[str], account: Account, by: User, now: datetime) -> Outcome:
    """These domains are the account's too, and so are the signals that waited for them."""
    _check_editable(account, by)
    domains = [key.removeprefix("domain:") for key in groups if key.startswith("domain:")]
    if not domains:
        raise Refused("Choose groups that have a domain.")
    record: AccountRecord = {"domains": domains}
    what = f"Domains of {account.name}, from unmatched signals"
    return _resolve(Act.ALIAS, groups, what, by, now, lambda: _upserted({0: record}, account, now))


@transaction.atomic
def add_external_id(*, group: str, system: str, account: Account, by: User, now: datetime) -> Outcome:
    """The id is what `system` calls the account, and the signals that waited for it are its.

    `group` is `external:` and the id. Refused for another group, without a system, and where `by` may not edit it.
    """
    _check_editable(account, by)
    value = group.removeprefix("external:")
    if value == group:
        raise Refused("Choose a group that is an external id.")
    if not system.strip():
        raise Refused("Say which system calls it so, for example: salesforce.")
    record: AccountRecord = {"external_ids": {system.strip().lower()[:40]: value}}
    what = f"External id of {account.name}, from unmatched signals"
    return _resolve(Act.EXTERNAL, [group], what, by, now, lambda: _upserted({0: record}, account, now))


@transaction.atomic
def add_person(*, email: str, account: Account, by: User, now: datetime) -> Outcome:
    """Whoever has this mailbox works at the account, and so do their signals."""
    _check_editable(account, by)
    address = email.strip().lower()

    def act() -> Account:
        if not account.domain:
            raise Refused(f"{account.name} has no domain by which to name it. Give it one first.")
        record: ContactRecord = {"email": address, "account_domain": account.domain}
        result = contacts.upsert_contacts(records={0: record}, now=now, source="Unmatched signals")
        _raise(result)
        return account

    what = f"Person of {account.name}, from unmatched signals"
    return _resolve(Act.PERSON, [f"email:{address}"], what, by, now, act)


@transaction.atomic
def ignore(*, groups: Iterable[str], reason: str, by: User, now: datetime) -> list[str]:
    """Show these groups no more; their signals stay stored, and those to come too. Returns those that are news."""
    if not by.has_role(*KEEPERS):
        raise Refused("Marketing and RevOps decide what is ignored.")
    wanted = {key for key in groups if key.partition(":")[0] in {"domain", "external", "mail", "people"}}
    known = set(IgnoredKey.objects.filter(key__in=wanted).values_list("key", flat=True))
    rows = [
        IgnoredKey(key=key[:300], reason=reason.strip()[:400], ignored_by=by, ignored_at=now)
        for key in sorted(wanted - known)
    ]
    IgnoredKey.objects.bulk_create(rows, ignore_conflicts=True)
    return [row.key for row in rows]


@transaction.atomic
def restore(*, groups: Iterable[str], by: User, now: datetime) -> int:
    """Show these groups again, and place what can be placed by now; returns how many were ignored."""
    if not by.has_role(*KEEPERS):
        raise Refused("Marketing and RevOps decide what is ignored.")
    found = IgnoredKey.objects.filter(key__in=list(groups))
    keys = list(found.values_list("key", flat=True))
    found.delete()
    announcing.announce([key for key in keys if key.startswith(("domain:", "external:"))], now=now)
    return len(keys)


@transaction.atomic
def take_back(*, resolution: UUID, by: User, now: datetime) -> Resolution:
    """Undo a decision: the account loses what it was given, and its signals wait again as they did before.

    One's own decision, or any for RevOps, within a week. Signals that came since stay where they are placed.
    """
    row = Resolution.objects.select_for_update(of=("self",)).filter(pk=resolution).first()
    if row is None:
        raise NotKnown("There is no such decision.")
    if not by.has_role(Role.REVOPS) and row.by_id != by.pk:
        raise Refused("Whoever decided this takes it back, or RevOps.")
    if row.undone_at is not None:
        raise Conflict("This was taken back already.")
    if row.later or now >= row.at + TAKEN_BACK_WITHIN or row.account_id is None or row.change_set is None:
        raise Refused(
            "This can't be taken back with its signals any more. Take the domain off the account instead, and remove "
            "the signals that are not its own."
        )
    account_id = row.account_id
    _wait_again(row, account_id)
    undoing.undo(change_set=row.change_set, by=by, now=now)
    if Account.objects.filter(pk=account_id).exists():
        advance({account_id: ()}, book=book(), now=now, rebuild=True)
    row.undone_at, row.waiting = now, []
    row.save(update_fields=["undone_at", "waiting"])
    return row


def forget_waiting(*, now: datetime) -> int:
    """Drop what decisions keep for their way back, once it is closed; returns of how many."""
    old = Resolution.objects.filter(at__lt=now - TAKEN_BACK_WITHIN).exclude(waiting=[])
    return old.update(waiting=[])


def _resolve(
    act: Resolution.Act,
    groups: Sequence[str],
    what: str,
    by: User,
    now: datetime,
    write: Callable[[], Account],
) -> Outcome:
    """Write what gives the account its keys, then place what waited for them, as one act in the change log."""
    keys = keys_of(groups)
    with acting(by=by, via=Via.PAGE, what=what[:200]) as change_set:
        account = write()
        row = Resolution(
            id=uuid7(now), act=act, keys=list(groups), account=account, change_set=change_set, by=by, at=now
        )
        waiting = UnmatchedSignal.objects.filter(keys__overlap=keys).order_by("pk")
        rows = list(
            waiting.select_for_update().values_list("pk", "source_id", "keys", "received_at")[: AT_ONCE + 1]
        )
        before = Crossing.objects.filter(account=account).aggregate(last=Max("pk"))["last"] or 0
        if len(rows) > AT_ONCE:
            row.later = waiting.count()  # the work that the new key has put places them
        else:
            placed = {
                one.id for one in place([pk for pk, *_ in rows], now) if one.arrival.account_id == account.pk
            }
            row.signals = len(placed)
            row.waiting = [
                [str(pk), source_id, said, received_at.isoformat()]
                for pk, source_id, said, received_at in rows
                if pk in placed
            ]
        crossed = Crossing.objects.filter(account=account, pk__gt=before).select_related("threshold")
        names = tuple(one.threshold.name for one in crossed.order_by("pk"))
        row.crossings = len(names)
        row.save(force_insert=True)
    return Outcome(row, account, names)


def keys_of(groups: Iterable[str]) -> list[str]:
    """What the signals of these groups wait for; a visitor's network names a company like its domain does."""
    return [
        key
        for group in groups
        for key in (
            [group, f"network:{group.removeprefix('domain:')}"] if group.startswith("domain:") else [group]
        )
    ]


def _upserted(records: dict[int, AccountRecord], account: Account | None, now: datetime) -> Account:
    pinned = {0: account.pk} if account is not None else None
    result = upsert_accounts(records=records, now=now, pinned=pinned)
    _raise(result)
    found: Any = result.outcomes[0].row
    return Account.objects.get(pk=found.pk)


def _raise(result: BulkResult) -> None:
    if result.errors:
        raise Refused(" ".join(dict.fromkeys(error.detail for error in result.errors)))


def _check_editable(account: Account, by: User) -> None:
    if not Account.objects.editable_by(by).filter(pk=account.pk).exists():
        raise Refused(f"You may not change {account.name}. Ask its owner, marketing or RevOps.")


def _wait_again(row: Resolution, account_id: int) -> None:
    """The signals that are with the account still have none again, and wait for what they waited for."""
    said = {UUID(pk): (source_id, keys, received_at) for pk, source_id, keys, received_at in row.waiting}
    if not said:
        return
    wanted = sorted(said)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT FROM signals_unnamedsignal WHERE signal_id = ANY(%s::uuid[]) ORDER BY signal_id FOR UPDATE",
            [wanted],
        )
        lock_states([account_id])
        cursor.execute(_UNPLACE, [wanted, wanted[0], wanted[-1], account_id])
        back = [pk for (pk,) in cursor.fetchall()]
        cursor.execute("DELETE FROM signals_unnamedsignal WHERE signal_id = ANY(%s::uuid[])", [back])
    UnmatchedSignal.objects.bulk_create(
        UnmatchedSignal(
            signal_id=pk,
            source_id=said[pk][0],
            keys=said[pk][1],
            domain=next(
                (key.partition(":")[2] for key in said[pk][1] if key.startswith(("domain:", "network:"))), ""
            ),
            received_at=datetime.fromisoformat(said[pk][2]),
        )
        for pk in sorted(back)
    )


_UNPLACE = """
UPDATE signals_signal SET account_id = NULL, contact_id = NULL
WHERE id = ANY(%s::uuid[]) AND id >= %s AND id <= %s AND account_id = %s RETURNING id
"""
