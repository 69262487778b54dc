"""The queue's pages: one click, filters, several at once, call mode, who else is on it, what may be taken back."""

from __future__ import annotations

import csv
from datetime import datetime, timedelta
from io import StringIO
from zoneinfo import ZoneInfo

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AccountEvent, Contact, ContactOptOut, Touch, User
from plays import services
from plays.domain.hours import Calendar
from plays.domain.snoozing import CHOICES, until
from plays.models import Enrollment, Play, Task
from plays.services.decision.deciding import decide_crossings
from tests import budgets
from tests.plays.make import CALL, EMAIL, NOW, a_contact, a_crossing, a_play, a_threshold, a_user, an_account

pytestmark = pytest.mark.django_db

BERLIN = ZoneInfo("Europe/Berlin")


def signed_in(user: User) -> Client:
    cache.clear()
    client = Client()
    client.force_login(user)
    return client


def some_tasks(owner: User, n: int = 1, *, country: str = "", **step: object) -> list[Task]:
    if not Play.objects.exists():
        a_play(steps=[CALL | step, EMAIL])
    threshold = a_threshold()
    crossings = []
    for number in range(n):
        account = an_account(owner=owner, country=country)
        a_contact(account, phone=f"+49 30 {number}")
        crossings.append(a_crossing(account, threshold).pk)
    decide_crossings(crossing_ids=crossings, now=timezone.now())
    return list(Task.objects.filter(owner=owner).select_related("account", "contact").order_by("id"))


def row_headers(task: Task) -> dict[str, str]:
    return {"HX-Request": "true", "HX-Target": f"task-{task.pk}"}


@pytest.mark.parametrize(
    ("choice", "at", "then"),
    [
        pytest.param("hour", (2026, 11, 18, 16, 0), (2026, 11, 18, 17, 0), id="in an hour"),
        pytest.param("afternoon", (2026, 11, 18, 9, 0), (2026, 11, 18, 13, 0), id="this afternoon"),
        pytest.param("afternoon", (2026, 11, 18, 15, 0), (2026, 11, 18, 16, 0), id="the afternoon has begun"),
        pytest.param(
            "morning", (2026, 11, 20, 15, 0), (2026, 11, 23, 9, 0), id="Friday's next morning is Monday's"
        ),
        pytest.param("days", (2026, 11, 18, 9, 0), (2026, 11, 23, 9, 0), id="three working days"),
        pytest.param("week", (2026, 11, 18, 9, 0), (2026, 11, 23, 9, 0), id="next week"),
        pytest.param("week", (2026, 11, 22, 9, 0), (2026, 11, 23, 9, 0), id="on a Sunday it is tomorrow"),
    ],
)
def test_a_snooze_ends_on_the_owners_own_wall(
    choice: str, at: tuple[int, ...], then: tuple[int, ...]
) -> None:
    now = datetime(*at, tzinfo=BERLIN)  # type: ignore[misc,arg-type]
    assert until(choice, now=now, calendar=Calendar(BERLIN)) == datetime(*then, tzinfo=BERLIN)  # type: ignore[misc,arg-type]
    assert choice in CHOICES
    assert until("whenever", now=now, calendar=Calendar(BERLIN)) is None


def test_a_press_in_a_row_answers_with_nothing_but_the_figures() -> None:
    owner = a_user()
    first, _ = some_tasks(owner, 2)
    answer = signed_in(owner).post(
        reverse("plays:task", args=[first.pk]),
        {"outcome": "reached", "note": "Wants a demo."},
        headers=row_headers(first),
    )
    page = answer.content.decode()
    assert 'class="task"' not in page
    assert 'id="queue-counts" hx-swap-oob="true"' in page
    assert "<strong>1</strong> open" in page
    assert "Reached. Call logged on" in page
    first.refresh_from_db()
    assert (first.result, first.outcome) == ("reached", "Reached. Wants a demo.")


