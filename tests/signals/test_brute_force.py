"""The whole way from a record to a crossing, against an evaluator that goes through all raw signals.

`domain/test_against_brute_force.py` holds the pure engine against it; here stand the inbox, the drain, the states and
the crossings in the database between the two, in order, shuffled and repeated.
"""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from abmops.work import services as work
from accounts.models import Account, AccountDomain, Contact
from signals.domain import condition
from signals.domain.condition import View
from signals.domain.state import RollingState
from signals.models import AccountState, Crossing, SignalType, Source
from signals.selectors import book
from signals.services import backtest, definitions, sending
from tests.signals import make
from tests.signals.domain import brute
from tests.signals.domain.brute import Kind, Raw, World

pytestmark = pytest.mark.django_db

COMPANIES = 3
EVENTS = 120
DAYS = 75
LAG = timedelta(seconds=1)
KINDS = (
    Kind("pricing-page", "first_party", True, 0.9, 30, 14),
    Kind("webinar", "first_party", True, 0.5, 14, 7),
    Kind("app-opened", "product", False, 0.3, 5, 2),
    Kind("topic-surge", "third_party", False, 0.6, 21, 10.5),
)
POINTS = {"pricing-page": 10.0, "webinar": 8.0, "app-opened": 2.0, "topic-surge": 20.0}
SOURCES = {"site": 1.0, "vendor": 0.7}

THRESHOLDS: dict[str, tuple[dict[str, Any], int]] = {
    "three": ({"count": {"types": ["pricing-page"], "at_least": 3, "days": 14}}, 7),
    "many": ({"count": {"at_least": 9, "days": 30}}, 0),
    "kinds": ({"count": {"kinds": ["third_party", "product"], "at_least": 2, "days": 5}}, 3),
    "topic": ({"count": {"topics": ["crm tools"], "at_least": 2, "days": 14}}, 0),
    "types": ({"distinct_types": {"at_least": 3, "days": 7}}, 0),
    "people": ({"distinct_contacts": {"qualifying": True, "at_least": 3, "days": 30}}, 14),
    "independent": ({"distinct_signals": {"qualifying": True, "at_least": 3, "days": 14}}, 0),
    "keen": ({"intent": {"at_least": 45}}, 1),
    "score": ({"score": {"at_least": 40}}, 0),
    "mixed": (
        {
            "any": [
                {"all": [{"fit": {"at_least": 50}}, {"count": {"at_least": 4, "days": 7}}]},
                {"all": [{"intent": {"at_least": 30}}, {"distinct_contacts": {"at_least": 2, "days": 5}}]},
            ]
        },
        2,
    ),
}


@dataclass(frozen=True, slots=True)
class Event:
    """One record, of which company it speaks, and the same as the evaluator sees it."""

    company: int
    raw: Raw
    record: dict[str, Any]


@pytest.fixture
def start(site: make.Site) -> datetime:
    """The catalogue of this test, and its first moment: ahead of the clock by which work is put."""
    definitions.put_source(slug="vendor", fields={"name": "Vendor", "kind": "third_party", "weight": 0.7})
    for kind in KINDS:
        fields = {
            "name": kind.slug,
            "kind": kind.kind,
            "qualifying": kind.qualifying,
            "confidence": kind.confidence,
            "recency_days": kind.recency_days,
            "half_life_days": kind.half_life_days,
            "points": POINTS[kind.slug],
        }
        definitions.put_signal_type(slug=kind.slug, fields=fields)
    for slug in make.THRESHOLDS:
        definitions.put_threshold(slug=slug, fields={"status": "retired"}, by=None)
    for slug, (document, rearm_days) in THRESHOLDS.items():
        fields = {"name": slug, "status": "active", "condition": document, "rearm_days": rearm_days}
        definitions.put_threshold(slug=slug, fields=fields, by=None)
    rows = [Account(name=f"C{n}", domain=f"c{n}.example", fit=30.0 * n) for n in range(COMPANIES)]
    made = Account.objects.bulk_create(rows)
    AccountDomain.objects.bulk_create(AccountDomain(account=row, domain=row.domain or "") for row in made)
    work.drain_all()
    return timezone.now() + timedelta(days=1)


