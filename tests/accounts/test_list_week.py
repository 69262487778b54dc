"""The list's week and its read-through: what is said, to whom, when, and that it is said once."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from abmops.lib.choices import Role
from abmops.work import services as work
from abmops.work.models import PeriodicRun
from abmops.work.schedule import find
from accounts.domain.list_week import Week, said
from accounts.models import Account, ListMembership, ListPolicy, ListRefresh
from accounts.selectors.list_refresh import refresh_state
from accounts.selectors.list_week import plain_text, read_week
from accounts.services.target_list.refresh import alarm, stamp
from accounts.services.target_list.weekly import tell_week
from plays.models import Notice
from tests.accounts import make

DAY = timedelta(days=1)
MONDAY = datetime(2026, 11, 9, tzinfo=UTC)
WEEK = Week(MONDAY.date())
LAST = "the week before."


@pytest.mark.parametrize(("text", "monday"), [
    ("2026-11-09", date(2026, 11, 9)), ("2026-11-15", date(2026, 11, 9)), ("2026-11-16", date(2026, 11, 16)),
    ("2026-W46", date(2026, 11, 9)), ("2026-w46", date(2026, 11, 9)), ("2021-W01", date(2021, 1, 4)),
])  # fmt: skip
def test_a_week_is_named_by_any_of_its_days_or_its_number(text: str, monday: date) -> None:
    assert Week.parse(text).monday == monday


@pytest.mark.parametrize(
    "text", ["", "soon", "2026-W99", "2026-13-01", "26-W01", "0001-01-01", "9999-12-31", "9999-W52"]
)
def test_anything_else_is_no_week(text: str) -> None:
    with pytest.raises(ValueError, match="is no week"):
        Week.parse(text)


def test_weeks_neither_overlap_nor_gap() -> None:
    assert WEEK.after().start == WEEK.end
    assert WEEK.before().end == WEEK.start
    assert Week.of(WEEK.start) == WEEK
    assert Week.of(WEEK.end - timedelta(microseconds=1)) == WEEK
    assert Week.of(WEEK.end) == WEEK.after()


@pytest.mark.parametrize(("joined", "left", "retiered", "before", "size", "sentence"), [
    (0, 0, 0, 5, 5, "Nothing changed on the list: 5 accounts on it."),
    (1, 0, 0, 5, 6, "1 account joined. 6 accounts on the list, 1 more than the week before."),
    (3, 1, 2, 5, 7, f"3 accounts joined, 1 left and 2 changed tier. 7 accounts on the list, 2 more than {LAST}"),
    (0, 2, 0, 5, 3, "2 accounts left. 3 accounts on the list, 2 fewer than the week before."),
    (0, 0, 1, 1, 1, "1 account changed tier. 1 account on the list, as many as the week before."),
    (1, 1, 0, 5, 5, "1 account joined and 1 left. 5 accounts on the list, as many as the week before."),
])  # fmt: skip
def test_a_week_in_words(
    joined: int, left: int, retiered: int, before: int, size: int, sentence: str
) -> None:
    assert said(joined=joined, left=left, retiered=retiered, size_before=before, size=size) == sentence


def placed(name: str, *changes: tuple[int | None, datetime]) -> Account:
    """An account whose place on the list changed at these moments."""
    of = make.account(name, f"{name.lower()}.example")
    ends = [at for _, at in changes[1:]] + [None]
    for (tier, at), end in zip(changes, ends, strict=True):
        ListMembership.objects.create(
            account=of, tier=tier, valid_from=at, valid_to=end, side="sales", reason=f"Why {name}."
        )
    return of


def a_list() -> None:
    """Four accounts, three of which moved in the week."""
    long_ago = MONDAY - 300 * DAY
    placed("Stays", (1, long_ago))
    placed("Joins", (2, MONDAY + DAY))
    placed("Leaves", (3, long_ago), (None, MONDAY + 2 * DAY))
    placed("Rises", (3, long_ago), (1, MONDAY + 3 * DAY))
    placed("Later", (3, MONDAY + 8 * DAY))


@pytest.mark.django_db
def test_a_week_is_read_in_a_fixed_number_of_queries() -> None:
    a_list()
    now = MONDAY + 9 * DAY
    with CaptureQueriesContext(connection) as asked:
        read = read_week(WEEK, now=now)
    assert len(asked) == 3
    assert [[one.name for one in moves] for _, _, moves in read.groups] == [["Joins"], ["Leaves"], ["Rises"]]
    assert read.before == {1: 1, 2: 0, 3: 2}
    assert read.after == {1: 2, 2: 1, 3: 0}
    assert not read.is_running
    assert read_week(WEEK, now=MONDAY + DAY / 2).is_running


@pytest.mark.django_db
def test_the_week_as_text_to_paste() -> None:
    a_list()
    text = plain_text(read_week(WEEK, now=MONDAY + 9 * DAY), url="https://abm.example/list/weekly/")
    assert text.splitlines() == [
        "Target list, week 46 (09.11.2026 to 15.11.2026)",
        "1 account joined, 1 left and 1 changed tier. 3 accounts on the list, as many as the week before.",
        "", "Joined (1)", "- Joins: into tier 2. Why Joins.",
        "", "Left (1)", "- Leaves: out of tier 3. Why Leaves.",
        "", "Changed tier (1)", "- Rises: tier 3 to tier 1. Why Rises.",
        "", "https://abm.example/list/weekly/",
    ]  # fmt: skip


@pytest.mark.django_db
def test_on_monday_marketing_sales_and_revops_are_told_once() -> None:
    a_list()
    people = {role: make.user(role) for role in Role}
    make.user(Role.REP, is_active=False)
    for _ in range(2):
        assert tell_week(now=MONDAY + 7 * DAY + timedelta(hours=6))
    told = Notice.objects.all()
    assert {notice.user for notice in told} == {
        people[role] for role in (Role.MARKETER, Role.REP, Role.REVOPS)
    }
    assert len(told) == 3
    assert {notice.url for notice in told} == {"/list/weekly/?week=2026-11-09"}
    assert {notice.text for notice in told} == {
        f"The target list in week 46: {read_week(WEEK, now=MONDAY + 7 * DAY).sentence}"
    }


@pytest.mark.django_db
def test_without_a_list_nobody_is_told() -> None:
    make.user(Role.REVOPS)
    assert not tell_week(now=MONDAY)
    assert not Notice.objects.exists()


@pytest.mark.django_db
def test_the_clock_runs_it_on_monday_at_six_and_a_week_once() -> None:
    found = find("accounts.list_week")
    assert found is not None
    a_list()
    make.user(Role.REVOPS)

    def runs(at: datetime) -> int:
        work.put_slots(now=at)
        return PeriodicRun.objects.filter(name="accounts.list_week").count()

    six = MONDAY + 7 * DAY + timedelta(hours=6)
    assert (found.every, found.offset) == (7 * DAY, timedelta(hours=6))
    assert runs(six) == runs(six + timedelta(minutes=1)) == runs(six + 3 * DAY) == 1


@pytest.mark.django_db
def test_a_read_through_is_due_again_after_the_policys_days(now: datetime) -> None:
    assert refresh_state(now=now).due_at is None
    placed("First", (1, now - 40 * DAY))
    ListPolicy.objects.update_or_create(pk=1, defaults={"refresh_days": 31})
    assert refresh_state(now=now).due_at == now - 9 * DAY
    stamp(by=make.user(), note="  All read. ", now=now)
    state = refresh_state(now=now)
    assert state.last is not None
    assert (state.last.note, state.last.size, state.due_at) == ("All read.", 1, now + 31 * DAY)
    assert not state.is_late
    assert refresh_state(now=now + 31 * DAY).is_late


@pytest.mark.django_db
def test_a_late_read_through_alarms_revops_once_and_the_stamp_ends_it(now: datetime) -> None:
    ann, _ = make.user(Role.REVOPS), make.user(Role.MARKETER)
    placed("First", (1, now - 40 * DAY))
    stamp(by=ann, note="", now=now - 35 * DAY)
    assert not alarm(now=now - 5 * DAY)
    assert alarm(now=now)
    assert alarm(now=now + DAY)
    told = Notice.objects.get()
    assert told.user == ann
    assert (
        told.text
        == "The read-through of the target list is late for 4 days. It was last read through on 14.10.2026."
    )
    stamp(by=ann, note="", now=now + DAY)
    told.refresh_from_db()
    assert told.read_at == now + DAY
    assert not alarm(now=now + 2 * DAY)
    assert alarm(now=now + 33 * DAY)
    assert Notice.objects.count() == 2
    assert ListRefresh.objects.count() == 2
