"""Who lives in the sample: invented people, companies and committees. Pure, and the same for the same seed.

The vendor is Tracewell, which sells traceability software to manufacturers. Every name is made up; every domain
ends in `.example`, which is reserved and belongs to nobody (RFC 2606).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random

from abmops.lib.choices import CommitteeRole, Job, Role
from abmops.sample.patches import PATCHES, Patch

VENDOR = "tracewell.example"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who works at the vendor."""

    name: str
    role: str
    job: str = ""
    territory: str = ""
    time_zone: str = "Europe/Berlin"

    @property
    def email(self) -> str:
        """Their address, which is also their sign-in."""
        return f"{_ascii(self.name).lower().replace(' ', '.')}@{VENDOR}"


PEOPLE: tuple[Person, ...] = (
    Person("Maya Lindqvist", Role.REP, Job.SDR, "dach"),
    Person("Piet van Dorn", Role.REP, Job.AE, "dach"),
    Person("Elin Soderby", Role.REP, Job.SDR, "nordics", "Europe/Stockholm"),
    Person("Henrik Vassal", Role.REP, Job.AE, "nordics", "Europe/Stockholm"),
    Person("Owen Castell", Role.REP, Job.SDR, "uk-ireland", "Europe/London"),
    Person("Fiona Marlowe", Role.REP, Job.AE, "uk-ireland", "Europe/London"),
    Person("Tomas Ferran", Role.REP, Job.CSM, "dach"),
    Person("Noor Haddad", Role.MARKETER),
    Person("Louis Carver", Role.MARKETER, time_zone="Europe/London"),
    Person("Ruth Okafor", Role.REVOPS),
    Person("Viktor Sandahl", Role.EXECUTIVE, time_zone="Europe/Stockholm"),
)

INDUSTRIES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Precision optics", ("Optics", "Photonics", "Lenses")),
    ("Pharmaceuticals", ("Pharma", "Biologics", "Labs")),
    ("Food processing", ("Foods", "Dairy", "Mills")),
    ("Automotive supply", ("Drive", "Axles", "Motion")),
    ("Medical devices", ("Medical", "Surgical", "Devices")),
    ("Specialty chemicals", ("Chemie", "Coatings", "Polymers")),
    ("Electronics", ("Circuits", "Electronics", "Sensors")),
    ("Industrial machinery", ("Machines", "Works", "Tooling")),
    ("Packaging", ("Packaging", "Pack", "Board")),
    ("Logistics", ("Freight", "Logistics", "Lines")),
)
STRONG_INDUSTRIES = ("Precision optics", "Pharmaceuticals", "Medical devices", "Food processing")

_STARTS = (
    "Fer", "Hal", "Bright", "Nor", "Quil", "Cas", "Tel", "Ar", "Vel", "Mor", "Sel", "Kron", "Lind", "Ost",
    "Ever", "Bram", "Cor", "Dun", "Esk", "Gal",
)  # fmt: skip
_MIDDLES = ("", "", "r", "d", "l", "m")
_ENDS = (
    "ow", "en", "ane", "on", "ellan", "uma", "eth", "ara", "is", "mark", "berg", "ick", "holm", "ford",
    "eno", "ia", "us", "iva",
)  # fmt: skip

TECHNOLOGIES = (
    "SAP", "Traxon PLM", "Oracle ERP", "Siemens MES", "Salesforce", "Azure", "Spreadsheets", "Rivalis Trace",
)  # fmt: skip

