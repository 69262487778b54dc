"""The sample has a version that waits for its review, so that a stranger sees what that is."""

from __future__ import annotations

import pytest

from abmops.sample import drafts
from plays.models import Play, PlayVersion
from plays.selectors.versions import changes
from plays.services.play.library import install_starter_plays
from tests.plays.make import NOW, a_user

pytestmark = pytest.mark.django_db


def test_a_marketers_change_waits_for_its_review() -> None:
    revops, marketer = a_user(role="revops", job=""), a_user(role="marketer", job="")
    install_starter_plays(owner=revops, now=NOW)
    drafts.write({"r": revops, "m": marketer}, end=NOW)
    version = PlayVersion.objects.get(stage="review")
    assert (version.number, version.submitted_by, version.based_on) == (2, marketer, 1)
    current = Play.objects.select_related("current").get(slug=drafts.SLUG).current
    assert current is not None
    assert [change.kind for change in changes(current, version)] == ["added"]
