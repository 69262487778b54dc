"""The starter catalogue goes in once, through the services, and never over what somebody has changed."""

from datetime import datetime

import pytest

from signals.domain import starter
from signals.models import SignalType, Source, Threshold, ThresholdVersion
from signals.services import definitions, ingest
from signals.services.starter import install_starter_catalogue
from tests.accounts import make as accounts

pytestmark = pytest.mark.django_db


def test_everything_of_the_starter_set_is_there(now: datetime) -> None:
    owner = accounts.user()
    done = install_starter_catalogue(owner=owner, now=now)
    assert done.created == len(starter.SOURCES) + len(starter.TYPES) + len(starter.THRESHOLDS)
    assert {ingest.source_of(key) for key in done.write_keys.values()} == set(Source.objects.all())
    assert set(SignalType.objects.values_list("slug", flat=True)) == {one["slug"] for one in starter.TYPES}
    live = Threshold.objects.filter(
        status=Threshold.Status.ACTIVE, current__number=1, owner=owner, created_at=now
    )
    assert live.count() == len(starter.THRESHOLDS)
    assert set(ThresholdVersion.objects.values_list("created_at", "created_by")) == {(now, owner.pk)}


def test_again_adds_only_what_is_missing(now: datetime) -> None:
    install_starter_catalogue(owner=None, now=now)
    definitions.put_signal_type(slug="pricing-page", fields={"points": 99.0})
    definitions.put_threshold(slug="hand-raise", fields={"rearm_days": 3}, by=None)
    Source.objects.filter(slug="community").delete()
    done = install_starter_catalogue(owner=accounts.user(), now=now)
    assert (done.created, list(done.write_keys)) == (1, ["community"])
    assert SignalType.objects.get(slug="pricing-page").points == 99.0
    hand_raise = Threshold.objects.get(slug="hand-raise")
    assert hand_raise.current is not None
    assert (hand_raise.owner, hand_raise.current.number) == (None, 2)
