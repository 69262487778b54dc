"""A silent or flooding source: one alert, one notice to its owner, settled when it is as usual again."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from abmops.lib import notices
from abmops.lib.choices import Role
from abmops.lib.ids import uuid7
from abmops.lib.notices import Told
from abmops.work.models import WorkItem
from accounts.models import Holiday, Territory, User
from signals.jobs import COUNTED, watch_next
from signals.models import Signal, SignalType, SignalVolume, Source, SourceAlert
from signals.selectors import volume
from signals.selectors.holidays import holiday_hours
from signals.services import anomalies, definitions, ingest, volumes
from tests.accounts import make as accounts
from tests.signals import make
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 18, 10, 50, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Heard:
    """What people were told, and what was settled."""

    def __init__(self) -> None:
        self.told: list[tuple[list[int], Told]] = []
        self.settled: list[tuple[str, str]] = []

    def deliver(self, people: object, told: Told, now: datetime) -> None:
        assert isinstance(people, list)
        self.told.append((people, told))

    def settle(self, kind: str, subject: str, now: datetime) -> None:
        self.settled.append((kind, subject))


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Heard:
    """In the place of the app that keeps notices."""
    one = Heard()
    monkeypatch.setattr(notices, "_deliveries", {"test": one.deliver})
    monkeypatch.setattr(notices, "_settlings", {"test": one.settle})
    return one


@pytest.fixture
def owner(db: None) -> User:
    """Who owns the website."""
    return accounts.user(Role.MARKETER)


@pytest.fixture
def keeper(db: None) -> User:
    """Somebody of RevOps."""
    return accounts.user(Role.REVOPS)


def usual(source: Source, *, weeks: int = 8, until: datetime = NOW, an_hour: int = 60) -> None:
    """Steady hours up to a moment; the last two of them as stored signals, for they are counted anew."""
    kind = SignalType.objects.get(slug="pricing-page")
    last = volume.end_of_hour(until) - HOUR
    SignalVolume.objects.bulk_create(
        SignalVolume(source=source, type=kind, hour=last - back * HOUR, signals=an_hour + back % 7)
        for back in range(2, weeks * 168)
    )
    came(source, an_hour, last - HOUR, HOUR)
    came(source, round(an_hour * ((until - last) / HOUR)), last, until - last)


def came(source: Source, count: int, since: datetime, length: timedelta) -> None:
    """This many signals spread over a time."""
    kind = SignalType.objects.get(slug="pricing-page")
    moments = [since + length * number / max(count, 1) for number in range(count)]
    Signal.objects.bulk_create(
        Signal(
            id=uuid7(at),
            source=source,
            type=kind,
            points=1,
            occurred_at=at,
            received_at=at,
            message_id=str(uuid7(at)),
        )
        for at in moments
    )


def watch(*, now: datetime) -> anomalies.Watched:
    """The newest hours counted, and the sources judged by them."""
    volumes.recount(since=now - HOUR, until=now)
    return anomalies.watch(now=now)


def test_a_source_as_usual_gives_none(site: make.Site, heard: Heard) -> None:
    usual(site.source)
    assert watch(now=NOW) == anomalies.Watched(sources=1)
    assert heard.told == []


def test_silence_is_told_once_to_its_owner_and_settled_by_a_signal(
    site: make.Site, heard: Heard, owner: User, keeper: User
) -> None:
    definitions.put_source(slug="site", fields={"owner": owner})
    usual(site.source, until=NOW - timedelta(minutes=50))
    assert watch(now=NOW).began == 1
    assert watch(now=NOW + timedelta(minutes=10)).began == 0
    (alert,) = SourceAlert.objects.all()
    assert (alert.kind, alert.seen, alert.noticed_at) == ("silent", 0, NOW)
    assert NOW - timedelta(minutes=55) <= alert.began_at <= NOW - timedelta(minutes=45)
    assert alert.p < 1e-6
    ((people, told),) = heard.told
    assert people == [owner.pk]
    assert told.text.startswith("Website: It has fallen silent: no signal where ")
    assert (told.kind, told.url) == ("source_silent", "/catalogue/sources/site/")
    later = NOW + timedelta(minutes=30)
    came(site.source, 20, later - timedelta(minutes=5), timedelta(minutes=5))
    assert watch(now=later).ended == 1
    alert.refresh_from_db()
    assert alert.ended_at == later
    assert heard.settled == [("source_silent", f"source-alert:{alert.pk}")]
    assert watch(now=later + timedelta(minutes=10)) == anomalies.Watched(sources=1)


@pytest.mark.parametrize(
    ("day", "place", "found"),
    [
        pytest.param(date(2026, 11, 18), None, 0, id="everybody's day off"),
        pytest.param(date(2026, 11, 18), "berlin", 0, id="a territory's"),
        pytest.param(date(2026, 11, 19), None, 1, id="tomorrow's"),
        pytest.param(date(2026, 11, 17), None, 1, id="yesterday's"),
    ],
)
def test_a_site_quiet_on_a_kept_holiday_is_no_alarm(
    site: make.Site, heard: Heard, keeper: User, day: date, place: str | None, found: int
) -> None:
    """The site sends nothing at weekends, and nothing since the midnight in Berlin that begins a Wednesday."""
    territory = Territory.objects.create(slug=place, name=place) if place else None
    accounts.user(Role.REP, time_zone="Europe/Berlin", territory=territory)
    Holiday.objects.create(day=day, name="A day off", territory=territory)
    midnight = datetime(2026, 11, 17, 23, tzinfo=UTC)
    usual(site.source, until=midnight)
    volumes.recount(since=midnight - 2 * HOUR, until=NOW)
    SignalVolume.objects.filter(hour__iso_week_day__gte=6).delete()
    assert watch(now=NOW).began == found


def test_whose_zones_a_holiday_has(db: None) -> None:
    east = Territory.objects.create(slug="east", name="East")
    accounts.user(Role.REP, time_zone="Asia/Tokyo", territory=east)
    accounts.user(Role.REP, time_zone="Europe/Berlin")
    Holiday.objects.create(day=date(2026, 1, 1), name="New Year")
    Holiday.objects.create(day=date(2026, 1, 12), name="Coming of age", territory=east)
    found = holiday_hours(first=datetime(2025, 12, 1, tzinfo=UTC), last=datetime(2026, 2, 1, tzinfo=UTC))

    def hours(first: datetime, last: datetime) -> set[int]:
        return set(range(int(first.timestamp() // 3600), int(last.timestamp() // 3600)))

    assert found == hours(
        datetime(2025, 12, 31, 15, tzinfo=UTC), datetime(2026, 1, 1, 23, tzinfo=UTC)
    ) | hours(datetime(2026, 1, 11, 15, tzinfo=UTC), datetime(2026, 1, 12, 15, tzinfo=UTC))


@pytest.mark.parametrize(
    "owned", [None, {"is_active": False}, {"email": "etl.revops@service.invalid", "role": Role.REVOPS}]
)
def test_a_source_that_nobody_here_owns_is_told_to_revops(
    site: make.Site, heard: Heard, owner: User, keeper: User, owned: dict[str, object] | None
) -> None:
    if owned is not None:
        User.objects.filter(pk=owner.pk).update(**owned)
        Source.objects.filter(slug="site").update(owner=owner)
    usual(site.source, until=NOW - timedelta(minutes=50))
    watch(now=NOW)
    assert [people for people, _ in heard.told] == [[keeper.pk]]


def test_a_flood_is_told_and_ends_when_it_ends(site: make.Site, heard: Heard, keeper: User) -> None:
    usual(site.source)
    came(site.source, 900, NOW - timedelta(minutes=40), timedelta(minutes=40))
    assert watch(now=NOW).began == 1
    (alert,) = SourceAlert.objects.all()
    assert alert.kind == "flood"
    assert "It floods" in heard.told[0][1].text
    Signal.objects.all().delete()
    last = volume.end_of_hour(NOW)
    kind = SignalType.objects.get(slug="pricing-page")
    SignalVolume.objects.bulk_create(
        [SignalVolume(source=site.source, type=kind, hour=last + n * HOUR, signals=60) for n in range(29)]
    )
    later = last + 30 * HOUR + timedelta(minutes=20)
    came(site.source, 80, later - timedelta(minutes=80), timedelta(minutes=80))
    assert watch(now=later).ended == 1
    assert heard.settled


def test_what_waits_in_our_own_inbox_is_not_the_sources_silence(site: make.Site, heard: Heard) -> None:
    usual(site.source, until=NOW - timedelta(minutes=50))
    WorkItem.objects.create(
        lane="ingest",
        kind=ingest.KIND,
        subject_id=site.source.pk,
        run_at=NOW - timedelta(minutes=5),
        payload={},
    )
    assert watch(now=NOW).began == 0
    WorkItem.objects.all().delete()
    assert watch(now=NOW).began == 1


@pytest.mark.parametrize("change", ["closed", "new"])
def test_closed_and_new_sources_are_left_alone(site: make.Site, heard: Heard, change: str) -> None:
    usual(site.source, weeks=3 if change == "new" else 8, until=NOW - timedelta(minutes=50))
    if change == "closed":
        definitions.put_source(slug="site", fields={"is_active": False})
    assert watch(now=NOW).began == 0


def test_closing_a_silent_source_ends_its_alert(site: make.Site, heard: Heard, keeper: User) -> None:
    usual(site.source, until=NOW - timedelta(minutes=50))
    watch(now=NOW)
    definitions.put_source(slug="site", fields={"is_active": False})
    assert watch(now=NOW + timedelta(minutes=10)).ended == 1


def test_sources_do_not_add_queries(site: make.Site, heard: Heard, keeper: User) -> None:
    def queries(now: datetime) -> int:
        with CaptureQueriesContext(connection) as captured:
            watch(now=now)
        return len(captured)

    usual(site.source)
    few = queries(NOW)
    for number in range(3):
        usual(definitions.put_source(slug=f"s{number}", fields={"name": "S", "kind": "crm"}).row)
    assert queries(NOW) == few


def test_the_round_counts_hour_by_hour_and_judges_what_it_counted(
    site: make.Site, heard: Heard, keeper: User
) -> None:
    usual(site.source, until=NOW - timedelta(minutes=50))
    SignalVolume.objects.filter(hour__gte=NOW - 3 * HOUR).delete()
    hours, mark = [], watch_next(NOW, 0)
    while mark != COUNTED:
        hours.append(mark["hour"])
        mark = watch_next(NOW, mark)
    assert hours == ["2026-11-18T09:00:00+00:00", "2026-11-18T08:00:00+00:00"]
    assert watch_next(NOW, COUNTED) is None
    assert SourceAlert.objects.get().kind == "silent"
    assert SignalVolume.objects.filter(hour__gte=NOW - 3 * HOUR).exists()


def test_health_shows_what_is_open(site: make.Site, sign_in: SignIn, heard: Heard, keeper: User) -> None:
    browser = sign_in(Role.REVOPS)
    assert "/catalogue/alerts/" in browser.get("/health/").content.decode()
    part = browser.get("/catalogue/alerts/").content.decode()
    assert "Every source sends as usual." in part
    usual(site.source, until=NOW - timedelta(minutes=50))
    watch(now=NOW)
    part = browser.get("/catalogue/alerts/", headers={"HX-Request": "true"}).content.decode()
    assert "It has fallen silent" in part
    assert 'href="/catalogue/sources/site/"' in part