def test_what_could_not_be_done_leaves_the_row_and_says_why() -> None:
    owner, revops = a_user(), a_user(role="revops", job="", name="Ruth Okafor")
    first, _ = some_tasks(owner, 2)
    services.claim_task(task=first, by=revops, now=timezone.now())
    page = (
        signed_in(owner)
        .post(reverse("plays:task", args=[first.pk]), {"do": "done"}, headers=row_headers(first))
        .content.decode()
    )
    assert "Ruth Okafor is working on this now" in page
    assert f'id="task-{first.pk}"' in page
    assert "Ruth Okafor is on this" in page
    assert f'hx-post="/tasks/{first.pk}/"' not in page, "nothing to press while she is on it"


def test_the_last_press_brings_the_empty_queue() -> None:
    owner = a_user()
    (task,) = some_tasks(owner)
    answer = signed_in(owner).post(
        reverse("plays:task", args=[task.pk]), {"do": "done"}, headers=row_headers(task)
    )
    assert answer.headers["HX-Retarget"] == "#queue"
    assert "Your queue is empty" in answer.content.decode()


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        pytest.param("", 3, id="everything"),
        pytest.param("channel=call", 3, id="calls"),
        pytest.param("channel=email", 0, id="no e-mails yet"),
        pytest.param("late=1", 1, id="late"),
        pytest.param("today=1", 1, id="breaches today"),
        pytest.param("urgency=urgent", 1, id="urgent"),
        pytest.param("urgency=nonsense", 3, id="a word that is no urgency"),
        pytest.param("q=aldana", 3, id="by the contact's name"),
        pytest.param("q=nobody+called+so", 0, id="nobody"),
        pytest.param("account=99999999", 0, id="another account"),
        pytest.param("play=99999999999999999999", 3, id="a number that is none"),
        pytest.param("group=channel", 3, id="grouped by channel"),
        pytest.param("group=day", 3, id="grouped by day"),
    ],
)
def test_filters_narrow_the_queue_and_its_file_alike(query: str, shown: int) -> None:
    owner = a_user(time_zone="UTC")
    late, soon, urgent = some_tasks(owner, 3)
    now = timezone.now()
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    Task.objects.filter(pk=late.pk).update(due_at=now - timedelta(hours=1))
    Task.objects.filter(pk=soon.pk).update(due_at=midnight - timedelta(milliseconds=1))
    Task.objects.filter(pk=urgent.pk).update(urgency="urgent", due_at=now + timedelta(days=3))
    client = signed_in(owner)
    page = client.get(f"/?{query}").content.decode()
    assert page.count('<li class="task"') == shown
    if not shown:
        assert "No open task fits these filters; 3 do not." in page
    answer = client.get(f"/today/tasks.csv?{query}")
    lines = list(csv.reader(StringIO(b"".join(answer.streaming_content).decode("utf-8-sig"))))  # type: ignore[attr-defined]
    assert len(lines) == shown + 1


def test_news_keeps_the_filters_of_the_page() -> None:
    owner = a_user()
    some_tasks(owner, 2)
    client = signed_in(owner)
    assert 'data-live-url="/today/changes?channel=email"' in client.get("/?channel=email").content.decode()
    answer = client.get("/today/changes?channel=email&since=old").content.decode()
    assert '<li class="task"' not in answer


def test_a_claim_of_somebody_else_is_news_and_is_told() -> None:
    owner, revops = a_user(), a_user(role="revops", job="", name="Ruth Okafor")
    first, second = some_tasks(owner, 2)
    client = signed_in(owner)
    since = client.get("/").context["queue"].since
    services.claim_task(task=first, by=revops, now=timezone.now())
    page = client.get("/today/changes", {"since": since}).content.decode()
    assert "Ruth Okafor is on this" in page
    # The same account twice: who works on one task is seen on the other.
    Task.objects.filter(pk=second.pk).update(account=first.account_id)
    page = client.get("/").content.decode()
    assert "Ruth Okafor is working on this account now." in page


def test_two_who_owe_something_at_one_account_see_each_other() -> None:
    owner, other = a_user(), a_user(name="Piet van Dorn")
    (task,) = some_tasks(owner)
    services.add_task(
        account=task.account,
        owner=other,
        channel="email",
        side="sales",
        title="Write",
        by=other,
        now=timezone.now(),
    )
    assert "Piet van Dorn owes an email here." in signed_in(owner).get("/").content.decode()


