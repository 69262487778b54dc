"""The folds of the play editor: closed until they are edited, open where something is amiss or was just asked for."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.urls import reverse

from plays.views.editor_folds import left_open
from tests.plays.make import CALL, a_play
from tests.plays.test_editor import opened, signed_in

pytestmark = pytest.mark.django_db


def folds(page: str) -> set[str]:
    """Those that stand open."""
    return set(re.findall(r'data-fold="([^"]+)" open>', page))


def steps(*keys: str) -> dict[str, Any]:
    return {"steps": [{"key": key} for key in keys]}


@pytest.mark.parametrize(
    ("act", "after", "expected"),
    [
        pytest.param("", "abc", {"trigger", "steps-1", "finer-1"}, id="typing"),
        pytest.param("up 1", "bac", {"trigger", "steps-0", "finer-0"}, id="its step went up"),
        pytest.param("remove 0", "bc", {"trigger", "steps-0", "finer-0"}, id="the one above went"),
        pytest.param("remove 1", "ac", {"trigger"}, id="it went itself"),
        pytest.param("add", "abcd", {"trigger", "steps-1", "finer-1", "steps-3"}, id="a new one"),
        pytest.param("copy 0", "adbc", {"trigger", "steps-1", "steps-2", "finer-2"}, id="a copy"),
        pytest.param("variant 2", "abc", {"trigger", "steps-1", "finer-1", "steps-2"}, id="other words"),
        pytest.param(
            "unvariant 2 champion", "abc", {"trigger", "steps-1", "finer-1", "steps-2"}, id="no more"
        ),
        pytest.param("ask", "abc", {"trigger", "steps-1", "finer-1", "audience"}, id="of the committee"),
        pytest.param("look", "abc", {"trigger", "steps-1", "finer-1", "preview"}, id="of an account"),
        pytest.param("variant 99", "abc", {"trigger", "steps-1", "finer-1"}, id="a step that is not there"),
    ],
)
def test_what_was_open_stays_open_and_what_is_pressed_opens(act: str, after: str, expected: set[str]) -> None:
    posted = ["trigger", "steps-1", "finer-1", "steps-40"]
    assert left_open(posted, act, steps(*"abc"), steps(*after)) == expected


def test_a_play_opens_folded_and_a_fold_says_what_is_in_it() -> None:
    page = signed_in().get(reverse("plays:play_edit", args=[a_play(steps=[CALL]).pk])).content.decode()
    assert folds(page) == set()
    assert (
        len(re.findall(r'<summary id="fold-[^"]+"><h[23].*?</h[23]> <span .*?\w.*?</span></summary>', page))
        == 7
    )


def test_a_blank_play_opens_with_what_starts_it() -> None:
    assert folds(signed_in().get(reverse("plays:play_new")).content.decode()) == {"trigger"}


def test_a_refused_play_opens_what_is_amiss_and_keeps_what_was_open() -> None:
    client = signed_in()
    url = reverse("plays:play_edit", args=[a_play(steps=[CALL, CALL | {"key": "again"}]).pk])
    amiss = {"steps-1-sla_hours": ["soon"], "contract-days": ["0"], "do": "save", "open": ["exits"]}
    answer = client.post(url, opened(client, url) | amiss)
    assert answer.status_code == 422
    assert folds(answer.content.decode()) == {"exits", "contract", "steps-1"}


def test_a_step_that_waits_in_a_finer_way_shows_it_once_it_is_opened() -> None:
    play = a_play(steps=[CALL | {"wait_business_days": 2}])
    assert folds(signed_in().get(reverse("plays:play_edit", args=[play.pk])).content.decode()) == {"finer-0"}
