"""A booked meeting ends every cold step by the next turn of the work list, whatever way it comes in by.

Each way is taken by a process that is killed between the fact and its work, then by one that ends after its commit;
whoever drains the work list next knows nothing of either.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.contrib import admin
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from abmops.lib.choices import Role
from abmops.work import services as work
from abmops.work.models import WorkItem
from accounts.models import Account, AccountEvent, Contact, Opportunity, Touch, User
from accounts.services import importing
from accounts.services.touch import log_touch
from plays import services
from plays.models import Enrollment, StepRun, Task
from signals.domain import starter
from signals.models import Signal
from signals.services import definitions
from tests.api.caller import Caller
from tests.api.conftest import caller_of
from tests.plays.killing import child, leases_run_out
from tests.plays.make import CALL, EMAIL, a_contact, a_play, a_user, an_account
from tests.signals import hooking

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.fault]

BETWEEN = "events.before_work"
HOUR = timedelta(hours=1)
COLD = ("cold-call", "cold-wait", "cold-second", "cold-rest")
EXITS = ["meeting_booked", "opportunity_opened"]
MEETING_STEP = CALL | {"key": "demo", "channel": "meeting"}


@dataclass(frozen=True, slots=True)
class World:
    """An account on which four cold plays run, and a warm one that waits for no meeting."""

    owner: User
    account: Account
    contact: Contact
    revops: User

    def task(self, play: str) -> Task:
        return Task.objects.unfinished().get(enrollment__play__slug=play)

    def page(self) -> Client:
        cache.clear()
        client = Client()
        client.force_login(self.owner)
        return client


def world() -> World:
    """Plays whose first step is owed, waits, whose second step waits, and that rests."""
    now = timezone.now()
    owner = a_user()
    account = an_account(owner=owner)
    found = World(owner, account, a_contact(account, phone="+49 30 1"), a_user(role="revops", job=""))
    said: dict[str, dict[str, Any]] = {
        "cold-call": {"steps": [CALL, EMAIL]},
        "cold-wait": {"steps": [EMAIL]},
        "cold-second": {"steps": [CALL, EMAIL]},
        "cold-rest": {"steps": [EMAIL]},
        "warm": {"steps": [MEETING_STEP, EMAIL], "exits": ["opportunity_won"]},
    }
    for slug, fields in said.items():
        play = a_play(slug, **({"exits": EXITS, "throttle": {"live_per_account": 9}} | fields))
        begun = services.start_play(play=play, account=account, by=owner, reason="They asked.", now=now)
        if slug == "cold-second":
            services.complete_task(task=found.task(slug), by=owner, now=now)
        if slug == "cold-rest":
            services.pause(subject=begun, by=owner, reason="A fair", now=now)
    assert Enrollment.objects.live().count() == len(said)
    assert (Task.objects.unfinished().count(), StepRun.objects.filter(state="pending").count()) == (2, 3)
    return found


# The ways in


def form_outcome(of: World) -> None:
    """A person presses “meeting booked” on a task."""
    said = {"outcome": "meeting_booked", "meeting_at": f"{timezone.now() + 50 * HOUR:%Y-%m-%dT%H:%M}"}
    assert of.page().post(reverse("plays:task", args=[of.task("cold-call").pk]), said).status_code in (
        200,
        302,
    )


def form_outcome_of_the_warm_play(of: World) -> None:
    """The step that is a meeting is done: that one took place."""
    assert of.page().post(reverse("plays:task", args=[of.task("warm").pk]), {"do": "done"}).status_code in (
        200,
        302,
    )


def form_touch(of: World) -> None:
    """A person logs a meeting on the account's page; the field knows minutes."""
    said = {
        "channel": "meeting",
        "direction": "outbound",
        "side": "sales",
        "occurred_at": f"{timezone.now():%Y-%m-%dT%H:%M}",
    }
    assert of.page().post(reverse("accounts:touch", args=[of.account.pk]), said).status_code == 302


def rest_outcome(of: World) -> None:
    """An integration closes the task."""
    said = {"result": "meeting_booked", "meeting_at": (timezone.now() + 50 * HOUR).isoformat()}
    assert _api().post(f"tasks/{of.task('cold-call').pk}/done/", said).status_code == 200


