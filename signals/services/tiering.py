"""Re-tier proposals: worked out for every account at once, then accepted or rejected by people, one or many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from abmops.lib.choices import Side
from abmops.lib.errors import Conflict, Refused
from accounts.models import Account, ListMembership, TierProposal, User
from accounts.services import storing
from accounts.services.locking import take_turn
from accounts.services.membership import Place, place_many
from signals.domain.tiering import GROWN_POINTS, REJECTED_FOR, has_grown, is_upward, place_words, propose
from signals.selectors.tiering import list_policy, policy_of, standings

__all__ = ["GROWN_POINTS", "REJECTED_FOR", "Proposed", "accept", "propose_tiers", "reject"]

State = TierProposal.State


@dataclass(slots=True)
class Proposed:
    """What a run did: proposals opened, changed, left as they were, and no longer so."""

    opened: int = 0
    updated: int = 0
    unchanged: int = 0
    passed: int = 0
    held_back: int = 0


@transaction.atomic
def propose_tiers(*, now: datetime) -> Proposed:
    """Bring the open proposals up to the figures of `now`: a fixed number of statements, and one more a thousand rows.

    An account that was rejected is not proposed the same way again for 90 days, unless the evidence has grown.
    """
    take_turn("tier proposals")
    policy = list_policy()
    lines = policy_of(policy)
    open_ones = {row.account_id: row for row in TierProposal.objects.filter(state=State.OPEN)}
    rejected = _rejected(now)
    done, new, changed = Proposed(), [], []
    for standing in standings(policy, now=now):
        wish = propose(standing, lines, now=now)
        if wish is None:
            continue
        evidence = [one.to_json() for one in wish.evidence]
        row = open_ones.pop(standing.account_id, None)
        if row is None:
            if _is_answered(rejected.get(standing.account_id), standing.tier, wish.to_tier, evidence):
                done.held_back += 1
                continue
            row = TierProposal(account_id=standing.account_id, at=now)
            new.append(row)
        elif (row.from_tier, row.to_tier, row.evidence) == (standing.tier, wish.to_tier, evidence):
            done.unchanged += 1
            continue
        else:
            if (row.from_tier, row.to_tier) != (standing.tier, wish.to_tier):
                row.at = now
            changed.append(row)
        row.from_tier, row.to_tier, row.evidence = standing.tier, wish.to_tier, evidence
    passed = list(open_ones.values())
    for row in passed:
        row.state, row.decided_at, row.decision = State.PASSED, now, "The figures no longer say so."
    storing.update(passed, ["state", "decided_at", "decision"], now=now)
    storing.update(changed, ["from_tier", "to_tier", "evidence", "at"], now=now)
    storing.insert(new, now=now)
    done.opened, done.updated, done.passed = len(new), len(changed), len(passed)
    return done


def _rejected(now: datetime) -> dict[int, list[TierProposal]]:
    """The rejections of the last 90 days by account."""
    found: dict[int, list[TierProposal]] = {}
    for row in TierProposal.objects.filter(state=State.REJECTED, decided_at__gt=now - REJECTED_FOR):
        found.setdefault(row.account_id, []).append(row)
    return found


def _is_answered(
    rejected: Sequence[TierProposal] | None,
    from_tier: int | None,
    to_tier: int | None,
    evidence: Sequence[Mapping[str, Any]],
) -> bool:
    """Whether somebody has said no to this direction, and nothing more speaks for it now."""
    upward = is_upward(from_tier, to_tier)
    return any(
        is_upward(row.from_tier, row.to_tier) == upward
        and not has_grown(row.evidence, evidence, upward=upward)
        for row in rejected or ()
    )


@transaction.atomic
def accept(
    *, proposals: Sequence[int], words: str, by: User, now: datetime, override: str = ""
) -> list[ListMembership]:
    """Do what these proposals say, all or nothing. The reason: the person's words and the strongest evidence.

    Conflict where one is decided already, or where its account has moved since. What goes past a ceiling or a
    quarantine needs `override`, as every change of the list does.
    """
    rows = _open(proposals)
    places = dict(Account.objects.filter(pk__in=[row.account_id for row in rows]).values_list("pk", "tier"))
    for row in rows:
        if places[row.account_id] != row.from_tier:
            raise Conflict(
                f"{row.account} is {place_words(places[row.account_id])} now; work the proposals out again."
            )
    wanted = [Place(row.account_id, row.to_tier, Side.REVOPS, reason_of(row, words)) for row in rows]
    placed = place_many(places=wanted, by=by, now=now, override=override)
    _decide(rows, State.ACCEPTED, words, by, now)
    return placed


@transaction.atomic
def reject(*, proposals: Sequence[int], words: str, by: User, now: datetime) -> int:
    """Say no, with the reason; returns how many. They do not come again for 90 days, unless the evidence grows."""
    if not words.strip():
        raise Refused("Say why the proposal is rejected: it will be asked again in 90 days.")
    rows = _open(proposals)
    _decide(rows, State.REJECTED, words, by, now)
    return len(rows)


def reason_of(row: TierProposal, words: str) -> str:
    """Why the list changed, as its history keeps it."""
    said = " ".join(one["sentence"] for one in row.evidence[:2])
    return " ".join(part for part in (words.strip(), f"Proposed by the figures: {said}") if part)


def _open(proposals: Sequence[int]) -> list[TierProposal]:
    """The rows, locked in id order; Conflict unless all are still to be decided."""
    wanted = sorted(set(proposals))
    if not wanted:
        raise Refused("Choose at least one proposal.")
    rows = list(
        TierProposal.objects.select_for_update(of=("self",))
        .filter(pk__in=wanted, state=State.OPEN)
        .select_related("account")
        .order_by("pk")
    )
    if len(rows) != len(wanted):
        raise Conflict("Some of these proposals are decided already, or no longer so. Look again.")
    return rows


def _decide(rows: Sequence[TierProposal], state: str, words: str, by: User, now: datetime) -> None:
    for row in rows:
        row.state, row.decided_by, row.decided_at, row.decision = state, by, now, words.strip()
    storing.update(rows, ["state", "decided_by", "decided_at", "decision"], now=now)
