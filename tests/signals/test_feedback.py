"""Good, neutral, noise: said once a person and thing, changed, taken back, at the same time, by whom it may."""

from __future__ import annotations

import re
import threading
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from abmops.lib.choices import Role
from abmops.lib.errors import FieldErrors, NotKnown, Refused
from abmops.lib.ids import uuid7
from abmops.work import services as work
from accounts.models import Account, User
from accounts.services.erasing.asking import erase_contact
from accounts.services.merging import merge_accounts, undo_merge
from signals.domain.retune import quarter_of
from signals.models import Crossing, Feedback, Signal, SignalType, Source, Threshold
from signals.services.feedback import say
from signals.services.removing import remove_signals
from signals.views.feedback import verdicts_of
from tests.accounts import make as people
from tests.signals import make

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def signal(account: Account | None, of: str = "pricing-page", *, at: datetime | None = None) -> Signal:
    """A stored signal of an account, by the source of `make.site()`."""
    moment = at or timezone.now() - timedelta(hours=1)
    return Signal.objects.create(
        id=uuid7(moment), account=account, source=Source.objects.get(slug="site"),
        type=SignalType.objects.get(slug=of), points=10, occurred_at=moment, received_at=moment,
        message_id=f"m{Signal.objects.count()}", properties={"path": "/pricing"},
    )  # fmt: skip


def crossing(
    account: Account, evidence: list[Signal], of: str = "three-pricing", *, at: datetime | None = None
) -> Crossing:
    """A crossing with its evidence."""
    threshold = Threshold.objects.get(slug=of)
    assert threshold.current is not None
    return Crossing.objects.create(
        threshold=threshold, version=threshold.current, account=account,
        sequence=Crossing.objects.filter(account=account, threshold=threshold).count() + 1,
        crossed_at=at or timezone.now(), evidence=[one.pk for one in evidence],
    )  # fmt: skip


@pytest.fixture
def acme(site: make.Site) -> Account:
    """An account."""
    return people.account()


@pytest.fixture
def crossed(acme: Account) -> Crossing:
    """A crossing proved by one signal."""
    return crossing(acme, [signal(acme)])


@pytest.fixture
def rep(db: None) -> User:
    """A rep."""
    return people.user(Role.REP, toured_at=timezone.now())


def browser(user: User) -> Client:
    """The person's browser."""
    cache.clear()
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize(
    ("said", "left"),
    [
        pytest.param(["good"], ["good"], id="said"),
        pytest.param(["good", "good"], ["good"], id="said twice is said once"),
        pytest.param(["good", "noise"], ["noise"], id="changed"),
        pytest.param(["good", None], [], id="taken back"),
        pytest.param([None], [], id="nothing to take back"),
        pytest.param(["neutral", None, "noise"], ["noise"], id="said anew"),
    ],
)
@pytest.mark.parametrize("on_signal", [True, False])
def test_one_word_a_person_and_thing(
    crossed: Crossing, rep: User, now: datetime, said: list[str | None], left: list[str], on_signal: bool
) -> None:
    thing = {"signal": crossed.evidence[0]} if on_signal else {"crossing": crossed.pk}
    for verdict in said:
        say(user=rep, verdict=verdict, now=now, **thing)
    assert list(Feedback.objects.values_list("verdict", flat=True)) == left
    assert {row.account_id for row in Feedback.objects.all()} <= {crossed.account_id}


def test_two_people_and_two_things_stand_beside_each_other(
    crossed: Crossing, rep: User, now: datetime
) -> None:
    other = people.user(Role.MARKETER)
    for user in (rep, other):
        say(user=user, verdict="good", crossing=crossed.pk, now=now)
        say(user=user, verdict="noise", signal=crossed.evidence[0], now=now)
    found = verdicts_of(rep, crossings=[crossed.pk], signal_ids=crossed.evidence)
    assert found.of_crossing(crossed.pk).mine == "good"
    assert found.of_crossing(crossed.pk).others_said == "1 good"
    assert found.of_signal(crossed.evidence[0]).others_said == "1 noise"
    assert found.may_say


def test_the_same_again_keeps_its_moment_and_its_note(crossed: Crossing, rep: User, now: datetime) -> None:
    say(user=rep, verdict="noise", crossing=crossed.pk, note="A student.", now=now)
    say(user=rep, verdict="noise", crossing=crossed.pk, now=now + timedelta(days=1))
    row = Feedback.objects.get()
    assert (row.at, row.note) == (now, "A student.")
    say(user=rep, verdict="noise", crossing=crossed.pk, note="", now=now + timedelta(days=1))
    row = Feedback.objects.get()
    assert (row.at, row.note) == (now + timedelta(days=1), "")


