"""Files that the sample's people have brought: one written, one taken back, one tried dry, one that asks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from random import Random

from django.core.files.base import ContentFile

from abmops.lib.choices import Role, Side
from abmops.sample import world
from abmops.sample.program import DAY, Program
from accounts.models import Import, Opportunity, User
from accounts.services import importing

HOUR = timedelta(hours=1)
AT_WORK = (Import.State.CHECKING, Import.State.RUNNING, Import.State.UNDOING)
TITLES = (
    "Quality Manager",
    "Head of Production",
    "Process Engineer",
    "Plant Controller",
    "Supply Chain Planner",
)
PEOPLE = ("E-mail", "First name", "Last name", "Job title", "Company website")
DEALS = ("Opportunity ID", "Opportunity Name", "Account domain", "Stage", "Amount", "Currency")
CALLS = ("Date", "Account domain", "Channel", "Direction", "Subject", "Owner e-mail")
SAID = {"Call": "Called before the fair", "Email": "Invitation to the fair"}


def write(program: Program) -> None:
    """In the order of the days on which they were brought; what a run sets off is worked out with all else."""
    random = Random("abmops files")  # noqa: S311  (a story, not a secret)
    staff = sorted(program.staff.values(), key=lambda user: user.email)
    noor, louis = [user for user in staff if user.role == Role.MARKETER][::-1][:2]
    listed = [company for company in program.companies if company.members]
    bought = [_visitor(random, company) for company in listed if company.tier == 3][:12]
    _taken_back("attendees-of-the-organiser.csv", PEOPLE, bought, by=louis, at=program.end - 9 * DAY)
    visitors = [_visitor(random, company) for company in listed if company.tier == 2][:14]
    _written("fair-visitors.csv", PEOPLE, [*visitors, *_odd(listed)], by=noor, at=program.end - 5 * DAY)
    _checked("pipeline-export.csv", "opportunities", DEALS, _deals(), by=program.revops, at=program.end - DAY)
    calls = [_call(random, listed[number], day) for number, day in enumerate(_days(program.end.date()))]
    _checked("calls-of-the-agency.csv", "touches", CALLS, calls, by=noor, at=program.end - 3 * HOUR)


def _visitor(random: Random, company: world.Company) -> list[str]:
    first, last = random.choice(company.patch.first), random.choice(company.patch.last)
    mail = f"{first[:1]}.{last}".encode("ascii", "ignore").decode().lower()
    return [f"{mail}@{company.domain}", first, last, random.choice(TITLES), f"https://www.{company.domain}/"]


def _odd(listed: Sequence[world.Company]) -> list[list[str]]:
    """What every such file has: somebody known, somebody of a company that is no account, an address that is none."""
    known = listed[0].members[0]
    first, _, last = known.name.partition(" ")
    return [
        [known.email, first, last, known.title, listed[0].domain],
        ["ingrid@halvorsen-marine.example", "Ingrid", "Halvorsen", "Owner", "halvorsen-marine.example"],
        [f"reception at {listed[1].domain}", "", "Reception", "", listed[1].domain],
    ]


def _deals() -> list[list[str]]:
    """The open deals as the CRM holds them, two further on, one new and one that lacks its id."""
    held = Opportunity.objects.filter(closed_at__isnull=True, account__domain__isnull=False, amount__gt=0)
    told = ("external_id", "name", "account__domain", "stage", "amount", "currency")
    rows = [[str(cell) for cell in deal] for deal in held.order_by("external_id").values_list(*told)[:12]]
    for row, amount in zip(rows, ("125000.00", "98500.00"), strict=False):
        row[4] = amount
    if rows:
        website = rows[-1][2]
        rows += [
            ["D-9001-1", "Second plant", website, "Qualification", "60000.00", "EUR"],
            ["", "Service contract", website, "Qualification", "12000.00", "EUR"],
        ]
    return rows


def _days(end: date) -> Iterable[date]:
    """Days of the last weeks that could be read in two ways: nobody says whether day or month comes first."""
    return [day for back in range(1, 60) if (day := end - timedelta(days=back)).day <= 12][:10]


def _call(random: Random, company: world.Company, day: date) -> list[str]:
    marketer = next(one for one in world.PEOPLE if one.role == Role.MARKETER)
    way = random.choice(tuple(SAID))
    return [f"{day:%d/%m/%Y}", company.domain, way, "Outbound", SAID[way], marketer.email]


def _checked(
    name: str, kind: str, header: Sequence[str], rows: Iterable[Sequence[str]], *, by: User, at: datetime
) -> Import:
    """A file as far as the program goes by itself: tried dry, or waiting for what only a person can say."""
    text = "\n".join(",".join(cells) for cells in (header, *rows))  # no cell here holds a comma
    file = ContentFile(text.encode(), name=name)
    side = Side.REVOPS if by.role == Role.REVOPS else Side.MARKETING
    import_ = importing.upload(file=file, kind=kind, side=side, reason="", by=by, now=at)
    mapping = {one.number: one.field for one in importing.offered(import_)}
    importing.map_columns(import_=import_, mapping=mapping, answers={}, side=side, reason="", by=by, now=at)
    return _finish(import_, at + timedelta(seconds=2))


def _written(
    name: str, header: Sequence[str], rows: Iterable[Sequence[str]], *, by: User, at: datetime
) -> Import:
    """Contacts, run after a look at what the dry run showed."""
    import_ = _checked(name, "contacts", header, rows, by=by, at=at)
    importing.start_run(import_=import_, by=by, now=at + timedelta(minutes=6))
    return _finish(import_, at + timedelta(minutes=6, seconds=3))


def _taken_back(
    name: str, header: Sequence[str], rows: Iterable[Sequence[str]], *, by: User, at: datetime
) -> Import:
    """A file that should not have come in: nobody in it had agreed to be written to."""
    import_ = _written(name, header, rows, by=by, at=at)
    importing.start_undo(import_=import_, by=by, now=at + HOUR)
    return _finish(import_, at + HOUR + timedelta(seconds=2))


def _finish(import_: Import, at: datetime) -> Import:
    """What a worker does with it, piece by piece, until it waits for a person."""
    import_.refresh_from_db()
    while import_.state in AT_WORK:
        importing.step(import_id=import_.pk, now=at)
        import_.refresh_from_db()
    return import_
