"""A proposal from history on its way: asked for, worked out by a worker, adopted or put aside by a person."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from abmops.lib.choices import Role
from abmops.lib.errors import Conflict, Refused
from abmops.work import services as work
from abmops.work.models import WorkItem
from accounts.domain import icp_learning as learning
from accounts.models import Account, Change, IcpModel, IcpProposal, Opportunity
from accounts.selectors.icp_history import closed_deals, window_start
from accounts.services import icp as services
from tests.accounts import make

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
State = IcpProposal.State
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few shuffles."""
    monkeypatch.setattr(learning, "SHUFFLES", 20)


def deals(companies: int, *, of_each: int = 2) -> None:
    """Steel is won and optics are lost, mostly."""
    for number in range(companies):
        account = make.account(
            f"C {number}",
            f"c{number}.example",
            industry=("Steel", "Optics")[number % 2],
            employees=100 * number,
        )
        for one in range(of_each):
            won = (number % 2 == 0) != (number % 7 == 0)
            Opportunity.objects.create(
                external_id=f"{number}-{one}",
                account=account,
                closed_at=NOW - timedelta(days=10 + one),
                outcome="won" if won else "lost",
            )


def worked_out() -> IcpProposal:
    """Asked for and done."""
    proposal = services.ask_for_proposal(by=make.user(Role.REVOPS), now=NOW)
    work.drain_all()
    proposal.refresh_from_db()
    return proposal


def test_a_worker_learns_and_a_person_decides() -> None:
    deals(50)
    proposal = worked_out()
    assert (proposal.state, proposal.progress, proposal.note) == (State.OPEN, 100, "")
    assert proposal.evidence["deals"] == 100
    assert proposal.evidence["better_than_chance"]
    assert proposal.criteria[0]["field"] == "industry"
    assert proposal.criteria[0]["any_of"] == ["Steel"]
    assert not IcpModel.objects.exists()
    assert not Account.objects.filter(fit__gt=0).exists()
    person = make.user(Role.REVOPS)
    model = services.adopt_proposal(proposal=proposal, name="Learned", reason="It tells.", by=person, now=NOW)
    proposal.refresh_from_db()
    assert (proposal.state, proposal.decided_by, proposal.model) == (State.ADOPTED, person, model)
    assert model.criteria == proposal.criteria
    assert Account.objects.filter(industry="Steel", fit__gt=0).count() == 25


def test_too_few_deals_end_in_a_sentence() -> None:
    deals(10)
    proposal = worked_out()
    assert proposal.state == State.REFUSED
    assert "40 more closed deals" in proposal.note
    with pytest.raises(Conflict, match="too few deals"):
        services.adopt_proposal(proposal=proposal, name="X", reason="r", by=make.user(), now=NOW)


def test_one_at_a_time_unless_the_worker_was_lost() -> None:
    first = services.ask_for_proposal(by=None, now=NOW)
    with pytest.raises(Conflict, match="already"):
        services.ask_for_proposal(by=None, now=NOW + timedelta(minutes=59))
    services.ask_for_proposal(by=None, now=NOW + timedelta(minutes=61))
    first.refresh_from_db()
    assert (first.state, first.note) == (State.REFUSED, "It was never finished; the Health page says why.")
    assert WorkItem.objects.filter(kind="icp_proposal").count() == 2


def test_working_it_out_twice_changes_nothing() -> None:
    deals(50)
    proposal = worked_out()
    before = IcpProposal.objects.values().get()
    services.work_out(proposal_id=proposal.pk, now=NOW + timedelta(days=3))
    assert IcpProposal.objects.values().get() == before


def test_what_was_decided_is_not_decided_again_and_a_dismissal_can_be_undone() -> None:
    deals(50)
    proposal, person = worked_out(), make.user(Role.REVOPS)
    services.dismiss_proposal(proposal=proposal, by=person, now=NOW)
    with pytest.raises(Conflict):
        services.adopt_proposal(proposal=proposal, name="X", reason="r", by=person, now=NOW)
    services.take_up_again(proposal=proposal)
    services.adopt_proposal(proposal=proposal, name="X", reason="r", by=person, now=NOW)
    with pytest.raises(Conflict):
        services.dismiss_proposal(proposal=proposal, by=person, now=NOW)
    with pytest.raises(Conflict):
        services.take_up_again(proposal=proposal)


def test_a_proposal_without_criteria_cannot_be_adopted() -> None:
    proposal = IcpProposal.objects.create(made_at=NOW, evidence={"deals": 60})
    with pytest.raises(Refused, match="no criteria"):
        services.adopt_proposal(proposal=proposal, name="X", reason="r", by=make.user(), now=NOW)


def test_only_deals_closed_within_24_months_of_a_known_account_count() -> None:
    account = make.account(industry="Steel")
    for number, (days, outcome, known) in enumerate(
        [
            (0, "won", True),
            (1, "won", True),
            (730, "lost", True),
            (731, "lost", True),
            (5, "won", False),
            (None, None, True),
        ]
    ):
        Opportunity.objects.create(
            external_id=str(number),
            account=account if known else None,
            closed_at=None if days is None else NOW - timedelta(days=days),
            outcome=outcome,
        )
    rows, since = closed_deals(now=NOW)
    assert since == datetime(2024, 11, 22, 9, tzinfo=UTC)
    assert [(row.account, row.won, row.lost) for row in rows] == [(account.pk, 1, 1)]
    assert window_start(datetime(2028, 2, 29, tzinfo=UTC)) == datetime(2026, 2, 28, tzinfo=UTC)


def test_progress_is_no_change_and_the_decision_is() -> None:
    deals(50)
    proposal = worked_out()
    kinds = [
        (row.op, row.after) for row in Change.objects.filter(table="accounts_icpproposal").order_by("id")
    ]
    assert [op for op, _ in kinds] == ["I", "U"]
    assert kinds[1][1] is not None
    assert kinds[1][1]["state"] == "open"
    services.dismiss_proposal(proposal=proposal, by=make.user(Role.REVOPS), now=NOW)
    assert Change.objects.filter(table="accounts_icpproposal", op="U").count() == 2


def test_the_deals_are_read_in_a_fixed_number_of_queries() -> None:
    deals(10)
    with CaptureQueriesContext(connection) as few:
        closed_deals(now=NOW)
    deals_more = Account.objects.count()
    for number in range(20):
        row = make.account(f"M {number}", f"m{number}.example")
        Opportunity.objects.create(
            external_id=f"m{number}", account=row, closed_at=NOW - timedelta(1), outcome="won"
        )
    with CaptureQueriesContext(connection) as many:
        assert len(closed_deals(now=NOW)[0]) == deals_more + 20
    assert len(few) == len(many)
