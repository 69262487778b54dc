"""The sample program, written through the services: months of records taken in, then a quarter lived day by day.

In the quarter signals are ingested, judged, decided and worked by simulated people at simulated moments: every
crossing, decision, enrollment, breach and touch in the sample was made by the code that makes the real ones.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

from django.conf import settings
from django.db import connection

from abmops.lib.bulk import BulkResult
from abmops.lib.choices import Lifecycle, Outcome, Role, Side, SourceKind
from abmops.sample import life, people, review, world
from abmops.work import services as work
from accounts.domain.records import (
    AccountRecord,
    ContactRecord,
    ListChangeRecord,
    OpportunityRecord,
    TouchRecord,
)
from accounts.models import Account, Contact, ExchangeRate, Holiday, Territory, User
from accounts.services.account import adopt_icp, upsert_accounts
from accounts.services.contact import upsert_contacts
from accounts.services.membership import change_list
from accounts.services.opportunity import upsert_opportunities
from accounts.services.touch import upsert_touches
from plays.services.library import install_starter_plays
from signals.models import SignalType, Source, Threshold
from signals.services import ingest, survey
from signals.services.starter import install_starter_catalogue

LIVE = timedelta(days=91)
DAY = timedelta(days=1)
STEPS = (time(8, 40), time(12, 50), time(15, 45))
Say = Callable[[str], None]

ICP = (
    {
        "field": "industry",
        "label": "Regulated manufacturing",
        "weight": 35,
        "any_of": list(world.STRONG_INDUSTRIES),
    },
    {"field": "employees", "label": "600 to 8,000 people", "weight": 25, "at_least": 600, "at_most": 8000},
    {
        "field": "technologies",
        "label": "Runs SAP or Traxon PLM",
        "weight": 20,
        "any_of": ["SAP", "Traxon PLM"],
    },
    {
        "field": "annual_revenue",
        "label": "100 million and more in revenue",
        "weight": 12,
        "at_least": 100_000_000,
    },
    {
        "field": "technologies",
        "label": "Still traces in spreadsheets",
        "weight": 8,
        "any_of": ["Spreadsheets"],
    },
)


@dataclass(slots=True)
class Program:
    """The making of one sample: its companies, its people, and where its year stands."""

    random: Random
    start: datetime
    end: datetime
    companies: list[world.Company]
    say: Say
    staff: dict[str, User] = field(default_factory=dict)
    began: datetime = field(default_factory=work.database_now)
    messages: int = 0
    customers: set[str] = field(default_factory=set)

    @property
    def live(self) -> datetime:
        """When thresholds and plays went live; before it the records are history."""
        return max(self.start, self.end - LIVE)

    def email(self, company: world.Company, job: str) -> str | None:
        """The person of a job in the company's territory; one account in nine has nobody named."""
        if job == "owner":
            if company.number % 9 == 8:
                return None
            job = "ae" if company.tier == 1 else "sdr"
        found = (one.email for one in world.PEOPLE if one.territory == company.patch.slug and one.job == job)
        return next(found, None)


def make(*, accounts: int, months: int, seed: int, now: datetime, say: Say) -> Program:
    """Write the whole program into an empty installation. The same seed gives the same year before `now`."""
    random = Random(f"abmops {seed}")  # noqa: S311  (a story, not a secret)
    end = now.replace(second=0, microsecond=0)
    program = Program(
        random, end - timedelta(days=30.4 * months), end, world.companies(accounts, random), say
    )
    with connection.cursor() as cursor:
        # Thousands of small transactions, none of which anybody would miss after a power cut.
        cursor.execute("SET synchronous_commit TO off")
    say("People, territories and rates")
    _people(program)
    _rates(program)
    say(f"{accounts} accounts with their committees")
    _definitions(program)
    _accounts(program)
    plan = _plan(program)
    say("The months before the program went live")
    _history(program, plan)
    say("The live quarter, day by day")
    _live(program, plan)
    say("Decisions, ratings and the numbers of past days")
    review.write(program.staff, live=program.live, end=program.end)
    return program


# --- Who ------------------------------------------------------------------------------------------------------------


def _people(program: Program) -> None:
    password = secrets.token_urlsafe(12)
    territories = {
        patch.slug: Territory.objects.create(
            slug=patch.slug, name=patch.name, countries=list(patch.countries)
        )
        for patch in world.PATCHES
    }
    for one in world.PEOPLE:
        program.staff[one.email] = User.objects.create_user(
            one.email,
            password,
            name=one.name,
            role=one.role,
            job=one.job,
            territory=territories.get(one.territory),
            time_zone=one.time_zone,
            is_staff=one.role == Role.REVOPS,
        )
    for year in range(program.start.year, program.end.year + 2):
        for month, day, name in (
            (1, 1, "New Year's Day"),
            (5, 1, "Labour Day"),
            (12, 25, "Christmas Day"),
            (12, 26, "St Stephen's Day"),
        ):
            Holiday.objects.create(day=date(year, month, day), name=name)
    _write_sign_in(password)


