"""Changing the target list: change points in any order of arrival, intervals always whole, flags always right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from abmops.lib.bulk import BulkResult
from abmops.lib.choices import Role
from abmops.lib.errors import FieldError, Refused
from accounts.domain.records import ListChangeRecord
from accounts.models import Account, ListMembership, User
from accounts.services import lookups
from accounts.services.claims import Claims
from accounts.services.events import NEWS
from accounts.services.reacting import evaluate_later
from accounts.services.target_list import history
from accounts.services.target_list.rules import Past, judge, must_be_allowed, take_the_list


@transaction.atomic
def change_list(*, records: Mapping[int, ListChangeRecord], by: User | None, now: datetime) -> BulkResult:
    """Put accounts on the list, move them between tiers or take them off, as of `at`.

    The key is the account and `at`: the same change again is unchanged, another tier, side or reason at the same moment
    corrects it. Whatever the order of arrival, the intervals come out the same. Calls take turns. These are facts of
    other systems: one that goes past a ceiling or a quarantine is kept, and where it is news the row says so and the
    result warns.
    """
    result = BulkResult()
    refs = lookups.AccountRefs.of(records.values())
    targets = _targets(records, refs, result)
    take_the_list()
    histories = history.lock(targets.values())
    claims = Claims(records, result)
    new, corrected, why = [], [], {}
    for index, account_id in targets.items():
        record, known = records[index], histories.get(account_id)
        if known is None:
            result.refuse(index, "", "The account has just been removed.")
            continue
        if not claims.take(index, {(account_id, record["at"]): "/at"}):
            continue
        row = known.rows.get(record["at"])
        said = (record["tier"], record["side"], record["reason"])
        if row is None:
            row = ListMembership(account_id=account_id, valid_from=record["at"], by=by)
            known.rows[record["at"]] = row
            new.append(row)
            result.settle(index, "created", row)
        elif (row.tier, row.side, row.reason) == said:
            result.settle(index, "unchanged", row)
            continue
        else:
            row.by = by
            if row.tier != record["tier"]:
                row.passed_over, row.override = [], ""
            corrected.append(row)
            result.settle(index, "updated", row)
        row.tier, row.side, row.reason = said
        why[account_id, record["at"]] = record.get("override", "")
    claims.settle_repeats()
    touched = [*new, *corrected]
    _mark(histories, touched, why, result, now=now)
    history.write(histories, new, corrected, now=now)
    evaluate_later(row.account_id for row in touched)
    return result


@dataclass(frozen=True, slots=True)
class Place:
    """A wish: one account into a tier, or off the list (None)."""

    account_id: int
    tier: int | None
    side: str
    reason: str


@transaction.atomic
def place_many(
    *,
    places: Sequence[Place],
    by: User | None,
    now: datetime,
    at: datetime | None = None,
    override: str = "",
    taking_back: bool = False,
) -> list[ListMembership]:
    """Put accounts into tiers, or off the list; returns the rows of those that were not there already.

    From now on, or for RevOps from a past moment `at` on. One place an account; all or nothing. A change that leaves a
    tier or an owner past the ceiling needs `override`, a reason of its own; so does an account that is held back,
    which only RevOps may let in. `taking_back` restores what was, so the rules do not stop it, but the row names them.
    Raises `NeedsReason` or `Refused`. A fixed number of statements, and one more a thousand accounts.
    """
    if any(not place.reason.strip() for place in places):
        raise Refused("Say why: every change of the list carries its reason.")
    wanted = {place.account_id: place for place in places}
    take_the_list()
    histories = history.lock(wanted)
    moment = _moment(histories, at, by=by, now=now)
    rows = []
    for pk, known in histories.items():
        place = wanted[pk]
        if (known.tier if at is None else known.tier_before(moment)) == place.tier:
            continue
        if at is None and any(later >= moment for later in known.rows):
            raise Refused("The list has a later change of this account already. Look again.")
        if moment in known.rows:
            raise Refused(f"{known.name} changed its place at this very moment. Choose another.")
        row = ListMembership(account_id=pk, valid_from=moment, by=by, tier=place.tier, side=place.side)
        row.reason = place.reason.strip()
        known.rows[moment] = row
        rows.append(row)
    past = judge((histories[row.account_id].going() for row in rows), now=now)
    if not taking_back:
        must_be_allowed(past, override=override, by=by)
    for row in rows:
        row.passed_over = past.of(row.account_id)
        row.override = (override.strip() or row.reason) if row.passed_over else ""
    history.write(histories, rows, now=now)
    evaluate_later(row.account_id for row in rows)
    return rows


def place_on_list(
    *,
    account: Account,
    tier: int | None,
    side: str,
    reason: str,
    by: User,
    now: datetime,
    override: str = "",
) -> ListMembership | None:
    """Put one account into a tier now, or off the list (None); None where it is there already."""
    wish = Place(account.pk, tier, side, reason)
    rows = place_many(places=[wish], by=by, now=now, override=override)
    return rows[0] if rows else None


def _moment(
    histories: Mapping[int, history.History], at: datetime | None, *, by: User | None, now: datetime
) -> datetime:
    if at is None:
        return now
    if at > now:
        raise Refused(
            "That moment is still to come. A change of the list holds from now or from a past moment."
        )
    if by is None or not by.has_role(Role.REVOPS):
        raise Refused("Only RevOps may change the list as of a past moment.")
    return at


def _mark(
    histories: Mapping[int, history.History],
    touched: Sequence[ListMembership],
    why: Mapping[tuple[int, datetime], str],
    result: BulkResult,
    *,
    now: datetime,
) -> None:
    """Let the rows that change where an account is now say which rules they go past. What is no news is history."""
    newest = [row for row in touched if histories[row.account_id].newest() is row]
    past = judge((histories[row.account_id].going() for row in newest), now=now, verb="holds")
    fresh = {row.account_id for row in newest if row.valid_from >= now - NEWS}
    holds = {account_id: said for account_id, said in past.holds.items() if account_id in fresh}
    past = Past(past.ceilings, holds)
    for row in newest:
        if row.account_id in fresh and histories[row.account_id].going().arrives:
            row.passed_over = past.of(row.account_id)
            row.override = why[row.account_id, row.valid_from] if row.passed_over else ""
    result.warnings.extend(past.sentences())


def _targets(
    records: Mapping[int, ListChangeRecord], refs: lookups.AccountRefs, result: BulkResult
) -> dict[int, int]:
    targets = {}
    for index, record in records.items():
        found = refs.find(record)
        if isinstance(found, FieldError):
            result.refuse_all(index, [found])
        elif found is None:
            result.refuse(index, "/account_domain", "Is missing; a list change names its account.")
        else:
            targets[index] = found
    return targets
