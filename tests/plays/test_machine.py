"""Enrollments, clocks, pauses, exits, holdouts, absences, bursts and repeats in any order: the rows and a simple
reference never disagree.

`ABMOPS_MACHINE_EXAMPLES=400` lets it run longer than the suite does.
"""

from __future__ import annotations

import os
import random
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from abmops.lib.errors import AbmopsError
from abmops.work import kinds
from abmops.work import services as work
from abmops.work.models import WorkItem
from accounts.models import Absence, Account, Contact, Touch, User
from accounts.services.contact import opt_out
from plays import services
from plays.domain import enrollment as life
from plays.models import Burst, BurstAccount, Enrollment, Pause, Play, StepRun, Task
from plays.services.calendar import bursts
from plays.services.calendar.rescheduling import move_step
from plays.services.decision.deciding import decide_crossings
from plays.services.enrollment.ending import react_to_events
from plays.services.enrollment.starting import start_play
from plays.services.play.migrating import ask_to_migrate
from plays.services.sla.timers import keys_of, step_due, task_due
from plays.services.staff.away import hand_over_absences
from tests.plays.make import (
    CALL,
    EMAIL,
    NOW,
    a_contact,
    a_crossing,
    a_play,
    a_threshold,
    a_user,
    an_account,
    an_event,
)
from tests.plays.reference import DAY, HOUR, Book, Run, Step
from tests.plays.reference import Account as Ledger
from tests.plays.reference_people import Absence as Away
from tests.plays.reference_people import Burst as Flight
from tests.plays.reference_people import midnight

LINKEDIN = {"key": "linkedin", "channel": "linkedin", "side": "sales", "role": "owner", "sla_hours": 48}
STEPS: dict[str, dict[str, Any]] = {
    "first": {"call": CALL, "email": EMAIL, "linkedin": LINKEDIN},
    "second": {"linkedin": LINKEDIN | {"wait_days": 1}, "call": CALL},
}
PLAYS: dict[str, list[Step]] = {
    "first": [Step("call", timedelta(0), 1), Step("email", 2 * DAY, 1), Step("linkedin", timedelta(0), 2)],
    "second": [Step("linkedin", DAY, 2), Step("call", timedelta(0), 1)],
}
VERSIONS = {
    "first": [("call", "email", "linkedin"), ("call", "linkedin"), ("call", "email")],
    "second": [("linkedin", "call"), ("call",)],
}
"""The steps that each version of a play has; the first one is in force at the beginning."""
PRIORITY = {"first": 90, "second": 50}
EXITS = {"first": {"meeting_booked"}, "second": {"meeting_booked", "changed_tier"}}
EVENTS: dict[str, dict[str, Any]] = {
    "meeting_booked": {},
    "changed_tier": {"from": 2, "to": 2},
    "lifecycle": {"to": "disqualified"},
}
ACCOUNTS = st.sampled_from(["acme", "beta"])
PICK = st.integers(0, 3)
PLAY = st.sampled_from(sorted(PLAYS))
SCOPE = st.sampled_from(["account", "play", "enrollment", "person"])
CLOCKS = ("task_due", "enrollment_stall", "task_reminder", "task_overdue", "step_due")


