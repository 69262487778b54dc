"""The joint working session [J]: both sides nominate with their reasons, the list's owner accepts or rejects."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

from django.db import transaction
from django.urls import reverse

from abmops.lib import notices
from abmops.lib.choices import Role, Side
from abmops.lib.errors import Conflict, NotKnown, Refused
from accounts.models import Account, ListMembership, Nomination, User
from accounts.services import storing
from accounts.services.membership import Place, place_many
from accounts.services.target_list.rules import take_the_list

OPEN = Nomination.State.OPEN
_DECISION = ["state", "decided_by", "decided_at", "decision", "membership"]


@transaction.atomic
def nominate(
    *, accounts: Collection[int], side: str, tier: int, reason: str, by: User, now: datetime
) -> list[Nomination]:
    """Wish several accounts into a tier, for one side and one reason. All of them or none.

    A side has one open nomination an account. An account that is held back may be nominated; it is accepted later.
    """
    if not reason.strip():
        raise Refused("Say why: a nomination carries what its side knows of the account.")
    take_the_list()
    wanted = set(accounts)
    rows = Account.objects.visible_to(by).filter(pk__in=wanted).order_by("pk")
    known = {row.pk: row for row in rows.select_for_update(no_key=True)}  # a merge may be taking one away
    if missing := wanted - set(known):
        raise NotKnown(f"There is no account {min(missing)}.")
    if there := [row.name for row in known.values() if row.tier == tier]:
        raise Refused(f"{_named(there)} in tier {tier} already.")
    waiting = Nomination.objects.filter(account__in=wanted, side=side, state=OPEN).select_related("account")
    if names := [row.account.name for row in waiting]:
        raise Conflict(f"{_named(names)} nominated by {Side(side).label} already, and not yet decided.")
    made = [
        Nomination(account_id=pk, side=side, tier=tier, reason=reason.strip(), by=by, at=now)
        for pk in sorted(wanted)
    ]
    return storing.insert(made, now=now)


@transaction.atomic
def accept(
    *,
    nominations: Collection[int],
    decision: str,
    by: User,
    now: datetime,
    tier: int | None = None,
    override: str = "",
) -> list[Nomination]:
    """Place the nominated accounts, in the same transaction; returns every nomination that this decided.

    The tier is the nominated one, or `tier`. Where the other side asks for the same, its nomination is accepted with
    it; where it asks for another tier it stays open. The list keeps the side that asked first, and all the reasons.
    Ceilings and quarantine hold as for any other change of the list.
    """
    picked = _to_decide(nominations, decision, by)
    wished = {row.account_id: tier or row.tier for row in picked}
    if any(wished[row.account_id] != (tier or row.tier) for row in picked):
        raise Refused(
            "The two sides ask for different tiers. Choose one of the nominations, or name the tier."
        )
    chosen = {row.pk for row in picked}
    siblings = Nomination.objects.filter(account__in=wished, state=OPEN).select_related("account", "by")
    agreed: dict[int, list[Nomination]] = {}
    for row in siblings.order_by("at", "pk"):
        if row.pk in chosen or row.tier == wished[row.account_id]:
            agreed.setdefault(row.account_id, []).append(row)
    places = [
        Place(account_id, wished[account_id], rows[0].side, _reasons(rows, decision))
        for account_id, rows in agreed.items()
    ]
    placed = {row.account_id: row for row in place_many(places=places, by=by, now=now, override=override)}
    standing = _standing(account_id for account_id in agreed if account_id not in placed)
    decided = []
    for account_id, rows in agreed.items():
        for row in rows:
            _settle(row, Nomination.State.ACCEPTED, decision, by=by, now=now)
            row.membership = placed.get(account_id) or standing.get(account_id)
            decided.append(row)
    return _stored(decided, by=by, now=now)


@transaction.atomic
def reject(*, nominations: Collection[int], decision: str, by: User, now: datetime) -> list[Nomination]:
    """Turn nominations down, with the reason that their side will read."""
    rows = _to_decide(nominations, decision, by)
    for row in rows:
        _settle(row, Nomination.State.REJECTED, decision, by=by, now=now)
    return _stored(rows, by=by, now=now)


@transaction.atomic
def withdraw(*, nomination: Nomination, by: User, now: datetime, reason: str = "") -> Nomination:
    """Take a nomination back: whoever made it, or RevOps."""
    take_the_list()
    row = Nomination.objects.select_related("account", "by").filter(pk=nomination.pk).first()
    if row is None:
        raise NotKnown("This nomination went with its account.")
    if row.by_id != by.pk and not by.has_role(Role.REVOPS):
        raise Refused("Only the person who nominated it, or RevOps, may withdraw a nomination.")
    if row.state != OPEN:
        raise Conflict(f"{row.account.name}: {_over(row)}.")
    _settle(row, Nomination.State.WITHDRAWN, reason, by=by, now=now)
    storing.update([row], _DECISION, now=now)
    return row


def _to_decide(nominations: Collection[int], decision: str, by: User) -> list[Nomination]:
    if not by.has_role(Role.REVOPS):
        raise Refused("Only RevOps, who owns the list, accepts and rejects nominations.")
    if not decision.strip():
        raise Refused("Say why: the side that nominated reads the decision.")
    take_the_list()
    rows = list(
        Nomination.objects.filter(pk__in=set(nominations)).select_related("account", "by").order_by("pk")
    )
    if missing := set(nominations) - {row.pk for row in rows}:
        raise NotKnown(f"There is no nomination {min(missing)}.")
    if over := [row for row in rows if row.state != OPEN]:
        raise Conflict(f"{over[0].account.name}: {_over(over[0])}. Look again.")
    return rows


def _over(row: Nomination) -> str:
    return f"this nomination was {row.get_state_display().lower()} already"


def _reasons(rows: Sequence[Nomination], decision: str) -> str:
    said = [f"{row.get_side_display()} nominated it: {_ended(row.reason)}" for row in rows]
    return " ".join([*said, f"Accepted: {_ended(decision)}"])


def _ended(text: str) -> str:
    text = text.strip()
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _standing(accounts: Iterable[int]) -> dict[int, ListMembership]:
    rows = ListMembership.objects.filter(account__in=list(accounts), valid_to__isnull=True)
    return {row.account_id: row for row in rows}


def _settle(row: Nomination, state: str, decision: str, *, by: User, now: datetime) -> None:
    row.state, row.decision = state, decision.strip()
    row.decided_by, row.decided_at = by, now


def _stored(rows: Sequence[Nomination], *, by: User, now: datetime) -> list[Nomination]:
    """Write the decisions and tell each nominator."""
    storing.update(rows, _DECISION, now=now)
    for row in rows:
        if row.by is None or row.by_id == by.pk:
            continue
        notices.tell(
            [row.by],
            kind="nomination",
            subject=f"nomination:{row.pk}:{row.state}",
            text=f"{row.account.name}: your nomination was {row.get_state_display().lower()}. {row.decision}",
            url=reverse("accounts:account", args=[row.account_id]),
            now=now,
        )
    return list(rows)


def _named(names: Sequence[str]) -> str:
    """`Acme is`, `Acme and Borea are`, `Acme, Borea and 3 more are`."""
    names = sorted(names)
    if len(names) == 1:
        return f"{names[0]} is"
    if len(names) > 3:
        return f"{', '.join(names[:2])} and {len(names) - 2} more are"
    return f"{', '.join(names[:-1])} and {names[-1]} are"
