"""What happens in the sample's year: pure plans, the same for the same seed and moment.

Each company has quiet weeks and a few bursts of interest; who is warm buys more often. Nothing here writes anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from abmops.lib.choices import Channel, Direction, Outcome, Side
from abmops.sample.world import Company, Member

TOPICS = (
    "supplier traceability",
    "batch genealogy",
    "digital product passport",
    "recall readiness",
    "serialisation",
    "quality 4.0",
)
STAGES = ("Qualification", "Discovery", "Evaluation", "Proposal", "Negotiation")
DEALS = ("plant roll-out", "pilot", "group licence", "recall module", "expansion")
BASE_A_WEEK = 0.35
FORGOTTEN_FOR = timedelta(days=124)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Kind:
    """A signal type as the sample uses it."""

    slug: str
    source_kind: str
    hand_raise: bool
    qualifying: bool


@dataclass(frozen=True, slots=True)
class Burst:
    """A time in which a company looks at us more than usual."""

    starts: datetime
    ends: datetime
    strength: float


@dataclass(frozen=True, slots=True)
class Deal:
    """An opportunity from its opening to its end, if it has one yet."""

    external_id: str
    company: Company
    name: str
    amount: int
    stages: tuple[tuple[str, datetime], ...]
    closed_at: datetime | None
    outcome: str | None

    @property
    def opened_at(self) -> datetime:
        """When it entered its first stage."""
        return self.stages[0][1]


@dataclass(frozen=True, slots=True)
class Act:
    """A touch that no task asked for: a campaign's, or a rep's own."""

    external_id: str
    company: Company
    member: Member | None
    side: str
    channel: str
    direction: str
    at: datetime
    subject: str
    programmed: bool


@dataclass(frozen=True, slots=True)
class ListChange:
    """A company joins, leaves or moves on the target list."""

    company: Company
    tier: int | None
    at: datetime
    side: str
    reason: str


def bursts(company: Company, start: datetime, end: datetime, random: Random) -> tuple[Burst, ...]:
    """Some weeks of interest; the warmer the company, the more, and the likelier one is running at the end."""
    count = int(random.random() * 2.2 + company.warmth * 4)
    found = [_burst(start + (end - start) * random.random(), random) for _ in range(count)]
    if random.random() < company.warmth * 0.75:
        found.append(_burst(end - DAY * random.uniform(0.5, 9), random))
    return tuple(sorted(found, key=lambda burst: burst.starts))


def _burst(starts: datetime, random: Random) -> Burst:
    return Burst(starts, starts + DAY * random.uniform(3, 12), random.uniform(3, 9))


def expected(
    company: Company, running: Sequence[Burst], at: datetime, length: timedelta, silent_from: datetime
) -> float:
    """How many signals a company sends in the time before `at`; it is silent once it has been forgotten."""
    if company.is_forgotten and at > silent_from:
        return 0.0
    rate = BASE_A_WEEK * (0.3 + company.warmth * 1.5)
    rate += sum(burst.strength for burst in running if burst.starts <= at < burst.ends)
    return rate * (length / (7 * DAY))


def poisson(mean: float, random: Random) -> int:
    """A Poisson draw (Knuth); means here are small."""
    limit, product, count = 2.718281828459045**-mean, random.random(), 0
    while product > limit:
        product *= random.random()
        count += 1
    return count


def pick(kinds: Sequence[Kind], *, hot: bool, random: Random) -> Kind:
    """A signal type: asking for us is rare, qualifying ones come in bursts."""
    weights = [
        0.12 if kind.hand_raise else (2.0 if hot else 0.7) if kind.qualifying else 1.6 for kind in kinds
    ]
    return random.choices(kinds, weights)[0]


def deals(companies: Sequence[Company], start: datetime, end: datetime, random: Random) -> list[Deal]:
    """Opportunities over the year; bigger on higher tiers, likelier where it is warm."""
    chance = {1: 0.95, 2: 0.62, 3: 0.3, None: 0.55}
    found = []
    for company in companies:
        for turn in range(2):
            if random.random() < chance[company.tier] * (0.6 + company.warmth) * (1 if turn == 0 else 0.5):
                found.append(_deal(company, turn, start, end, random))
    return found


def _deal(company: Company, turn: int, start: datetime, end: datetime, random: Random) -> Deal:
    opened = _working(start + (end - start) * random.betavariate(1.3, 1.1) * 0.985, random)
    size = {1: (90_000, 420_000), 2: (40_000, 190_000), 3: (15_000, 80_000), None: (12_000, 70_000)}[
        company.tier
    ]
    pace = {1: 13, 2: 16, 3: 18, None: 19}[company.tier] * random.uniform(0.6, 1.5)
    stages = [(STAGES[0], opened)]
    at = opened
    for stage in STAGES[1:]:
        at = _working(at + DAY * random.uniform(0.5, 1.6) * pace, random)
        if at >= end:
            break
        stages.append((stage, at))
        if random.random() < 0.13:
            break
    last = _working(at + DAY * random.uniform(0.4, 1.4) * pace, random)
    won = (
        len(stages) == len(STAGES) and random.random() < {1: 0.58, 2: 0.47, 3: 0.36, None: 0.3}[company.tier]
    )
    closed = last < end and (len(stages) == len(STAGES) or random.random() < 0.75)
    return Deal(
        external_id=f"D-{company.number:04d}-{turn + 1}",
        company=company,
        name=f"{company.name.split(' ')[0]} {random.choice(DEALS)}",
        amount=int(round(random.triangular(*size, size[0] * 1.8), -3)),
        stages=tuple(stages),
        closed_at=last if closed else None,
        outcome=(Outcome.WON if won else Outcome.LOST) if closed else None,
    )


def _working(at: datetime, random: Random) -> datetime:
    """A moment of a working day near `at`."""
    while at.weekday() >= 5:
        at += DAY
    return at.replace(hour=random.randint(8, 15), minute=random.randint(0, 59), second=0, microsecond=0)


def list_changes(
    companies: Sequence[Company], start: datetime, end: datetime, random: Random
) -> list[ListChange]:
    """The list's year: most join at the start, some each quarter and in the last weeks; a few move or leave."""
    found = []
    for company in companies:
        if company.tier is None:
            if random.random() < 0.25:
                joined = _working(start + (end - start) * random.uniform(0, 0.5), random)
                left = _working(joined + (end - joined) * random.uniform(0.3, 0.95), random)
                found.append(
                    ListChange(company, 3, joined, Side.SALES, "Named by the field; worth a try in tier 3.")
                )
                found.append(
                    ListChange(
                        company,
                        None,
                        left,
                        Side.REVOPS,
                        "Nothing heard in half a year; freed for a better fit.",
                    )
                )
            continue
        found.extend(_way_onto_list(company, start, end, random))
    return sorted(found, key=lambda change: change.at)


