"""Writing opportunities: upserts by external id, with the history of stage and amount beside the current values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Max

from abmops.lib.bulk import BulkResult, Verdict
from abmops.lib.errors import FieldError
from accounts.domain.records import OpportunityRecord
from accounts.domain.stages import Step, added, standing
from accounts.models import AccountEvent, Opportunity, OpportunityAmount, OpportunityStage, User
from accounts.services import events, lookups, storing
from accounts.services.claims import Claims
from accounts.services.locking import take_turn
from accounts.services.opportunity_removal import key_of, settle_opportunities

_PLAIN = ("name", "amount", "currency", "opened_at", "closed_at", "outcome")
_WRITTEN = (*_PLAIN, "account", "stage", "owner", "updated_at")
_JUST_AFTER = timedelta(microseconds=1)


@dataclass(slots=True)
class _Change:
    index: int
    row: Opportunity
    is_new: bool
    before: Mapping[str, Any]
    steps: list[Step] = field(default_factory=list)
    amount_from: datetime | None = None  # a row of the amount's history is due from here
    all_steps: list[Step] = field(default_factory=list)

    @property
    def is_changed(self) -> bool:
        return any(value != getattr(self.row, name) for name, value in self.before.items())

    @property
    def has_news(self) -> bool:
        return self.is_changed or bool(self.steps)

    @property
    def verdict(self) -> Verdict:
        """What the record does, in a word."""
        if self.is_new:
            return "created"
        return "updated" if self.has_news else "unchanged"


@transaction.atomic
def upsert_opportunities(*, records: Mapping[int, OpportunityRecord], now: datetime) -> BulkResult:
    """Create or update opportunities by `external_id`, and tell plays of the stages they entered.

    The account may be left out (CRMs hold such deals); one that is named must be known. `stages` are added to the
    history; a plain `stage` that the history does not end in is a move: at `closed_at` for a closed deal, at
    `opened_at` for a new one, else now. A new amount counts from `closed_at` when it comes with the outcome, else from
    now.
    """
    take_turn("opportunity")
    result = BulkResult()
    claims = Claims(records, result)
    call = _Call.of(records, result, now)
    changes = []
    for index, record in records.items():
        if claims.take(index, {record["external_id"]: "/external_id"}) and (
            change := call.change(index, record)
        ):
            changes.append(change)
            result.settle(index, change.verdict, change.row)
    claims.settle_repeats()
    _write(changes, now=now)
    moved = {
        change.row.pk: str(change.row)
        for change in changes
        if not change.is_new and change.before["account_id"] != change.row.account_id
    }
    settle_opportunities(deals=moved, names=moved, now=now)
    return result


@dataclass(slots=True)
class _Call:
    result: BulkResult
    now: datetime
    stored: dict[str, Opportunity]
    steps: dict[int, list[Step]]
    amounts_from: dict[int, datetime]
    accounts: lookups.AccountRefs
    users: dict[str, User]

    @classmethod
    def of(cls, records: Mapping[int, OpportunityRecord], result: BulkResult, now: datetime) -> _Call:
        wanted = {record["external_id"] for record in records.values()}
        rows = Opportunity.objects.filter(external_id__in=wanted).order_by("id").select_for_update()
        stored = {row.external_id: row for row in rows}
        ids = [row.pk for row in stored.values()]
        steps: dict[int, list[Step]] = {}
        for pk, at, stage in OpportunityStage.objects.filter(opportunity_id__in=ids).values_list(
            "opportunity_id", "at", "stage"
        ):
            steps.setdefault(pk, []).append(Step(at, stage))
        amounts = OpportunityAmount.objects.filter(opportunity_id__in=ids).order_by().values("opportunity_id")
        return cls(
            result=result,
            now=now,
            stored=stored,
            steps=steps,
            amounts_from=dict(amounts.annotate(last=Max("valid_from")).values_list("opportunity_id", "last")),
            accounts=lookups.AccountRefs.of(records.values()),
            users=lookups.users_by_email(record.get("owner") for record in records.values()),
        )

    def change(self, index: int, record: OpportunityRecord) -> _Change | None:
        """Put the record on its opportunity, in memory; None where something is wrong with it."""
        row = self.stored.get(record["external_id"])
        is_new = row is None
        row = row or Opportunity(external_id=record["external_id"])
        before = {name: getattr(row, name) for name in (*_PLAIN, "stage", "account_id", "owner_id")}
        for name in _PLAIN:
            if name in record:
                setattr(row, name, record[name])  # type: ignore[literal-required]
        if "outcome" in record and record["outcome"] is None and "closed_at" not in record:
            row.closed_at = None
        errors = [*self._refer(row, record), *_check(row)]
        if errors:
            self.result.refuse_all(index, errors)
            return None
        change = _Change(index, row, is_new, before)
        self._move(change, record)
        self._reprice(change)
        return change

    def _refer(self, row: Opportunity, record: OpportunityRecord) -> Iterable[FieldError]:
        found = self.accounts.find(record)
        if isinstance(found, FieldError):
            yield found
        elif found is not None or "account_domain" in record:
            row.account_id = found
        owner = record.get("owner")
        if owner and owner.lower() not in self.users:
            yield lookups.unknown_user("/owner", owner)
        elif "owner" in record:
            row.owner = self.users[owner.lower()] if owner else None

    def _move(self, change: _Change, record: OpportunityRecord) -> None:
        row = change.row
        known = self.steps.get(row.pk, []) if row.pk else []
        told = [Step(step["at"], step["stage"]) for step in record.get("stages", [])]
        moved_at = row.closed_at or (row.opened_at if change.is_new else None) or self.now
        change.steps = added(known, told, record.get("stage"), moved_at=moved_at)
        change.all_steps = [*known, *change.steps]
        row.stage = standing(change.all_steps) or row.stage

    def _reprice(self, change: _Change) -> None:
        row, before = change.row, change.before
        if (row.amount, row.currency) == (before["amount"], before["currency"]):
            return
        if change.is_new:
            change.amount_from = row.opened_at or self.now
            return
        closes_now = row.outcome is not None and before["outcome"] is None
        start = (row.closed_at if closes_now else None) or self.now
        last = self.amounts_from.get(row.pk)
        change.amount_from = start if last is None or last < start else max(self.now, last + _JUST_AFTER)


def _check(row: Opportunity) -> Iterable[FieldError]:
    if row.amount is not None and not row.currency:
        yield FieldError("/currency", "Is missing; an amount needs its ISO 4217 currency, like EUR.")
    if row.outcome is not None and row.closed_at is None:
        yield FieldError("/closed_at", f"Is missing; say when the opportunity was {row.outcome}.")
    if row.outcome is None and row.closed_at is not None:
        yield FieldError(
            "/outcome",
            "Is missing; a closed opportunity is won or lost. Leave closed_at out while it is open.",
        )
    if row.opened_at is not None and row.closed_at is not None and row.closed_at < row.opened_at:
        yield FieldError("/closed_at", "Lies before opened_at.")


def _write(changes: list[_Change], *, now: datetime) -> None:
    storing.insert([change.row for change in changes if change.is_new], now=now)
    old = [change.row for change in changes if not change.is_new and change.is_changed]
    storing.update(old, _WRITTEN, now=now)
    storing.insert(
        [
            OpportunityStage(opportunity=change.row, stage=step.stage, at=step.at)
            for change in changes
            for step in change.steps
        ],
        now=now,
    )
    storing.insert(
        [
            OpportunityAmount(
                opportunity=change.row,
                amount=change.row.amount,
                currency=change.row.currency,
                valid_from=change.amount_from,
            )
            for change in changes
            if change.amount_from is not None
        ],
        now=now,
    )
    events.record((event for change in changes for event in _events(change)), now=now)


def _events(change: _Change) -> Iterable[events.NewEvent]:
    """The stages entered; for a deal that just found its account, also the stage it stands in."""
    row = change.row
    if row.account_id is None:
        return
    steps = set(change.steps)
    if not change.is_new and change.before["account_id"] != row.account_id and change.all_steps:
        steps.add(max(change.all_steps))
    for step in sorted(steps):
        is_last = step == max(change.all_steps)
        yield events.NewEvent(
            account_id=row.account_id,
            kind=AccountEvent.Kind.OPPORTUNITY_STAGE,
            at=step.at,
            dedup_key=key_of(row.pk, step.at, step.stage),
            payload={"opportunity": row.pk, "stage": step.stage, "outcome": row.outcome if is_last else None},
        )
