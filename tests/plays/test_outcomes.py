"""How a task went: what each outcome of each channel does besides closing it, and what undo takes back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from abmops.lib.choices import Channel
from abmops.lib.errors import Conflict, FieldErrors, Refused
from accounts.models import AccountEvent, Contact, ContactOptOut, Touch, User
from plays.domain.outcomes import OUTCOMES, outcome_named
from plays.models import Enrollment, StepRun, Task
from plays.services import change_contact, open_due_steps, record_outcome, reopen_task
from plays.services.decision.deciding import decide_crossings
from tests.plays.make import CALL, EMAIL, NOW, a_contact, a_crossing, a_play, a_user, an_account

pytestmark = pytest.mark.django_db

LATER = NOW + timedelta(minutes=2)
AD_STEP: dict[str, Any] = {
    "key": "after",
    "channel": "other",
    "side": "sales",
    "role": "owner",
    "sla_hours": 24,
}


def a_task(*, owner: User | None = None, channel: str = "call", people: int = 1, **step: Any) -> Task:
    """The first task of a play of two steps, at an account with this many people."""
    account = an_account(owner=owner or a_user())
    for number in range(people):
        a_contact(account, name=f"Person {number}", phone=f"+4930{number}", influence=5 - number)
    a_play(steps=[CALL | {"channel": channel} | step, AD_STEP])
    decide_crossings(crossing_ids=[a_crossing(account).pk], now=NOW)
    return Task.objects.select_related("account", "contact", "owner").get()


def test_every_outcome_has_its_own_key_in_its_channel_and_at_most_six() -> None:
    for channel, found in OUTCOMES.items():
        assert channel in Channel.values
        assert len({one.key for one in found}) == len(found) <= 6
    assert outcome_named("call", "bounced") is None
    assert outcome_named("ad", "") is not None


@pytest.mark.parametrize(
    ("channel", "outcome", "touches", "following"),
    [
        pytest.param("call", "", 1, "after", id="plainly done"),
        pytest.param("call", "reached", 1, "after", id="reached"),
        pytest.param("call", "left_message", 1, "after", id="a message is a touch"),
        pytest.param("call", "no_answer", 1, "after", id="no answer, and the play has no more tries"),
        pytest.param("call", "wrong_number", 0, "after", id="a wrong number touches nobody"),
        pytest.param("call", "said_no", 1, "after", id="said no"),
        pytest.param("email", "sent", 1, "after", id="sent"),
        pytest.param("email", "replied", 2, "after", id="a reply is theirs, besides ours"),
        pytest.param("linkedin", "accepted", 1, "after", id="accepted"),
        pytest.param("direct_mail", "returned", 0, "after", id="came back"),
        pytest.param("call", "meeting_booked", 1, None, id="a meeting ends the play at once"),
    ],
)
def test_an_outcome_closes_the_task_logs_the_touch_and_the_play_goes_on(
    channel: str, outcome: str, touches: int, following: str | None
) -> None:
    task = a_task(channel=channel)
    worked = record_outcome(
        task=task,
        by=task.owner,
        outcome=outcome,
        note="She knows us.",
        meeting_at=NOW + timedelta(days=3) if outcome == "meeting_booked" else None,
        now=LATER,
    )
    task.refresh_from_db()
    assert (task.state, task.result, worked.outcome.key) == ("done", outcome, outcome)
    assert "She knows us." in task.outcome
    assert Touch.objects.count() == touches
    opened = StepRun.objects.filter(state="open").first()
    assert (opened.key if opened else None) == following
    with pytest.raises(Conflict):
        record_outcome(
            task=task, by=task.owner, outcome=outcome or "", meeting_at=NOW + timedelta(days=3), now=LATER
        )
    assert Touch.objects.count() == touches


def test_a_meeting_needs_a_day_that_lies_ahead_and_ends_the_play_in_the_same_act() -> None:
    task = a_task()
    for wrong in (None, NOW - timedelta(days=1), NOW + timedelta(days=800)):
        with pytest.raises(FieldErrors):
            record_outcome(task=task, by=task.owner, outcome="meeting_booked", meeting_at=wrong, now=LATER)
    when = NOW + timedelta(days=5)
    record_outcome(task=task, by=task.owner, outcome="meeting_booked", meeting_at=when, now=LATER)
    assert Enrollment.objects.get().state == "exited"
    event = AccountEvent.objects.get(kind="meeting_booked")
    assert event.payload["on"] == when.isoformat()
    assert not Task.objects.unfinished().exists()
    with pytest.raises(Refused, match="A meeting is booked"):
        reopen_task(task=task, by=task.owner, now=LATER)


def test_no_answer_comes_back_the_next_working_day_until_the_plays_tries_are_used_up() -> None:
    task = a_task(tries=3)
    moment = LATER
    for used in (1, 2):
        worked = record_outcome(task=task, by=task.owner, outcome="no_answer", now=moment)
        assert worked.also == f"Try {used + 1} of 3 comes back on the next working day."
        run = StepRun.objects.get(state="pending")
        assert (run.key, run.cycle) == ("call", used + 1)
        assert run.opens_at == moment + timedelta(days=1)
        moment = run.opens_at
        open_due_steps(run_ids=[run.pk], now=moment)
        task = Task.objects.unfinished().get()
    worked = record_outcome(task=task, by=task.owner, outcome="no_answer", now=moment)
    assert worked.also == ""
    assert StepRun.objects.get(state="open").key == "after"
    assert Touch.objects.count() == 3


def test_undoing_no_answer_takes_the_next_try_back() -> None:
    task = a_task(tries=3)
    record_outcome(task=task, by=task.owner, outcome="no_answer", now=LATER)
    reopen_task(task=task, by=task.owner, now=LATER)
    assert [(run.key, run.cycle, run.state) for run in StepRun.objects.all()] == [("call", 1, "open")]
    task.refresh_from_db()
    assert (task.state, task.result, Touch.objects.count()) == ("open", "", 0)


def test_a_wrong_number_is_taken_off_and_the_next_person_is_called_at_once() -> None:
    task = a_task(people=2)
    first = task.contact
    assert first is not None
    worked = record_outcome(task=task, by=task.owner, outcome="wrong_number", now=LATER)
    first.refresh_from_db()
    assert first.phone == ""
    assert worked.also == "Person 1 is next in your queue."
    following = Task.objects.unfinished().get()
    assert following.contact is not None
    assert (following.contact.name, following.channel) == ("Person 1", "call")
    assert "Person 1" in following.title
    reopen_task(task=task, by=task.owner, now=LATER)
    first.refresh_from_db()
    assert first.phone == "+49300"
    assert Task.objects.unfinished().get() == task


def test_an_address_that_came_back_is_taken_off() -> None:
    task = a_task(channel="email")
    record_outcome(task=task, by=task.owner, outcome="bounced", now=LATER)
    assert Contact.objects.get().email is None
    reopen_task(task=task, by=task.owner, now=LATER)
    assert Contact.objects.get().email


def test_a_no_is_recorded_for_the_channel_and_undo_takes_back_only_what_was_news() -> None:
    task = a_task()
    assert task.contact is not None
    record_outcome(task=task, by=task.owner, outcome="said_no", now=LATER)
    no = ContactOptOut.objects.get()
    assert (no.contact, no.channel) == (task.contact, "call")
    task.refresh_from_db()
    assert task.contact is not None, "the closed task still says whom it went to"
    reopen_task(task=task, by=task.owner, now=LATER)
    assert not ContactOptOut.objects.exists()


def test_a_reply_is_news_for_plays() -> None:
    task = a_task(channel="email")
    record_outcome(task=task, by=task.owner, outcome="replied", now=LATER)
    event = AccountEvent.objects.get(kind="contact_engaged")
    assert event.payload["contact"] == task.contact_id
    assert Touch.objects.get(direction="inbound").contact_id == task.contact_id


def test_an_outcome_of_another_channel_is_refused_with_those_that_there_are() -> None:
    task = a_task()
    with pytest.raises(FieldErrors, match="reached"):
        record_outcome(task=task, by=task.owner, outcome="bounced", now=LATER)
    assert Task.objects.get().state == "open"


def test_another_contact_gets_the_steps_text_in_their_name() -> None:
    task = a_task(people=2)
    other = Contact.objects.get(name="Person 1")
    changed = change_contact(task=task, contact=other, by=task.owner, now=LATER)
    assert changed.contact == other
    assert "Person 1" in changed.title
    assert changed.instructions == "Call Person."
    stranger = a_contact(an_account())
    with pytest.raises(FieldErrors, match="Not of this account"):
        change_contact(task=task, contact=stranger, by=task.owner, now=LATER)
    Contact.objects.filter(pk=other.pk).update(do_not_contact=True)
    silent = Contact.objects.get(name="Person 0")
    change_contact(task=task, contact=silent, by=task.owner, now=LATER)
    with pytest.raises(FieldErrors, match="must not be contacted"):
        change_contact(task=task, contact=Contact.objects.get(pk=other.pk), by=task.owner, now=LATER)


def test_tries_are_said_and_survive_being_stored() -> None:
    from plays.domain.parse import as_json, parse_play
    from plays.domain.sentences import step_sentence

    said = {
        "trigger": {"manual": True},
        "steps": [CALL | {"tries": 3}, EMAIL],
    }
    found = parse_play(said)
    assert found.steps[0].tries == 3
    assert "up to 3 tries" in step_sentence(found.steps[0])
    assert parse_play(as_json(found)) == found
    assert "tries" not in as_json(found)["steps"][1]
