"""What the CRM tells becomes signals by the rules of the catalogue: once each, whatever is merged or taken back."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from abmops.lib.choices import Channel, Direction, Role, Side, SourceKind
from abmops.work import services as work
from abmops.work.models import WorkItem
from accounts.models import Account, AccountEvent, Opportunity, Touch, User
from accounts.services.meeting import withdraw_meeting
from accounts.services.merging import merge_accounts
from accounts.services.opportunity import upsert_opportunities
from accounts.services.touch import log_touch, remove_touch, upsert_touches
from signals.domain import starter
from signals.models import AccountState, RemovalRun, Signal, Source
from signals.selectors import book
from signals.services import crm, definitions, ingest, removing
from tests.accounts import make as accounts
from tests.signals import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def catalogue(db: None) -> Source:
    """The starter types, and a source of the kind CRM."""
    for one in starter.TYPES:
        fields = dict(one)
        definitions.put_signal_type(slug=str(fields.pop("slug")), fields=fields)
    return definitions.put_source(slug="crm", fields={"name": "CRM", "kind": SourceKind.CRM}).row


def deal(moment: datetime, *stages: tuple[str, int], outcome: str | None = None, **more: Any) -> None:
    """A deal of acme.example that entered stages so many days ago."""
    record: dict[str, Any] = {
        "external_id": "D-1",
        "account_domain": "acme.example",
        "name": "Acme's first order",
        "stage": stages[-1][0],
        "opened_at": moment - timedelta(days=stages[0][1]),
        "stages": [{"stage": name, "at": moment - timedelta(days=days)} for name, days in stages],
        "outcome": outcome,
        **({"closed_at": moment - timedelta(days=stages[-1][1])} if outcome else {}),
        **more,
    }
    result = upsert_opportunities(records={0: record}, now=moment)  # type: ignore[dict-item]
    assert not result.errors, result.errors


def facts() -> list[tuple[str, str]]:
    """The signals there are: their types, and what they say they are."""
    work.drain_all()
    assert not WorkItem.objects.filter(kind=crm.KIND).exists()
    rows = Signal.objects.order_by("occurred_at").select_related("type")
    return [(row.type.slug, str(row.properties["name"])) for row in rows]


def met(account: Account, moment: datetime, days: int = 0, **more: Any) -> Touch:
    """A meeting that was booked with somebody of an account."""
    return log_touch(
        account=account, side=Side.SALES, channel=Channel.MEETING, direction=Direction.OUTBOUND,
        occurred_at=moment - timedelta(days=days, hours=2), now=moment, **more,
    )  # fmt: skip


def test_a_deal_that_moves_is_signals_of_the_types_whose_rules_it_fits(
    catalogue: Source, moment: datetime
) -> None:
    account = accounts.account()
    deal(moment, ("Discovery", 9), ("Proposal sent", 3), ("Closing", 1))
    assert facts() == [
        ("deal-early", "Stage: Discovery"),
        ("deal-advanced", "Stage: Proposal sent"),
        ("deal-early", "Stage: Closing"),
    ]
    signal = Signal.objects.get(type__slug="deal-advanced")
    assert (signal.account_id, signal.source_id, signal.points) == (account.pk, catalogue.pk, 15.0)
    assert signal.properties["about"] == "Acme's first order"


def test_the_same_deal_again_is_the_same_facts(catalogue: Source, moment: datetime) -> None:
    accounts.account()
    for _ in range(3):
        deal(moment, ("Discovery", 9), ("Proposal", 3))
    assert len(facts()) == 2
    crm.note_facts(list(AccountEvent.objects.all()), moment)  # as if the work were put again
    assert len(facts()) == 2


@pytest.mark.parametrize("outcome", ["won", "lost"])
def test_an_end_is_no_stage(catalogue: Source, moment: datetime, outcome: str) -> None:
    accounts.account()
    deal(moment, ("Proposal", 5), ("Closed", 1), outcome=outcome)
    assert facts() == [("deal-advanced", "Stage: Proposal")]
    definitions.put_signal_type(
        slug="lost",
        fields={"name": "Lost", "kind": SourceKind.CRM, "rules": [{"event": f"Opportunity {outcome}"}]},
    )
    Opportunity.objects.all().delete()
    deal(moment, ("Proposal", 5), ("Closed", 1), outcome=outcome, external_id="D-2")
    assert ("lost", f"Opportunity {outcome.title()}") in facts()


def test_a_meeting_is_a_signal_of_its_contact(catalogue: Source, moment: datetime) -> None:
    account = accounts.account()
    contact = accounts.contact(account, "ann@acme.example")
    met(account, moment, contact=contact, subject="First meeting")
    assert facts() == [("meeting-booked", "Meeting Booked")]
    signal = Signal.objects.get()
    assert (signal.contact_id, signal.properties["about"]) == (contact.pk, "First meeting")


@pytest.mark.parametrize("lacks", ["source", "rule", "news", "key"])
def test_what_makes_no_signal(catalogue: Source, moment: datetime, lacks: str) -> None:
    account = accounts.account(domain=None if lacks == "key" else "acme.example")
    if lacks == "source":
        definitions.put_source(slug="crm", fields={"is_active": False})
    if lacks == "rule":
        definitions.put_signal_type(slug="meeting-booked", fields={"rules": []})
    met(account, moment, days=91 if lacks == "news" else 0)
    assert facts() == []


def test_facts_go_with_an_account_that_is_merged_before_they_are_told(
    catalogue: Source, moment: datetime
) -> None:
    stays, goes = accounts.account(), accounts.account("Acme Ltd", "acme-ltd.example")
    met(goes, moment)
    merge_accounts(loser=goes.pk, winner=stays.pk, by=accounts.user(Role.REVOPS), now=moment)
    assert facts() == [("meeting-booked", "Meeting Booked")]
    assert Signal.objects.get().account_id == stays.pk


def test_what_is_taken_back_tells_nothing_or_is_retracted_at_night(
    catalogue: Source, moment: datetime
) -> None:
    account = accounts.account()
    met(account, moment).delete()
    assert facts() == []
    meeting = met(account, moment)
    deal(moment, ("Proposal", 3))
    assert len(facts()) == 2
    assert crm.retract(now=moment) == 0
    meeting.delete()
    assert crm.retract(now=moment) == 1
    assert facts() == [("deal-advanced", "Stage: Proposal")]


def gone_over_rest(meeting: Touch, by: User, moment: datetime) -> None:
    remove_touch(touch=meeting, by=by, now=moment)


def said_never_booked(meeting: Touch, by: User, moment: datetime) -> None:
    event = AccountEvent.objects.get(payload__touch=meeting.pk)
    withdraw_meeting(event=event, reason="A slip.", by=by, now=moment)


@pytest.mark.parametrize("goes", [gone_over_rest, said_never_booked])
@pytest.mark.parametrize(
    "arrived",
    [
        pytest.param(True, id="after it was a signal"),
        pytest.param(False, id="while it is on its way"),
    ],
)
def test_the_signal_of_a_meeting_that_is_taken_back_goes_at_once(
    catalogue: Source, moment: datetime, goes: Callable[[Touch, User, datetime], None], arrived: bool
) -> None:
    account, by = accounts.account(), accounts.user(Role.REVOPS)
    meeting = met(account, moment)
    deal(moment, ("Proposal", 3))
    if arrived:
        assert len(facts()) == 2
        before = AccountState.objects.get(account=account).score
    else:
        crm.take_facts(list(WorkItem.objects.filter(kind=crm.KIND)), moment)
    goes(meeting, by, moment)
    if not arrived:  # it is looked for before it has come, and once more
        first = WorkItem.objects.filter(kind=crm.KIND_BACK).exclude(dedup_key__endswith=":again")
        crm.take_back(list(first), moment)
        first.delete()
        assert not Signal.objects.exists()
    facts()
    work.drain_all(moment + crm.ON_ITS_WAY)
    assert [row.type.slug for row in Signal.objects.all()] == ["deal-advanced"]
    if arrived:
        assert AccountState.objects.get(account=account).score < before
        assert RemovalRun.objects.get().reason == "The deal or meeting that it told of was taken back."
    assert crm.retract(now=moment) == 0
    assert not WorkItem.objects.filter(state="dead").exists()


def test_a_meeting_that_is_told_again_is_a_signal_again_and_stays_one(
    catalogue: Source, moment: datetime
) -> None:
    accounts.account()
    record: Any = {
        "external_id": "T-1", "account_domain": "acme.example", "side": "sales", "channel": "meeting",
        "occurred_at": moment - timedelta(hours=2),
    }  # fmt: skip
    for channel, signals in (("meeting", 1), ("call", 0), ("meeting", 1), ("call", 0), ("meeting", 1)):
        upsert_touches(records={0: record | {"channel": channel}}, now=moment)
        assert len(facts()) == signals, channel
        assert crm.retract(now=moment) == 0
    work.drain_all(moment + crm.ON_ITS_WAY)
    assert Signal.objects.count() == 1


def test_a_signal_that_told_of_a_meeting_goes_with_it_and_the_other_way_round(
    site: make.Site, catalogue: Source, moment: datetime, client: Client
) -> None:
    """A calendar's signal is the meeting; whoever takes one of them back takes back both."""
    account, by = accounts.account(), accounts.user(Role.REVOPS)
    for number in (1, 2):
        record = make.record(moment, type="meeting-booked", message_id=f"m{number}")
        ingest.accept_records(records=[(site.source.pk, record)], now=moment)
    assert len(list(Signal.objects.all())) == 0
    work.drain_all()
    first, second = AccountEvent.objects.filter(kind="meeting_booked").order_by("pk")
    assert Signal.objects.count() == 2
    withdraw_meeting(event=first, reason="A test of the form.", by=by, now=moment)
    work.drain_all()
    assert str(Signal.objects.get().pk) == second.payload["signal"]
    meant = removing.Selection(account=account.pk)
    assert removing.preview(meant, now=moment + timedelta(days=1)).meetings == 1
    client.force_login(by)
    page = client.get(f"/signals/removals/new/?pick={Signal.objects.get().pk}").content.decode()
    assert "1 of the signals is a booked meeting." in page
    removing.remove_signals(ids=[Signal.objects.get().pk], kind="bot", reason="A crawler.", by=by, now=moment)
    second.refresh_from_db()
    assert second.withdrawn_at == moment
    told = AccountEvent.objects.filter(kind="meeting_changed").latest("pk")
    assert (told.payload["how"], told.payload["reason"], told.payload["by"]) == (
        "taken_back", "A crawler.", by.pk,
    )  # fmt: skip
    work.drain_all()
    assert account.events.filter(kind="meeting_changed").count() == 2