def touch_record(of: World, *, at: datetime | None = None, **more: Any) -> dict[str, Any]:
    return {
        "external_id": "T-1",
        "account_domain": of.account.domain,
        "side": "sales",
        "channel": "meeting",
        "occurred_at": (at or timezone.now()).isoformat(),
    } | more


def rest_touch(of: World) -> None:
    """One record."""
    assert _api().post("touches/", touch_record(of)).status_code == 201


def rest_touch_late(of: World) -> None:
    """One record, a day late: the plays were begun without knowing of it."""
    assert _api().post("touches/", touch_record(of, at=timezone.now() - 26 * HOUR)).status_code == 201


def rest_touch_corrected(of: World) -> None:
    """What was logged as an e-mail was a meeting."""
    _api().bulk("touches", touch_record(of, channel="email"))
    found = Touch.objects.get(external_id="T-1")
    assert _api().patch(f"touches/{found.pk}/", {"channel": "meeting"}).status_code == 200


def rest_touch_moved(of: World) -> None:
    """The meeting was with this account and not with the other one."""
    other = Account.objects.exclude(pk=of.account.pk).first() or an_account()
    _api().bulk("touches", touch_record(of, account_domain=other.domain))
    _api().bulk("touches", touch_record(of))


def rest_touches(of: World) -> None:
    """Many records."""
    _api().bulk("touches", touch_record(of, external_id="T-0", channel="email"), touch_record(of))


def rest_opportunity(of: World) -> None:
    """A deal opens: plays that end by it are as cold."""
    said = {"external_id": "O-1", "account_domain": of.account.domain, "stage": "Discovery"}
    assert _api().post("opportunities/", said).status_code == 201


def rest_opportunities(of: World) -> None:
    """Many deals."""
    said = {"external_id": "O-1", "account_domain": of.account.domain, "stage": "Discovery"}
    _api().bulk("opportunities", said, {"external_id": "O-2", "stage": "Discovery"})


def csv_of(kind: str, text: str, of: World) -> None:
    """A file is uploaded, its columns are confirmed, and it is run."""
    now, by = timezone.now(), of.revops
    file = SimpleUploadedFile("file.csv", text.encode())
    found = importing.upload(file=file, kind=kind, side="sales", reason="The CRM's list.", by=by, now=now)
    mapping = {column.number: column.field for column in importing.offered(found)}
    importing.map_columns(
        import_=found, mapping=mapping, answers={}, side="sales", reason="x", by=by, now=now
    )
    work.drain_all()
    found.refresh_from_db()
    importing.start_run(import_=found, by=by, now=now)


def csv_touches(of: World) -> None:
    """Meetings with their day alone, as a CRM exports them."""
    text = "External id,Account domain,Side,Channel,Occurred at\n"
    csv_of("touches", f"{text}T-1,{of.account.domain},sales,meeting,{timezone.now():%Y-%m-%d}\n", of)


def csv_opportunities(of: World) -> None:
    """A deal of a file."""
    text = f"External id,Account domain,Stage\nO-1,{of.account.domain},Discovery\n"
    csv_of("opportunities", text, of)


def signal_record(of: World) -> dict[str, Any]:
    return {
        "source": "vendor",
        "type": "meeting-booked",
        "account_domain": of.account.domain,
        "occurred_at": timezone.now().isoformat(),
    }


def native_signal(of: World) -> None:
    """A record of the type."""
    hooking.vendor()
    _of_type()
    _api().bulk("signals", signal_record(of))


def segment_event(of: World) -> None:
    """A calendar on the website says so by its name."""
    site = hooking.vendor()
    _of_type()
    said = {
        "event": "Meeting Booked",
        "userId": "u-1",
        "messageId": "m-1",
        "context": {"groupId": of.account.domain},
    }
    answer = Client().post(
        "/v1/track", said, content_type="application/json", headers=hooking.basic(site.key)
    )
    assert answer.status_code == 200


def hook_call(of: World) -> None:
    """A vendor posts it to its hook."""
    site = hooking.vendor()
    _of_type()
    record = {key: value for key, value in signal_record(of).items() if key != "source"}
    assert hooking.post(record, hooking.basic(site.key), slug="vendor").status_code == 200


def _api() -> Caller:
    return caller_of(Role.REVOPS)