SEATS: tuple[tuple[str, str, str, int], ...] = (
    # title, committee role, seniority, influence
    ("Chief Operating Officer", CommitteeRole.ECONOMIC_BUYER, "c_level", 5),
    ("VP Supply Chain", CommitteeRole.CHAMPION, "vp", 5),
    ("Head of Quality Systems", CommitteeRole.TECHNICAL_EVALUATOR, "head", 4),
    ("Plant Manager", CommitteeRole.END_USER, "manager", 3),
    ("Quality Engineer", CommitteeRole.END_USER, "individual", 2),
    ("Head of IT Security", CommitteeRole.BLOCKER, "head", 3),
    ("Director of Procurement", CommitteeRole.ECONOMIC_BUYER, "director", 4),
    ("Manufacturing IT Architect", CommitteeRole.TECHNICAL_EVALUATOR, "manager", 3),
)


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody on a buying committee."""

    name: str
    email: str
    title: str
    role: str
    seniority: str
    influence: int
    phone: str
    do_not_contact: bool = False
    opt_outs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Company:
    """An account as the sample knows it. `warmth` from 0 to 1 is how likely it is to do anything this year."""

    number: int
    name: str
    domain: str
    industry: str
    employees: int
    revenue: int
    currency: str
    country: str
    patch: Patch
    technologies: tuple[str, ...]
    tier: int | None
    warmth: float
    members: tuple[Member, ...] = field(default=())

    @property
    def is_forgotten(self) -> bool:
        """A good account that everybody, itself included, has let go quiet: what reactivation is for."""
        return self.tier in (1, 2) and self.number % 13 == 3


CURRENCIES = {
    "DE": "EUR", "AT": "EUR", "FI": "EUR", "IE": "EUR", "CH": "CHF", "SE": "SEK", "NO": "NOK", "DK": "DKK", "GB": "GBP",
}  # fmt: skip
# One unit in US dollars at the start of the sample's year; the sample drifts them a little month by month.
RATES = {"EUR": 1.08, "CHF": 1.13, "SEK": 0.095, "NOK": 0.094, "DKK": 0.145, "GBP": 1.27}


def companies(count: int, random: Random) -> list[Company]:
    """`count` companies: a tenth in tier 1, three tenths in tier 2, the rest in tier 3 or, a fifth, off the list."""
    names = _names(random)
    return [_company(number, next(names), _tier(number, count), random) for number in range(count)]


def _tier(number: int, count: int) -> int | None:
    share = number / count
    return 1 if share < 0.12 else 2 if share < 0.44 else 3 if share < 0.82 else None


def _names(random: Random) -> Iterator[tuple[str, str]]:
    seen: set[str] = set()
    while True:
        # Names grow a syllable once the short ones are used up.
        middle = "".join(random.choice(_MIDDLES) for _ in range(1 + len(seen) // 1000))
        word = random.choice(_STARTS) + middle + random.choice(_ENDS)
        if word not in seen:
            seen.add(word)
            industry, nouns = random.choice(INDUSTRIES)
            yield f"{word} {random.choice(nouns)}", industry


def _company(number: int, named: tuple[str, str], tier: int | None, random: Random) -> Company:
    name, industry = named
    if tier == 1 and industry not in STRONG_INDUSTRIES and random.random() < 0.7:
        industry = random.choice(STRONG_INDUSTRIES)
    patch = PATCHES[number % 3]
    country = random.choice(patch.countries)
    size = {1: (1200, 9000), 2: (500, 4000), 3: (120, 1800), None: (40, 900)}[tier]
    employees = int(random.triangular(size[0], size[1], size[0] * 1.4))
    domain = f"{_ascii(name.split(' ')[0]).lower()}.example"
    known = random.sample(TECHNOLOGIES, random.randint(1, 3))
    if tier == 1 and "SAP" not in known and random.random() < 0.6:
        known.append("SAP")
    company = Company(
        number=number,
        name=name,
        domain=domain,
        industry=industry,
        employees=employees,
        revenue=int(round(employees * random.uniform(120_000, 320_000), -5)),
        currency=CURRENCIES[country],
        country=country,
        patch=patch,
        technologies=tuple(sorted(known)),
        tier=tier,
        warmth=min(1.0, random.betavariate(1.6, 4.0) + {1: 0.3, 2: 0.12, 3: 0.0, None: 0.0}[tier]),
    )
    return Company(
        **{name: getattr(company, name) for name in Company.__slots__ if name != "members"},
        members=_members(company, random),
    )


def _members(company: Company, random: Random) -> tuple[Member, ...]:
    """Three to six people on tier 1, fewer below; the economic buyer is often the one who is missing."""
    wanted = {1: (3, 6), 2: (2, 5), 3: (1, 3), None: (0, 2)}[company.tier]
    count = random.randint(*wanted)
    seats = random.sample(SEATS[1:], min(count, len(SEATS) - 1))
    if random.random() < 0.45:
        seats = [SEATS[0], *seats[:-1]] if seats else seats
    seats.sort(key=lambda seat: -seat[3])
    members: list[Member] = []
    taken: set[str] = set()
    for title, role, seniority, influence in seats:
        name = f"{random.choice(company.patch.first)} {random.choice(company.patch.last)}"
        if name in taken:
            continue
        taken.add(name)
        members.append(
            Member(
                name=name,
                email=f"{_ascii(name).lower().replace(' ', '.')}@{company.domain}",
                title=title,
                role=role,
                seniority=seniority,
                influence=influence,
                phone=f"+{random.choice((49, 46, 44))} 80 555 {random.randint(1000, 9999)}",
                do_not_contact=role == CommitteeRole.BLOCKER and random.random() < 0.4,
                opt_outs=("email",) if random.random() < 0.05 else (),
            )
        )
    return tuple(members)


def _ascii(text: str) -> str:
    return text.encode("ascii", "ignore").decode()
