"""A dry run of the past goes by the facts of then: over a past that moved it says what was said, one by one."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Account, AccountEvent, Contact, Opportunity, Quarantine, Territory, User
from accounts.services.bulk import hand_over, set_lifecycle
from accounts.services.changes import acting
from accounts.services.contact import lift_opt_out, mark_do_not_contact, opt_out
from accounts.services.membership import place_on_list
from accounts.services.phase import set_phase
from accounts.services.target_list.policy import write_policy
from accounts.services.target_list.quarantine import hold_back, lift
from plays.domain.parse import parse_play
from plays.models import Decision, Enrollment, Pause, Play, Task, Waiting
from plays.selectors.library import definition_of
from plays.services.decision.deciding import decide_crossings
from plays.services.decision.dry_run import dry_run
from plays.services.decision.reconsidering import decide_again
from plays.services.enrollment.ending import cancel_enrollment, react_to_events
from plays.services.enrollment.pausing import end_due_pauses, pause, resume
from plays.services.guardrail.numbers import write_numbers
from plays.services.task.closing import complete_task
from tests.plays.make import (
    AD,
    CALL,
    EMAIL,
    NOW,
    a_contact,
    a_crossing,
    a_play,
    a_signal,
    a_signal_type,
    a_threshold,
    a_touch,
    a_user,
    an_account,
)

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
SINCE = NOW - 90 * DAY
BEFORE = SINCE - 60 * DAY
CROSSINGS = 40


@dataclass
class World:
    """A quarter that is lived day by day; everything is done at its own moment, by the services that do it."""

    play: Play
    dice: random.Random
    boss: User
    owners: list[User]
    accounts: list[int] = field(default_factory=list)
    seen: int = 0
    deals: int = 0

    def account(self) -> Account:
        return Account.objects.get(pk=self.dice.choice(self.accounts))

    def contact(self) -> Contact:
        return self.dice.choice(list(Contact.objects.filter(account__in=self.accounts).order_by("pk")))

    def settle(self, now: datetime) -> None:
        """What workers do: pauses that are over end, what waits is asked again, events are reacted to."""
        for due in Pause.objects.due(now).order_by("until"):
            assert due.until is not None
            with acting(at=due.until):
                end_due_pauses(pause_ids=[due.pk], now=due.until)
        before = now - timedelta(seconds=1)
        with acting(at=before):
            due_looks = Waiting.objects.filter(look_at__lte=before)
            decide_again(account_ids=set(due_looks.values_list("account", flat=True)), now=before)
        news = list(AccountEvent.objects.filter(pk__gt=self.seen).order_by("pk").values_list("pk", flat=True))
        if news:
            self.seen = news[-1]
            react_to_events(event_ids=news, now=now)

    def fit(self, now: datetime) -> None:
        Account.objects.filter(pk=self.account().pk).update(fit=self.dice.choice((10.0, 45.0, 55.0, 90.0)))

    def owner(self, now: datetime) -> None:
        hand_over(accounts=[self.account().pk], owner=self.dice.choice(self.owners), by=self.boss, now=now)

    def lifecycle(self, now: datetime) -> None:
        words = ("prospect", "prospect", "open_opportunity", "customer", "churned", "disqualified")
        set_lifecycle(accounts=[self.account().pk], lifecycle=self.dice.choice(words), by=self.boss, now=now)

    def phase(self, now: datetime) -> None:
        account, phase = self.account(), self.dice.choice(("awareness", "engagement", "active"))
        if account.phase != phase and account.lifecycle != "disqualified":
            set_phase(account=account, phase=phase, reason="We met them.", by=self.boss, now=now)

    def firmographics(self, now: datetime) -> None:
        account = self.account()
        account.industry = self.dice.choice(("Retail", "Freight"))
        account.territory = (
            self.dice.choice((None, Territory.objects.get_or_create(slug="dach", name="DACH")[0]))
            if not account.territory
            else None
        )
        account.save(update_fields=["industry", "territory"])

    def tier(self, now: datetime) -> None:
        account = self.account()
        tier = self.dice.choice([one for one in (1, 2, 3, None) if one != account.tier])
        place_on_list(
            account=account,
            tier=tier,
            side="revops",
            reason="Read through.",
            by=self.boss,
            now=now,
            override="Yes.",
        )

    def no(self, now: datetime) -> None:
        contact = self.contact()
        if self.dice.random() < 0.5:
            mark_do_not_contact(
                contact=contact,
                is_on=not contact.do_not_contact,
                source="They said so.",
                by=self.boss,
                now=now,
            )
        elif contact.opt_outs.filter(channel="call").exists():
            lift_opt_out(contact=contact, channel="call", reason="They asked.", by=self.boss, now=now)
        else:
            opt_out(contact=contact, channel="call", source="On the phone.", by=self.boss, now=now)

    def people(self, now: datetime) -> None:
        if self.dice.random() < 0.6:
            a_contact(self.account(), role=self.dice.choice(("champion", "blocker", "")))
        else:
            contact = self.contact()
            contact.role = "economic_buyer"
            contact.save(update_fields=["role"])

    def deal(self, now: datetime) -> None:
        running = Opportunity.objects.filter(closed_at__isnull=True).order_by("pk").first()
        if running is not None and self.dice.random() < 0.6:
            running.closed_at, running.outcome = now - DAY, self.dice.choice(("won", "lost", "lost"))
            running.save(update_fields=["closed_at", "outcome"])
            return
        self.deals += 1
        Opportunity.objects.create(
            account=self.account(), external_id=f"deal-{self.deals}", name="Scanners", opened_at=now - 2 * DAY
        )

    def hold(self, now: datetime) -> None:
        standing = Quarantine.objects.filter(lifted_at=None).exclude(until__lte=now).order_by("pk").first()
        if standing is not None and self.dice.random() < 0.5:
            lift(hold=standing, by=self.boss, now=now)
            return
        until = self.dice.choice((None, now + 12 * DAY))
        hold_back(accounts=[self.account().pk], until=until, reason="They merge.", by=self.boss, now=now)

    def list_policy(self, now: datetime) -> None:
        write_policy(ceilings=(), rules={"quarantine_days": self.dice.choice((5, 30, 90))}, by=self.boss)

    def rest(self, now: datetime) -> None:
        resting = Pause.objects.active().filter(account__isnull=False, until=None).first()
        if resting is not None:
            resume(pause=resting, by=self.boss, now=now)
            return
        account = self.account()
        if not Pause.objects.active().filter(account=account).exists():
            until = self.dice.choice((None, now + 8 * DAY))
            pause(subject=account, by=self.boss, reason="They move.", until=until, now=now)

    def rest_of_play(self, now: datetime) -> None:
        resting = Pause.objects.active().filter(play=self.play).first()
        if resting is not None and resting.until is None:
            resume(pause=resting, by=self.boss, now=now)
        elif resting is None:
            until = self.dice.choice((None, now + 4 * DAY))
            pause(subject=self.play, by=self.boss, reason="We look at it.", until=until, now=now)

    def numbers(self, now: datetime) -> None:
        numbers = {
            "qualifying_days": self.dice.randint(20, 60),
            "touches_per_week": (cap := self.dice.randint(2, 6)),
            "touches_per_contact": min(cap, 2),
            "awareness_days": self.dice.randint(15, 60),
        }
        write_numbers(numbers=numbers, reason=f"Since {now:%-d %B}.", by=self.boss, now=now)

    def touch(self, now: datetime) -> None:
        contact = self.contact()
        assert contact.account is not None
        a_touch(contact.account, at=now, side="marketing", contact=contact)

    def signal(self, now: datetime) -> None:
        kind = a_signal_type(self.dice.choice(("bought-intent", "demo-page")), kind="intent")
        contact = self.contact()
        assert contact.account is not None
        a_signal(contact.account, type_=kind, contact=contact, at=now)

    def stop(self, now: datetime) -> None:
        live = Enrollment.objects.exclude(finished_at__isnull=False).order_by("pk").first()
        if live is not None:
            cancel_enrollment(enrollment=live, by=self.boss, reason="Not now.", now=now)

    def crossing(self, now: datetime) -> None:
        self.cross("pricing", now)

    def other_crossing(self, now: datetime) -> None:
        self.cross("demo", now)

    def cross(self, slug: str, now: datetime) -> None:
        account = self.account()
        evidence = [a_signal(account, at=now)]
        crossing = a_crossing(
            account, a_threshold(slug), evidence=evidence, at=now, hand_raise=self.dice.random() < 0.1
        )
        decide_crossings(crossing_ids=[crossing.pk], now=now)

    def work(self, now: datetime) -> None:
        for task in Task.objects.unfinished().filter(created_at__lt=now - 3 * DAY):
            complete_task(task=task, by=task.owner, now=now)


Act = Callable[[World, datetime], None]


def lived(play: Play, moved: tuple[Act, ...], *, seed: int) -> None:
    """Forty crossings, twenty of another play, and between them everything that may move, each at its moment."""
    dice = random.Random(seed)
    with acting(at=BEFORE):
        world = World(play, dice, a_user(role="revops", job=""), [a_user() for _ in range(3)])
        for number in range(10):
            account = an_account(
                tier=(1, 2, 2, 3)[number % 4], owner=world.owners[number % 3], fit=50.0, industry="Retail"
            )
            world.accounts.append(account.pk)
            a_contact(account, role="champion" if number % 2 else "")
            if account.tier == 1:
                a_touch(account, at=SINCE - 50 * DAY)
    often: list[tuple[Act, int]] = [(World.crossing, CROSSINGS), (World.other_crossing, 20)]
    often += [(World.work, 15), (World.stop, 6), *((act, 12) for act in moved)]
    then = [act for act, times in often for _ in range(times)]
    dice.shuffle(then)
    moments = sorted(SINCE + dice.random() * 89 * DAY for _ in then)
    for at, act in zip(moments, then, strict=True):
        world.settle(at - timedelta(seconds=2))
        with acting(at=at):
            act(world, at)


VARIANTS = (
    pytest.param(
        {"audience": {"fit_at_least": 50, "phases": ["awareness", "engagement"]}},
        (World.fit, World.phase, World.signal),
        {"audience"},
        id="fit and phase",
    ),
    pytest.param(
        {"audience": {"lifecycles": ["prospect", "customer"], "industries": ["Retail"]}},
        (World.lifecycle, World.firmographics),
        {"audience", "programme"},
        id="lifecycle and industry",
    ),
    pytest.param(
        {"audience": {"territories": ["dach"]}},
        (World.firmographics, World.people),
        {"audience"},
        id="territory",
    ),
    pytest.param(
        {"throttle": {"cooldown_days": 0, "new_per_owner_per_week": 1}},
        (World.owner, World.tier),
        {"new_per_owner"},
        id="owner",
    ),
    pytest.param({}, (World.rest, World.rest_of_play), {"paused"}, id="pauses"),
    pytest.param(
        {"throttle": {"cooldown_days": 3}},
        (World.numbers, World.signal, World.touch, World.tier),
        {"two_signals", "touch_cap"},
        id="guardrail numbers",
    ),
    pytest.param(
        {"throttle": {"cooldown_days": 3}}, (World.no, World.people), {"do_not_contact"}, id="a person's no"
    ),
    pytest.param({}, (World.deal, World.hold, World.list_policy), {"quarantine"}, id="deals and holds"),
    pytest.param(
        {"steps": [AD, CALL], "throttle": {"cooldown_days": 2}},
        (World.deal, World.list_policy, World.lifecycle),
        {"spend", "quarantine"},
        id="marketing spends",
    ),
    pytest.param(
        {
            "audience": {
                "committee": [{"role": "champion", "engaged_days": 20}, {"gap": "economic_buyer"}],
            },
            "throttle": {"cooldown_days": 2},
        },
        (World.people, World.signal),
        {"audience"},
        id="committee",
    ),
    pytest.param(
        {"holdout": 0.4, "throttle": {"cooldown_days": 2}},
        (World.fit, World.owner),
        {"holdout"},
        id="holdout",
    ),
    pytest.param({"throttle": {"cooldown_days": 0}}, (World.owner,), {"loop"}, id="loop guard"),
)


@pytest.mark.parametrize(("said", "moved", "met"), VARIANTS)
def test_over_a_past_that_moved_it_says_what_was_said(
    said: dict[str, Any],
    moved: tuple[Act, ...],
    met: set[str],
    settings: Any,
) -> None:
    settings.LOOP_GUARD = {"plays": 2, "days": 60, "chain": 2} if "loop" in met else {"plays": 20}
    with acting(at=BEFORE):
        play = a_play("surge", **({"steps": [CALL, AD]} | said))
        a_play("other", trigger={"crossing": ["demo"]}, steps=[EMAIL | {"wait_days": 0}], priority=20)
    lived(play, moved, seed=11)
    assert play.current is not None

    run = dry_run(definition=definition_of(play.current), play=play, since=SINCE, until=NOW, now=NOW)

    really = {
        (decision.account_id, decision.made_at): [
            (line["verdict"], line["rule"], line["sentence"])
            for line in decision.candidates
            if line["play"] == "surge"
        ]
        for decision in Decision.objects.filter(crossing__threshold__slug="pricing")
    }
    replayed = {
        (row.account_id, row.at): [(row.verdict, row.rule, row.sentence)]
        for row in run.rows
        if not row.why.endswith("asked again")
    }
    assert {key: (replayed.get(key), was) for key, was in really.items() if replayed.get(key) != was} == {}
    assert len(replayed) == len(really) == CROSSINGS
    begun = Enrollment.objects.filter(play=play, held_out=False).order_by("enrolled_at", "account")
    assert sorted((row.at, row.account_id) for row in run.rows if row.verdict == "chosen") == list(
        begun.values_list("enrolled_at", "account")
    )
    assert met <= {line[1] for lines in really.values() for line in lines}
    assert run.enrolled


def test_the_queries_do_not_grow_with_accounts_crossings_or_changes() -> None:
    owner, threshold = a_user(), a_threshold()
    play = a_play("surge", steps=[CALL], throttle={"new_per_owner_per_week": 3})
    assert play.current is not None
    definition = definition_of(play.current)

    def queries(accounts: int, changes: int) -> int:
        for number in range(accounts):
            with acting(at=BEFORE):
                account = an_account(owner=owner)
                contact = a_contact(account)
            for turn in range(changes):
                at = SINCE + (number + turn + 1) * DAY
                with acting(at=at):
                    Account.objects.filter(pk=account.pk).update(fit=float(turn), industry=f"Industry {turn}")
                    Opportunity.objects.create(
                        account=account, external_id=f"{account.pk}-{turn}", opened_at=at
                    )
                    opt_out(contact=contact, channel=("call", "email")[turn % 2], source="Said so.", now=at)
                a_crossing(account, threshold, evidence=[a_signal(account, at=at)], at=at)
        with CaptureQueriesContext(connection) as captured:
            run = dry_run(definition=definition, play=play, since=SINCE, now=NOW)
        assert len(run.rows) >= accounts * changes
        return len(captured)

    assert queries(2, 1) == queries(20, 4)


def test_what_is_taken_as_of_today_is_said_in_one_sentence() -> None:
    definition = parse_play({"trigger": {"crossing": ["pricing"]}, "steps": [CALL]})
    notes = dry_run(definition=definition, since=SINCE, now=NOW).notes
    assert [note for note in notes if "today" in note] == [notes[0]]
    assert notes[0].startswith("Taken as of today: ")


def test_an_account_is_shown_with_the_owner_that_it_had() -> None:
    first, second = a_user(name="Ana First"), a_user(name="Ben Second")
    with acting(at=BEFORE):
        account = an_account(owner=first)
    a_crossing(account, at=SINCE + 10 * DAY)
    with acting(at=SINCE + 20 * DAY):
        Account.objects.filter(pk=account.pk).update(owner=second)
    definition = parse_play({"trigger": {"crossing": ["pricing"]}, "steps": [CALL]})
    run = dry_run(definition=definition, since=SINCE, now=NOW)
    assert [row.owner for row in run.rows] == ["Ana First"]
    assert [(one.person_id, one.tasks) for one in run.load] == [(first.pk, 1)]


def test_of_an_account_that_came_later_what_is_first_known_speaks() -> None:
    account = an_account(owner=a_user(), industry="Freight")
    a_contact(account)
    a_crossing(account, at=SINCE + 10 * DAY)
    Opportunity.objects.create(
        account=account, external_id="won", opened_at=SINCE, closed_at=SINCE + 30 * DAY, outcome="won"
    )
    definition = parse_play(
        {"trigger": {"crossing": ["pricing"]}, "steps": [CALL], "audience": {"industries": ["Freight"]}}
    )
    run = dry_run(definition=definition, since=SINCE, now=NOW)
    assert [(row.verdict, row.rule) for row in run.rows] == [("held", "quarantine")]
