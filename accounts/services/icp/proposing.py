"""A profile proposed from the closed deals: asked for, worked out, decided."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction

from abmops.lib.errors import Conflict, Refused
from abmops.work import services as work
from accounts.domain.fit import stored
from accounts.models import IcpModel, IcpProposal, User
from accounts.selectors.fit import criteria_in_force
from accounts.selectors.icp_history import closed_deals
from accounts.services.account.fit import adopt_icp

KIND_OF_WORK = "icp_proposal"
# A proposal that has been under way for so long has lost its worker; another may be asked for.
GIVEN_UP = timedelta(hours=1)
_State = IcpProposal.State


@transaction.atomic
def ask_for_proposal(*, by: User | None, now: datetime) -> IcpProposal:
    """Put a new proposal on the work list. One at a time."""
    if IcpProposal.objects.filter(state=_State.RUNNING, made_at__gt=now - GIVEN_UP).exists():
        raise Conflict("A proposal is being worked out already. It shows on this page when it is done.")
    IcpProposal.objects.filter(state=_State.RUNNING).update(
        state=_State.REFUSED, note="It was never finished; the Health page says why."
    )
    proposal = IcpProposal.objects.create(state=_State.RUNNING, made_at=now, made_by=by)
    work.put(kind=KIND_OF_WORK, subject_id=proposal.pk, dedup_key=f"icp_proposal:{proposal.pk}")
    return proposal


def work_out(*, proposal_id: int, now: datetime, hold: Callable[[], None] = lambda: None) -> None:
    """Learn from the deals that were closed in the 24 months before `now`, and keep what was found.

    Runs outside a transaction, so that its progress is seen; `hold` is called inside the one that keeps the result.
    """
    from accounts.domain import icp_learning  # noqa: PLC0415  (scikit-learn takes a second to load)

    mine = IcpProposal.objects.filter(pk=proposal_id, state=_State.RUNNING)
    if not mine.exists():
        return
    current, (histories, since) = criteria_in_force(), closed_deals(now=now)
    trouble = icp_learning.too_few(histories)
    learned = None
    if not trouble:
        learned = icp_learning.learn(histories, current, progress=lambda percent: _tell(proposal_id, percent))
    with transaction.atomic():
        hold()
        row = mine.select_for_update().first()
        if row is None:
            return
        if learned is None:
            row.state, row.note = _State.REFUSED, trouble
        else:
            row.state = _State.OPEN
            row.criteria = [stored(one) for one in learned.criteria]
            row.evidence = {"since": since.isoformat(), **learned.as_evidence()}
        row.progress = 100
        row.save()


def _tell(proposal_id: int, percent: int) -> None:
    IcpProposal.objects.filter(pk=proposal_id).update(progress=percent)


@transaction.atomic
def adopt_proposal(
    *, proposal: IcpProposal, name: str, reason: str, by: User, now: datetime, instead_of: int | None = None
) -> IcpModel:
    """Put a proposal into force; a person says so, with a reason."""
    row = _open(proposal)
    if not row.criteria:
        raise Refused("This proposal has no criteria: no fact about the companies went with winning.")
    model = adopt_icp(name=name, criteria=row.criteria, now=now, by=by, reason=reason, instead_of=instead_of)
    row.state, row.decided_by, row.decided_at, row.model = _State.ADOPTED, by, now, model
    row.save(update_fields=["state", "decided_by", "decided_at", "model"])
    return model


@transaction.atomic
def dismiss_proposal(*, proposal: IcpProposal, by: User, now: datetime) -> None:
    """Put a proposal aside. It is kept with its evidence."""
    row = _open(proposal)
    row.state, row.decided_by, row.decided_at = _State.DISMISSED, by, now
    row.save(update_fields=["state", "decided_by", "decided_at"])


@transaction.atomic
def take_up_again(*, proposal: IcpProposal) -> None:
    """Undo of a dismissal."""
    row = IcpProposal.objects.select_for_update().get(pk=proposal.pk)
    if row.state != _State.DISMISSED:
        raise Conflict("This proposal is not dismissed any more.")
    row.state, row.decided_by, row.decided_at = _State.OPEN, None, None
    row.save(update_fields=["state", "decided_by", "decided_at"])


def _open(proposal: IcpProposal) -> IcpProposal:
    row = IcpProposal.objects.select_for_update().get(pk=proposal.pk)
    if row.state != _State.OPEN:
        raise Conflict(f"This proposal cannot be decided: it is “{row.get_state_display().lower()}”.")
    return row
