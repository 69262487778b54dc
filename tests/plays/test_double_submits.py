"""The same form sent several times at once: one is done, the others are told, and none is an error of ours."""

from __future__ import annotations

import pytest

from abmops.lib.errors import Conflict, FieldErrors
from plays.domain.draft import BLANK
from plays.models import Endpoint, Play
from plays.services.outbox import endpoints
from plays.services.play import drafting
from tests.accounts.racing import at_once
from tests.plays.make import CALL, NOW, a_user

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_new_play_that_is_saved_six_times_at_once_is_one_and_whole() -> None:
    by = a_user(role="revops")
    sheet = drafting.Sheet(name="Pricing answer", definition={**BLANK, "steps": [CALL]})
    errors = at_once([lambda: drafting.make_draft(sheet=sheet, by=by, now=NOW)] * 6)
    assert {type(error) for error in errors} <= {Conflict, FieldErrors}
    plays = Play.objects.select_related("current")
    assert (plays.count(), len(errors)) == (1, 5)
    assert all(play.current is not None and play.current.steps for play in plays)


def test_a_surface_that_is_added_six_times_at_once_never_breaks() -> None:
    owner = a_user(role="revops")

    def add() -> None:
        endpoints.add_endpoint(
            name="Alerts", surface="email", target="alerts@example.com", secret="", types=["task.due"],
            owner=owner, now=NOW,
        )  # fmt: skip

    errors = at_once([add] * 6)
    assert {type(error) for error in errors} <= {Conflict}
    assert Endpoint.objects.count() == 6 - len(errors)
