"""The sample's list as its owner finds it: rules that fit a market of this size, wishes of both sides, accounts held
back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from abmops.lib.choices import Role, Side
from abmops.sample.program import DAY, Program
from accounts.domain.capacity import Ceiling
from accounts.models import Account, User, Via
from accounts.selectors.target_list import held_back, holding
from accounts.services.changes import acting
from accounts.services.target_list.nominations import nominate, reject
from accounts.services.target_list.policy import write_policy
from accounts.services.target_list.quarantine import hold_back

HOUR = timedelta(hours=1)


def write(program: Program) -> None:
    """Everything in the last weeks before the end; the same accounts for the same seed."""
    end, revops = program.end, program.revops
    seller = next(user for user in _people(program) if user.job == "ae")
    marketer = next(user for user in _people(program) if user.role == Role.MARKETER)
    with acting(by=revops, via=Via.PAGE, what="Wrote the rules of the list", at=end - 21 * DAY):
        write_policy(ceilings=_ceilings(), rules={}, by=revops)
    _nominations(end, revops=revops, seller=seller, marketer=marketer)
    _holds(end, revops=revops, marketer=marketer)


def _people(program: Program) -> Sequence[User]:
    return sorted(program.staff.values(), key=lambda user: user.email)


def _ceilings() -> list[Ceiling]:
    """Bands around what the tiers hold: the second has room for a few, the third is a little over."""
    held = holding().tiers
    first, second, third = (held.get(tier, 0) for tier in (1, 2, 3))
    most = max(third - 2, 0)
    return [
        Ceiling(1, _tens(first * 0.7), _tens(first * 1.2), 12),
        Ceiling(2, _tens(second * 0.8), _tens(second * 1.1), None),
        Ceiling(3, min(_tens(third * 0.6), most), most, None),
    ]


def _tens(count: float) -> int:
    return max(5, 5 * round(count / 5))


def _nominations(end: datetime, *, revops: User, seller: User, marketer: User) -> None:
    """Five accounts: one that both sides want, one that they want in different tiers, and one turned down last week."""
    free = Account.objects.filter(is_target=False, lifecycle="prospect")
    held = held_back(Account.objects.all(), now=end).values("pk")
    off = list(free.exclude(pk__in=held).order_by("-fit", "domain").values_list("pk", flat=True)[:5])
    rising = list(
        Account.objects.on_tier(2).order_by("-state__score", "domain").values_list("pk", flat=True)[:1]
    )
    said: tuple[tuple[int, list[int], User, str, int, str], ...] = (
        (3, off[:1], seller, Side.SALES, 2, "Their head of quality left a customer of ours and has asked for a call."),
        (2, off[:1], marketer, Side.MARKETING, 2, "Fits the profile; worth a first campaign."),
        (4, off[1:2], seller, Side.SALES, 2, "Audit finding in spring; the plant manager told our technician."),
        (2, off[1:2], marketer, Side.MARKETING, 3, "Let the ads run first; nobody above the plant has been seen yet."),
        (1, off[2:4], marketer, Side.MARKETING, 3, "Same industry and size as our last four wins."),
        (1, rising, seller, Side.SALES, 1, "The CFO wants a business case before the budget round."),
    )  # fmt: skip
    for days, accounts, by, side, tier, reason in said:
        if accounts:
            at = end - days * DAY - HOUR
            what = f"Nominated {len(accounts)} for tier {tier}"
            with acting(by=by, via=Via.PAGE, what=what, side=side, reason=reason, at=at):
                nominate(accounts=accounts, side=side, tier=tier, reason=reason, by=by, now=at)
    if off[4:]:
        at = end - 9 * DAY
        with acting(by=seller, via=Via.PAGE, what="Nominated for tier 1", side=Side.SALES, at=at):
            rows = nominate(accounts=off[4:], side=Side.SALES, tier=1, reason="Big name.", by=seller, now=at)
        decision = "A name is no reason. Come back with a contact and a plan."
        with acting(by=revops, via=Via.PAGE, what="Rejected nominations", reason=decision, at=at + 2 * DAY):
            reject(nominations=[row.pk for row in rows], decision=decision, by=revops, now=at + 2 * DAY)


def _holds(end: datetime, *, revops: User, marketer: User) -> None:
    """Two accounts that people asked to leave alone, beside those that deals hold back by themselves."""
    free = Account.objects.filter(is_target=False).exclude(nominations__isnull=False)
    rest = list(free.order_by("domain").values_list("pk", flat=True)[:2])
    for pk, by, until, reason in zip(
        rest,
        (marketer, revops),
        (end + 45 * DAY, None),
        ("Being taken over; the buyer is a customer of ours.", "Their legal department is talking to ours."),
        strict=False,
    ):
        at = end - 6 * DAY
        with acting(by=by, via=Via.PAGE, what="Held back 1 account", reason=reason, at=at):
            hold_back(accounts=[pk], until=until, reason=reason, by=by, now=at)