def _write_sign_in(password: str) -> None:
    """The sample's sign-ins, for `make run` to print. Readable by the owner of the installation alone."""
    path: Path = settings.HOME.data / "sign-in.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    listed = [
        {"role": one.role, "name": one.name, "email": one.email, "password": password} for one in world.PEOPLE
    ]
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_text(json.dumps(listed, indent=1))


def _rates(program: Program) -> None:
    rows = []
    for currency, rate in world.RATES.items():
        day, value = (program.start - 31 * DAY).date(), rate
        while day <= program.end.date():
            rows.append(ExchangeRate(currency=currency, day=day, rate=Decimal(f"{value:.6f}")))
            day, value = day + 30 * DAY, value * program.random.uniform(0.985, 1.016)
    ExchangeRate.objects.bulk_create(rows)


def _definitions(program: Program) -> None:
    """The catalogue from the first day; thresholds and plays wait for the day the program goes live."""
    owner = program.staff[_revops()]
    adopt_icp(name="Tracewell's best customers", criteria=ICP, now=program.start)
    install_starter_catalogue(owner=owner, now=program.start)
    Threshold.objects.update(status=Threshold.Status.PAUSED)


def _revops() -> str:
    return next(one.email for one in world.PEOPLE if one.role == Role.REVOPS)


def _accounts(program: Program) -> None:
    records: dict[int, AccountRecord] = {}
    for index, company in enumerate(program.companies):
        records[index] = {
            "name": company.name,
            "domain": company.domain,
            "external_ids": {"crm": f"A-{company.number:05d}"},
            "industry": company.industry,
            "employees": company.employees,
            "annual_revenue": Decimal(company.revenue),
            "currency": company.currency,
            "country": company.country,
            "technologies": list(company.technologies),
            "owner": program.email(company, "owner"),
        }
    _all_well(upsert_accounts(records=records, now=program.start))
    contacts: dict[int, ContactRecord] = {}
    for company in program.companies:
        for boss, member in zip((None, *company.members), company.members, strict=False):
            contacts[len(contacts)] = _contact(
                company, member, boss if member.influence < 5 else None, program
            )
    _all_well(upsert_contacts(records=contacts, now=program.start, source="sample"))
    # They have been known since before the year began, not since this command ran.
    known_since = program.start - 40 * DAY
    Account.objects.update(created_at=known_since, updated_at=program.start)
    Contact.objects.update(created_at=known_since, updated_at=program.start)


def _contact(
    company: world.Company, member: world.Member, boss: world.Member | None, program: Program
) -> ContactRecord:
    record: ContactRecord = {
        "email": member.email,
        "name": member.name,
        "title": member.title,
        "phone": member.phone,
        "account_domain": company.domain,
        "role": member.role,
        "seniority": member.seniority,
        "influence": member.influence,
        "do_not_contact": member.do_not_contact,
    }
    if boss is not None:
        record["reports_to"] = boss.email
    if member.opt_outs:
        record["opt_outs"] = [
            {"channel": channel, "at": program.start, "source": "preference centre"}
            for channel in member.opt_outs
        ]
    return record


def _all_well(result: BulkResult) -> None:
    """The sample sends nothing wrong: a refusal is a defect of the sample or of the service."""
    if result.errors:
        first = result.errors[0]
        raise RuntimeError(
            f"The sample's record {first.index} was refused at {first.pointer}: {first.detail}"
        )


# --- What -----------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Plan:
    """Everything that will happen whatever the program does, in order of time."""

    changes: list[life.ListChange]
    deals: list[life.Deal]
    acts: list[life.Act]
    kinds: list[life.Kind]
    sources: dict[str, list[int]]
    bursts: dict[int, tuple[life.Burst, ...]]


def _plan(program: Program) -> Plan:
    random = program.random
    sources: dict[str, list[int]] = {}
    for pk, kind in Source.objects.order_by("slug").values_list("id", "kind"):
        sources.setdefault(kind, []).append(pk)
    kinds = [
        life.Kind(row.slug, row.kind, row.hand_raise, row.qualifying)
        for row in SignalType.objects.filter(kind__in=sources).exclude(kind=SourceKind.CRM).order_by("slug")
    ]
    return Plan(
        changes=life.list_changes(program.companies, program.start, program.end, random),
        deals=life.deals(program.companies, program.start, program.end, random),
        acts=life.acts(program.companies, program.start, program.end, random),
        kinds=kinds,
        sources=sources,
        bursts={
            one.number: life.bursts(one, program.start, program.end, random) for one in program.companies
        },
    )


def _history(program: Program, plan: Plan) -> None:
    """The records of the time before: taken in as an import would be, with nobody reacting to what is long past."""
    live = program.live
    _write_changes(program, [one for one in plan.changes if one.at < live], now=live)
    _write_acts(program, [one for one in plan.acts if one.at < live], now=live)
    _write_deals(program, [one for one in plan.deals if one.opened_at < live], upto=live, now=live)
    at = program.start
    while at < live:
        _send(
            program, plan, at + 7 * DAY if at + 7 * DAY < live else live, min(7 * DAY, live - at), spread=True
        )
        at += 7 * DAY
        settle(program, min(at, live))


