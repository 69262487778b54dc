"""Rolling states under everything that can happen to them: late, shuffled, repeated, removed, recomputed, erased, and
all of it at once. Whatever the order, a state is what a replay of the stored signals gives."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from math import exp, fsum
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from abmops.lib.choices import Role
from abmops.work import services as work
from abmops.work.models import WorkItem
from accounts.models import Account, AccountEvent, Contact, User
from accounts.services.erasing.asking import erase_contact
from signals.domain.score import intent, raw
from signals.domain.state import RollingState, Sighting
from signals.models import (
    AccountMemory,
    AccountState,
    CountedLate,
    Crossing,
    Feedback,
    RemovalRun,
    RemovedEvidence,
    Signal,
    SignalKey,
    SignalRemoval,
    SignalType,
    Source,
    Walk,
)
from signals.selectors import book
from signals.services import ingest, recompute, removing
from signals.services.replay import renew
from tests.accounts import make as accounts
from tests.signals import make

NOW = datetime(2026, 11, 18, 10, 0, tzinfo=UTC)
TYPES = ("pricing-page", "demo-request", "webinar", "topic-surge")


def clear() -> None:
    """Back to an account without a past."""
    for model in (
        RemovedEvidence, SignalRemoval, RemovalRun, Feedback, CountedLate, Crossing, AccountState, AccountMemory,
        AccountEvent, Signal, SignalKey, WorkItem, Contact,
    ):  # fmt: skip
        model.objects.all().delete()


def brute_intent(account: Account, at: datetime) -> float:
    """DOMAIN's sum over the stored rows, as it is written, knowing nothing of the engine."""
    weights = dict(Source.objects.values_list("pk", "weight"))
    types = {row.pk: row for row in SignalType.objects.all()}
    parts = []
    for row in Signal.objects.filter(account=account):
        type_ = types[row.type_id]
        age = (at - row.occurred_at).total_seconds() / 86_400
        parts.append(
            row.points * type_.confidence * weights[row.source_id] * 2 ** (-age / type_.half_life_days)
        )
    return 100 * (1 - exp(-fsum(parts) / 40))


def agrees(account: Account, at: datetime) -> None:
    """The stored state is, byte for byte, a fresh replay's; its intent is the brute sum's to 1e-9."""
    row, written = AccountState.objects.get(account=account), book()
    stored = RollingState.load(bytes(row.account.memory.state))
    fresh = renew({account.pk: stored}, written.catalogue)[account.pk]
    assert bytes(row.account.memory.state) == fresh.state.dump()
    assert row.signals_seen == fresh.signals == Signal.objects.filter(account=account).count()
    last = Signal.objects.filter(account=account).order_by("-occurred_at").first()
    assert row.last_signal_at == (last.occurred_at if last else None)
    got = intent(raw(stored, written.catalogue, at.timestamp()), written.scoring.k)
    assert got == pytest.approx(brute_intent(account, at), abs=1e-9)


Step = tuple[str, Any]


@st.composite
def lives(draw: st.DrawFn) -> list[Step]:
    """What comes to pass: batches of signals, some of them old, repeated or of somebody, with removals between."""
    number = draw(st.integers(4, 30))
    signals = [
        {
            "type": draw(st.sampled_from(TYPES)),
            "message_id": f"m{index}",
            "occurred_at": (NOW - timedelta(minutes=draw(st.integers(1, 60 * 24 * 120)))).isoformat(),
            "topic": draw(st.sampled_from(["", "", "crm", "data quality"])),
            "contact_email": draw(st.sampled_from([None, "a@acme.example", "b@acme.example"])),
        }
        for index in range(number)
    ]
    arrivals = draw(st.permutations([*signals, *draw(st.lists(st.sampled_from(signals), max_size=6))]))
    steps: list[Step] = []
    while arrivals:
        size = draw(st.integers(1, 9))
        steps.append(("send", arrivals[:size]))
        arrivals = arrivals[size:]
        if draw(st.booleans()):
            steps.append(("remove", draw(st.lists(st.integers(0, number - 1), min_size=1, max_size=4))))
        if draw(st.integers(0, 3)) == 0:
            steps.append(("recompute", None))
    return steps


@pytest.mark.django_db
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lives())
def test_whatever_comes_and_goes_in_whatever_order_a_state_is_its_signals(steps: list[Step]) -> None:
    site, account = _world()
    keeper = User.objects.filter(role=Role.REVOPS).first() or accounts.user(Role.REVOPS)
    for index, (what, said) in enumerate(steps):
        now = NOW + timedelta(seconds=index)
        if what == "send":
            records = [(site, {name: value for name, value in one.items() if value}) for one in said]
            records = [(pk, one | {"account_domain": "acme.example"}) for pk, one in records]
            ingest.accept_records(records=records, now=now)
            work.drain_all()
        elif what == "remove":
            ids = Signal.objects.filter(message_id__in=[f"m{number}" for number in said])
            removing.remove_signals(
                ids=list(ids.values_list("pk", flat=True)), kind="bot", reason="Drawn.", by=keeper, now=now
            )
        else:
            assert recompute.recompute(now=now, fresh=True).differing == 0
        if AccountState.objects.filter(account=account).exists():
            agrees(account, now + timedelta(days=1))