def test_the_signal_of_a_fact_may_be_removed_and_the_fact_stands(catalogue: Source, moment: datetime) -> None:
    account, by = accounts.account(), accounts.user(Role.REVOPS)
    met(account, moment)
    assert len(facts()) == 1
    ids = [Signal.objects.get().pk]
    removing.remove_signals(ids=ids, kind="mistake", reason="Counted twice.", by=by, now=moment)
    assert AccountEvent.objects.standing().filter(kind="meeting_booked").count() == 1


def test_facts_cost_as_many_queries_however_many_there_are(catalogue: Source, moment: datetime) -> None:
    book()  # what is in force is read once and kept
    counts = []
    for number in (1, 30):
        events = []
        for index in range(number):
            account = accounts.account(f"A{number}-{index}", f"a{number}-{index}.example")
            met(account, moment)
            events.append(account.events.get().pk)
        items = list(WorkItem.objects.filter(kind=crm.KIND))
        with CaptureQueriesContext(connection) as few:
            crm.take_facts(items, moment)
        counts.append(len(few))
        work.drain_all()
    assert counts[0] == counts[1]


def test_a_meeting_that_was_never_booked_is_no_signal(catalogue: Source, moment: datetime) -> None:
    account = accounts.account()
    met(account, moment)
    AccountEvent.objects.filter(kind="meeting_booked").update(withdrawn_at=moment)
    assert facts() == [], "said before it was taken"
    AccountEvent.objects.all().delete()
    met(account, moment, 1)
    assert len(facts()) == 1
    AccountEvent.objects.filter(kind="meeting_booked").update(withdrawn_at=moment)
    assert crm.retract(now=moment) == 1
