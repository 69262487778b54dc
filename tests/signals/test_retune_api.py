"""The retune over REST."""

from __future__ import annotations

import pytest
from django.utils import timezone

from abmops.work import services as work
from signals.models import Source
from tests.accounts import make as people
from tests.api.caller import Caller
from tests.signals import make
from tests.signals.test_retune import tags

pytestmark = pytest.mark.django_db


@pytest.fixture
def proposed(site: make.Site, revops: Caller) -> str:
    """The address of an open proposal with its effect."""
    tags(people.account(), "noise", 10, at=timezone.now())
    answer = revops.send("POST", "retunes/", {"quarter": "this"})
    assert (answer.status_code, answer.json()["status"]) == (201, "proposed")
    address = f"retunes/{answer.json()['id']}/"
    assert revops.send("POST", f"{address}accept/", {}).status_code == 422
    work.drain_all()
    return address


def test_it_is_accepted_in_part_and_reverted(proposed: str, revops: Caller) -> None:
    body = revops.get(proposed).json()
    assert [(one["kind"], one["before"], one["after"]) for one in body["changes"]] == [
        ("source", 1.0, 0.5),
        ("type", 1.0, 0.5),
    ]
    assert body["effect"]["thresholds"] == []
    answer = revops.send("POST", f"{proposed}accept/", {"lines": ["source:site"], "reason": "Agreed."})
    assert answer.json()["status"] == "accepted"
    assert [one["accepted"] for one in answer.json()["changes"]] == [True, False]
    assert Source.objects.get().weight == 0.5
    assert revops.send("POST", f"{proposed}accept/", {}).status_code == 409
    assert revops.send("POST", f"{proposed}revert/", {}).json()["status"] == "reverted"
    assert Source.objects.get().weight == 1.0
    assert revops.send("POST", f"{proposed}revert/", {}).status_code == 409


def test_it_is_declined_with_a_reason(proposed: str, revops: Caller) -> None:
    assert revops.send("POST", f"{proposed}decline/", {}).status_code == 400
    assert revops.send("POST", f"{proposed}decline/", {"reason": "One rep."}).json()["status"] == "declined"
    assert len(revops.get("retunes/?status=declined").json()["results"]) == 1
    assert revops.get("retunes/?status=proposed").json()["results"] == []


def test_nothing_said_is_refused(site: make.Site, revops: Caller) -> None:
    answer = revops.send("POST", "retunes/", {"quarter": "last"})
    assert answer.status_code == 422
    assert "nobody has said good or noise" in answer.json()["detail"]
    assert revops.send("POST", "retunes/", {"quarter": "next"}).status_code == 400
