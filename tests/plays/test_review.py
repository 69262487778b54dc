"""The way of a version: draft, review, active; who may say yes; nothing that runs is touched by it."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from abmops.lib.errors import FieldErrors, Refused
from accounts.models import User
from plays.domain.difference import changes_between
from plays.domain.parse import parse_play
from plays.models import Enrollment, Notice, Play, PlayVersion
from plays.services.decision.deciding import decide_crossings
from plays.services.play import drafting
from plays.services.play.drafting import Overtaken, Sheet
from plays.services.play.library import AT_ONCE
from tests.plays.make import CALL, EMAIL, NOW, a_crossing, a_play, a_threshold, a_user, an_account

pytestmark = pytest.mark.django_db


def revops() -> User:
    return a_user(role="revops", job="")


def drafted(play: Play, by: User, *, reason: str = "It pays.", **changes: Any) -> PlayVersion:
    """A draft of an active play, saved as the editor does."""
    play = Play.objects.select_related("current").get(pk=play.pk)
    version = drafting.open_version(play)
    said = (version or play.current or PlayVersion()).as_json()
    sheet = Sheet(name=play.name, definition=said | changes, reason=reason)
    saved = drafting.save_draft(play=play, sheet=sheet, seen=drafting.mark_of(play, version), by=by, now=NOW)
    assert saved is not None
    return saved


def test_a_version_goes_from_draft_over_review_to_active_and_the_old_one_is_past() -> None:
    writer, other = a_user(role="marketer", job=""), revops()
    play = a_play(priority=50)
    drafted(play, writer, priority=60)
    drafting.submit_draft(play=play, reason="It wins more.", by=writer, now=NOW)
    drafting.approve(play=play, by=other, note="Read it.", now=NOW)
    play = Play.objects.select_related("current").get(pk=play.pk)
    now = play.current
    assert now is not None
    assert (now.number, now.stage, now.priority, now.reason) == (2, "active", 60, "It wins more.")
    assert (now.submitted_by, now.approved_by, now.note) == (writer, other, "Read it.")
    assert now.activated_at == NOW
    assert play.versions.get(number=1).stage == "past"


def test_a_new_play_goes_live_with_its_approval_and_not_before() -> None:
    writer, other = revops(), revops()
    sheet = Sheet(
        name="New one",
        definition={"trigger": {"crossing": ["pricing"]}, "steps": [CALL]},
        reason="We need it.",
    )
    play, version = drafting.make_draft(sheet=sheet, submit=True, by=writer, now=NOW)
    assert (version.stage, play.status) == ("review", "draft")
    account = an_account(owner=a_user())
    decide_crossings(crossing_ids=[a_crossing(account, a_threshold()).pk], now=NOW)
    assert not Enrollment.objects.exists()
    drafting.approve(play=play, by=other, now=NOW)
    decide_crossings(crossing_ids=[a_crossing(account, a_threshold()).pk], now=NOW)
    assert Enrollment.objects.get().version_id == version.pk


def test_who_wrote_it_does_not_approve_it_while_somebody_else_may() -> None:
    writer, other = revops(), a_user(role="executive", job="")
    play = a_play()
    drafted(play, writer, priority=60)
    drafting.submit_draft(play=play, reason="", by=writer, now=NOW)
    with pytest.raises(Refused, match=f"{other} may"):
        drafting.approve(play=play, by=writer, note="I checked it.", now=NOW)
    other.is_active = False
    other.save()
    with pytest.raises(FieldErrors, match="Nobody else here may approve"):
        drafting.approve(play=play, by=writer, now=NOW)
    assert drafting.approve(play=play, by=writer, note="I checked it.", now=NOW).note == "I checked it."


def test_a_reason_is_needed_for_the_review() -> None:
    play, by = a_play(), revops()
    drafted(play, by, reason="", priority=60)
    with pytest.raises(FieldErrors, match="Say why"):
        drafting.submit_draft(play=play, reason=" ", by=by, now=NOW)


def test_what_says_the_same_is_not_reviewed() -> None:
    play, by = a_play(priority=50), revops()
    drafted(play, by, priority=60)
    drafted(play, by, priority=50)
    with pytest.raises(Refused, match="says the same as version 1"):
        drafting.submit_draft(play=play, reason="Why not.", by=by, now=NOW)


def test_sent_back_it_is_a_draft_with_words() -> None:
    play, by, other = a_play(), revops(), revops()
    drafted(play, by, priority=60)
    drafting.submit_draft(play=play, reason="", by=by, now=NOW)
    with pytest.raises(FieldErrors):
        drafting.send_back(play=play, by=other, reason="", now=NOW)
    back = drafting.send_back(play=play, by=other, reason="Who calls?", now=NOW)
    assert (back.stage, back.note) == ("draft", f"{other}: Who calls?")


def test_whoever_may_approve_is_told_and_whoever_wrote_it_hears_of_the_end() -> None:
    play, by, other = a_play(), revops(), a_user(role="executive", job="")
    drafted(play, by, priority=60)
    drafting.submit_draft(play=play, reason="It pays.", by=by, now=NOW)
    (asked,) = Notice.objects.filter(kind="play_review")
    assert (asked.user, asked.read_at) == (other, None)
    assert asked.text.endswith("version 2: It pays.")
    drafting.approve(play=play, by=other, now=NOW)
    asked.refresh_from_db()
    assert asked.read_at == NOW
    assert Notice.objects.get(kind="play_approved").user == by


def test_a_change_takes_a_version_out_of_its_review() -> None:
    play, by, other = a_play(), revops(), revops()
    drafted(play, by, priority=60)
    drafting.submit_draft(play=play, reason="", by=by, now=NOW)
    page = Play.objects.select_related("current").get(pk=play.pk)
    seen = drafting.mark_of(page, drafting.open_version(page))
    drafted(play, by, priority=70)
    with pytest.raises(Refused, match="No version of this play is in review"):
        drafting.approve(play=play, by=other, now=NOW)
    drafting.submit_draft(play=play, reason="", by=by, now=NOW)
    with pytest.raises(Overtaken, match="Read it again"):
        drafting.approve(play=play, by=other, seen=seen, now=NOW)


def test_a_draft_that_was_overtaken_is_compared_first() -> None:
    play, by, other = a_play("overtaken", priority=50), revops(), revops()
    drafted(play, by, priority=60)
    a_play("overtaken", priority=55)
    with pytest.raises(Overtaken, match="Version 3 went live"):
        drafting.submit_draft(play=play, reason="", by=by, now=NOW)
    fresh = Play.objects.select_related("current").get(pk=play.pk)
    version = drafting.open_version(fresh)
    assert version is not None
    drafting.save_draft(
        play=fresh,
        sheet=Sheet(name=fresh.name, definition=version.as_json()),
        seen=drafting.mark_of(fresh, version),
        based_on=3,
        by=by,
        now=NOW,
    )
    drafting.submit_draft(play=play, reason="", by=by, now=NOW)
    assert drafting.approve(play=play, by=other, now=NOW).number == 2


def test_the_direct_way_stays_and_is_recorded_as_such() -> None:
    a_play("direct", priority=50)
    play = a_play("direct", priority=55)
    stages = play.versions.order_by("number").values_list("number", "stage", "note")
    assert list(stages) == [(1, "past", AT_ONCE), (2, "active", AT_ONCE)]


def test_a_draft_set_aside_stays_in_the_history() -> None:
    play, by = a_play(), revops()
    draft = drafted(play, by, priority=60)
    drafting.set_aside(play=play, by=by, now=NOW)
    draft.refresh_from_db()
    assert (draft.stage, draft.activated_at) == ("past", None)
    assert drafting.open_version(play) is None


@pytest.mark.parametrize("stage", ["draft", "review"])
def test_the_database_keeps_one_open_version(stage: str) -> None:
    play = a_play()
    drafted(play, revops(), priority=60)
    with pytest.raises(IntegrityError, match="one_open_version_per_play"), transaction.atomic():
        PlayVersion.objects.create(
            play=play, number=9, trigger={}, steps=[], created_at=NOW, stage=stage, submitted_at=NOW
        )


@pytest.mark.parametrize(
    ("role", "act", "becomes"),
    [
        ("marketer", "submit", "review"),
        ("revops", "submit", "review"),
        ("executive", "submit", "draft"),
        ("rep", "submit", "draft"),
        ("marketer", "approve", "review"),
        ("revops", "approve", "active"),
        ("executive", "approve", "active"),
        ("rep", "approve", "review"),
        ("marketer", "back", "review"),
        ("revops", "back", "draft"),
    ],
)
def test_who_may_do_what_on_the_page(role: str, act: str, becomes: str) -> None:
    play, writer = a_play(), revops()
    draft = drafted(play, writer, priority=60)
    if act != "submit":
        drafting.submit_draft(play=play, reason="", by=writer, now=NOW)
    client = Client()
    client.force_login(a_user(role=role, job=""))
    page = client.get(reverse("plays:play", args=[play.pk]))
    assert page.status_code == 200
    shown = Play.objects.select_related("current").get(pk=play.pk)
    seen = drafting.mark_of(shown, drafting.open_version(shown))
    client.post(reverse("plays:play_review", args=[play.pk]), {"do": act, "note": "A word.", "seen": seen})
    draft.refresh_from_db()
    assert draft.stage == becomes


def test_a_play_that_nobody_approved_is_not_activated_by_the_button() -> None:
    play, by = a_play(status="draft"), revops()
    client = Client()
    client.force_login(by)
    client.post(reverse("plays:play_status", args=[play.pk]), {"status": "active"})
    play.refresh_from_db()
    assert play.status == "draft"


def test_versions_side_by_side_and_the_library_with_its_filters() -> None:
    client = Client()
    client.force_login(revops())
    play = a_play("compared", steps=[CALL], priority=50)
    a_play("compared", steps=[CALL | {"sla_hours": 8}, EMAIL], priority=60)
    a_play("other", trigger={"hand_raise": True}, steps=[CALL | {"side": "marketing", "role": "marketer"}])
    page = client.get(reverse("plays:play_compare", args=[play.pk])).content.decode()
    for said in ("Step “Email” is new, after “Call”", "Priority: 50 is now 60"):
        assert said in page
    for query, names in (
        ("q=compared", {"Compared"}),
        ("status=draft", set()),
        ("side=marketing", {"Other"}),
        ("trigger=hand_raise", {"Other"}),
        ("sort=name", {"Compared", "Other"}),
    ):
        rows = client.get(f"{reverse('plays:library_csv')}?{query}").getvalue().decode().splitlines()[1:]
        assert {row.split(",")[0] for row in rows} == names
    page = client.get(reverse("plays:library")).content.decode()
    assert "?starter=compete-displacement" in page


@pytest.mark.parametrize("page", ["play", "play_compare", "library"])
def test_the_pages_ask_no_more_with_more_versions_and_plays(page: str) -> None:
    client = Client()
    client.force_login(revops())
    small, large = a_play("small"), a_play("large")
    for priority in range(40, 46):
        a_play("large", priority=priority)
    counted = []
    for play in (small, small, large):
        address = reverse(f"plays:{page}", args=[] if page == "library" else [play.pk])
        with CaptureQueriesContext(connection) as caught:
            assert client.get(address).status_code == 200
        counted.append(len(caught))
        if page == "library" and len(counted) == 2:
            for number in range(4):
                a_play(f"more-{number}")
    assert counted[1] == counted[2]


BASE = {"trigger": {"manual": True}, "steps": [CALL, EMAIL]}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, []),
        ({"priority": 60}, ["Priority: 50 is now 60; higher wins."]),
        (
            {"trigger": {"hand_raise": True}},
            ["Trigger: “Starts by hand only.” is now “Starts when the account asks for us.”"],
        ),
        (
            {"steps": [CALL]},
            [
                "Step “Email” is gone: after 2 days: email from sales, by the account's owner within 1 working day."
            ],
        ),
        ({"steps": [EMAIL, CALL]}, ["The steps come in another order now: Email then Call."]),
        ({"steps": [CALL | {"instructions": "Ring."}, EMAIL]}, ["Step “Call”: its text is another one."]),
        (
            {"steps": [CALL | {"variants": {"champion": "Hi."}}, EMAIL]},
            ["Step “Call”: it has words of its own for the champion now."],
        ),
        (
            {"exits": ["meeting_booked"]},
            ["Exits: “Runs to its last step.” is now “Stops when a meeting is booked.”"],
        ),
    ],
)
def test_what_changed_in_sentences(change: dict[str, Any], said: list[str]) -> None:
    found = changes_between(parse_play(BASE), parse_play(BASE | change))
    assert [one.sentence for one in found] == said


def test_whoever_approves_reads_the_words_that_change_and_what_thresholds_are_called() -> None:
    """Not only that a text is another one: what it said, what it says, and all that a new step says."""
    threshold = a_threshold("visits")
    old = CALL | {"instructions": "Old words."}
    play = a_play("worded", trigger={"crossing": [threshold.slug]}, steps=[old])
    call = CALL | {"instructions": "New words.", "variants": {"champion": "For a friend."}}
    mail = EMAIL | {"instructions": "Send the sheet.", "variants": {"economic_buyer": "In money."}}
    writer = revops()
    drafted(play, writer, steps=[call, mail])
    drafting.submit_draft(play=play, reason="Clearer.", by=writer, now=NOW)
    client = Client()
    client.force_login(writer)
    for name in ("play", "play_compare"):
        page = client.get(reverse(f"plays:{name}", args=[play.pk])).content.decode()
        for text in (
            "<del>Old words.",
            "<ins>New words.",
            "<ins>For a friend.",
            "For the economic buyer: In money.",
        ):
            assert text in page, (name, text)
    for name, args in (("play", [play.pk]), ("library", [])):
        page = client.get(reverse(f"plays:{name}", args=args)).content.decode()
        assert f"the threshold “{threshold.name}” is crossed" in page