def test_what_cannot_be_said(crossed: Crossing, rep: User, now: datetime) -> None:
    with pytest.raises(FieldErrors):
        say(user=rep, verdict="superb", crossing=crossed.pk, now=now)
    with pytest.raises(FieldErrors):
        say(user=rep, verdict="good", crossing=crossed.pk, note="x" * 401, now=now)
    with pytest.raises(NotKnown):
        say(user=rep, verdict="good", crossing=crossed.pk + 1, now=now)
    with pytest.raises(NotKnown):
        say(user=rep, verdict="good", signal=UUID(int=7), now=now)
    with pytest.raises(NotKnown):
        say(user=rep, verdict="good", signal=signal(None).pk, now=now)
    for role in (Role.EXECUTIVE, Role.INTEGRATION):
        with pytest.raises(Refused):
            say(user=people.user(role), verdict="good", crossing=crossed.pk, now=now)
    assert not Feedback.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_are_one_word(crossed: Crossing, rep: User, now: datetime) -> None:
    start, faults = threading.Barrier(4), []

    def click(verdict: str) -> None:
        try:
            start.wait()
            for _ in range(20):
                say(user=rep, verdict=verdict, crossing=crossed.pk, now=now)
        except Exception as error:  # noqa: BLE001 a thread's fault is the test's
            faults.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=click, args=(v,)) for v in ("good", "good", "noise", "neutral")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert Feedback.objects.count() == 1


