"""The library: versions that freeze, starters that read well, and words that stay the API's."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from abmops.lib import choices
from abmops.lib.errors import FieldErrors, Refused
from plays.domain import merge, sentences
from plays.domain import vocabulary as words
from plays.domain.parse import as_json, parse_play
from plays.domain.people import Someone, choose_contact, word_task
from plays.domain.queue import order_key
from plays.domain.starter import PLAYS
from plays.models import Enrollment, Play, PlayVersion, Task
from plays.selectors.library import results
from plays.selectors.rows import place_of
from plays.selectors.today import in_order
from plays.services.decision.deciding import decide_crossings
from plays.services.play.library import install_starter_plays, save_play, set_status
from signals.domain.starter import THRESHOLDS
from tests.plays.make import (
    CALL,
    NOW,
    a_crossing,
    a_play,
    a_threshold,
    a_user,
    an_account,
    an_event,
)

STEP: dict[str, Any] = {"key": "call", "channel": "call"}
PLAIN: dict[str, Any] = {"trigger": {"manual": True}, "steps": [STEP]}


@pytest.mark.django_db
def test_the_database_keeps_an_activated_version_as_it_was() -> None:
    play = a_play()
    with pytest.raises(IntegrityError, match="never edited"), transaction.atomic():
        PlayVersion.objects.filter(play=play).update(priority=1)


@pytest.mark.django_db
def test_running_enrollments_finish_on_their_version() -> None:
    play = a_play("pricing-play")
    decide_crossings(crossing_ids=[a_crossing(an_account(owner=a_user()), a_threshold()).pk], now=NOW)
    a_play("pricing-play", steps=[CALL | {"sla_hours": 8}])
    enrollment = Enrollment.objects.get()
    assert (enrollment.version.number, Play.objects.get(pk=play.pk).current.number) == (1, 2)  # type: ignore[union-attr]


@pytest.mark.django_db
def test_the_same_definition_again_makes_no_version() -> None:
    a_play("same")
    a_play("same")
    assert PlayVersion.objects.count() == 1


@pytest.mark.django_db
def test_a_play_that_has_run_is_no_draft_any_more() -> None:
    play = a_play()
    decide_crossings(crossing_ids=[a_crossing(an_account(owner=a_user()), a_threshold()).pk], now=NOW)
    with pytest.raises(Refused, match="pause or retire"):
        set_status(play=play, status="draft", now=NOW)


@pytest.mark.django_db
def test_the_starter_library_installs_once_and_leaves_changes_alone() -> None:
    owner = a_user(role="revops", job="")
    plays = install_starter_plays(owner=owner, now=NOW)
    assert [play.status for play in plays] == ["active"] * len(PLAYS)
    save_play(slug=plays[0].slug, name="Our welcome", definition=PLAYS[0].definition, by=owner, now=NOW)
    install_starter_plays(owner=owner, now=NOW)
    assert Play.objects.get(slug=plays[0].slug).name == "Our welcome"
    assert PlayVersion.objects.count() == len(PLAYS)


@pytest.mark.parametrize("play", PLAYS, ids=lambda play: play.slug)
def test_each_starter_reads_back_unchanged_and_aloud(play: Any) -> None:
    definition = parse_play(play.definition)
    assert as_json(parse_play(as_json(definition))) == as_json(definition)
    spoken = sentences.play_sentence(definition)
    assert "_" not in spoken
    assert spoken.endswith(".")
    for step in definition.steps:
        assert step.instructions, f"{step.key} says nothing"
        assert sentences.step_sentence(step).endswith(".")


@pytest.mark.parametrize(
    ("surface", "said"),
    [
        ("slack", "through Slack."),
        ("email:deal-desk", "through e-mail (deal desk)."),
        ("linkedin_ads", "through LinkedIn ads."),
        ("", "within 1 working day."),
    ],
)
def test_what_does_a_step_is_called_by_its_name(surface: str, said: str) -> None:
    step = {"key": "ads", "channel": "ad", "side": "marketing", "role": "marketer", "sla_hours": 24}
    definition = {"trigger": {"manual": True}, "steps": [step | {"surface": surface}]}
    (read,) = parse_play(definition | {"contract": {"outcome": "meeting_booked", "days": 30}}).steps
    assert sentences.step_sentence(read).endswith(said)


def test_every_starter_threshold_leads_to_a_play() -> None:
    answered = {slug for play in PLAYS for slug in parse_play(play.definition).trigger.crossings}
    assert answered == {str(threshold["slug"]) for threshold in THRESHOLDS}


def test_the_four_plays_of_the_playbook_are_there() -> None:
    assert {
        "tier-one-welcome",
        "committee-expansion",
        "late-stage-reinforcement",
        "dormant-reactivation",
    } <= {play.slug for play in PLAYS}


def test_the_words_of_plays_are_the_words_of_the_api() -> None:
    assert set(words.CHANNELS) == set(choices.Channel.values)
    assert set(words.SIDES) == set(choices.Side.values) - {"revops"}
    assert set(words.LIFECYCLES) == set(choices.Lifecycle.values)
    assert set(words.PHASES) == set(choices.Phase.values)
    assert set(words.URGENCIES) == set(choices.Urgency.values)
    assert [tier for tier, _ in choices.TIERS] == list(words.TIERS)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"trigger": None}, "/trigger"),
        ({"trigger": {"joined_tier": [True]}}, "/trigger/joined_tier/0"),
        ({"trigger": {"crossing": []}}, "/trigger/crossing"),
        ({"trigger": {"score": {}}}, "/trigger/score/at_least"),
        (
            {"trigger": {"contact_engaged": {"contacts_at_most": 0}}},
            "/trigger/contact_engaged/contacts_at_most",
        ),
        ({"steps": "call"}, "/steps"),
        ({"steps": [STEP, STEP]}, "/steps/1/key"),
        ({"steps": [STEP | {"wait_days": -1}]}, "/steps/0/wait_days"),
        ({"steps": [STEP | {"sla_hours": 0}]}, "/steps/0/sla_hours"),
        ({"steps": [STEP | {"instructions": "Hi {{contact.salary}}"}]}, "/steps/0/instructions"),
        ({"steps": [STEP | {"variants": {"champion": 3}}]}, "/steps/0/variants/champion"),
        ({"steps": [STEP | {"a/b": 1}]}, "/steps/0/a~1b"),
        ({"steps": [{"key": f"k{n}", "channel": "call"} for n in range(41)]}, "/steps"),
        ({"audience": []}, None),
        ({"audience": "all"}, "/audience"),
        ({"audience": {"fit_at_least": "high"}}, "/audience/fit_at_least"),
        ({"contract": {"outcome": "fame"}}, "/contract/outcome"),
        ({"contract": {"days": 0}}, "/contract/days"),
        ({"throttle": {"live_per_account": 0}}, "/throttle/live_per_account"),
        ({"priority": 2.5}, "/priority"),
        ({"holdout": True}, "/holdout"),
    ],
)
def test_definition_errors_point_at_the_place(change: dict[str, Any], pointer: str | None) -> None:
    if pointer is None:
        parse_play(PLAIN | change)
        return
    with pytest.raises(FieldErrors) as caught:
        parse_play(PLAIN | change)
    assert [error.pointer for error in caught.value.errors] == [pointer]
    assert all(error.detail.endswith(".") for error in caught.value.errors)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Call {{contact.first_name}}.", "Call Ines."),
        ("{{ account.name }} and {{account.name}}", "Ferrow and Ferrow"),
        ("Hello {{contact.title}}", "Hello their role"),
        ("No {{fields.here}} of ours", "No {{fields.here}} of ours"),
        ("{{account.__class__}} {% debug %}", "{{account.__class__}} {% debug %}"),
    ],
)
def test_merge_fields(text: str, said: str) -> None:
    assert (
        merge.merged(text, {"contact.first_name": "Ines", "account.name": "Ferrow", "contact.title": ""})
        == said
    )


INES = Someone(1, "Ines Aldana", "VP", "champion", influence=5)
JON = Someone(2, "Jonas Reith", "Head", "technical_evaluator", influence=3)
MAREK = Someone(3, "Marek Toth", "CISO", "blocker", influence=5)


@pytest.mark.parametrize(
    ("people", "step", "preferred", "chosen"),
    [
        pytest.param([INES, JON], STEP, None, 1, id="the most influential"),
        pytest.param([INES, JON], STEP, 2, 2, id="whoever acted"),
        pytest.param(
            [INES, JON], STEP | {"variants": {"technical_evaluator": "x"}}, None, 2, id="who has words"
        ),
        pytest.param([MAREK, JON], STEP, None, 2, id="a blocker last"),
        pytest.param([Someone(1, "A", do_not_contact=True), JON], STEP, 1, 2, id="never do-not-contact"),
        pytest.param(
            [Someone(1, "A", no_channels=frozenset({"call"}))], STEP, None, None, id="never opted out"
        ),
        pytest.param(
            [Someone(1, "A", no_channels=frozenset({"email"}))], STEP, None, 1, id="another channel is free"
        ),
        pytest.param([INES], {"key": "a", "channel": "ad"}, None, None, id="ads go to nobody in person"),
    ],
)
def test_whom_a_step_goes_to(
    people: list[Someone], step: dict[str, Any], preferred: int | None, chosen: int | None
) -> None:
    definition = parse_play(PLAIN | {"steps": [step]})
    found = choose_contact(people, definition.steps[0], preferred_id=preferred)
    assert (found.id if found else None) == chosen


def test_a_persona_reads_its_own_words() -> None:
    step = parse_play(
        PLAIN | {"steps": [STEP | {"instructions": "All.", "variants": {"champion": "Yours."}}]}
    ).steps[0]
    said = word_task(step, INES, account="Ferrow", industry="", owner="Maya", known_contacts=1)
    assert (said.title, said.instructions) == ("Call Ines Aldana, VP", "Yours.")
    nobody = word_task(step, None, account="Ferrow", industry="", owner="Maya", known_contacts=0)
    assert nobody.title == "Find somebody at Ferrow for the next call"
    assert nobody.instructions.startswith("Nobody is known there yet.")


@pytest.mark.django_db
def test_the_queues_order_in_sql_is_the_domains_order() -> None:
    owner = a_user()
    a_play(throttle={"live_per_account": 9, "cooldown_days": 0})
    for urgency in ("normal", "urgent", "hot"):
        for tier in (2, None):
            account = an_account(owner=owner, tier=tier)
            threshold = a_threshold(f"t-{urgency}", urgency=urgency)
            a_play(f"p-{urgency}", trigger={"crossing": [threshold.slug]})
            decide_crossings(crossing_ids=[a_crossing(account, threshold, hand_raise=True).pk], now=NOW)
    tasks = list(in_order(Task.objects.all()).select_related("account"))
    assert len(tasks) == 6
    assert tasks == sorted(tasks, key=lambda task: order_key(place_of(task)))
    assert [(task.account.is_target, task.urgency) for task in tasks] == [
        (target, urgency) for target in (True, False) for urgency in ("urgent", "hot", "normal")
    ]


@pytest.mark.django_db
def test_the_past_yield_counts_windows_that_have_passed() -> None:
    from datetime import timedelta

    owner = a_user()
    play = a_play(contract={"outcome": "meeting_booked", "days": 10})
    threshold = a_threshold()
    accounts = [an_account(owner=owner) for _ in range(3)]
    decide_crossings(crossing_ids=[a_crossing(account, threshold).pk for account in accounts], now=NOW)
    an_event(accounts[0], "meeting_booked", at=NOW + timedelta(days=9))
    an_event(accounts[1], "meeting_booked", at=NOW + timedelta(days=10))
    assert results([play.pk], now=NOW + timedelta(days=9)) == {}
    assert results([play.pk], now=NOW + timedelta(days=10)) == {play.pk: (3, 1)}
