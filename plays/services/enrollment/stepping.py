"""Steps: opening them when they are due, as a task for a named person; and going on to the next."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import transaction

from abmops.lib.choices import Channel
from abmops.work import crash
from abmops.work import services as work
from accounts.models import Account, User
from accounts.services import storing
from plays.domain import hours, sla
from plays.domain import vocabulary as words
from plays.domain.calendar import is_personal, within_the_window
from plays.domain.definition import PlayDefinition, Step
from plays.domain.guardrails import No
from plays.domain.people import Someone, word_task
from plays.domain.routing import Routed
from plays.models import Enrollment, StepRun, Task, TaskEvent
from plays.selectors import facts as facts_of
from plays.selectors.facts import Dossier
from plays.selectors.house import House, in_force
from plays.selectors.library import definition_of
from plays.selectors.pauses import Resting, resting
from plays.selectors.staff import Staff, staff
from plays.services.enrollment.moving import Move, move_all
from plays.services.guardrail.guarding import Gate, hold, let_open
from plays.services.outbox import announcing
from plays.services.outbox.delivering import Due, take_over
from plays.services.sla import timers


@dataclass(frozen=True, slots=True)
class Opening:
    """A pending step run whose moment has come. `aside`: rules that a person has set aside for it."""

    run: StepRun
    enrollment: Enrollment
    definition: PlayDefinition
    aside: frozenset[str] = frozenset()

    @property
    def step(self) -> Step:
        """What the version says of this step."""
        return self.definition.steps[self.run.position]


@transaction.atomic
def open_due_steps(*, run_ids: Collection[int], now: datetime) -> None:
    """Open the step runs that are pending and due now; the others, and what rests, are left as they are.

    So it may be asked twice, late, or for a step that has been cancelled or put off since.
    """
    account_ids = set(StepRun.objects.filter(pk__in=run_ids).values_list("enrollment__account", flat=True))
    accounts = facts_of.lock_accounts(account_ids)
    runs = (
        StepRun.objects.filter(
            pk__in=run_ids, state=StepRun.State.PENDING, opens_at__lte=now, stopped_at__isnull=True
        )
        .select_related("enrollment__version", "enrollment__play")
        .order_by("pk")
    )
    openings = [Opening(run, run.enrollment, definition_of(run.enrollment.version)) for run in runs]
    open_all(openings, accounts=accounts, now=now)
    crash.point("step_due.before_commit")


def open_all(
    openings: Sequence[Opening],
    *,
    accounts: Mapping[int, Account],
    now: datetime,
    dossiers: Mapping[int, Dossier] | None = None,
    people: Staff | None = None,
    house: House | None = None,
) -> list[Task]:
    """Open steps of locked accounts: each becomes a task with an owner and a due time, or is put off by a guardrail.

    An account that left the program meanwhile ends its enrollment instead; what rests waits until it is resumed. A
    fixed number of queries.
    """
    if not openings:
        return []
    house = house or in_force(now=now)
    if dossiers is None:
        dossiers = facts_of.dossiers(accounts.values(), now=now, house=house)
    people = people or staff(now=now, house=house)
    people.learn(accounts)
    rests = resting(list(accounts))
    resting_now = [opening for opening in openings if rests.of(opening.enrollment) is not None]
    _change(resting_now, stopped_at=now)
    openings = [opening for opening in openings if opening.run.stopped_at is None]
    ready: list[Opening] = []
    gone: list[Opening] = []
    held: list[tuple[StepRun, int, No]] = []
    contacts: dict[int, Someone | None] = {}
    moves: list[Move] = []
    gate = Gate(dossiers, house.written.policy, people, now=now)
    for opening in openings:
        asked = gate.ask(opening.enrollment, opening.definition, opening.run.position, aside=opening.aside)
        if asked.left is not None:
            gone.append(opening)
            moves.append(Move(opening.enrollment, "exit", asked.left.sentence))
        elif asked.no is not None:
            held.append((opening.run, opening.enrollment.account_id, asked.no))
        else:
            ready.append(opening)
            contacts[opening.run.pk] = asked.contact
            if opening.enrollment.state == Enrollment.State.WAITING:
                moves.append(Move(opening.enrollment, "begin", f"“{opening.step.name}” opened."))
    let_open([opening.run.pk for opening in (*gone, *ready) if opening.run.held], now=now)
    _change(gone, state=StepRun.State.CANCELLED, closed_at=now)
    _change(ready, state=StepRun.State.OPEN, opened_at=now, held="")
    puts = hold(held, now=now) if held else []
    tasks = [
        _task(opening, contacts[opening.run.pk], accounts, dossiers, people, rests, now=now)
        for opening in ready
    ]
    tasks = take_over(
        [
            Due(opening.run, opening.step, opening.enrollment, task)
            for opening, task in zip(ready, tasks, strict=True)
        ],
        now=now,
    )
    storing.insert(tasks, now=now)
    storing.insert(
        [TaskEvent(task=task, kind=TaskEvent.Kind.OPENED, text=task.routed, at=now) for task in tasks],
        now=now,
    )
    move_all(moves, now=now)
    announcing.tasks_due(tasks, now=now, heard=house.heard)
    work.put_many(
        [*puts, *(put for task in tasks if task.stopped_at is None for put in timers.clocks_of(task))]
    )
    return tasks


def _change(openings: Sequence[Opening], **values: object) -> None:
    """Set the same values on their step runs, in the rows and in memory."""
    if openings:
        StepRun.objects.filter(pk__in=[opening.run.pk for opening in openings]).update(**values)
    for opening in openings:
        for name, value in values.items():
            setattr(opening.run, name, value)


def _task(
    opening: Opening,
    contact: Someone | None,
    accounts: Mapping[int, Account],
    dossiers: Mapping[int, Dossier],
    people: Staff,
    rests: Resting,
    *,
    now: datetime,
) -> Task:
    account = accounts[opening.enrollment.account_id]
    dossier = dossiers[account.pk]
    step, enrollment = opening.step, opening.enrollment
    routed = _handed(enrollment, people) or people.route(people.case(account, side=step.side, role=step.role))
    wording = word_task(
        step,
        contact,
        account=account.name,
        industry=account.industry,
        owner=people.people[routed.person_id].name,
        known_contacts=len(dossier.people),
    )
    urgency = opening.definition.urgency_at(opening.run.position, enrollment.urgency)
    calendar = people.calendar(routed.person_id)
    due = due_at(step.sla_hours, urgency, calendar, now=now)
    return Task(
        step_run=opening.run,
        enrollment=enrollment,
        account=account,
        contact_id=contact.id if contact else None,
        owner_id=routed.person_id,
        routed=routed.reason[:300],
        channel=step.channel,
        side=step.side,
        title=wording.title,
        instructions=wording.instructions,
        why=enrollment.why,
        urgency=urgency,
        due_at=due,
        remind_at=sla.remind_at(now, due, calendar, share=settings.SLA_REMINDER_SHARE),
        stopped_at=now if routed.person_id in rests.people else None,
        created_at=now,
        updated_at=now,
    )


def _handed(enrollment: Enrollment, people: Staff) -> Routed | None:
    """Whoever the whole play was handed to, while they are here to do it."""
    person = people.people.get(enrollment.handed_to_id or 0)
    if person is None or person.absent:
        return None
    return Routed(
        person.id, "handed_over", f"{person.name}: the play on this account was handed over to them."
    )


def due_at(sla_hours: float, urgency: str, calendar: hours.Calendar, *, now: datetime) -> datetime:
    """The due time of work that begins now: its SLA, under the ceiling of its urgency, in the owner's working time."""
    return hours.due_after(now, min(sla_hours, words.URGENCY_CEILING_HOURS.get(urgency, sla_hours)), calendar)