def test_the_buttons_say_change_and_take_back_without_a_script(crossed: Crossing, rep: User) -> None:
    client = browser(rep)
    url = f"/signals/crossings/{crossed.pk}/feedback/"
    body = client.get("/signals/crossings/").content.decode()
    assert f'action="{url}"' in body
    answer = client.post(url, {"verdict": "good", "back": "/signals/crossings/?urgency=hot"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/signals/crossings/?urgency=hot")
    body = client.get("/signals/crossings/").content.decode()
    pressed = re.findall(r'value="(\w+)" data-act="(\w+)" aria-pressed="(\w+)"', body)
    assert pressed == [
        ("withdraw", "good", "true"),
        ("neutral", "neutral", "false"),
        ("noise", "noise", "false"),
    ]
    client.post(url, {"verdict": "withdraw"})
    assert not Feedback.objects.exists()
    assert client.post(url, {"verdict": "good", "back": "https://evil.example/"}).headers["Location"] == url
    assert client.post(url, {"verdict": "superb"}).status_code == 422


def test_htmx_gets_the_buttons_and_the_line_to_announce(crossed: Crossing, rep: User) -> None:
    client = browser(rep)
    url = f"/signals/one/{crossed.evidence[0]}/feedback/"
    body = client.post(url, {"verdict": "noise", "place": "7"}, headers=HTMX).content.decode()
    assert body.startswith(f'<form class="said" id="said-7-signal-{crossed.evidence[0]}"')
    assert 'hx-swap-oob="innerHTML">Noise: pricing-page: /pricing</div>' in body
    assert 'data-act="noise" aria-pressed="true"' in body
    assert Feedback.objects.get().verdict == "noise"


def test_the_page_of_one_thing_takes_the_reason(crossed: Crossing, rep: User) -> None:
    client = browser(rep)
    url = f"/signals/crossings/{crossed.pk}/feedback/"
    assert b"Nobody has said anything yet" in client.get(url).content
    assert client.post(url, {"verdict": "noise", "note": "A student."}).status_code == 302
    assert b"A student." in client.get(url).content
    assert client.post(url, {"verdict": ["noise", "withdraw"], "note": "A student."}).status_code == 302
    assert not Feedback.objects.exists()
    assert client.post(url, {"verdict": "noise", "note": "x" * 401}).status_code == 422


@pytest.mark.parametrize(
    ("role", "status"),
    [
        (Role.REP, 302),
        (Role.MARKETER, 302),
        (Role.REVOPS, 302),
        (Role.EXECUTIVE, 403),
        (Role.INTEGRATION, 403),
    ],
)
def test_who_may_say(crossed: Crossing, role: Role, status: int) -> None:
    client = browser(people.user(role, toured_at=timezone.now()))
    assert (
        client.post(f"/signals/crossings/{crossed.pk}/feedback/", {"verdict": "good"}).status_code == status
    )
    if role == Role.EXECUTIVE:
        assert b'data-act="good"' not in client.get("/signals/crossings/").content


def test_a_thing_that_is_not_there(crossed: Crossing, rep: User) -> None:
    client = browser(rep)
    for url in ("/signals/crossings/0/feedback/", f"/signals/one/{signal(None).pk}/feedback/"):
        assert client.get(url).status_code == 404
        assert client.post(url, {"verdict": "good"}).status_code == 404


@pytest.mark.parametrize(
    "path", ["/signals/crossings/", "/signals/accounts/{account}/", "/signals/feedback/"]
)
def test_rows_cost_no_queries(acme: Account, rep: User, now: datetime, path: str) -> None:
    client = browser(rep)
    url = path.format(account=acme.pk)

    def asked() -> int:
        client.get(url)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url).status_code == 200
        return len(queries)

    def some(n: int) -> None:
        for _ in range(n):
            one = signal(acme)
            row = crossing(acme, [one])
            say(user=rep, verdict="good", crossing=row.pk, now=timezone.now())
            say(user=people.user(Role.REP), verdict="noise", signal=one.pk, now=timezone.now())

    some(2)
    few = asked()
    some(8)
    assert asked() == few


def test_the_list_narrows_sorts_and_exports(acme: Account, rep: User) -> None:
    other = people.account("=Beta", "beta.example")
    mine = crossing(acme, [signal(acme, "webinar")], "two-people")
    say(user=rep, verdict="noise", crossing=mine.pk, note="Wrong firm", now=timezone.now())
    say(user=rep, verdict="good", signal=signal(other).pk, now=timezone.now())
    client = browser(rep)
    for query, shown in (
        ("", {"Acme", "=Beta"}), ("q=acm", {"Acme"}), ("verdict=good", {"=Beta"}), ("about=signal", {"=Beta"}),
        ("about=crossing", {"Acme"}), ("type=webinar", {"Acme"}), ("type=pricing-page", {"=Beta"}),
        ("source=site", {"Acme", "=Beta"}), ("threshold=two-people", {"Acme"}), ("threshold=none", set()),
        (f"who={rep.pk}", {"Acme", "=Beta"}), ("who=0", set()), ("sort=account", {"Acme", "=Beta"}),
        ("sort=nonsense", {"Acme", "=Beta"}), ("quarter=2001-01-01", set()), ("quarter=2001-01-02", {"Acme", "=Beta"}),
        (f"type=webinar&quarter={quarter_of(timezone.now())}", {"Acme"}), ("type=webinar&quarter=2001-01-01", set()),
    ):  # fmt: skip
        body = client.get(f"/signals/feedback/?{query}").content.decode()
        assert {name for name in ("Acme", "=Beta") if f">{name}</a>" in body} == shown, query
    text = b"".join(client.get("/signals/feedback/feedback.csv?verdict=good")).decode()
    assert "'=Beta" in text
    assert "Wrong firm" not in text


def test_words_go_along_when_accounts_become_one_and_come_back(
    crossed: Crossing, rep: User, now: datetime
) -> None:
    other, revops = people.account("Other", "other.example"), people.user(Role.REVOPS)
    for thing in ({"crossing": crossed.pk}, {"signal": crossed.evidence[0]}):
        say(user=rep, verdict="noise", now=now, **thing)
    merge = merge_accounts(winner=other.pk, loser=crossed.account_id, by=revops, now=now)
    assert set(Feedback.objects.values_list("account_id", flat=True)) == {other.pk}
    say(user=revops, verdict="good", crossing=crossed.pk, now=now)
    undo_merge(merge=merge.pk, by=revops, now=now + timedelta(hours=1))
    assert set(Feedback.objects.values_list("account_id", flat=True)) == {crossed.account_id}


def test_an_erased_person_is_in_no_note(crossed: Crossing, rep: User, now: datetime) -> None:
    contact = people.contact(crossed.account, name="Jane Quill")
    say(
        user=rep,
        verdict="noise",
        crossing=crossed.pk,
        note="Jane Quill left, jane@acme.example bounces.",
        now=now,
    )
    erase_contact(contact=contact, by=people.user(Role.REVOPS), request="Letter of 3 May", now=timezone.now())
    work.drain_all(timezone.now() + timedelta(minutes=5))
    note = Feedback.objects.get().note
    assert "Quill" not in note
    assert "jane@" not in note
    assert "bounces" in note


def test_a_removed_signal_takes_its_words_along(crossed: Crossing, rep: User, now: datetime) -> None:
    say(user=rep, verdict="noise", signal=crossed.evidence[0], now=now)
    remove_signals(
        ids=list(crossed.evidence), kind="mistake", reason="A test.", by=people.user(Role.REVOPS), now=now
    )
    work.drain_all()
    assert not Feedback.objects.filter(signal_id__isnull=False).exists()
