"""The first day: people, territories and rates, the catalogue and profile, accounts with their committees."""

from __future__ import annotations

import json
import secrets
from datetime import date
from decimal import Decimal
from pathlib import Path

from django.conf import settings

from abmops.lib.choices import Role
from abmops.sample import patches, world
from abmops.sample.program import DAY, Program, all_well
from accounts.domain.records import AccountRecord, ContactRecord
from accounts.models import Account, Contact, ExchangeRate, Holiday, Territory, User, Via
from accounts.services.account import adopt_icp, upsert_accounts
from accounts.services.changes import acting
from accounts.services.contact import upsert_contacts
from signals.models import Threshold
from signals.services.starter import install_starter_catalogue

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


def people(program: Program) -> None:
    password = secrets.token_urlsafe(12)
    territories = {
        patch.slug: Territory.objects.create(
            slug=patch.slug, name=patch.name, countries=list(patch.countries)
        )
        for patch in patches.PATCHES
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


def rates(program: Program) -> None:
    rows = []
    for currency, rate in world.RATES.items():
        day, value = (program.start - 31 * DAY).date(), rate
        while day <= program.end.date():
            rows.append(ExchangeRate(currency=currency, day=day, rate=Decimal(f"{value:.6f}")))
            day, value = day + 30 * DAY, value * program.random.uniform(0.985, 1.016)
    ExchangeRate.objects.bulk_create(rows)


def definitions(program: Program) -> None:
    """The catalogue from the first day; thresholds and plays wait for the day the program goes live."""
    owner = program.revops
    with acting(by=owner, via=Via.PAGE, what="Founding of the program", at=program.start):
        adopt_icp(name="Tracewell's best customers", criteria=ICP, now=program.start)
        install_starter_catalogue(owner=owner, now=program.start)
    Threshold.objects.update(status=Threshold.Status.PAUSED)


def accounts(program: Program) -> None:
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
    with acting(by=program.revops, via=Via.API, what="First load from the CRM", at=program.start):
        all_well(upsert_accounts(records=records, now=program.start))
    contacts: dict[int, ContactRecord] = {}
    for company in program.companies:
        for place, member in enumerate(company.members):
            # Two report to each, from the top down, as in a small committee.
            boss = company.members[(place - 1) // 2] if place else None
            contacts[len(contacts)] = _contact(
                company, member, boss if member.influence < 5 else None, program
            )
    with acting(by=program.revops, via=Via.API, what="First load from the CRM", at=program.start):
        all_well(upsert_contacts(records=contacts, now=program.start, source="sample"))
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