def _of_type() -> None:
    fields = dict(next(one for one in starter.TYPES if one["slug"] == "meeting-booked"))
    definitions.put_signal_type(slug=str(fields.pop("slug")), fields=fields)


MEETING, DEAL = "Stopped because a meeting is booked.", "Stopped because an opportunity opens."
WAYS: dict[str, tuple[Callable[[World], None], str]] = {
    "a task's outcome in the browser": (form_outcome, MEETING),
    "a step that is a meeting, done in the browser": (form_outcome_of_the_warm_play, MEETING),
    "a touch logged on the account's page": (form_touch, MEETING),
    "a task's outcome over REST": (rest_outcome, MEETING),
    "a touch over REST": (rest_touch, MEETING),
    "a touch over REST, told late": (rest_touch_late, MEETING),
    "a touch corrected over REST": (rest_touch_corrected, MEETING),
    "a touch of another account corrected": (rest_touch_moved, MEETING),
    "touches in bulk": (rest_touches, MEETING),
    "an opportunity over REST": (rest_opportunity, DEAL),
    "opportunities in bulk": (rest_opportunities, DEAL),
    "touches from a file": (csv_touches, MEETING),
    "opportunities from a file": (csv_opportunities, DEAL),
    "a signal record": (native_signal, MEETING),
    "a Segment event": (segment_event, MEETING),
    "a vendor's hook": (hook_call, MEETING),
}


@pytest.mark.parametrize(("way", "reason"), WAYS.values(), ids=WAYS)
def test_no_cold_step_is_left_after_one_turn_of_the_work_list(
    way: Callable[[World], None], reason: str
) -> None:
    of = world()
    took = partial(way, of)

    died = child(took, {BETWEEN})
    if not died:  # the call only put the work in which the fact is written
        assert child(work.drain_all, {BETWEEN}) == BETWEEN
    assert not AccountEvent.objects.exists(), "a fact without its work"
    assert not Touch.objects.filter(channel="meeting").exists()
    assert not Opportunity.objects.exists()
    assert not Signal.objects.exists()
    assert Enrollment.objects.live().count() == len(COLD) + 1
    leases_run_out(timezone.now() - HOUR)
    if died:
        child(took, ())
    work.drain_all()

    for enrollment in Enrollment.objects.filter(play__slug__in=COLD):
        assert (enrollment.state, enrollment.end_reason) == ("exited", reason), enrollment
    assert Enrollment.objects.get(play__slug="warm").state == "active"
    owed = Task.objects.unfinished().exclude(enrollment__play__slug="warm")
    waiting = StepRun.objects.filter(state__in=("pending", "open")).exclude(enrollment__play__slug="warm")
    assert (list(owed), list(waiting)) == ([], [])
    kept = set(StepRun.objects.filter(enrollment__play__slug="warm").values_list("pk", flat=True))
    assert set(WorkItem.objects.filter(kind="step_due").values_list("subject_id", flat=True)) <= kept
    kept = set(Task.objects.filter(enrollment__play__slug="warm").values_list("pk", flat=True))
    clocks = WorkItem.objects.filter(kind__in=("task_due", "task_reminder", "enrollment_stall"))
    assert set(clocks.values_list("subject_id", flat=True)) <= kept
    assert not WorkItem.objects.filter(state="dead").exists()


def test_what_a_signal_told_is_told_to_the_signals_no_more() -> None:
    """A meeting of the CRM becomes a signal, which is no second meeting."""
    of, now = world(), timezone.now()
    hooking.vendor()
    definitions.put_source(slug="crm", fields={"name": "CRM", "kind": "crm"})
    _of_type()
    log_touch(account=of.account, side="sales", channel="meeting", occurred_at=now, now=now)
    work.drain_all()
    assert Signal.objects.get().type.slug == "meeting-booked"
    native_signal(of)
    work.drain_all()
    work.drain_all()
    assert Signal.objects.count() == 2
    assert AccountEvent.objects.filter(kind="meeting_booked").count() == 2


def test_nobody_writes_meetings_past_their_one_writer_in_the_admin() -> None:
    request = RequestFactory().get("/")
    request.user = User(is_superuser=True, is_staff=True, is_active=True)
    for model in (Touch, Opportunity, AccountEvent):
        of = admin.site._registry[model]
        assert not of.has_add_permission(request)
        assert not of.has_change_permission(request)
        assert not of.has_delete_permission(request)