def _way_onto_list(company: Company, start: datetime, end: datetime, random: Random) -> Iterator[ListChange]:
    tier = company.tier
    assert tier is not None
    share = random.random()
    # Nine in a hundred joined in the last month, so that this week's diff and the welcome play have something to show.
    joined = (
        start
        if share < 0.55
        else start + (end - start) * random.uniform(0.1, 0.9)
        if share < 0.91
        else end - DAY * random.uniform(0.6, 28)
    )
    joined = _working(joined, random)
    side = random.choice((Side.MARKETING, Side.SALES))
    why = {
        Side.MARKETING: f"Fits the profile: {company.industry.lower()}, {company.employees:,} people.",
        Side.SALES: "Field knowledge: a plant programme is being planned.",
    }[side]
    first = min(3, tier + 1) if tier < 3 and random.random() < 0.35 and (end - joined) > 60 * DAY else tier
    yield ListChange(company, first, joined, side, why)
    if first != tier:
        moved = _working(joined + (end - joined) * random.uniform(0.4, 0.97), random)
        yield ListChange(
            company,
            tier,
            moved,
            Side.REVOPS,
            f"Score and committee say tier {tier}: moved up in the list review.",
        )


def acts(companies: Sequence[Company], start: datetime, end: datetime, random: Random) -> list[Act]:
    """Campaign and personal touches: ads and mailings in bursts a month, calls and letters by the account's owner."""
    found: list[Act] = []
    for company in companies:
        weeks = int((end - start).days / 7)
        for week in range(weeks):
            found.extend(_week(company, week, start + 7 * DAY * week, end, random))
    return sorted(found, key=lambda act: act.at)


def _week(company: Company, week: int, monday: datetime, end: datetime, random: Random) -> Iterator[Act]:
    in_program = {1: 0.62, 2: 0.42, 3: 0.2, None: 0.03}[company.tier]
    by_hand = {1: 0.2, 2: 0.11, 3: 0.035, None: 0.03}[company.tier] * (0.6 + company.warmth)
    plan: list[tuple[float, str, str, str, str, bool]] = [
        (in_program, Side.MARKETING, Channel.AD, Direction.OUTBOUND, "Traceability pays", True),
        (
            in_program * 0.35,
            Side.MARKETING,
            Channel.EMAIL,
            Direction.OUTBOUND,
            "Recall readiness, the field guide",
            True,
        ),
        (
            in_program * 0.06,
            Side.MARKETING,
            Channel.EVENT,
            Direction.OUTBOUND,
            "Invitation: plant managers' breakfast",
            True,
        ),
        (by_hand, Side.SALES, Channel.CALL, Direction.OUTBOUND, "Called, left a message", False),
        (by_hand * 0.8, Side.SALES, Channel.EMAIL, Direction.OUTBOUND, "Wrote about the batch audit", False),
        (by_hand * 0.4, Side.SALES, Channel.LINKEDIN, Direction.OUTBOUND, "Connected on LinkedIn", False),
        (
            by_hand * 0.12 * company.warmth,
            Side.SALES,
            Channel.MEETING,
            Direction.OUTBOUND,
            "Discovery meeting",
            False,
        ),
    ]
    for turn, (chance, side, channel, direction, subject, programmed) in enumerate(plan):
        if random.random() < chance:
            at = _working(monday + DAY * random.uniform(0, 5), random)
            if at < end and not (company.is_forgotten and at > end - FORGOTTEN_FOR):
                member = random.choice(company.members) if company.members and channel != Channel.AD else None
                yield Act(
                    f"S-{company.number:04d}-{week:02d}-{turn}",
                    company,
                    member,
                    side,
                    channel,
                    direction,
                    at,
                    subject,
                    programmed,
                )