def generated(start: datetime) -> list[Event]:
    """What comes over the days, now and then several at one moment, and some exactly a window after another."""
    rng = random.Random(11)
    moments = sorted(start + timedelta(seconds=rng.randrange(DAYS * 86_400)) for _ in range(EVENTS))
    events: list[Event] = []
    for number, moment in enumerate(moments):
        company, at = rng.randrange(COMPANIES), moment
        if events and rng.random() < 0.1:
            company, at = events[-1].company, datetime.fromtimestamp(events[-1].raw.at, UTC)
        elif events and rng.random() < 0.1:
            company = (before := rng.choice(events)).company
            at = datetime.fromtimestamp(before.raw.at, UTC) + timedelta(
                days=rng.choice((5, 7, 14, 30)), microseconds=rng.choice((-1, 0, 1))
            )
        events.append(_event(rng, number, company, at))
    events.sort(key=lambda event: event.raw.at)
    return events


def _event(rng: random.Random, number: int, company: int, at: datetime) -> Event:
    kind, source = rng.choice(KINDS).slug, rng.choice(list(SOURCES))
    person = rng.choice((None, 1, 1, 2, 3, 4))
    topic = rng.choice(("CRM  Tools", "crm tools", "pipelines")) if kind == "topic-surge" else ""
    strength = rng.choice((None, 25, 100))
    record: dict[str, Any] = {
        "source": source,
        "type": kind,
        "account_domain": f"c{company}.example",
        "occurred_at": at,
        "message_id": f"m{number}",
        "topic": topic,
    }
    if strength is not None:
        record["strength"] = float(strength)
    if person is not None:
        record["contact_email"] = f"p{person}@c{company}.example"
    key = " ".join(topic.lower().split())
    points = POINTS[kind] * (1.0 if strength is None else strength / 100)
    raw = Raw(at.timestamp(), f"m{number}", list(SOURCES).index(source), kind, person, key, points)
    return Event(company, raw, record)


def world(company: int, events: list[Event]) -> World:
    """The company as the evaluator sees it."""
    return World(
        kinds={kind.slug: kind for kind in KINDS},
        weights=dict(enumerate(SOURCES.values())),
        signals=[event.raw for event in events if event.company == company],
        fit=30.0 * company,
    )


def deliver(events: list[Event], now: datetime) -> None:
    """One call, and everything that follows from it."""
    result = sending.send_records(records=dict(enumerate(event.record for event in events)), now=now)
    assert not result.errors
    work.drain_all(now)


def moments(events: list[Event]) -> list[tuple[datetime, list[Event]]]:
    """What happened at one moment is delivered in one call, a second after."""
    grouped: dict[float, list[Event]] = defaultdict(list)
    for event in events:
        grouped[event.raw.at].append(event)
    return [(datetime.fromtimestamp(at, UTC) + LAG, group) for at, group in sorted(grouped.items())]


def expected(company: int, events: list[Event], document: dict[str, Any], rearm_days: int) -> list[float]:
    """When the evaluator says the threshold crosses, looking whenever something of the company comes."""
    truths, lived = [], world(company, [])
    for now, group in moments([event for event in events if event.company == company]):
        at = now.timestamp()
        before = lived.is_met(document, at)
        lived = replace(lived, signals=[*lived.signals, *(event.raw for event in group)])
        truths.append((at, before, lived.is_met(document, at)))
    return brute.crossings(truths, rearm_days)


def test_crossings_of_a_life_are_those_of_the_raw_signals(start: datetime) -> None:
    events = generated(start)
    for now, group in moments(events):
        deliver(group, now)
    found: dict[tuple[str, str], list[float]] = defaultdict(list)
    for row in Crossing.objects.select_related("threshold", "account").order_by("crossed_at"):
        found[row.threshold.slug, row.account.domain or ""].append(row.crossed_at.timestamp())
    total = 0
    for slug, (document, rearm_days) in THRESHOLDS.items():
        for company in range(COMPANIES):
            wanted = expected(company, events, document, rearm_days)
            total += len(wanted)
            assert found[slug, f"c{company}.example"] == pytest.approx(wanted, abs=1e-5), (slug, company)
    assert total > 40
    assert {slug for (slug, _), crossed in found.items() if crossed} == set(THRESHOLDS)