class Machine(RuleBasedStateMachine):
    """Two accounts, two plays, two people."""

    def __init__(self) -> None:
        super().__init__()
        self.outer = transaction.atomic()
        self.outer.__enter__()
        self.book = Book({play: list(steps) for play, steps in PLAYS.items()}, EXITS, NOW)
        self.people: dict[str, User] = {"ann": a_user(name="Ann"), "bo": a_user(name="Bo")}
        self.accounts: dict[str, Account] = {}
        for name, owner in (("acme", "ann"), ("beta", "bo")):
            self.accounts[name] = an_account(owner=self.people[owner])
            self.book.accounts[name] = Ledger()
        self.contacts = {name: a_contact(account) for name, account in self.accounts.items()}
        self.version = dict.fromkeys(PLAYS, 0)
        self.plays: dict[str, Play] = {play: self.written(play, NOW - 100 * DAY) for play in PLAYS}
        self.threshold = a_threshold(urgency="normal")
        self.bursts: list[Burst] = []

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.outer.__exit__(None, None, None)

    # Helpers

    def written(self, play: str, now: datetime) -> Play:
        """The play, with the version in force that the machine has chosen."""
        return a_play(
            play,
            steps=[STEPS[play][key] for key in VERSIONS[play][self.version[play]]],
            exits=sorted(EXITS[play]),
            priority=PRIORITY[play],
            holdout=float(play in self.book.holdout),
            now=now,
        )

    def enrollment(self, account: str, play: str) -> Enrollment:
        return Enrollment.objects.live().get(account=self.accounts[account], play=self.plays[play])

    def task(self, account: str, play: str) -> Task:
        return Task.objects.unfinished().get(enrollment=self.enrollment(account, play))

    def live(self, account: str, play: str) -> Run | None:
        return self.book.accounts[account].live.get(play)

    def some(self, pick: int, *, owed: bool) -> tuple[str, str] | None:
        """One of the plays that run, or of those that owe something."""
        found = [(account, run.play) for account, run in self.book.runs() if not owed or run.due is not None]
        return found[pick % len(found)] if found else None

    def settle(self) -> None:
        """Drain what is due, take in what a waiting crossing started, and let the clocks follow what rests."""
        # What is due at once is due by the server's clock, which knows nothing of this story's.
        WorkItem.objects.filter(kind="account_event", state="ready").update(run_at=self.book.now)
        work.drain_all(self.book.now)
        names = {account.pk: name for name, account in self.accounts.items()}
        for row in Enrollment.objects.order_by("pk")[self.book.begun :].select_related("play"):
            if row.held_out:
                self.book.held_late(names[row.account_id], row.play.slug)
                continue
            assert row.crossing_id is not None
            self.book.started_late(names[row.account_id], row.play.slug, row.crossing_id)
        self.follow()

    def follow(self) -> None:
        people = {person.pk: name for name, person in self.people.items()}
        names = {account.pk: name for name, account in self.accounts.items()}
        tasks = Task.objects.unfinished().select_related("enrollment__play")
        self.book.settle(
            {
                (names[task.account_id], task.enrollment.play.slug): people[task.owner_id]
                for task in tasks
                if task.enrollment is not None
            }
        )
        self.book.tick()

    # What may happen

    @initialize(holdout=st.sampled_from(["", "", "first", "second"]))
    def begin(self, holdout: str) -> None:
        """Every story begins with a play on each account; some with one that holds everybody out."""
        if holdout:
            self.rewrite(holdout, 0, migrates=False, holds_out=True)
        for account in self.accounts:
            self.cross(account, twice=False)

    @rule(account=ACCOUNTS, twice=st.booleans())
    def cross(self, account: str, twice: bool) -> None:
        """A crossing, delivered once or twice."""
        crossing = a_crossing(self.accounts[account], self.threshold, at=self.book.now)
        for _ in range(1 + twice):
            decide_crossings(crossing_ids=[crossing.pk], now=self.book.now)
        self.book.cross(account, crossing.pk)
        self.settle()

    @rule(
        hours=st.sampled_from([None, None, 1, 5, 23, 24, 49, 100, 24 * 8, 24 * 31]),
        order=st.randoms(use_true_random=False),
        again=st.booleans(),
    )
    def wait(self, hours: int | None, order: random.Random, again: bool) -> None:
        """The clock goes on, exactly to the next moment or by hours; kinds come in any order, and come again."""
        moment = self.book.next_moment() if hours is None else None
        self.book.now = moment or self.book.now + (hours or 3) * HOUR
        now = self.book.now
        known = set(Task.objects.unfinished().values_list("pk", flat=True))
        steady = {name for name in self.people if ("person", name) not in self.book.resting}
        due = list(WorkItem.objects.filter(run_at__lte=now, state="ready"))
        names = sorted({item.kind for item in due})
        order.shuffle(names)
        for name in names:
            work.drain("react", float("inf"), now=now, only=[name])
        self.book.resting = {
            thing: until for thing, until in self.book.resting.items() if until is None or until > now
        }
        work.drain_all(now)
        self.follow()
        self.settle()
        self.new_work_goes_to_who_is_here(known, steady)
        self.absences_begin()
        self.settle()
        if again:
            for item in due:
                kind = kinds.find(item.kind)
                assert kind is not None
                kind.handler([item], now)
            self.settle()
        if (hours or 0) >= 24:
            self.nothing_waits_that_could_start()

    def nothing_waits_that_could_start(self) -> None:
        for name, account in self.book.accounts.items():
            for one in account.waiting:
                free = [
                    play
                    for play in PLAYS
                    if self.book.may_start(name, play) and not self.book.holds_out(name, play)
                ]
                assert one.may_be_over or not set(free) - one.ran - one.over, (
                    "a crossing waited for a day though a play was free"
                )

    def new_work_goes_to_who_is_here(self, known: set[int], steady: set[str]) -> None:
        """As long as somebody is. `known` were owed before; `steady` are those whom no pause kept away then."""
        tasks = dict(Task.objects.unfinished().values_list("pk", "owner"))
        here = {self.people[name].pk for name in steady if self.book.here(name)}
        assert not here or {tasks[pk] for pk in tasks.keys() - known} <= here

    def absences_begin(self) -> None:
        """What is due before somebody is back goes to the other one, if they are here; all the rest stays."""
        names = {person.pk: name for name, person in self.people.items()}
        tasks = list(Task.objects.unfinished().select_related("owner"))
        expected = {task.pk: names[task.owner_id] for task in tasks}
        for one in self.book.absences:
            if one.handed or not one.covers(self.book.now):
                continue
            one.handed = True
            (other,) = self.people.keys() - {one.person}
            for task in tasks:
                if names[task.owner_id] == one.person and task.due_at < one.back and self.book.here(other):
                    expected[task.pk] = other
        for _ in range(2):
            hand_over_absences(now=self.book.now)
            found = dict(Task.objects.unfinished().values_list("pk", "owner"))
            assert {pk: names[owner] for pk, owner in found.items()} == expected
        handed = Absence.objects.filter(handed_at__isnull=False).count()
        assert handed == sum(one.handed for one in self.book.absences)

    @rule(pick=PICK, skipped=st.booleans())
    def finish(self, pick: int, skipped: bool) -> None:
        """Done or skipped; a second click is a conflict."""
        if (found := self.some(pick, owed=True)) is None:
            return
        task, by = self.task(*found), self.people["ann"]
        if skipped:
            services.skip_task(task=task, by=by, reason="Not now", now=self.book.now)
        else:
            services.complete_task(task=task, by=by, now=self.book.now)
        with pytest.raises(AbmopsError):
            services.complete_task(task=task, by=by, now=self.book.now)
        self.book.finish(*found)
        self.settle()

    @rule(pick=PICK)
    def snooze(self, pick: int) -> None:
        """Out of the queue, still owed."""
        if (found := self.some(pick, owed=True)) is not None:
            services.snooze_task(task=self.task(*found), by=self.people["ann"], now=self.book.now)

    @rule(pick=PICK)
    def hand_on(self, pick: int) -> None:
        """It changes hands; its clock follows the pauses of whoever has it."""
        if (found := self.some(pick, owed=True)) is not None:
            task = self.task(*found)
            to = next(person for person in self.people.values() if person.pk != task.owner_id)
            services.hand_on_task(task=task, by=to, to=to, now=self.book.now)
            self.settle()

    @rule(pick=PICK, person=st.sampled_from(["ann", "bo"]))
    def hand_over(self, pick: int, person: str) -> None:
        """The whole play changes hands."""
        if (found := self.some(pick, owed=False)) is None:
            return
        enrollment, to = self.enrollment(*found), self.people[person]
        if enrollment.handed_to_id != to.pk:
            services.hand_over(enrollment=enrollment, to=to, by=to, now=self.book.now)
            self.settle()

    def thing(self, scope: str, account: str, play: str) -> tuple[str, Any]:
        """The name of a thing in the reference, and the row; None where there is none."""
        if scope == "enrollment":
            return f"{account}/{play}", self.enrollment(account, play) if self.live(account, play) else None
        if scope == "person":
            return "ann", self.people["ann"]
        return (account, self.accounts[account]) if scope == "account" else (play, self.plays[play])

    @rule(scope=SCOPE, account=ACCOUNTS, play=PLAY, hours=st.sampled_from([None, 3, 30, 24 * 6]))
    def pause(self, scope: str, account: str, play: str, hours: int | None) -> None:
        """Something rests, with a date or without; twice is a conflict."""
        name, row = self.thing(scope, account, play)
        if row is None:
            return
        until = self.book.now + hours * HOUR if hours else None
        said: dict[str, Any] = {
            "subject": row,
            "by": self.people["bo"],
            "reason": "Fair",
            "now": self.book.now,
        }
        if (scope, name) in self.book.resting:
            with pytest.raises(AbmopsError):
                services.pause(**said)
            return
        services.pause(**said, until=until)
        self.book.resting[scope, name] = until
        self.settle()

    @precondition(lambda self: self.book.resting)
    @rule(data=st.data())
    def resume(self, data: st.DataObject) -> None:
        """It goes on."""
        scope, name = data.draw(st.sampled_from(sorted(self.book.resting)))
        account, _, play = name.partition("/")
        _, row = self.thing(scope, account, play if scope == "enrollment" else name)
        rest = Pause.objects.active().get(**{scope: row})
        services.resume(pause=rest, by=self.people["bo"], now=self.book.now)
        del self.book.resting[scope, name]
        self.settle()

    @rule(account=ACCOUNTS, event=st.sampled_from(sorted(EVENTS)), twice=st.booleans())
    def happen(self, account: str, event: str, twice: bool) -> None:
        """An account event ends what declares it, once."""
        row = an_event(self.accounts[account], event, at=self.book.now, **EVENTS[event])
        for _ in range(1 + twice):
            react_to_events(event_ids=[row.pk], now=self.book.now)
        if event == "meeting_booked":  # on a day that nobody told
            self.book.meet(account, self.book.now + 14 * DAY)
        else:
            self.book.happen(account, "disqualified" if event == "lifecycle" else event)
        self.settle()

    @rule(pick=PICK)
    def meet(self, pick: int) -> None:
        """What came of a task is a meeting: it is done, and so is everything cold."""
        if (found := self.some(pick, owed=True)) is None:
            return
        services.record_outcome(
            task=self.task(*found),
            by=self.people["ann"],
            outcome="meeting_booked",
            meeting_at=self.book.now + 2 * DAY,
            now=self.book.now,
        )
        self.book.meet(found[0], self.book.now + 2 * DAY + HOUR)
        self.settle()

    @rule(account=ACCOUNTS, channel=st.sampled_from(["call", "email", "linkedin"]))
    def refuse(self, account: str, channel: str) -> None:
        """The one person there says no to a channel: steps go on without them, and no play begins by it."""
        opt_out(contact=self.contacts[account], channel=channel, source="footer", now=self.book.now)
        self.book.accounts[account].refused.add(channel)
        self.settle()

    @rule(pick=PICK, hours=st.sampled_from([1, 30, 24 * 5]))
    def move_step(self, pick: int, hours: int) -> None:
        """A planned step gets another day; not while it rests."""
        waiting = [(account, run) for account, run in self.book.runs() if run.opens_at is not None]
        if not waiting:
            return
        account, run = waiting[pick % len(waiting)]
        said: dict[str, Any] = {
            "run": StepRun.objects.select_related("enrollment").get(
                enrollment=self.enrollment(account, run.play), state="pending"
            ),
            "to": self.book.now + hours * HOUR,
            "by": self.people["ann"],
            "now": self.book.now,
        }
        if run.stopped is not None:
            with pytest.raises(AbmopsError):
                move_step(**said)
            return
        move_step(**said)
        run.opens_at = self.book.now + hours * HOUR
        self.settle()

    @rule(account=ACCOUNTS, play=PLAY, takes_out=st.booleans())
    def start_by_hand(self, account: str, play: str, takes_out: bool) -> None:
        """Under the rules of every other start; out of a holdout only where somebody says so."""
        said: dict[str, Any] = {
            "play": self.plays[play],
            "account": self.accounts[account],
            "by": self.people["bo"],
            "reason": "They called.",
            "now": self.book.now,
        }
        held = self.book.holds_out(account, play)
        if not self.book.may_start(account, play) or (held and not takes_out):
            with pytest.raises(AbmopsError):
                start_play(**said, override={"holdout"} if takes_out else ())
            return
        start_play(**said, override={"holdout"} if takes_out else ())
        if takes_out:
            self.book.start_by_hand(account, play)
        else:
            self.book.start(account, play)
        self.settle()

    @precondition(lambda self: all(one.ends <= self.book.now for one in self.book.absences))
    @rule(person=st.sampled_from(["ann", "bo"]), days=st.sampled_from([1, 4, 9]), covered=st.booleans())
    def go_away(self, person: str, days: int, covered: bool) -> None:
        """Somebody is away from tomorrow on."""
        (other,) = self.people.keys() - {person}
        away = Away(person, midnight(self.book.now, 1), midnight(self.book.now, 1 + days), covered)
        self.book.absences.append(away)
        Absence.objects.create(
            user=self.people[person],
            starts_on=away.starts.date(),
            ends_on=(away.ends - DAY).date(),
            stand_in=self.people[other] if covered else None,
        )

    @precondition(lambda self: len(self.bursts) < 3)
    @rule(days_off=st.integers(0, 3), days=st.integers(1, 5))
    def plan_burst(self, days_off: int, days: int) -> None:
        """Marketing on every account that is not paused."""
        starts = midnight(self.book.now, days_off)
        taken = {name for name in self.accounts if ("account", name) not in self.book.resting}
        fields = {
            "name": "Ads",
            "channel": "ad",
            "starts_on": starts.date(),
            "ends_on": (starts + (days - 1) * DAY).date(),
        }
        if not taken:
            with pytest.raises(AbmopsError):
                bursts.plan_burst(fields=fields, by=self.people["ann"], now=self.book.now)
            return
        burst = bursts.plan_burst(fields=fields, by=self.people["ann"], now=self.book.now).burst
        assert burst is not None
        self.bursts.append(burst)
        self.book.bursts.append(Flight(starts, starts + days * DAY, taken))
        self.settle()

    @precondition(lambda self: self.bursts)
    @rule(pick=PICK, days=st.integers(0, 3))
    def change_burst(self, pick: int, days: int) -> None:
        """It is moved, or, with no days to move it by, called off, or that is taken back."""
        flight, now = self.book.bursts[pick % len(self.bursts)], self.book.now
        burst = self.bursts[pick % len(self.bursts)]
        burst.refresh_from_db()
        if flight.off:
            if now >= flight.ends:
                with pytest.raises(AbmopsError):
                    bursts.restore_burst(burst=burst, now=now)
                return
            bursts.restore_burst(burst=burst, now=now)
            flight.off = flight.looked = False
        elif not days:
            bursts.cancel_burst(burst=burst, reason="No money", now=now)
            flight.off = True
        elif now >= flight.starts:
            with pytest.raises(AbmopsError):
                bursts.move_burst(burst=burst, to=burst.starts_on + days * DAY, now=now)
        else:
            bursts.move_burst(burst=burst, to=burst.starts_on + days * DAY, now=now)
            flight.starts, flight.ends = flight.starts + days * DAY, flight.ends + days * DAY
        self.settle()

    @rule(play=PLAY, version=st.integers(0, 2), migrates=st.booleans(), holds_out=st.booleans())
    def rewrite(self, play: str, version: int, migrates: bool, holds_out: bool) -> None:
        """Another version comes into force; what runs finishes on its own, or moves by choice, where it can."""
        version %= len(VERSIONS[play])
        if version != self.version[play] or holds_out != (play in self.book.holdout):
            self.version[play] = version
            self.book.holdout = self.book.holdout - {play} | ({play} if holds_out else set())
            self.plays[play] = self.written(play, self.book.now)
            known = {step.key: step for step in PLAYS[play]}
            self.book.plays[play] = [known[key] for key in VERSIONS[play][version]]
        if migrates:
            ask_to_migrate(play=self.plays[play], by=self.people["ann"], now=self.book.now)
            self.book.migrate(play)
            self.settle()

    @rule(pick=PICK)
    def cancel(self, pick: int) -> None:
        """Stopped by hand."""
        if (found := self.some(pick, owed=False)) is None:
            return
        account, play = found
        run = self.book.accounts[account].live[play]
        services.cancel_enrollment(
            enrollment=self.enrollment(account, play),
            by=self.people["ann"],
            reason="A slip",
            now=self.book.now,
        )
        self.book.end(account, run, "cancelled")
        self.settle()

    @rule(account=ACCOUNTS, play=PLAY)
    def restore(self, account: str, play: str) -> None:
        """The stop is taken back, or refused."""
        last = (
            Enrollment.objects.finished()
            .filter(account=self.accounts[account], play=self.plays[play])
            .order_by("-finished_at", "-pk")
            .first()
        )
        if last is None:
            return
        if not self.book.may_restore(account, play):
            with pytest.raises(AbmopsError):
                services.restore_enrollment(enrollment=last, by=self.people["ann"], now=self.book.now)
            return
        services.restore_enrollment(enrollment=last, by=self.people["ann"], now=self.book.now)
        self.book.restore(account, play)
        self.settle()

    # What must hold

    @invariant()
    def the_rows_say_what_the_reference_says(self) -> None:
        said = {(name, run.play): run for name, run in self.book.runs()}
        names = {account.pk: name for name, account in self.accounts.items()}
        rows = Enrollment.objects.live().select_related("play").prefetch_related("step_runs__task")
        assert sorted((names[row.account_id], row.play.slug) for row in rows) == sorted(said)
        for row in rows:
            run = said[names[row.account_id], row.play.slug]
            (current,) = [one for one in row.step_runs.all() if one.state in ("pending", "open")]
            told = f"{row.play.slug} on {names[row.account_id]}"
            assert (row.state, current.position) == (run.state, run.at), told
            if run.opens_at is not None:
                assert (current.state, current.opens_at, current.stopped_at) == (
                    "pending", run.opens_at, run.stopped,
                ), told  # fmt: skip
            else:
                task = current.task
                assert (current.state, task.due_at, task.stopped_at, task.breached_at is not None) == (
                    "open", run.due, run.stopped, run.late,
                ), told  # fmt: skip
        held = Enrollment.objects.filter(state=life.HOLDOUT).values_list("account", "play__slug")
        assert sorted((names[account], play) for account, play in held) == sorted(
            (name, play) for name, account in self.book.accounts.items() for play in account.held
        )
        assert Enrollment.objects.count() == self.book.begun
        for state, n in self.book.finished.items():
            assert Enrollment.objects.filter(state=state).count() == n
        assert Pause.objects.active().count() == len(self.book.resting)

    @invariant()
    def nobody_is_gone_to_who_said_no(self) -> None:
        for task in Task.objects.unfinished().exclude(contact=None):
            assert task.contact_id is not None
            assert Contact.objects.contactable(task.channel).filter(pk=task.contact_id).exists()

    @invariant()
    def marketing_has_reached_whom_it_may(self) -> None:
        names = {account.pk: name for name, account in self.accounts.items()}
        rows = BurstAccount.objects.values_list("burst", "account", "begun_at", "left_at")
        said = {
            (burst.pk, name): (name in flight.begun, name in flight.left)
            for burst, flight in zip(self.bursts, self.book.bursts, strict=True)
            for name in flight.waiting | flight.begun
        }
        assert {(burst, names[pk]): (bool(begun), bool(left)) for burst, pk, begun, left in rows} == said
        touches = Touch.objects.filter(external_id__startswith="burst:").count()
        assert touches == sum(begun for begun, _ in said.values())

    @invariant()
    def every_story_is_whole(self) -> None:
        for enrollment in Enrollment.objects.prefetch_related("events"):
            events = list(enrollment.events.all())
            assert [event.seq for event in events] == list(range(1, len(events) + 1))
            assert [event.from_state for event in events] == ["", *(event.to_state for event in events[:-1])]
            assert events[-1].to_state == enrollment.state
        ended = Enrollment.objects.exclude(state__in=life.LIVE)
        assert not StepRun.objects.filter(state__in=("pending", "open"), enrollment__in=ended).exists()
        assert not Task.objects.unfinished().filter(enrollment__in=ended).exists()

    @invariant()
    def what_is_pending_is_exactly_what_is_owed(self) -> None:
        """A timer for every running clock, none for what stands, has ended or was moved."""
        pending = set(WorkItem.objects.filter(kind__in=CLOCKS).values_list("dedup_key", flat=True))
        tasks = Task.objects.unfinished().filter(stopped_at__isnull=True).select_related("enrollment")
        runs = StepRun.objects.filter(state="pending", stopped_at__isnull=True)
        opening = {step_due(run).dedup_key for run in runs}
        assert opening <= pending
        assert {task_due(task).dedup_key for task in tasks if task.breached_at is None} <= pending
        late = [
            one for one in tasks if one.breached_at and one.enrollment and one.enrollment.state == "active"
        ]
        assert {keys_of(task)[1] for task in late} <= pending
        assert pending <= opening | {key for task in tasks for key in keys_of(task)}


@pytest.mark.django_db
def test_the_machine_and_the_reference_never_disagree(settings: Any) -> None:
    settings.GUARDRAILS = {"touches_per_week": 10_000, "touches_per_contact": 10_000}
    run_state_machine_as_test(Machine, settings=_settings())


def _settings() -> settings:
    return settings(
        max_examples=int(os.environ.get("ABMOPS_MACHINE_EXAMPLES", "12")),
        stateful_step_count=25,
        deadline=None,
        # Making a failing case smaller takes minutes here.
        phases=[Phase.explicit, Phase.reuse, Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