def _world() -> tuple[int, Account]:
    """The same small catalogue and account for every example, without a past."""
    if not Source.objects.exists():
        make.site()
        SignalType.objects.filter(slug="webinar").update(half_life_days=3.5, confidence=0.7)
        Source.objects.update(weight=0.8)
    account = Account.objects.filter(domain="acme.example").first() or accounts.account()
    clear()
    return Source.objects.get().pk, account


@pytest.mark.django_db
def test_a_signal_costs_the_same_however_many_came_before() -> None:
    """Statements, rows read and bytes of the state at 10 and at 10,000 stored signals: counted, not timed."""
    site, account = _world()
    now, work_done = work.database_now(), []
    for stored in (10, 1_000, 10_000):
        have = Signal.objects.count()
        for start in range(have, stored, 2_000):
            ingest.accept_records(records=_visits(site, start, min(start + 2_000, stored), now), now=now)
        work.drain_all()
        assert Signal.objects.filter(account=account).count() == stored
        size = len(bytes(AccountMemory.objects.get(account=account).state))
        ingest.accept_records(records=_visits(site, 20_000 + stored, 20_001 + stored, now), now=now)
        with CaptureQueriesContext(connection) as queries, _rows_read() as read:
            work.drain_all()
        work_done.append((len(queries), read(), size))
    few, some, many = work_done
    # A score that still moves is asked about once more.
    assert few[0] >= some[0] == many[0]
    assert few[1] >= some[1] == many[1]
    # A few signals do not fill the state; once it is full, its sums grow by a bit a half-life and its marks by none.
    assert many[2] <= some[2] + 64


def _visits(site: int, start: int, end: int, now: datetime = NOW) -> list[tuple[int, dict[str, Any]]]:
    return [
        (
            site,
            {
                "type": TYPES[number % 4],
                "message_id": f"v{number}",
                "account_domain": "acme.example",
                "occurred_at": (now - timedelta(minutes=1 + number * 7_919 % 50_000)).isoformat(),
            },
        )
        for number in range(start, end)
    ]