def give_by_hand(run: StepRun, *, account: Account, contact_id: int | None, note: str, now: datetime) -> Task:
    """An open step that a surface could not do becomes somebody's task, with the reason. The account is locked."""
    enrollment = Enrollment.objects.select_related("version", "play").get(pk=run.enrollment_id)
    opening = Opening(run, enrollment, definition_of(enrollment.version))
    accounts = {account.pk: account}
    dossiers = facts_of.dossiers([account], now=now)
    people = staff(now=now)
    people.learn(accounts)
    contact = next((one for one in dossiers[account.pk].people if one.id == contact_id), None)
    task = _task(opening, contact, accounts, dossiers, people, resting([account.pk]), now=now)
    task.instructions = f"{note}\n\n{task.instructions}".strip()
    task.save()
    TaskEvent.objects.create(task=task, kind=TaskEvent.Kind.OPENED, text=task.routed, at=now)
    announcing.tasks_due([task], now=now)
    if task.stopped_at is None:
        work.put_many(timers.clocks_of(task))
    return task


def go_on(run: StepRun, *, account: Account, by: User | None, now: datetime) -> None:
    """After a step is done or skipped: the next one opens or waits its days, or the enrollment is complete.

    The account is locked. Progress takes a stalled enrollment up again.
    """
    enrollment = Enrollment.objects.select_related("version", "play").get(pk=run.enrollment_id)
    definition = definition_of(enrollment.version)
    following = definition.step_after(run.key)
    moves: list[Move] = []
    if following is None:
        moves.append(Move(enrollment, "complete", "Its last step is finished.", by))
        move_all(moves, now=now)
        return
    if enrollment.state == Enrollment.State.STALLED:
        moves.append(Move(enrollment, "progress", "A late step was finished.", by))
    move_all(moves, now=now)
    position, step = following
    people = staff(now=now)
    opens_at = _opens_at(definition, run, step, people.calendar(account.owner_id), now=now)
    following_run = StepRun.objects.create(
        enrollment=enrollment, key=step.key, position=position, cycle=run.cycle, opens_at=opens_at
    )
    opening = Opening(following_run, enrollment, definition)
    if opens_at <= now:
        open_all([opening], accounts={account.pk: account}, now=now, people=people)
    elif resting([account.pk]).of(enrollment) is None:
        work.put_many([timers.step_due(following_run)])
    else:
        _change([opening], stopped_at=now)


def _opens_at(
    definition: PlayDefinition, run: StepRun, step: Step, calendar: hours.Calendar, *, now: datetime
) -> datetime:
    """When the step after `run` opens: its wait, and behind a mailing the days from when that lands [J]."""
    planned = hours.after_wait(now, step.wait, calendar)
    is_sent = (
        run.state == StepRun.State.DONE and definition.steps[run.position].channel == Channel.DIRECT_MAIL
    )
    if not is_sent or not is_personal(step):
        return planned
    local = planned.astimezone(calendar.zone)
    day = within_the_window(local.date(), sent_on=calendar.local_day(now))
    return planned if day == local.date() else hours.at_local(day, local.time(), calendar.zone)
