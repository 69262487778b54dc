"""What a careless or hostile person types into pages: an answer each time, and nothing that cannot be stored."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from abmops.lib.choices import Role
from plays.domain import merge
from plays.models import Play
from plays.views import editor_reading
from signals.models import Source, Threshold
from signals.views import threshold_draft
from tests.accounts import make
from tests.plays.make import CALL, a_play
from tests.signals import make as signals

pytestmark = pytest.mark.django_db

HALF = "\\ud800"
"""Half a character, as JSON escapes it: no text of the database can hold it."""


@pytest.fixture
def revops(db: None) -> Client:
    """A browser of RevOps."""
    client = Client()
    client.force_login(make.user(Role.REVOPS))
    return client


@pytest.mark.parametrize("said", [HALF, "\\u0000"])
def test_json_of_a_play_that_cannot_be_stored_is_refused_in_words(revops: Client, said: str) -> None:
    play = a_play("one", steps=[CALL])
    text = '{"steps": [{"key": "call", "channel": "call", "side": "sales", "title": "' + said + '"}]}'
    answer = revops.post(reverse("plays:play_edit", args=[play.pk]), {"do": "json", "json": text})
    assert answer.status_code == 200
    assert "cannot be stored" in answer.content.decode()
    assert Play.objects.get().versions.count() == 1


@pytest.mark.parametrize("said", [HALF, "\\u0000"])
def test_json_of_a_threshold_that_cannot_be_stored_is_refused_in_words(revops: Client, said: str) -> None:
    signals.site()
    text = '{"count": {"topics": ["' + said + '"], "at_least": 1, "days": 7}}'
    form = {"key-r": "all", "do": "json", "json": text}
    answer = revops.post(reverse("signals:threshold_new"), form)
    assert answer.status_code == 200
    assert "cannot be stored" in answer.content.decode()
    assert not Threshold.objects.filter(name="x").exists()


@pytest.mark.parametrize("said", [HALF, "\\u0000"])
def test_a_mapping_that_cannot_be_stored_is_refused_in_words(revops: Client, said: str) -> None:
    site = signals.site("vendor")
    text = '{"record": {"type": {"value": "pricing-page"}, "account_domain": "' + said + '"}}'
    form = {"mapping": text, "before": "{}", "example": "[]", "action": "save"}
    answer = revops.post(f"/catalogue/sources/{site.source.slug}/mapping/", form)
    assert answer.status_code == 422
    assert "cannot be stored" in answer.content.decode()
    assert not Source.objects.get(slug="vendor").mapping


@pytest.mark.parametrize("text", ["9" * 400, "-" + "9" * 400, "9" * 5_000, "1e999", "nan", "²", "٣.٣.٣"])
@pytest.mark.parametrize("read", [editor_reading._read, threshold_draft._number])
def test_a_number_that_no_computer_holds_stays_the_text_it_is(read: Any, text: str) -> None:
    """To be complained about at its field."""
    assert read(text) == text[:40]


def test_a_merge_field_that_never_ends_is_read_once() -> None:
    """A reader that goes back over the blanks would not be done within the age of the earth."""
    assert list(merge.complaints("{{" + " " * 200_000))
    assert list(merge.complaints("{{ " * 50_000))


@pytest.mark.parametrize("at", ["2026-13-45T99:00:00Z", "x", "", "9999-12-31T23:59:59-14:00"])
def test_a_moment_that_never_was_brings_nothing_back(revops: Client, at: str) -> None:
    answer = revops.post(f"{reverse('plays:deliveries_bring_back')}?at={at}")
    assert answer.status_code == 302
