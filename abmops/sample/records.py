"""What the CRM, the ad platform and the list's owners write down, as records through the bulk services."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from abmops.lib.choices import Lifecycle, Outcome, Role, Side
from abmops.sample import life, world
from abmops.sample.program import Program, all_well
from accounts.domain.records import AccountRecord, ListChangeRecord, OpportunityRecord, TouchRecord
from accounts.models import Via
from accounts.services.account import upsert_accounts
from accounts.services.changes import acting
from accounts.services.membership import change_list
from accounts.services.opportunity import upsert_opportunities
from accounts.services.touch import upsert_touches


def write_changes(program: Program, changes: Sequence[life.ListChange], *, now: datetime) -> None:
    records: dict[int, ListChangeRecord] = {
        index: {
            "account_domain": one.company.domain,
            "tier": one.tier,
            "at": one.at,
            "side": one.side,
            "reason": one.reason,
            "override": "Agreed in the weekly review: the deal's owner wants marketing beside it.",
        }
        for index, one in enumerate(changes)
    }
    if records:
        with acting(by=program.revops, via=Via.PAGE, what="Weekly list review", at=now):
            all_well(change_list(records=records, by=program.revops, now=now))


def write_acts(program: Program, acts: Iterable[life.Act], *, now: datetime) -> None:
    marketers = [one.email for one in world.PEOPLE if one.role == Role.MARKETER]
    records: dict[int, TouchRecord] = {}
    for index, one in enumerate(acts):
        person = (
            marketers[one.company.number % 2]
            if one.side == Side.MARKETING
            else program.email(one.company, "owner")
        )
        records[index] = {
            "external_id": one.external_id,
            "account_domain": one.company.domain,
            "contact_email": one.member.email if one.member else None,
            "side": one.side,
            "channel": one.channel,
            "direction": one.direction,
            "occurred_at": one.at,
            "person": person,
            "programmed": one.programmed,
            "subject": one.subject,
        }
    if records:
        with acting(via=Via.API, what="Touches from the CRM and the ad platform", at=now):
            all_well(upsert_touches(records=records, now=now))


def write_deals(program: Program, deals: Iterable[life.Deal], *, upto: datetime, now: datetime) -> None:
    """Each deal as far as it has come by `upto`."""
    records: dict[int, OpportunityRecord] = {}
    for index, deal in enumerate(deals):
        stages = [(stage, at) for stage, at in deal.stages if at < upto]
        closed = deal.closed_at is not None and deal.closed_at < upto
        record: OpportunityRecord = {
            "external_id": deal.external_id,
            "account_domain": deal.company.domain,
            "name": deal.name,
            "stage": stages[-1][0],
            "amount": Decimal(deal.amount),
            "currency": deal.company.currency,
            "opened_at": deal.opened_at,
            "owner": program.email(deal.company, "ae"),
            "stages": [{"stage": stage, "at": at} for stage, at in stages],
        }
        if closed and deal.closed_at is not None and deal.outcome is not None:
            end = f"Closed {deal.outcome}"
            record |= {"closed_at": deal.closed_at, "outcome": deal.outcome, "stage": end}
            record["stages"].append({"stage": end, "at": deal.closed_at})
        records[index] = record
    if records:
        with acting(via=Via.API, what="Deals from the CRM", at=now):
            all_well(upsert_opportunities(records=records, now=now))
        _follow(program, records.values(), now=now)


def _follow(program: Program, records: Iterable[OpportunityRecord], *, now: datetime) -> None:
    """The CRM says where its accounts stand: with an open deal, customer once one is won, prospect again if lost."""
    stands: dict[str, str] = {}
    for record in records:
        domain = str(record.get("account_domain"))
        outcome = record.get("outcome")
        is_now = {
            None: Lifecycle.OPEN_OPPORTUNITY,
            Outcome.WON: Lifecycle.CUSTOMER,
            Outcome.LOST: Lifecycle.PROSPECT,
        }
        if stands.get(domain) != Lifecycle.CUSTOMER:
            stands[domain] = is_now[Outcome(outcome) if outcome else None]
    customers = {domain for domain in program.customers if stands.get(domain) != Lifecycle.CUSTOMER}
    changed = {domain: stand for domain, stand in stands.items() if domain not in customers}
    program.customers |= {domain for domain, stand in changed.items() if stand == Lifecycle.CUSTOMER}
    accounts: dict[int, AccountRecord] = {
        index: {"domain": domain, "lifecycle": stand} for index, (domain, stand) in enumerate(changed.items())
    }
    with acting(via=Via.API, what="Accounts from the CRM", at=now):
        all_well(upsert_accounts(records=accounts, now=now))
