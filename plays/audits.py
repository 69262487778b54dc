"""The promises of the action plane, checked each minute on the rows. What lacks only its work item gets it back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef

from abmops.work import audits
from abmops.work import services as work
from abmops.work.audits import Finding
from abmops.work.models import WorkItem
from accounts.models import User
from plays.models import Decision, Delivery, Enrollment, StepRun, Task, Waiting
from plays.services.decision import waiting
from plays.services.enrollment.pausing import settle_clocks
from plays.services.outbox.publishing import item_of
from plays.services.sla import timers
from signals.models import Crossing

STUCK = timedelta(minutes=5)
"""How long a delivery may wait for its turn before its work item is looked for."""
SLACK = timedelta(minutes=2)
"""How long the work list may take before a promise counts as broken."""
FOUND_WITHIN = timedelta(minutes=1)
"""How long a task may be late before the clock has to have found it."""
LOOKED_BACK = timedelta(days=1)
AT_MOST = 100
"""So many are named."""
REPAIRED_AT_ONCE = 10_000


def register() -> None:
    """Put every look for a broken promise on the list that is gone through each minute; called from `ready()`."""
    audits.register("plays.live_has_a_step", live_has_a_step)
    audits.register("plays.open_step_has_its_task", open_step_has_its_task)
    audits.register("plays.steps_open_in_time", steps_open_in_time)
    audits.register("plays.late_tasks_are_found", late_tasks_are_found)
    audits.register("plays.late_tasks_are_handed_on", late_tasks_are_handed_on)
    audits.register("plays.tasks_have_somebody", tasks_have_somebody)
    audits.register("plays.crossings_are_decided", crossings_are_decided)
    audits.register("plays.held_are_looked_at", held_are_looked_at)
    audits.register("plays.deliveries_move", deliveries_move)
    audits.register("plays.clocks_follow_the_pauses", clocks_follow_the_pauses)


def put_again(puts: Iterable[work.Put]) -> None:
    """Put what lacks its work item. One that was given up holds the place of its key: it is sent round once more."""
    puts = list(puts)
    work.put_many(puts)
    dead = WorkItem.objects.dead().filter(dedup_key__in=[put.dedup_key for put in puts])
    if ids := list(dead.values_list("pk", flat=True)):
        work.replay(by="the audit", ids=ids)


def live_has_a_step(now: datetime) -> Iterator[Finding]:
    """Every live enrollment has a step that is open or waited for."""
    del now
    current = StepRun.objects.filter(enrollment=OuterRef("pk"), state__in=("pending", "open"))
    for pk in Enrollment.objects.live().filter(~Exists(current)).values_list("pk", flat=True)[:AT_MOST]:
        yield Finding(
            f"enrollment:{pk}", f"Enrollment {pk} is live, but no step of it is open or waited for."
        )


def open_step_has_its_task(now: datetime) -> Iterator[Finding]:
    """Every open step is owed by somebody, or is on its way out."""
    del now
    owed = Task.objects.unfinished().filter(step_run=OuterRef("pk"))
    going = Delivery.objects.waiting().filter(step_run=OuterRef("pk"))
    for pk in StepRun.objects.filter(~Exists(owed), ~Exists(going), state="open").values_list(
        "pk", flat=True
    )[:AT_MOST]:
        yield Finding(f"step:{pk}", f"Step {pk} is open, but nobody owes it.")


def steps_open_in_time(now: datetime) -> Iterator[Finding]:
    """A step whose moment has passed has opened; one that has not gets its timer back."""
    late = list(
        StepRun.objects.filter(state="pending", stopped_at__isnull=True, opens_at__lt=now - SLACK).order_by(
            "opens_at"
        )[:REPAIRED_AT_ONCE]
    )
    put_again(timers.step_due(run) for run in late)
    for run in late[:AT_MOST]:
        yield Finding(f"step:{run.pk}", f"Step {run.pk} was to open at {run.opens_at:%H:%M}.", repaired=True)


def late_tasks_are_found(now: datetime) -> Iterator[Finding]:
    """A task past its due time is marked late within a minute; one that is not gets its clock back."""
    late = Task.objects.unfinished().filter(
        due_at__lt=now - FOUND_WITHIN, breached_at__isnull=True, stopped_at__isnull=True
    )
    found = list(late.order_by("due_at")[:REPAIRED_AT_ONCE])
    put_again(timers.task_due(task) for task in found)
    for task in found[:AT_MOST]:
        yield Finding(f"task:{task.pk}", f"Task {task.pk} was due at {task.due_at:%H:%M}.", repaired=True)


def held_are_looked_at(now: datetime) -> Iterator[Finding]:
    """A held occasion is looked at again when its moment has come; one that was not gets its look back."""
    late = list(Waiting.objects.filter(look_at__lt=now - SLACK).order_by("look_at")[:AT_MOST])
    work.put_many(waiting.look_at(row.account_id, now) for row in late)
    for row in late:
        yield Finding(
            f"decision:{row.decision_id}",
            f"Decision {row.decision_id} was to be looked at again at {row.look_at:%H:%M}.",
            repaired=True,
        )


def clocks_follow_the_pauses(now: datetime) -> Iterator[Finding]:
    """What rests stands, and what stands rests: a start that a pause overtook, or a merge, is set right."""
    changed = settle_clocks(now=now)
    if changed:
        yield Finding("clocks", f"{changed} clocks did not follow the pauses.", repaired=True)


def late_tasks_are_handed_on(now: datetime) -> Iterator[Finding]:
    """A late task whose grace has run out is with somebody else; one that is not gets its clock back."""
    over = Task.objects.unfinished().filter(
        breached_at__isnull=False, stopped_at__isnull=True, grace_ends_at__lt=now - SLACK
    )
    found = list(over.order_by("grace_ends_at")[:REPAIRED_AT_ONCE])
    put_again(timers.task_overdue(task) for task in found)
    for task in found[:AT_MOST]:
        detail = f"Task {task.pk} was to go to somebody else at {task.grace_ends_at:%H:%M}."
        yield Finding(f"grace:{task.pk}", detail, repaired=True)


def tasks_have_somebody(now: datetime) -> Iterator[Finding]:
    """An open task is owed by somebody who is here; one that is not goes to whoever routing finds."""
    gone = Task.objects.unfinished().exclude(owner__in=User.objects.here().order_by())
    found = list(gone.order_by("pk").values_list("pk", flat=True)[:AT_MOST])
    put_again(
        work.Put(kind="task_rehome", subject_id=pk, dedup_key=f"task_rehome:{pk}", run_at=now) for pk in found
    )
    for pk in found:
        yield Finding(f"owner:{pk}", f"Task {pk} is owed by somebody who is not here.", repaired=True)


def crossings_are_decided(now: datetime) -> Iterator[Finding]:
    """A crossing has its decision; one without is put up again."""
    decided = Decision.objects.filter(crossing=OuterRef("pk"))
    open_ones = Crossing.objects.filter(
        ~Exists(decided), crossed_at__gte=now - LOOKED_BACK, crossed_at__lt=now - SLACK
    )
    found = list(open_ones.order_by("crossed_at").values_list("pk", flat=True)[:AT_MOST])
    put_again(work.Put(kind="decide", subject_id=pk, dedup_key=f"decide:crossing:{pk}") for pk in found)
    for pk in found:
        yield Finding(f"crossing:{pk}", f"Crossing {pk} has no decision.", repaired=True)


def deliveries_move(now: datetime) -> Iterator[Finding]:
    """A delivery that waits for a surface that is on has its item on the work list; one without gets it back."""
    late = list(
        Delivery.objects.waiting()
        .filter(next_at__lt=now - STUCK, endpoint__disabled_at__isnull=True)
        .order_by("next_at")[:AT_MOST]
    )
    known = set(
        WorkItem.objects.filter(
            dedup_key__in=[item_of(one).dedup_key for one in late], state__in=("ready", "leased")
        ).values_list("dedup_key", flat=True)
    )
    lost = [one for one in late if item_of(one).dedup_key not in known]
    if lost:
        WorkItem.objects.filter(dedup_key__in=[item_of(one).dedup_key for one in lost]).delete()
        work.put_many(item_of(one) for one in lost)
    for one in lost:
        yield Finding(
            f"delivery:{one.pk}", f"Delivery {one.pk} was to go at {one.next_at:%H:%M}.", repaired=True
        )
