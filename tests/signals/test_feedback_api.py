"""Feedback over REST: said at the thing, read in a list, counted as precision."""

from __future__ import annotations

import pytest
from django.utils import timezone

from abmops.lib.choices import Role
from signals.models import Feedback
from tests.accounts import make as people
from tests.api.caller import Caller
from tests.api.conftest import caller_of
from tests.signals import make
from tests.signals.test_feedback import crossing, signal

pytestmark = pytest.mark.django_db


@pytest.fixture
def things(site: make.Site) -> tuple[str, str]:
    """The addresses of a crossing and of a signal."""
    acme = people.account()
    one = signal(acme)
    return f"crossings/{crossing(acme, [one]).pk}/feedback/", f"signals/{one.pk}/feedback/"


def test_a_word_is_said_changed_and_taken_back(things: tuple[str, str]) -> None:
    rep = caller_of(Role.REP)
    for address in things:
        first = rep.send("POST", address, {"verdict": "good"})
        assert (first.status_code, first.json()["verdict"], first.json()["account_domain"]) == (
            200,
            "good",
            "acme.example",
        )
        again = rep.send("POST", address, {"verdict": "noise", "note": "A student."})
        assert (again.json()["id"], again.json()["note"]) == (first.json()["id"], "A student.")
    assert Feedback.objects.count() == 2
    for address in things:
        assert rep.send("POST", address, {"verdict": None}).status_code == 204
        assert rep.send("POST", address, {"verdict": None}).status_code == 204
    assert not Feedback.objects.exists()


@pytest.mark.parametrize(
    ("body", "pointer"),
    [({}, "/verdict"), ({"verdict": "superb"}, "/verdict"), ({"verdict": "good", "note": "x" * 401}, "/note"),
     ({"verdict": "good", "by": "me"}, "/by")],
)  # fmt: skip
def test_what_is_wrong_is_named(things: tuple[str, str], body: dict[str, object], pointer: str) -> None:
    answer = caller_of(Role.REP).send("POST", things[0], body)
    assert answer.status_code == 400
    assert [one["pointer"] for one in answer.json()["errors"]] == [pointer]


def test_a_thing_that_is_not_there(things: tuple[str, str]) -> None:
    rep = caller_of(Role.REP)
    for address in ("crossings/0/feedback/", f"signals/{signal(None).pk}/feedback/"):
        assert rep.send("POST", address, {"verdict": "good"}).status_code == 404


def test_the_list_narrows_and_precision_counts(things: tuple[str, str], revops: Caller) -> None:
    rep = caller_of(Role.REP)
    rep.send("POST", things[0], {"verdict": "good"})
    rep.send("POST", things[1], {"verdict": "noise"})
    for query, verdicts in (
        ("", ["good", "noise"]), ("verdict=noise", ["noise"]), ("threshold=three-pricing", ["good"]),
        ("account_domain=acme.example", ["good", "noise"]), ("user=nobody@ours.example", []),
        (f"until={timezone.now():%Y-%m-%d}T00:00:00Z", []),
    ):  # fmt: skip
        answer = revops.get(f"feedback/?{query}")
        assert sorted(one["verdict"] for one in answer.json()["results"]) == verdicts, query
    assert revops.get("feedback/?verdict=superb").status_code == 400
    found = revops.get("feedback/precision/").json()
    assert found["overall"] | {"low": 0, "high": 0} == {
        "slug": "", "good": 1, "neutral": 0, "noise": 1, "as_tagged": 0.5, "precision": 0.5, "low": 0, "high": 0,
    }  # fmt: skip
    assert [(one["slug"], one["good"], one["noise"]) for one in found["sources"]] == [("site", 1, 1)]
    assert [(one["slug"], one["good"], one["noise"]) for one in found["thresholds"]] == [
        ("three-pricing", 1, 0)
    ]
