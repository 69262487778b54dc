"""The starter library: every play valid, speakable, with words for the whole committee, and nothing to object to."""

from __future__ import annotations

import re
from typing import Any

import pytest

from abmops.lib.choices import CommitteeRole
from plays.domain import merge, sentences
from plays.domain.advice import advice
from plays.domain.definition import PlayDefinition
from plays.domain.parse import parse_play
from plays.domain.people import Someone, left_empty, word_task
from plays.domain.starter import ALL, PLAYS
from signals.domain.starter import THRESHOLDS

ACTIVE = {str(one["slug"]): "active" for one in THRESHOLDS}
INES = Someone(1, "Ines Aldana", "VP Supply Chain", "champion", influence=5)
STEP: dict[str, Any] = {"key": "call", "channel": "call", "instructions": "Ask."}


def test_the_plays_that_the_field_asks_for_are_there() -> None:
    assert {
        "tier-one-welcome",
        "committee-expansion",
        "late-stage-reinforcement",
        "dormant-reactivation",
        "compete-displacement",
        "surge-response",
        "event-follow-up",
        "closed-lost-return",
        "customer-expansion",
        "hot-intent-response",
        "inbound-hand-raise",
    } == {one.slug for one in ALL}
    assert {one.slug for one in PLAYS} <= {one.slug for one in ALL}
    assert len({one.name for one in ALL}) == len(ALL)


@pytest.mark.parametrize("made", ALL, ids=lambda made: made.slug)
def test_each_is_valid_and_nothing_is_to_be_said_against_it(made: Any) -> None:
    definition = parse_play(made.definition)
    assert advice(definition, ACTIVE) == ()
    assert len(made.purpose) > 80
    spoken = sentences.read_aloud(definition)
    assert "_" not in spoken
    assert all(
        step.name in spoken or sentences.step_sentence(step)[1:] in spoken for step in definition.steps
    )


@pytest.mark.parametrize("made", ALL, ids=lambda made: made.slug)
def test_each_has_words_for_the_five_committee_roles(made: Any) -> None:
    definition = parse_play(made.definition)
    assert any(set(step.variants) == set(CommitteeRole.values) for step in definition.steps)
    assert all(set(step.variants) <= set(CommitteeRole.values) for step in definition.steps)


@pytest.mark.parametrize("made", ALL, ids=lambda made: made.slug)
def test_a_call_is_tried_again_while_nobody_answers(made: Any) -> None:
    calls = [step for step in parse_play(made.definition).steps if step.channel == "call"]
    last_word = "last-call"  # it says that nobody calls after it
    assert [step.key for step in calls if step.tries == 1 and step.key != last_word] == []
    assert all(step.tries <= 3 for step in calls)


@pytest.mark.parametrize("made", ALL, ids=lambda made: made.slug)
def test_every_text_is_filled_in_and_readable(made: Any) -> None:
    definition: PlayDefinition = parse_play(made.definition)
    for step in definition.steps:
        texts = [step.title, step.instructions, *step.variants.values()]
        assert step.instructions
        for text in texts:
            assert list(merge.complaints(text)) == []
            assert not re.search(r"\s\s|^\s|\s$", text), text
        for contact in (INES, None):
            said = word_task(
                step, contact, account="Ferrow", industry="", owner="Maya Lindt", known_contacts=1
            )
            assert "{" not in f"{said.title}{said.instructions}"


def an_advised(**changes: Any) -> list[str]:
    definition = parse_play(
        {"trigger": {"manual": True}, "steps": [STEP], "exits": ["meeting_booked"]} | changes
    )
    return [one.pointer for one in advice(definition, {"pricing": "active", "old": "paused"})]


@pytest.mark.parametrize(
    ("changes", "pointers"),
    [
        ({}, []),
        ({"trigger": {"crossing": ["pricing"]}}, []),
        ({"trigger": {"crossing": ["old"]}}, ["/trigger/crossing"]),
        ({"trigger": {"crossing": ["nobody-wrote-it"]}}, ["/trigger/crossing"]),
        ({"trigger": {"joined_tier": [1]}, "audience": {"tiers": [2]}}, ["/trigger/joined_tier"]),
        ({"steps": [STEP | {"instructions": ""}]}, ["/steps/0/instructions"]),
        ({"exits": []}, ["/exits"]),
        ({"steps": [STEP, STEP | {"key": "b", "wait_days": 40}]}, ["/contract/days"]),
        ({"steps": [STEP | {"key": f"k{n}"} for n in range(6)]}, ["/steps"]),
        ({"steps": [STEP | {"channel": "direct_mail"}]}, ["/steps/0/wait_days"]),
        ({"steps": [STEP | {"channel": "direct_mail"}, STEP | {"key": "b", "wait_days": 5}]}, []),
        (
            {"steps": [STEP | {"channel": "direct_mail"}, STEP | {"key": "b", "wait_days": 8}]},
            ["/steps/0/wait_days"],
        ),
    ],
)
def test_what_is_worth_a_second_thought(changes: dict[str, Any], pointers: list[str]) -> None:
    assert an_advised(**changes) == pointers


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{{contact.title|your team}}", "your team"),
        ("{{ contact.title | your team }}", "your team"),
        ("{{contact.first_name|friend}}", "Ines"),
        ("{{contact.title|}}", "their role"),
        ("{{contact.role}}", "champion"),
        ("{{contact.last_name}}", "Aldana"),
    ],
)
def test_a_fallback_stands_where_nothing_is_known(text: str, said: str) -> None:
    values = {"contact.first_name": "Ines", "contact.last_name": "Aldana", "contact.role": "champion"}
    assert merge.merged(text, values) == said


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("{{contact.nme}}", "perhaps “contact.name” is meant"),
        ("{{zzz}}", "is not known. Known: account.name"),
        ("{{contact.name", "Two braces stand alone"),
        ("contact.name}}", "Two braces stand alone"),
        ("{{contact.name|" + "x" * 81 + "}}", "longer than 80 characters"),
    ],
)
def test_what_is_wrong_with_a_merge_field(text: str, complaint: str) -> None:
    (said,) = merge.complaints(text)
    assert complaint in said
    assert said.endswith(".")


def test_what_is_left_empty_is_told_once() -> None:
    step = parse_play(
        {
            "trigger": {"manual": True},
            "steps": [
                STEP
                | {
                    "instructions": "{{contact.title|you}} {{contact.title}} {{account.industry}} {{contact.name}}"
                }
            ],
        }
    ).steps[0]
    nobody = Someone(2, "Jon", "", "")
    found = left_empty(step, nobody, account="Ferrow", industry="", owner="Maya")
    assert [gap.sentence for gap in found] == [
        "Nothing is known for {{contact.title}}, so “you” stands there.",
        "Nothing is known for {{account.industry}}, so “their industry” stands there.",
    ]
