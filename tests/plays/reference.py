"""The life of enrollments once more, as simply as it can be said: what `test_machine.py` holds the rows against.

Written from the rules in words, not from the code: it shares nothing with `plays` and reckons working time by itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta

from tests.plays.reference_people import NINE, Absence, Burst

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
STALL_GRACE = 7 * DAY
COOLDOWN = 30 * DAY
RECENT = 14 * DAY
LIVE_AT_ONCE = 2
OPENS, CLOSES = time(9), time(17)


def workday(moment: datetime) -> tuple[datetime, datetime] | None:
    """Working hours of the day of `moment`, Monday to Friday, in UTC."""
    if moment.weekday() >= 5:
        return None
    day = moment.date()
    return datetime.combine(day, OPENS, moment.tzinfo), datetime.combine(day, CLOSES, moment.tzinfo)


def midnight_after(moment: datetime) -> datetime:
    return datetime.combine(moment.date() + DAY, time(0), moment.tzinfo)


def worked(start: datetime, end: datetime) -> timedelta:
    """Working time between two moments, day by day."""
    total = timedelta()
    while start < end:
        until = min(end, midnight_after(start))
        if hours := workday(start):
            total += max(min(until, hours[1]) - max(start, hours[0]), timedelta())
        start = until
    return total


def later(start: datetime, amount: timedelta) -> datetime:
    """So much working time after a moment."""
    while True:
        if not amount:
            return start
        if hours := workday(start):
            begins = max(start, hours[0])
            if begins < hours[1] and amount <= hours[1] - begins:
                return begins + amount
            amount -= max(hours[1] - begins, timedelta())
        start = midnight_after(start)


def due_in_days(start: datetime, days: int) -> datetime:
    """The same time so many working days later, from the first working moment on."""
    while not ((hours := workday(start)) and start < hours[1]):
        start = midnight_after(start)
    start = max(start, hours[0])
    while days:
        start += DAY
        if start.weekday() < 5:
            days -= 1
    return start


@dataclass
class Step:
    """A step; its key is the channel by which it goes to somebody."""

    key: str
    wait: timedelta
    sla_days: int


@dataclass
class Run:
    """One account in one play, by the steps of its version. While it lives it has `opens_at` (it waits) or `due`
    (somebody owes it).
    """

    play: str
    steps: list[Step]
    at: int
    state: str = "active"
    opens_at: datetime | None = None
    due: datetime | None = None
    stopped: datetime | None = None
    late: bool = False
    stalls_at: datetime | None = None
    ended: datetime | None = None
    before: str = ""

    @property
    def lives(self) -> bool:
        return self.ended is None


@dataclass
class Account:
    """`refused`: the channels to which everybody known there has said no. `held`: the plays whose holdout it is in;
    `released`: those that somebody took it out of. `meeting`: when the last that is booked is over.
    """

    live: dict[str, Run] = field(default_factory=dict)
    last: dict[str, Run] = field(default_factory=dict)
    waiting: list[Waiting] = field(default_factory=list)
    refused: set[str] = field(default_factory=set)
    held: set[str] = field(default_factory=set)
    released: set[str] = field(default_factory=set)
    meeting: datetime | None = None


@dataclass
class Waiting:
    """A crossing that no play could answer; what happened since may rule plays out. Once all are, it may be over."""

    crossing: int
    happened: datetime
    ran: set[str] = field(default_factory=set)
    over: set[str] = field(default_factory=set)
    may_be_over: bool = False


@dataclass
class Book:
    """All of it: accounts by name, what rests, and plays in the order in which they are chosen, with the steps of the
    version in force; `holdout` names those that hold out everybody.
    """

    plays: dict[str, list[Step]]
    exits: dict[str, set[str]]
    now: datetime
    accounts: dict[str, Account] = field(default_factory=dict)
    resting: dict[tuple[str, str], datetime | None] = field(default_factory=dict)
    finished: dict[str, int] = field(default_factory=lambda: {"completed": 0, "exited": 0, "cancelled": 0})
    begun: int = 0
    holdout: set[str] = field(default_factory=set)
    absences: list[Absence] = field(default_factory=list)
    bursts: list[Burst] = field(default_factory=list)

    def runs(self) -> list[tuple[str, Run]]:
        return [(name, run) for name, account in self.accounts.items() for run in account.live.values()]

    def covered(self, account: str, run: Run) -> bool:
        """Whether the play rests here, whoever owes the task."""
        things = (("account", account), ("play", run.play), ("enrollment", f"{account}/{run.play}"))
        return any(thing in self.resting for thing in things)

    def may_start(self, account: str, play: str) -> bool:
        book = self.accounts[account]
        last = book.last.get(play)
        return (
            ("account", account) not in self.resting
            and ("play", play) not in self.resting
            and play not in book.live
            and not self.nobody_to_reach(account, play)
            and len(book.live) < LIVE_AT_ONCE
            and (last is None or last.ended is None or self.now >= last.ended + COOLDOWN)
        )

    def nobody_to_reach(self, account: str, play: str) -> bool:
        """Whether everybody there has said no to the channel of the play's first step."""
        return self.plays[play][0].key in self.accounts[account].refused

    def holds_out(self, account: str, play: str) -> bool:
        """Once recorded it holds, whatever the share is now; whoever was taken out is not drawn again."""
        book = self.accounts[account]
        return play in book.held or (play in self.holdout and play not in book.released)

    def hold_out(self, account: str, play: str) -> None:
        if play not in self.accounts[account].held:
            self.accounts[account].held.add(play)
            self.begun += 1

    def here(self, person: str) -> bool:
        away = any(one.person == person and one.covers(self.now) for one in self.absences)
        return not away and ("person", person) not in self.resting

    def cross(self, account: str, crossing: int) -> None:
        for play in self.plays:
            if self.may_start(account, play):
                if not self.holds_out(account, play):
                    self.start(account, play)
                    return
                self.hold_out(account, play)
        self.accounts[account].waiting.append(Waiting(crossing, self.now))

    def start(self, account: str, play: str) -> None:
        run = Run(play, self.plays[play], at=0)
        self.begun += 1
        for one in self.accounts[account].waiting:
            one.ran.add(play)
        self.accounts[account].live[play] = run
        self.go_to(run, 0)
        if run.opens_at is not None:
            run.state = "waiting"

    def start_by_hand(self, account: str, play: str) -> None:
        """Whoever takes an account out of a holdout leaves it in neither arm."""
        if play in self.accounts[account].held:
            self.accounts[account].held.remove(play)
            self.finished["cancelled"] += 1
        self.accounts[account].released.add(play)
        self.start(account, play)

    def held_late(self, account: str, play: str) -> None:
        """A crossing that waited comes to a holdout."""
        assert self.holds_out(account, play), "nothing holds it out"
        assert play not in self.accounts[account].held, "it is held out twice"
        self.hold_out(account, play)

    def started_late(self, account: str, play: str, crossing: int) -> None:
        """A crossing that waited starts a play now: only if it may."""
        (one,) = [one for one in self.accounts[account].waiting if one.crossing == crossing]
        assert self.now < one.happened + RECENT, "it happened too long ago"
        assert self.may_start(account, play), "nothing may start here"
        assert not self.holds_out(account, play), "it is held out"
        assert play not in one.ran, "it has run since"
        assert play not in one.over, "what ends it has come about since"
        self.accounts[account].waiting.remove(one)
        self.start(account, play)

    def go_to(self, run: Run, at: int) -> None:
        """Stand at a step: it waits, or it is owed at once."""
        run.at, run.due, run.opens_at, run.late, run.stalls_at, run.stopped = (
            at,
            None,
            None,
            False,
            None,
            None,
        )
        step = run.steps[at]
        if step.wait:
            run.opens_at = self.now + step.wait
        else:
            self.owe(run)

    def owe(self, run: Run) -> None:
        run.opens_at, run.due = None, due_in_days(self.now, run.steps[run.at].sla_days)
        run.state = "active" if run.state == "waiting" else run.state

    def finish(self, account: str, play: str) -> None:
        run = self.accounts[account].live[play]
        if run.at + 1 == len(run.steps):
            self.end(account, run, "completed")
            return
        self.step_to(account, run, run.at + 1)

    def step_to(self, account: str, run: Run, at: int) -> None:
        """It goes on at another step: progress, and nothing opens while the play rests."""
        run.state = "active" if run.state == "stalled" else run.state
        rests = self.covered(account, run)
        if rests and not run.steps[at].wait:
            run.at, run.due, run.late, run.stalls_at = at, None, False, None
            run.opens_at, run.stopped = self.now, self.now
            return
        self.go_to(run, at)
        run.stopped = self.now if rests else None

    def migrate(self, play: str) -> None:
        """What runs goes on in the version in force: at its step, at the next that is left, or not at all."""
        new = self.plays[play]
        keys = [step.key for step in new]
        for account, run in self.runs():
            if run.play != play or run.steps is new:
                continue
            here, *after = [step.key for step in run.steps[run.at :]]
            if here in keys:
                run.steps, run.at = new, keys.index(here)
            elif left := [key for key in after if key in keys]:
                run.steps = new
                self.step_to(account, run, keys.index(left[0]))

    def end(self, account: str, run: Run, how: str) -> None:
        run.before, run.state, run.ended = run.state, how, self.now
        del self.accounts[account].live[run.play]
        self.accounts[account].last[run.play] = run
        self.resting.pop(("enrollment", f"{account}/{run.play}"), None)
        self.finished[how] += 1

    def meet(self, account: str, over: datetime) -> None:
        """A meeting is booked; until the last of them is over the account rests in bursts."""
        book = self.accounts[account]
        book.meeting = max(over, book.meeting or over)
        self.happen(account, "meeting_booked")

    def happen(self, account: str, event: str) -> None:
        if event == "disqualified":
            for burst in self.bursts:
                burst.leave(account, self.now)
        for one in self.accounts[account].waiting:
            one.over |= {play for play, exits in self.exits.items() if event in exits}
        for run in list(self.accounts[account].live.values()):
            if event in self.exits[run.play] or event == "disqualified":
                self.end(account, run, "exited")

    def may_restore(self, account: str, play: str) -> bool:
        last = self.accounts[account].last.get(play)
        return (
            last is not None
            and last.state == "cancelled"
            and last.ended is not None
            and self.now - last.ended <= 7 * DAY
            and play not in self.accounts[account].live
        )

    def restore(self, account: str, play: str) -> None:
        run = self.accounts[account].last.pop(play)
        assert run.ended is not None
        ended, run.ended = run.ended, None
        run.state = "waiting" if run.before == "waiting" else "active"
        self.finished["cancelled"] -= 1
        self.accounts[account].live[play] = run
        self.run_again(run, ended)
        if self.covered(account, run):
            self.stand(run)

    def stand(self, run: Run) -> None:
        run.stopped, run.stalls_at = self.now, None

    def run_again(self, run: Run, since: datetime) -> None:
        """The clock stood since then: it goes on where it stood."""
        run.stopped = None
        if run.opens_at is not None:
            run.opens_at = self.now + max(run.opens_at - since, timedelta())
        elif run.due is not None:
            if run.due > since:
                moved = later(run.due, worked(since, self.now))
                run.due = moved if moved > self.now else later(self.now, timedelta(minutes=1))
            if run.late:
                run.stalls_at = max(self.now, run.due) + STALL_GRACE

    def settle(self, owners: dict[tuple[str, str], str]) -> None:
        """Make every clock stand or run as what rests says; `owners` of what is owed."""
        for account, run in self.runs():
            rests = self.covered(account, run)
            if run.due is not None:
                rests = rests or ("person", owners.get((account, run.play), "")) in self.resting
            if rests and run.stopped is None:
                self.stand(run)
            elif not rests and run.stopped is not None:
                self.run_again(run, run.stopped)

    def tick(self) -> None:
        """What has come due by now, but for the ends of pauses."""
        for name, account in self.accounts.items():
            account.waiting = [one for one in account.waiting if self.now < one.happened + RECENT]
            for one in account.waiting:
                left = self.plays.keys() - one.ran - one.over
                one.may_be_over |= all(
                    self.nobody_to_reach(name, play) or self.holds_out(name, play) for play in left
                )
        resting = {
            name
            for name, account in self.accounts.items()
            if ("account", name) in self.resting
            or (account.meeting is not None and account.meeting > self.now)
        }
        for burst in self.bursts:
            burst.look(self.now, resting)
        for _, run in self.runs():
            if run.stopped is not None:
                continue
            if run.opens_at is not None and run.opens_at <= self.now:
                self.owe(run)
            if run.due is not None and run.due <= self.now and not run.late:
                run.late, run.stalls_at = True, run.due + STALL_GRACE
            if run.stalls_at is not None and run.stalls_at <= self.now and run.state == "active":
                run.state = "stalled"

    def next_moment(self) -> datetime | None:
        """The next moment at which something comes due."""
        moments = [until for until in self.resting.values() if until is not None]
        moments += [account.meeting for account in self.accounts.values() if account.meeting is not None]
        moments += [burst.starts + NINE for burst in self.bursts] + [one.starts for one in self.absences]
        for _, run in self.runs():
            if run.stopped is None:
                moments += [one for one in (run.opens_at, run.due, run.stalls_at) if one is not None]
        return min((one for one in moments if one > self.now), default=None)