def test_another_persons_queue_is_open_to_all_and_worked_by_who_may() -> None:
    owner, stranger, revops = a_user(), a_user(), a_user(role="revops", job="")
    (task,) = some_tasks(owner)
    url = f"/?person={owner.pk}"
    seen = signed_in(stranger).get(url).content.decode()
    assert task.title in seen
    assert 'name="do" value="snooze"' not in seen.split('id="queue"')[1].split('id="skip-menu"')[0]
    assert f'hx-post="/tasks/{task.pk}/"' in signed_in(revops).get(url).content.decode()


def test_the_tasks_page_has_everything_and_works_without_a_script() -> None:
    owner = a_user()
    (task,) = some_tasks(owner)
    a_contact(task.account, name="Tomas Brandt")
    client = signed_in(owner)
    page = client.get(reverse("plays:task", args=[task.pk])).content.decode()
    for said in (
        "Why it is here",
        "What to say",
        "How it went",
        "Tomas Brandt",
        "Meeting booked",
        "tel:+4930",
    ):
        assert said in page
    other = Contact.objects.get(name="Tomas Brandt")
    client.post(reverse("plays:task_contact", args=[task.pk]), {"contact": other.pk})
    task.refresh_from_db()
    assert task.contact == other
    local = timezone.localtime(timezone.now() + timedelta(days=2))
    sent = {"outcome": "meeting_booked", "meeting_at": f"{local:%Y-%m-%dT%H:%M}"}
    assert client.post(reverse("plays:task", args=[task.pk]), sent).status_code == 302
    assert Enrollment.objects.get().state == "exited"
    assert AccountEvent.objects.filter(kind="meeting_booked").count() == 1
    done = client.get(reverse("plays:task", args=[task.pk])).content.decode()
    assert "Meeting booked" in done
    assert "Undo<span" not in client.get(reverse("plays:done_today")).content.decode()


def test_a_meeting_without_its_day_is_asked_for() -> None:
    owner = a_user()
    (task,) = some_tasks(owner)
    answer = signed_in(owner).post(reverse("plays:task", args=[task.pk]), {"outcome": "meeting_booked"})
    assert answer.headers["Location"] == f"/tasks/{task.pk}/#meeting"
    assert Task.objects.get(pk=task.pk).state == "open"


def test_a_no_hides_the_number_in_the_row_and_the_file() -> None:
    owner = a_user()
    (task,) = some_tasks(owner)
    assert task.contact is not None
    ContactOptOut.objects.create(contact=task.contact, channel="call", at=NOW, source="Told us.")
    client = signed_in(owner)
    assert "tel:" not in client.get("/").content.decode()
    assert b"+49" not in b"".join(client.get("/today/tasks.csv").streaming_content)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("said", "slept"),
    [
        pytest.param({"until": "hour"}, True, id="an hour"),
        pytest.param({"until": "week"}, True, id="next week"),
        pytest.param({"until_at": "2999-01-01T10:00"}, False, id="too far"),
        pytest.param({"do": "snooze", "until_at": "someday"}, False, id="no moment"),
    ],
)
def test_snoozing_until_a_moment_of_ones_own(said: dict[str, str], slept: bool) -> None:
    owner = a_user()
    (task,) = some_tasks(owner)
    client = signed_in(owner)
    client.post(reverse("plays:task", args=[task.pk]), said)
    task.refresh_from_db()
    assert (task.state == "snoozed") is slept
    page = client.get(reverse("plays:snoozed")).content.decode()
    assert ("Wake now" in page) is slept
    if slept:
        client.post(reverse("plays:undo", args=[task.pk]), {"next": reverse("plays:snoozed")})
        task.refresh_from_db()
        assert task.state == "open"