def _live(program: Program, plan: Plan) -> None:
    """Thresholds and plays in force, and everybody at work, three moments a working day and one a weekend day."""
    owner = program.staff[_revops()]
    install_starter_plays(owner=owner, now=program.live, activate=True)
    Threshold.objects.update(status=Threshold.Status.ACTIVE)
    for threshold in Threshold.objects.all():
        survey.ask(threshold=threshold)
    before = program.live
    for moment in _moments(program):
        since, before = before, moment
        _write_changes(program, [one for one in plan.changes if since <= one.at < moment], now=moment)
        _write_acts(program, [one for one in plan.acts if since <= one.at < moment], now=moment)
        moving = [one for one in plan.deals if any(since <= at < moment for at in _moves(one))]
        _write_deals(program, moving, upto=moment, now=moment)
        _send(program, plan, moment, moment - since, spread=False)
        settle(program, moment)
        if moment.weekday() < 5:
            settle(program, people.work_queues(moment, program.random, end=program.end))


def _moments(program: Program) -> Iterator[datetime]:
    day = program.live.date()
    while day <= program.end.date():
        for at in STEPS if day.weekday() < 5 else STEPS[1:2]:
            moment = datetime.combine(day, at, tzinfo=program.end.tzinfo) + timedelta(
                minutes=program.random.randint(-19, 19)
            )
            if program.live < moment < program.end - timedelta(hours=2):
                yield moment
        day += DAY
    # The last hour: what a visitor finds fresh.
    yield program.end - timedelta(minutes=74)
    yield program.end - timedelta(minutes=21)


def _moves(deal: life.Deal) -> list[datetime]:
    return [at for _, at in deal.stages] + ([deal.closed_at] if deal.closed_at else [])


def _write_changes(program: Program, changes: Sequence[life.ListChange], *, now: datetime) -> None:
    records: dict[int, ListChangeRecord] = {
        index: {
            "account_domain": one.company.domain,
            "tier": one.tier,
            "at": one.at,
            "side": one.side,
            "reason": one.reason,
        }
        for index, one in enumerate(changes)
    }
    if records:
        _all_well(change_list(records=records, by=program.staff[_revops()], now=now))


def _write_acts(program: Program, acts: Iterable[life.Act], *, now: datetime) -> None:
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
        _all_well(upsert_touches(records=records, now=now))


def _write_deals(program: Program, deals: Iterable[life.Deal], *, upto: datetime, now: datetime) -> None:
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
        _all_well(upsert_opportunities(records=records, now=now))
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
    _all_well(upsert_accounts(records=accounts, now=now))


# --- When -----------------------------------------------------------------------------------------------------------


def _send(program: Program, plan: Plan, upto: datetime, length: timedelta, *, spread: bool) -> None:
    """What the companies do in the time before `upto`; `spread` over all of it, else within its last minutes."""
    random = program.random
    records: list[tuple[int, dict[str, Any]]] = []
    silent_from = program.end - life.FORGOTTEN_FOR
    for company in program.companies:
        running = plan.bursts[company.number]
        hot = any(burst.starts <= upto < burst.ends for burst in running)
        for _ in range(life.poisson(life.expected(company, running, upto, length, silent_from), random)):
            back = length * random.random() if spread else timedelta(seconds=random.uniform(2, 150))
            records.append(_record(program, plan, company, upto - back, hot=hot))
    if records:
        # Received a moment before it is worked out, as in life.
        ingest.accept_records(records=records, now=upto - timedelta(milliseconds=random.randint(80, 900)))


def _record(
    program: Program, plan: Plan, company: world.Company, at: datetime, *, hot: bool
) -> tuple[int, dict[str, Any]]:
    random = program.random
    kind = life.pick(plan.kinds, hot=hot, random=random)
    known = (
        kind.source_kind not in ("third_party", "community") and company.members and random.random() < 0.62
    )
    program.messages += 1
    record: dict[str, Any] = {
        "type": kind.slug,
        "occurred_at": at.isoformat(),
        "message_id": f"sample-{program.messages}",
        "account_domain": company.domain,
        "properties": {},
    }
    if known:
        record["contact_email"] = random.choice(company.members).email
    if kind.source_kind == "third_party":
        record |= {"topic": random.choice(life.TOPICS), "strength": round(random.triangular(45, 98, 70), 1)}
    return random.choice(plan.sources[kind.source_kind]), record


def settle(program: Program, at: datetime) -> None:
    """Run all work due at the simulated moment. What was put "at once" carries the real clock: it is due now."""
    work.drain_all(at)
    while _due_now(program, at):
        work.drain_all(at)


def _due_now(program: Program, at: datetime) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE work_workitem SET run_at = %s "
            "WHERE state = 'ready' AND run_at BETWEEN %s AND clock_timestamp()",
            [at, program.began],
        )
        return int(cursor.rowcount)