def test_a_backtest_of_what_came_is_what_the_raw_signals_say(start: datetime) -> None:
    """A backtest looks a tick after each signal it hears, one by one."""
    events = generated(start)
    end = start + timedelta(days=DAYS + 31)
    deliver(events, end)
    ids = {row.pk: int((row.domain or "c0.")[1:].partition(".")[0]) for row in Account.objects.all()}
    rules = [backtest.Rule(condition.parse(document), (), days) for document, days in THRESHOLDS.values()]
    tested = backtest.backtests(rules=rules, since=start, until=end, now=end)
    for one, (slug, (document, rearm_days)) in zip(tested, THRESHOLDS.items(), strict=True):
        found: dict[int, list[float]] = defaultdict(list)
        for crossed in one.crossings:
            found[ids[crossed.account_id]].append(crossed.at.timestamp())
        for company in range(COMPANIES):
            lived, truths = world(company, []), []
            own = [event for event in events if event.company == company]
            lived.signals = []
            for raw in sorted((event.raw for event in own), key=lambda raw: (raw.at, TYPE_ORDER[raw.type])):
                if not _is_heard(document, raw):
                    lived.signals.append(raw)
                    continue
                at = raw.at + 1e-6
                before = lived.is_met(document, at)
                lived.signals.append(raw)
                truths.append((at, before, lived.is_met(document, at)))
            assert found[company] == pytest.approx(brute.crossings(truths, rearm_days), abs=1e-6), (
                slug,
                company,
            )


TYPE_ORDER = {kind.slug: number for number, kind in enumerate(KINDS)}


def _is_heard(document: dict[str, Any], raw: Raw) -> bool:
    """Whether a signal of this type can turn the condition true."""
    [(key, body)] = document.items()
    if key in ("all", "any"):
        return any(_is_heard(part, raw) for part in body)
    if key == "fit":
        return False
    kind = next(kind for kind in KINDS if kind.slug == raw.type)
    return (
        raw.type in body.get("types", [raw.type])
        and kind.kind in body.get("kinds", [kind.kind])
        and (kind.qualifying or not body.get("qualifying"))
    )


def test_shuffled_and_repeated_arrivals_leave_the_same_truths(start: datetime) -> None:
    events = generated(start)
    rng, end = random.Random(5), start + timedelta(days=DAYS + 31)
    twice = [*events, *events]
    rng.shuffle(twice)
    while twice:
        size = rng.randint(1, 90)
        deliver(twice[:size], end)
        twice = twice[size:]
    written, later = book(), [end + timedelta(days=days) for days in (0, 3, 9, 30)]
    people = dict(Contact.objects.values_list("pk", "email"))
    assert len(people) == 4 * COMPANIES
    for row in AccountState.objects.select_related("account"):
        company = int((row.account.domain or "c0.")[1:].partition(".")[0])
        lived = world(company, events)
        state = RollingState.load(bytes(row.account.memory.state))
        assert row.signals_seen == len(lived.signals)
        for at in (moment.timestamp() for moment in later):
            view = View(state, written.catalogue, fit=row.account.fit, scoring=written.scoring)
            assert view.intent(at) == pytest.approx(lived.intent(at), rel=1e-9, abs=1e-9)
            for one in written.thresholds:
                document = one.condition.to_json()
                assert one.condition.is_met(view, at) is lived.is_met(document, at), (company, document)
        assert {one.threshold_id: row.armed[str(one.threshold_id)][0] for one in written.thresholds} == {
            one.threshold_id: lived.is_met(one.condition.to_json(), end.timestamp())
            for one in written.thresholds
        }
    assert Source.objects.count() == 2
    assert SignalType.objects.filter(slug__in=POINTS).count() == len(KINDS)