@pytest.mark.parametrize(
    ("sent", "state"),
    [
        pytest.param({"do": "done"}, "done", id="done"),
        pytest.param({"do": "snooze"}, "snoozed", id="snoozed"),
        pytest.param({"do": "skip", "reason": "noise"}, "skipped", id="skipped"),
        pytest.param({"do": "skip"}, "open", id="skip asks why"),
        pytest.param({"do": "nothing"}, "open", id="nothing known"),
    ],
)
def test_several_at_once_and_all_of_it_back(sent: dict[str, str], state: str) -> None:
    owner = a_user()
    tasks = some_tasks(owner, 3)
    client = signed_in(owner)
    client.post(reverse("plays:batch"), sent | {"pick": [tasks[0].pk, tasks[1].pk]})
    theirs = Task.objects.filter(pk__in=[one.pk for one in tasks]).order_by("pk")
    assert list(theirs.values_list("state", flat=True)) == [state, state, "open"]
    if state != "open":
        client.post(f"{reverse('plays:batch_undo')}?tasks={tasks[0].pk},{tasks[1].pk}")
        assert set(Task.objects.filter(pk__in=[one.pk for one in tasks]).values_list("state", flat=True)) == {
            "open"
        }


def test_several_are_handed_on_with_one_choice_and_a_held_one_stays() -> None:
    owner, other, revops = a_user(), a_user(name="Piet van Dorn"), a_user(role="revops", job="")
    first, second, third = some_tasks(owner, 3)
    services.claim_task(task=third, by=revops, now=timezone.now())
    client = signed_in(owner)
    picks = {"do": "hand-on", "pick": [first.pk, second.pk, third.pk]}
    assert "Piet van Dorn" in client.post(reverse("plays:batch"), picks).content.decode()
    client.post(reverse("plays:batch"), picks | {"to": other.pk, "reason": "On leave."})
    assert list(Task.objects.filter(owner=other).order_by("pk")) == [first, second]
    said = client.get("/").content.decode()
    assert "2 tasks handed on to Piet van Dorn." in said
    assert "is working on this now" in said


def test_call_mode_goes_from_one_to_the_next_and_ends_with_how_they_went() -> None:
    owner, other = a_user(), a_user(role="revops", job="")
    first, second, third, fourth = some_tasks(owner, 4)
    Contact.objects.filter(pk=fourth.contact_id or 0).update(phone="")
    services.claim_task(task=second, by=other, now=timezone.now())
    client, url = signed_in(owner), reverse("plays:calls")
    assert "2 calls can be made now" in client.get(url).content.decode()
    client.post(url, {"do": "start"})
    page = client.get(url).content.decode()
    assert first.account.name in page
    assert f"<strong>{first.title}</strong>" in page, (
        "what is to be done, which a job given by hand says nowhere else"
    )
    assert "+49 30 0" in page
    assert Task.objects.get(pk=first.pk).claimed_by == owner
    client.post(url, {"task": first.pk, "outcome": "left_message", "note": "Back at noon."})
    first.refresh_from_db()
    assert (first.state, first.result) == ("done", "left_message")
    assert Task.objects.get(pk=third.pk).claimed_by == owner
    page = client.post(
        url, {"task": third.pk, "do": "later"}, headers={"HX-Request": "true", "HX-Target": "calling"}
    ).content.decode()
    assert "1 call made" in page
    assert "Left a message" in page
    assert "1 put off: it is still in your queue." in page
    assert Task.objects.get(pk=third.pk).claimed_by is None
    assert Touch.objects.filter(external_id=f"task:{first.pk}").count() == 1


def test_a_call_waits_until_it_is_day_where_it_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    from plays.selectors.calls import calls_of

    owner = a_user()
    (task,) = some_tasks(owner, country="JP")
    tokyo = ZoneInfo("Asia/Tokyo")
    day = datetime(2026, 11, 18, 11, 0, tzinfo=tokyo)
    night = datetime(2026, 11, 18, 23, 0, tzinfo=tokyo)
    assert calls_of(owner, now=day).now == (task.pk,)
    asleep = calls_of(owner, now=night)
    assert asleep.now == ()
    assert asleep.later[0].at == datetime(2026, 11, 19, 8, 0, tzinfo=tokyo)