class _rows_read:  # noqa: N801
    """How many signal rows were fetched while it was open, asked of the ORM's own reads of the table."""

    def __enter__(self) -> Callable[[], int]:
        self._seen = 0

        def watch(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
            answer = execute(sql, params, many, context)
            if "signals_signal" in str(sql) and str(sql).lstrip().upper().startswith("SELECT"):
                self._seen += max(0, context["cursor"].rowcount)
            return answer

        self._wrapper = connection.execute_wrapper(watch)
        self._wrapper.__enter__()
        return lambda: self._seen

    def __exit__(self, *error: object) -> None:
        self._wrapper.__exit__(None, None, None)


@pytest.mark.django_db
def test_recompute_goes_on_where_it_was_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    site, _ = _world()
    ids = [accounts.account(f"A{n}", f"a{n}.example").pk for n in range(6)]
    records = [
        (site, {"type": "webinar", "message_id": f"w{n}", "account_domain": f"a{n}.example"}
         | {"occurred_at": (NOW - timedelta(days=n)).isoformat()})
        for n in range(6)
    ]  # fmt: skip
    ingest.accept_records(records=records, now=NOW)
    work.drain_all()
    right = dict(AccountMemory.objects.values_list("account", "state"))
    AccountState.objects.update(signals_seen=0)
    AccountMemory.objects.update(state=b"")
    monkeypatch.setattr(recompute, "ACCOUNTS_AT_ONCE", 2)
    seen: list[int] = []

    def killed(report: recompute.Report) -> None:
        seen.append(report.accounts)
        if len(seen) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        recompute.recompute(now=NOW, told=killed)
    walk = Walk.objects.get(name=recompute.MENDING)
    every = list(Account.objects.order_by("pk").values_list("pk", flat=True))
    assert (walk.done, walk.place) == (4, str(every[3]))
    report = recompute.recompute(now=NOW, told=lambda report: seen.append(report.accounts))
    assert seen == [2, 4, 6, 7]
    assert (report.accounts, report.differing) == (7, 6)
    assert not Walk.objects.exists()
    assert {
        pk: bytes(state) for pk, state in AccountMemory.objects.values_list("account", "state") if pk in ids
    } == {pk: bytes(right[pk]) for pk in ids}


@pytest.mark.django_db
def test_the_command_checks_without_writing_and_tells_by_its_status(
    capsys: pytest.CaptureFixture[str],
) -> None:
    site, account = _world()
    ingest.accept_records(records=_visits(site, 0, 5), now=NOW)
    work.drain_all()
    call_command("recompute", "--check")
    assert "0 were not as their signals say" in capsys.readouterr().out
    AccountMemory.objects.update(state=b"")
    with pytest.raises(CommandError, match="disagree"):
        call_command("recompute", "--check")
    assert "1 were not as" in capsys.readouterr().out
    assert bytes(AccountMemory.objects.get(account=account).state) == b""
    call_command("recompute")
    call_command("recompute", "--check")
    AccountState.objects.all().delete()
    with pytest.raises(CommandError):
        call_command("recompute", "--check")


@pytest.mark.django_db
def test_a_stopped_command_says_where_it_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    _, account = _world()
    walked = {"place": str(account.pk), "done": 41, "begun_at": NOW, "moved_at": NOW}
    Walk.objects.create(name=recompute.MENDING, **walked)
    call_command("recompute")
    assert f"Going on behind account {account.pk}, after 41 accounts" in capsys.readouterr().out
    Walk.objects.create(name=recompute.MENDING, **walked)
    call_command("recompute", "--fresh")
    said = capsys.readouterr().out
    assert "Going on" not in said
    assert said.startswith("1 accounts;")


@pytest.mark.django_db
def test_memory_of_a_replay_does_not_grow_with_the_signals(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows come from the database in pieces of so many, and none is kept."""
    site, account = _world()
    ingest.accept_records(records=_visits(site, 0, 120), now=NOW)
    work.drain_all()
    monkeypatch.setattr("signals.services.replay.READ_AT_ONCE", 10)
    alive, most = 0, 0
    real = Sighting

    class Counted:
        def __new__(cls, *said: Any) -> Any:
            nonlocal alive, most
            alive += 1
            most = max(most, alive)
            made = real(*said)
            alive -= 1  # `record` keeps marks, never sightings
            return made

    monkeypatch.setattr("signals.services.replay.Sighting", Counted)
    with CaptureQueriesContext(connection) as queries:
        found = renew({account.pk: RollingState()}, book().catalogue)
    assert found[account.pk].signals == 120
    assert most == 1
    assert not any("LIMIT" in one["sql"] for one in queries)


@pytest.mark.django_db
def test_an_erasure_leaves_states_that_agree() -> None:
    site, account = _world()
    zdenka = accounts.contact(account, "zdenka.kovarova@acme.example", name="Zdenka Kovarova")
    records = [
        (site, {"type": "topic-surge", "message_id": f"t{n}", "account_domain": "acme.example", "topic": topic}
         | {"occurred_at": (NOW - timedelta(days=n)).isoformat(), "contact_email": "zdenka.kovarova@acme.example"})
        for n, topic in enumerate(["Zdenka Kovarova", "zdenka.kovarova@acme.example", "crm"])
    ]  # fmt: skip
    ingest.accept_records(records=records, now=NOW)
    work.drain_all()
    agrees(account, NOW)
    assert b"zdenka" in bytes(AccountMemory.objects.get(account=account).state)
    erase_contact(contact=zdenka, by=accounts.user(Role.REVOPS), request="Letter", now=NOW)
    work.drain_all()
    assert b"zdenka" not in bytes(AccountMemory.objects.get(account=account).state)
    agrees(account, NOW)
    ingest.accept_records(records=_visits(site, 0, 3), now=NOW)
    work.drain_all()
    agrees(account, NOW)


@pytest.fixture
def threads() -> Callable[..., None]:
    """Runs functions side by side, each with a connection of its own; the first error is raised."""

    def run(*acts: Callable[[], None]) -> None:
        errors: list[BaseException] = []

        def one(act: Callable[[], None]) -> None:
            try:
                act()
            except BaseException as error:  # noqa: BLE001
                errors.append(error)
            finally:
                connections.close_all()

        running = [threading.Thread(target=one, args=(act,)) for act in acts]
        for thread in running:
            thread.start()
        for thread in running:
            thread.join(120)
        assert not any(thread.is_alive() for thread in running)
        if errors:
            raise errors[0]

    return run


@pytest.mark.django_db(transaction=True)
def test_storing_removing_and_recomputing_at_once_lose_nothing(threads: Callable[..., None]) -> None:
    site, account = _world()
    keeper = accounts.user(Role.REVOPS)
    ingest.accept_records(records=_visits(site, 0, 40), now=NOW)
    work.drain_all()

    def store() -> None:
        for start in range(100, 300, 10):
            ingest.accept_records(records=_visits(site, start, start + 10), now=NOW)
            work.drain_all()

    def remove() -> None:
        for number in range(0, 40, 4):
            gone = [f"v{one}" for one in range(number, number + 4)] + [f"v{100 + number * 4}"]
            ids = list(Signal.objects.filter(message_id__in=gone).values_list("pk", flat=True))
            removing.remove_signals(ids=ids, kind="mistake", reason="At once.", by=keeper, now=NOW)

    def again() -> None:
        for _ in range(15):
            recompute.recompute(now=NOW, fresh=True)

    threads(store, remove, again)
    work.drain_all()
    assert not WorkItem.objects.filter(kind="ingest").exists()
    assert Signal.objects.filter(message_id__in=[f"v{number}" for number in range(40)]).count() == 0
    kept = Signal.objects.filter(account=account).count()
    assert kept + sum(SignalRemoval.objects.values_list("signals", flat=True)) == 240
    agrees(account, NOW)
