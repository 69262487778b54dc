"""Starting a play on an account by hand."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction

from abmops.lib.errors import FieldErrors, Refused
from accounts.models import Account, Contact, User
from plays.domain.definition import Occasion
from plays.domain.guardrails import SETTABLE
from plays.models import Enrollment, Play
from plays.selectors import facts as facts_of
from plays.selectors import library
from plays.selectors.evidence import Evidence
from plays.selectors.house import in_force
from plays.services.decision.cases import Case
from plays.services.decision.deciding import decide
from plays.services.decision.weighing import weigh
from plays.services.enrollment.moving import Move, move_all
from plays.services.guardrail import overriding

OVERRIDABLE = SETTABLE
"""Rules that a person may set aside with a reason; a person's no and the program's limits are not among them."""


class TurnedDown(Refused):
    """Rules are in the way of a start. `in_the_way`: each with what it says, in the order in which they are asked."""

    def __init__(self, line: Mapping[str, Any]) -> None:
        super().__init__(line["sentence"], code=line["rule"])
        self.in_the_way = [
            (str(rule), str(said))
            for rule, outcome, said in line.get("rules", ())
            if outcome in ("refused", "held")
        ]
        if line["verdict"] == "holdout":
            self.in_the_way.append(("holdout", str(line["sentence"])))


@transaction.atomic
def start_play(
    *,
    play: Play,
    account: Account,
    by: User,
    reason: str,
    now: datetime,
    contact: Contact | None = None,
    override: Collection[str] = (),
) -> Enrollment:
    """Start a play by hand, for a reason that stays on the record, under the rules of every other start.

    Refused with the rule's sentence where one says no and is not in `override`. Each rule that was in the way and was
    set aside leaves its row; one that was not in the way is not set aside, for no later step either.
    """
    if not reason.strip():
        raise FieldErrors.one("/reason", "Say why this play is started by hand.")
    unknown = sorted(set(override) - OVERRIDABLE)
    if unknown:
        raise FieldErrors.one(
            "/override", f"“{unknown[0]}” cannot be set aside. Known: {', '.join(sorted(OVERRIDABLE))}."
        )
    if play.current is None or play.status != Play.Status.ACTIVE:
        raise Refused(
            f"{play.name} is {play.get_status_display().lower()}; only an active play can be started."
        )
    if contact is not None and contact.account_id != account.pk:
        raise FieldErrors.one("/contact", "This contact belongs to another account.")
    accounts = facts_of.lock_accounts([account.pk])
    case = Case(
        account_id=account.pk,
        occasion=Occasion(kind="manual", words=f"Started by {by}: {reason.strip()}"[:300], play=play.slug),
        evidence=Evidence(contact_id=contact.pk if contact else None),
        by=by,
        reason=reason.strip(),
        overridden=frozenset(override),
        only=library.listed(play),
    )
    if override:
        case = replace(case, overridden=_needed(case, accounts=accounts, now=now))
    (decision,) = decide([case], accounts=accounts, house=in_force(now=now), now=now)
    enrollment = decision.enrollments.filter(play=play).exclude(state=Enrollment.State.HOLDOUT).first()
    if enrollment is None:
        raise TurnedDown(decision.candidates[0])
    overriding.keep(decision=decision, enrollment=enrollment, now=now)
    _take_out(play, account, by=by, reason=reason, now=now)
    return enrollment


def _needed(case: Case, *, accounts: Mapping[int, Account], now: datetime) -> frozenset[str]:
    """Of what is to be set aside that which is in the way: nothing passes the steps to come without being counted."""
    (weighed,), _ = weigh([case], accounts=accounts, house=in_force(now=now), now=now)
    looked = (one for line in weighed.decided.lines for one in line.looked)
    return frozenset(one.rule for one in looked if one.outcome == "set aside") | (
        case.overridden & {"holdout"}
    )


def _take_out(play: Play, account: Account, *, by: User, reason: str, now: datetime) -> None:
    """An account in which the play was started is no longer one that was left alone: it counts in neither arm."""
    held = Enrollment.objects.filter(play=play, account=account, state=Enrollment.State.HOLDOUT)
    cause = f"Taken out of the holdout by {by}: {reason.strip()}"
    move_all([Move(one, "cancel", cause[:300], by) for one in held], now=now)
