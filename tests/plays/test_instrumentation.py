"""What is measured of plays, the suggestions to retire them, and the pages and rows behind each number."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from abmops.lib.choices import Role
from accounts.models import User
from plays.domain.measuring import Figures, Standing, in_words, suggestions
from plays.domain.yields import Arm, Yield
from plays.models import Enrollment, Play, Review, StepRun, Task
from plays.selectors import measured_rows, measuring
from plays.services import start_play
from plays.services.decision.deciding import decide_crossings
from plays.services.enrollment.ending import react_to_events
from plays.services.task.closing import complete_task
from tests.plays.make import CALL, EMAIL, a_crossing, a_play, a_user, an_account, an_event

NOON = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def a_standing(**fields: object) -> Standing:
    given = {
        "play_id": 1,
        "name": "Surge",
        "outcome": "meeting_booked",
        "is_active": True,
        "active_since": NOON - 200 * DAY,
        "last_enrolled": NOON - DAY,
    }
    return Standing(**(given | fields))  # type: ignore[arg-type]


def yielding(hits: int, runs: int, held_hits: int = 0, held: int = 0) -> Figures:
    return Figures(yielded=Yield(Arm(runs, hits), Arm(held, held_hits)))


@pytest.mark.parametrize(
    ("play", "others", "said"),
    [
        pytest.param(a_standing(figures=yielding(10, 40)), [], "", id="all well"),
        pytest.param(
            a_standing(figures=yielding(1, 40, 12, 30)), [], "It does not work: 2% of 40 runs", id="below its holdout"
        ),
        pytest.param(a_standing(figures=yielding(1, 40, 3, 9)), [], "", id="too few held out to say"),
        pytest.param(a_standing(figures=yielding(0, 19, 12, 30)), [], "", id="too few runs to say"),
        pytest.param(a_standing(figures=yielding(8, 40, 8, 30)), [], "", id="chance explains it"),
        pytest.param(
            a_standing(figures=yielding(1, 60)), [yielding(30, 60)] * 3, "Other plays do better",
            id="worse than the others",
        ),
        pytest.param(a_standing(figures=yielding(1, 60)), [yielding(30, 60)] * 2, "", id="two others are too few"),
        pytest.param(
            a_standing(last_enrolled=NOON - 91 * DAY), [], "It has started on no account since 19 August 2026",
            id="quiet",
        ),
        pytest.param(a_standing(last_enrolled=NOON - 90 * DAY + DAY), [], "", id="not quiet for long enough"),
        pytest.param(a_standing(last_enrolled=None), [], "Nothing has ever set it off", id="never"),
        pytest.param(a_standing(last_enrolled=None, active_since=NOON - 30 * DAY), [], "", id="too young"),
        pytest.param(
            a_standing(figures=Figures(finished=10, finished_unstalled=4)), [], "It is not carried out: 60%",
            id="stalls",
        ),
        pytest.param(
            a_standing(figures=Figures(finished=10, finished_unstalled=5)), [], "", id="half is not more than half"
        ),
        pytest.param(
            a_standing(last_enrolled=None, is_active=False), [], "", id="a play that rests is not suggested"
        ),
        pytest.param(a_standing(last_enrolled=None, kept_until=NOON + DAY), [], "", id="kept for now"),
        pytest.param(
            a_standing(last_enrolled=None, kept_until=NOON), [], "Nothing has ever", id="the quarter is over"
        ),
    ],
)  # fmt: skip
def test_when_a_play_is_better_retired(play: Standing, others: list[Figures], said: str) -> None:
    rest = [replace(a_standing(figures=told), play_id=number) for number, told in enumerate(others, start=2)]
    found = [one for one in suggestions([play, *rest], now=NOON) if one.play_id == 1]
    assert [one.said for one in found] == [] if not said else found[0].said.startswith(said)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def a_lived_play(now: datetime, **said: Any) -> Play:
    """Six runs of two steps: two completed, one stopped by a meeting, the rest running; one held back by its tier."""
    owner = a_user()
    play = a_play(
        "surge", steps=[CALL, EMAIL | {"wait_days": 0}], audience={"tiers": [2]}, now=now - 200 * DAY, **said
    )
    accounts = [an_account(tier=2, owner=owner) for _ in range(6)] + [an_account(tier=1, owner=owner)]
    at = now - 60 * DAY
    crossings = [
        a_crossing(account, at=at, last_evidence_received_at=at - timedelta(seconds=10))
        for account in accounts
    ]
    decide_crossings(crossing_ids=[one.pk for one in crossings], now=at)
    for account in accounts[:2]:
        for _ in range(2):
            complete_task(
                task=Task.objects.unfinished().get(account=account), by=owner, now=at + timedelta(hours=4)
            )
    event = an_event(accounts[2], "meeting_booked", at=at + DAY)
    react_to_events(event_ids=[event.pk], now=at + DAY)
    return play


@pytest.mark.django_db
def test_the_figures_of_a_lived_play() -> None:
    now = timezone.now()
    play = a_lived_play(now)
    found = measuring.figures({play.pk: play.slug}, since=now - 90 * DAY, until=now)[play.pk]
    assert (found.considered, found.chosen, found.refused) == (7, 6, 1)
    assert (found.enrolled, found.first_done, found.completed, found.exited, found.live) == (6, 2, 2, 1, 3)
    assert (found.finished, found.finished_unstalled, found.accounts_touched) == (3, 3, 2)
    assert found.to_enrollment_median == pytest.approx(10)
    assert [(rule.rule, rule.times) for rule in found.rules] == [("audience", 1)]
    assert sum(found.weeks) == 6
    assert [(step.key, step.opened, step.done) for step in found.steps] == [("call", 6, 2), ("email", 2, 2)]
    assert [step.median_hours for step in found.steps] == pytest.approx([4, 0])
    assert found.yielded is not None
    assert (found.yielded.run.runs, found.yielded.run.hits) == (6, 1)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("show", "n"),
    [
        ("considered", 7), ("refused:audience", 1), ("enrolled", 6), ("holdout", 0), ("first_done", 2),
        ("completed", 2), ("exited", 1), ("cancelled", 0), ("live", 3), ("finished", 3), ("unstalled", 3),
        ("stalled", 0), ("touched", 2), ("to_enrollment", 6), ("opened:call", 6), ("done:call", 2), ("opened:email", 2),
        ("skipped:call", 0), ("late:call", 0), ("week:8", 6), ("week:0", 0), ("yield_runs", 6), ("yield_hits", 1),
        ("yield_held", 0), ("yield_held_hits", 0),
    ],
)  # fmt: skip
def test_every_number_opens_to_its_rows(show: str, n: int) -> None:
    now = timezone.now()
    play = a_lived_play(now)
    rows = measured_rows.entries([play], show, since=now - 90 * DAY, until=now)
    assert len(rows) == n
    assert show == "to_enrollment" or [row.at for row in rows] == sorted(
        (row.at for row in rows), reverse=True
    )
    client = signed_in(a_user(role=Role.EXECUTIVE, job=""))
    page = client.get(reverse("plays:measured", args=[play.pk]), {"show": show}).content.decode()
    assert page.count("<tr data-row>") == n
    table = client.get(reverse("plays:measured_csv", args=[play.pk]), {"show": show})
    assert len(b"".join(table).splitlines()) == n + 1


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["plays:instrumentation", "plays:measured"])
def test_every_figure_of_the_pages_is_a_link_to_as_many_rows(address: str) -> None:
    """Read from the page itself, so that a number that is added without its rows is noticed."""
    play = a_lived_play(timezone.now(), holdout=0)
    client = signed_in(a_user(role=Role.EXECUTIVE, job=""))
    page = client.get(
        reverse(address, args=[play.pk] if address.endswith("measured") else [])
    ).content.decode()
    linked = re.findall(r'href="([^"]+)#behind"[^>]*>(?:<svg.*?</svg><span class="n">)?([^<]+)<', page)
    assert len(linked) > 20
    for url, said in linked:
        shown = client.get(html.unescape(url)).content.decode()
        assert 'id="behind"' in shown, url
        if said.isdecimal():
            assert shown.count("<tr data-row>") - (1 if "/instrumentation/" in url else 0) == int(said), url


@pytest.mark.django_db
@pytest.mark.parametrize("show", ["nonsense", "week:x", "week:99", "enrolled:call", "opened", "done:", ":"])
def test_what_is_no_number_opens_nothing(show: str) -> None:
    now = timezone.now()
    play = a_play("surge")
    assert measured_rows.entries([play], show, since=now - DAY, until=now) == []
    page = signed_in(a_user()).get(reverse("plays:measured", args=[play.pk]), {"show": show}).content.decode()
    assert 'id="behind"' not in page


@pytest.mark.django_db
def test_what_a_surface_did_touches_the_account_as_a_person_does() -> None:
    now = timezone.now()
    play, account = a_play("mailed", steps=[EMAIL]), an_account()
    start_play(play=play, account=account, by=a_user(role="revops"), reason="Try it.", now=now)
    Task.objects.all().delete()
    StepRun.objects.update(state="done", closed_at=now)
    later = now + timedelta(seconds=1)
    told = measuring.figures({play.pk: play.slug}, since=now - DAY, until=later)[play.pk]
    assert told.accounts_touched == 1
    assert measuring.accounts_touched([play.pk], since=now - DAY, until=later) == 1
    (row,) = measured_rows.entries([play], "touched", since=now - DAY, until=later)
    assert (row.account, row.said) == (account.name, "1 touch")


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.04, "0.0 s"),
        (12.44, "12.4 s"),
        (60, "1 min"),
        (5_399, "90 min"),
        (5_400, "2 h"),
        (172_800, "2 days"),
    ],
)
def test_a_length_of_time_is_said_in_its_unit(seconds: float, said: str) -> None:
    assert in_words(timedelta(seconds=seconds)) == said


@pytest.mark.django_db
def test_a_suggestion_is_retired_or_kept_by_one_click_and_stays_on_the_record() -> None:
    revops = a_user(role="revops", job="")
    quiet, other = (a_play(name, now=timezone.now() - 200 * DAY) for name in ("quiet", "other"))
    client = signed_in(revops)
    assert "Nothing has ever set it off" in client.get(reverse("plays:instrumentation")).content.decode()

    client.post(reverse("plays:play_verdict", args=[quiet.pk]), {"verdict": "keep"})
    client.post(reverse("plays:play_verdict", args=[other.pk]), {"verdict": "retire"})

    kept, retired = Review.objects.get(play=quiet), Review.objects.get(play=other)
    assert kept.until is not None
    assert kept.until > timezone.now() + 90 * DAY
    assert retired.said.startswith("Nothing has ever set it off")
    other.refresh_from_db()
    assert (other.status, retired.by) == ("retired", revops)
    assert "Better retired" not in client.get(reverse("plays:instrumentation")).content.decode()


@pytest.mark.django_db
def test_only_revops_reviews() -> None:
    play = a_play("quiet")
    answer = signed_in(a_user()).post(reverse("plays:play_verdict", args=[play.pk]), {"verdict": "retire"})
    assert answer.status_code == 403
    assert not Review.objects.exists()


@pytest.mark.django_db
def test_a_stranger_with_no_play_is_told_what_to_do_next() -> None:
    page = signed_in(a_user()).get(reverse("plays:instrumentation")).content.decode()
    assert "nothing to measure" in page
    assert reverse("plays:library") in page


@pytest.mark.django_db
def test_the_queries_do_not_grow_with_plays_or_runs() -> None:
    client = signed_in(a_user(role="revops", job=""))
    owner = a_user()

    def queries() -> int:
        cache.clear()
        with CaptureQueriesContext(connection) as captured:
            assert client.get(reverse("plays:instrumentation")).status_code == 200
        return len(captured)

    def more(n: int) -> None:
        for number in range(n):
            a_play(f"play-{Play.objects.count()}-{number}", priority=Play.objects.count())
        decide_crossings(
            crossing_ids=[a_crossing(an_account(owner=owner)).pk for _ in range(n)], now=timezone.now()
        )

    more(2)
    queries()
    few = queries()
    more(8)
    assert queries() == few
    assert Enrollment.objects.count() == 10
