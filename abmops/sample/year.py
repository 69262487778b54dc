"""The sample's year, written through the services: months of records taken in, then a quarter lived day by day.

In the quarter signals are ingested, judged, decided and worked by simulated people at simulated moments: every
crossing, decision, enrollment, breach and touch in the sample was made by the code that makes the real ones.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from random import Random
from typing import Any

from django.db import connection

from abmops.lib.choices import SourceKind
from abmops.sample import (
    bursts,
    catalogue,
    deliveries,
    drafts,
    files,
    founding,
    gaps,
    governed_list,
    holdouts,
    hooks,
    leftovers,
    life,
    machines,
    outgoing,
    past_rules,
    people,
    rests,
    review,
    routing,
    said,
    scores,
    upkeep,
    world,
)
from abmops.sample.program import DAY, Program, Say
from abmops.sample.records import write_acts, write_changes, write_deals
from abmops.work import services as work
from accounts.models import Via
from accounts.services.changes import acting
from plays.services.play.library import install_starter_plays
from signals.models import SignalType, Source, Threshold
from signals.services import ingest, survey

STEPS = (time(8, 40), time(14, 10))


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
    with acting(via=Via.ADMIN, what="Founding of the program", at=program.start):
        founding.people(program)
    founding.rates(program)
    say(f"{accounts} accounts with their committees")
    founding.definitions(program)
    founding.accounts(program)
    outgoing.write(program.staff, at=program.start)
    plan = _plan(program)
    say("The months before the program went live")
    _history(program, plan)
    say("The live quarter, day by day")
    _live(program, plan)
    left = program.end - timedelta(minutes=20)
    leftovers.send(program, at=left)
    settle(program, left)
    leftovers.decide(program)
    governed_list.write(program)
    say("Decisions, ratings and the numbers of past days")
    review.write(program.staff, live=program.live, end=program.end)
    upkeep.write(program.staff, end=program.end)
    said.write(program.staff, seed=seed, end=program.end)
    gaps.write(program.staff, end=program.end)
    routing.write(program.staff, end=program.end)
    drafts.write(program.staff, end=program.end)
    bursts.write(program.staff, end=program.end)
    catalogue.write(end=program.end)
    hooks.write(end=program.end)
    machines.write(program.staff, end=program.end)
    past_rules.write(program.staff, end=program.end)
    rests.write(program.staff, end=program.end)
    deliveries.write(program.staff, end=program.end)
    files.write(program)
    settle(program, program.end)
    scores.write(live=program.live, end=program.end)
    return program


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
    write_changes(program, [one for one in plan.changes if one.at < live], now=live)
    write_acts(program, [one for one in plan.acts if one.at < live], now=live)
    write_deals(program, [one for one in plan.deals if one.opened_at < live], upto=live, now=live)
    at = program.start
    while at < live:
        _send(
            program, plan, at + 7 * DAY if at + 7 * DAY < live else live, min(7 * DAY, live - at), spread=True
        )
        at += 7 * DAY
        settle(program, min(at, live))


def _live(program: Program, plan: Plan) -> None:
    """Thresholds and plays in force, and everybody at work, two moments a working day and one on Saturdays."""
    owner = program.revops
    install_starter_plays(owner=owner, now=program.live, activate=True)
    holdouts.write(by=owner, now=program.live)
    Threshold.objects.update(status=Threshold.Status.ACTIVE)
    for threshold in Threshold.objects.all():
        survey.ask(threshold=threshold)
    before = program.live
    for moment in _moments(program):
        since, before = before, moment
        write_changes(program, [one for one in plan.changes if since <= one.at < moment], now=moment)
        write_acts(program, [one for one in plan.acts if since <= one.at < moment], now=moment)
        moving = [one for one in plan.deals if any(since <= at < moment for at in _moves(one))]
        write_deals(program, moving, upto=moment, now=moment)
        _send(program, plan, moment, moment - since, spread=False)
        settle(program, moment)
        if moment.weekday() < 5:
            settle(program, people.work_queues(moment, program.random, end=program.end))


def _moments(program: Program) -> Iterator[datetime]:
    day = program.live.date()
    while day <= program.end.date():
        for at in STEPS[: (2, 2, 2, 2, 2, 1, 0)[day.weekday()]]:
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
    with acting(via=Via.WORK, at=at):
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