def test_claiming_over_http_says_who_was_first() -> None:
    owner, revops = a_user(name="Maya Lindqvist"), a_user(role="revops", job="")
    (task,) = some_tasks(owner)
    mine, theirs = signed_in(owner), signed_in(revops)
    assert mine.post(reverse("plays:claim", args=[task.pk])).status_code == 204
    refused = theirs.post(reverse("plays:claim", args=[task.pk]))
    assert (refused.status_code, "Maya Lindqvist" in refused.content.decode()) == (409, True)
    theirs.post(reverse("plays:take_over", args=[task.pk]), {"reason": ""})
    assert Task.objects.get().claimed_by == owner
    theirs.post(reverse("plays:take_over", args=[task.pk]), {"reason": "She is ill."})
    assert Task.objects.get().claimed_by == revops
    theirs.post(reverse("plays:release", args=[task.pk]))
    assert Task.objects.get().claimed_by is None


def test_what_has_left_is_told_in_words() -> None:
    owner, revops = a_user(), a_user(role="revops", job="", name="Ruth Okafor")
    first, second = some_tasks(owner, 2)
    services.record_outcome(task=first, by=revops, outcome="reached", now=timezone.now())
    services.hand_on_task(task=second, by=revops, to=revops, now=timezone.now())
    said = signed_in(owner).get(reverse("plays:gone"), {"ids": f"{first.pk},{second.pk},x,{2**70}"}).json()
    assert said == {str(first.pk): "Reached, by Ruth Okafor.", str(second.pk): "Now with Ruth Okafor."}


@pytest.mark.parametrize(
    "path", ["/today/snoozed/", "/today/done/", "/today/calls/", "/?group=play&q=a", "/today/tasks.csv"]
)
def test_the_lists_ask_no_more_however_long_they_are(path: str) -> None:
    owner = a_user()
    client = signed_in(owner)

    def spread(count: int) -> None:
        tasks = some_tasks(owner, count)
        now = timezone.now()
        for task in tasks[-3:]:
            Task.objects.filter(pk=task.pk, state="open").update(
                state="snoozed", snoozed_until=now + timedelta(hours=3)
            )
        for task in tasks[-6:-3]:
            Task.objects.filter(pk=task.pk, state="open").update(state="done", closed_at=now)

    def queries() -> int:
        cache.clear()
        return budgets.queries_of(lambda: client.get(path))

    spread(8)
    queries()
    few = queries()
    spread(14)
    assert queries() == few


def test_the_api_claims_says_how_it_went_and_changes_the_contact() -> None:
    owner, revops = a_user(), a_user(role="revops", job="")
    (task,) = some_tasks(owner)
    other = a_contact(task.account, name="Tomas Brandt", email="tomas@ours.example", phone="+49 30 9")
    mine, theirs = signed_in(owner), signed_in(revops)
    url = f"/api/v1/tasks/{task.pk}"

    def post(client: Client, act: str, body: object = None) -> tuple[int, dict[str, object]]:
        answer = client.post(f"{url}/{act}/", body or {}, content_type="application/json")
        return answer.status_code, answer.json()

    status, said = post(mine, "claim")
    assert (status, said["claimed_by"]) == (200, owner.email)
    assert post(theirs, "claim")[0] == 409
    assert post(theirs, "done")[0] == 409
    status, said = post(mine, "contact", {"contact_email": other.email})
    assert (status, said["contact_email"]) == (200, other.email)
    assert post(mine, "release")[1]["claimed_by"] is None
    assert post(theirs, "done", {"result": "bounced"})[0] == 400
    assert post(theirs, "done", {"result": "meeting_booked"})[0] == 400
    ahead = (timezone.now() + timedelta(days=3)).isoformat()
    status, said = post(
        theirs, "done", {"result": "meeting_booked", "meeting_at": ahead, "outcome": "With Ines."}
    )
    assert (status, said["result"], said["outcome"]) == (200, "meeting_booked", "Meeting booked. With Ines.")
    assert Enrollment.objects.get().state == "exited"
