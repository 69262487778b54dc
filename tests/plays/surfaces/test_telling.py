"""How people are told: at once or in a digest, at their hour, once, never empty."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail as outbox
from django.core.mail import EmailMultiAlternatives
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from abmops.work import services as work
from accounts.models import User
from plays.models import Delivery, Endpoint, Notice, NoticeWishes
from plays.services.notice.digests import put_digests
from plays.services.notice.telling import tell
from plays.services.outbox.endpoints import add_endpoint
from tests.plays import make

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mail")]

NOW = make.NOW


def _at(day: int, hour: int, minute: int, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def told(user: User, *, kind: str = "gaps", subject: str = "1", now: datetime = NOW, **changed: Any) -> None:
    said = {"text": f"About {subject}.", "url": "/gaps/"} | changed
    tell(user_ids=[user.pk], kind=kind, subject=subject, now=now, **said)


def wishes(user: User, **fields: Any) -> NoticeWishes:
    return NoticeWishes.objects.update_or_create(user=user, defaults=fields)[0]


def test_what_is_urgent_comes_at_once_and_once_and_the_rest_waits() -> None:
    ann = make.a_user()
    told(ann, kind="task_breached", subject="task:1", url="/accounts/7/")
    told(ann, kind="task_breached", subject="task:1", now=NOW + timedelta(minutes=1))
    told(ann, kind="gaps", subject="2")
    work.drain_all(NOW + timedelta(minutes=2))
    (sent,) = outbox.outbox
    assert sent.to == [ann.email]
    notice = Notice.objects.get(kind="task_breached")
    assert f"https://abm.acme.example/notices/{notice.pk}/?to=/accounts/7/\n" in str(sent.body)
    assert sent.extra_headers["List-Unsubscribe"] == "<https://abm.acme.example/settings/notices/>"
    assert Notice.objects.count() == 2


@pytest.mark.parametrize("kind", ["task_breached", "gaps"])
def test_following_the_link_of_a_mail_shows_the_page_and_the_notice_is_seen(
    client: Client, kind: str
) -> None:
    """By way of signing in, at once and from the digest; a colleague who got the mail passed on sees the page, too."""
    ann, ben = make.a_user(role="revops", time_zone="UTC"), make.a_user(role="revops")
    told(ann, kind=kind, url="/sla/?owner=7&late=1", now=NOW - timedelta(hours=4))
    put_digests(now=NOW)
    work.drain_all(NOW)
    body = str(outbox.outbox[0].body)
    path = next(word for word in body.split() if "?to=" in word).removeprefix("https://abm.acme.example")
    assert client.get(path).headers["Location"].startswith("/login/?next=/notices/")
    for user, is_read in ((ben, False), (ann, True)):
        client.force_login(user)
        assert client.get(path).headers["Location"] == "/sla/?owner=7&late=1"
        assert (Notice.objects.get().read_at is not None) is is_read


def test_without_a_mail_server_nothing_is_put_and_the_notice_stays(settings: Any) -> None:
    settings.EMAIL_IS_SET_UP = False
    told(make.a_user(), kind="task_breached")
    assert not Delivery.objects.exists()
    assert Notice.objects.count() == 1


def test_slack_reaches_a_person_by_the_bot_or_else_it_is_mail() -> None:
    ann, ben = make.a_user(role="revops"), make.a_user()
    for one, member in ((ann, "U012AB3CD"), (ben, "")):
        wishes(one, ways={"late": "slack"}, slack_member=member)
    told(ann, kind="task_breached", subject="before the bot")
    bot = add_endpoint(
        name="Bot", surface="slack_bot", target="#abm", secret="xoxb-1-x", types=[], owner=ann, now=NOW
    )
    told(ann, kind="task_breached", subject="with the bot")
    told(ben, kind="task_breached", subject="without an id")
    surfaces = list(Delivery.objects.order_by("pk").values_list("endpoint__surface", "user"))
    assert sorted(surfaces) == sorted([("email", ann.pk), ("slack_bot", ann.pk), ("email", ben.pk)])
    assert bot.deliveries.count() == 1


@pytest.mark.parametrize(
    ("zone", "now", "quiet", "goes"),
    [
        pytest.param("UTC", _at(18, 22, 30), (20, 7), "2026-11-19T07:00", id="over midnight"),
        pytest.param("UTC", _at(18, 3, 0), (20, 7), "2026-11-18T07:00", id="after midnight"),
        pytest.param("UTC", _at(18, 7, 0), (20, 7), "2026-11-18T07:00", id="its end is no quiet"),
        pytest.param("UTC", _at(18, 13, 0), (12, 14), "2026-11-18T14:00", id="at noon"),
        pytest.param("Europe/Berlin", _at(28, 23, 0, 3), (22, 2), "2026-03-29T01:00", id="the skipped hour"),
        pytest.param("Europe/Berlin", _at(25, 0, 30, 10), (22, 3), "2026-10-25T02:00", id="the hour twice"),
    ],
)  # fmt: skip
def test_what_comes_at_once_waits_for_the_end_of_the_quiet_hours(
    zone: str, now: datetime, quiet: tuple[int, int], goes: str
) -> None:
    ann = make.a_user(time_zone=zone)
    wishes(ann, quiet_from=quiet[0], quiet_to=quiet[1])
    told(ann, kind="task_breached", now=now)
    assert Delivery.objects.get().next_at.strftime("%Y-%m-%dT%H:%M") == goes


def test_a_digest_has_what_is_new_by_account_and_not_what_came_at_once() -> None:
    ann = make.a_user(time_zone="UTC")
    acme, zeta = make.an_account(name="Acme"), make.an_account(name="Zeta")
    early = NOW - timedelta(hours=4)
    told(ann, subject="a", text="Zeta has a gap.", url=f"/accounts/{zeta.pk}/", now=early)
    told(ann, subject="b", text="Acme has a gap.", url=f"/accounts/{acme.pk}/", now=early)
    told(ann, subject="c", text="Two joined the list.", url="/list/weekly/", now=early)
    told(ann, subject="d", text="A late task.", kind="task_breached", now=early)
    told(ann, subject="e", text="After the hour.", now=NOW - timedelta(hours=1))
    assert put_digests(now=NOW) == 1
    text = Delivery.objects.get(type="digest").body["text"]
    assert (
        text.index("Acme\n- Acme has a gap.")
        < text.index("Zeta\n- Zeta has a gap.")
        < text.index("Everything else")
    )
    assert f"/notices/{Notice.objects.get(subject='b').pk}/?to=/accounts/{acme.pk}/" in text
    assert "A late task." not in text
    assert "After the hour." not in text
    assert put_digests(now=NOW + timedelta(days=1)) == 1
    assert "After the hour." in Delivery.objects.filter(type="digest").latest("put_at").body["text"]


def test_each_line_of_a_digest_can_be_clicked_and_nothing_that_a_name_smuggles_in() -> None:
    ann = make.a_user(time_zone="UTC")
    text = "<b>Evil</b> https://evil.example/a has a gap, see evil.example."
    told(ann, text=text, url="/sla/?a=1&b=2", now=NOW - timedelta(hours=4))
    put_digests(now=NOW)
    work.drain_all(NOW)
    (sent,) = outbox.outbox
    assert isinstance(sent, EmailMultiAlternatives)
    shown = str(sent.alternatives[0][0])
    pk = Notice.objects.get().pk
    link = f'<a href="https://abm.acme.example/notices/{pk}/?to=/sla/%3Fa%3D1%26b%3D2">Open</a>'
    assert f"- &lt;b&gt;Evil&lt;/b&gt; https://evil.example/a has a gap, see evil.example. {link}" in shown
    assert 'href="https://evil' not in shown


def test_no_news_is_no_digest_and_a_day_without_moves_nothing_forward() -> None:
    ann = make.a_user(time_zone="UTC")
    assert put_digests(now=NOW) == 0
    told(ann, now=NOW)
    assert put_digests(now=NOW + timedelta(hours=5)) == 0
    assert put_digests(now=NOW + timedelta(days=1)) == 1
    assert put_digests(now=NOW + timedelta(days=2)) == 0


def test_what_was_read_meanwhile_is_no_news() -> None:
    ann = make.a_user(time_zone="UTC")
    told(ann, now=NOW - timedelta(hours=4))
    Notice.objects.update(read_at=NOW - timedelta(hours=3))
    assert put_digests(now=NOW) == 0


@pytest.mark.parametrize(
    ("zone", "night"),
    [
        pytest.param("Europe/Berlin", _at(29, 0, 0, 3), id="02:30 is skipped in spring"),
        pytest.param("Europe/Berlin", _at(25, 0, 0, 10), id="02:00 comes twice in autumn"),
        pytest.param("America/New_York", _at(1, 5, 0), id="New York"),
        pytest.param("Australia/Lord_Howe", _at(4, 15, 0, 4), id="half an hour"),
    ],
)
def test_both_nights_of_a_clock_change_have_one_digest(zone: str, night: datetime) -> None:
    ann = make.a_user(time_zone=zone)
    wishes(ann, digest_hour=2)
    sent = 0
    for quarter in range(-4, 4 * 24):
        moment = night + timedelta(minutes=15 * quarter)
        told(ann, subject=str(quarter), now=moment)
        sent += put_digests(now=moment)
        sent += put_digests(now=moment)
    days = {
        key.rsplit(":", 1)[1] for key in Delivery.objects.filter(type="digest").values_list("key", flat=True)
    }
    assert sent == len(days)
    assert sent in (1, 2)


def test_a_hundred_people_cost_no_more_statements_than_one() -> None:
    def statements(count: int, start: int) -> int:
        for number in range(count):
            told(make.a_user(time_zone="UTC"), subject=str(start + number), now=NOW - timedelta(hours=4))
        with CaptureQueriesContext(connection) as asked:
            put_digests(now=NOW)
        return len(asked)

    statements(1, 0)  # makes the endpoint of all mail
    assert statements(1, 50) == statements(30, 100)
    assert Delivery.objects.filter(type="digest").count() == 32


def test_nothing_is_sent_to_somebody_who_has_left_or_wants_nothing() -> None:
    gone, quiet = make.a_user(time_zone="UTC"), make.a_user(time_zone="UTC")
    wishes(quiet, ways={"data": "here", "late": "here"}, digest_way="none")
    told(gone, kind="task_breached")
    for one in (gone, quiet):
        told(one, subject="x", now=NOW - timedelta(hours=4))
    told(quiet, kind="task_breached")
    User.objects.filter(pk=gone.pk).update(is_active=False)
    put_digests(now=NOW)
    work.drain_all(NOW)
    assert outbox.outbox == []
    assert list(Delivery.objects.values_list("user", "state")) == [(gone.pk, "cancelled")]


def test_switching_mail_off_stops_all_of_it() -> None:
    ann = make.a_user()
    told(ann, kind="task_breached", subject="1")
    Endpoint.objects.filter(slug="mail").update(disabled_at=NOW, disabled_reason="Too much.")
    told(ann, kind="task_breached", subject="2")
    work.drain_all(NOW)
    assert outbox.outbox == []
    assert Delivery.objects.get().waits_for == "The surface is switched off."
