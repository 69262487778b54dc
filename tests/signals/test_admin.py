"""The admin: every model opens and searches, definitions go through their services, and no page counts a big table."""

import re
from datetime import datetime
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from abmops.lib.ids import uuid7
from abmops.work import services as work
from accounts.models import Account, User
from signals.models import (
    BotPattern,
    CountedLate,
    Crossing,
    Feedback,
    IgnoredKey,
    RemovalRun,
    RemovedEvidence,
    Resolution,
    Retune,
    ScoreDay,
    ScoreNight,
    SettledKey,
    Signal,
    SignalRemoval,
    SignalType,
    Source,
    SourceAlert,
    Threshold,
    ThresholdDrift,
    UnnamedSignal,
    Walk,
)
from signals.services import definitions, ingest, surging, volumes
from tests.accounts import make as accounts
from tests.api.caller import Caller
from tests.signals import make

pytestmark = pytest.mark.django_db
MODELS = [model._meta.model_name for model in apps.get_app_config("signals").get_models()]


@pytest.fixture
def desk(db: None) -> Client:
    """RevOps at the admin."""
    User.objects.create_superuser("root@ours.example", None, name="Root")
    client = Client()
    client.force_login(User.objects.get(), backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def lived(site: make.Site, integration: Caller, moment: datetime) -> make.Site:
    """A row of every kind."""
    accounts.account()
    sent = [make.record(moment, type="pricing-page", message_id=f"m{number}") for number in range(3)]
    integration.bulk("signals", *sent, make.record(moment, message_id="s", account_domain="stranger.example"))
    work.drain_all()
    integration.bulk("signals", sent[0] | {"topic": "Other"})
    work.drain_all()
    site.source.identities.create(key="user:u1", email="ann@acme.example")
    site.source.identities.create(
        key="anonymous:a1", account_keys={"domain:acme.example": "2026-11-01T00:00:00+00:00"}
    )
    for number in range(2):
        integration.bulk("signals", make.record(moment, message_id=f"m{number + 1}", topic="Other"))
        integration.bulk(
            "signals", make.record(moment, message_id=f"t{number}", account_domain=f"t{number}.example")
        )
    work.drain_all()
    UnnamedSignal.objects.create(
        signal_id=uuid7(moment), source=site.source, keys=["user:1:u1"], received_at=moment
    )
    put_off = {"status": "paused", "name": "Two of them"}
    definitions.put_threshold(slug="two-people", fields=put_off, by=None, reason="Too loud.")
    definitions.put_topic(name="CRM")
    site.source.hook_calls.create(key="k", body_hash="h", form="json", size=2, received_at=moment)
    SettledKey.objects.create(digest=bytes(16), body_digest=bytes(8), received_on=moment.date())
    volumes.refresh(now=moment)
    SourceAlert.objects.create(
        source=site.source, kind="silent", began_at=moment, noticed_at=moment, expected=9, seen=0, p=1e-6
    )
    row = Account.objects.get()
    Account.objects.filter(pk=row.pk).update(fit=10)
    Account.objects.filter(pk=row.pk).update(fit=20)
    ScoreDay.objects.create(account=row, day=moment.date(), fit=20, intent=1, score=9)
    ScoreNight.objects.create(day=moment.date())
    CountedLate.objects.create(signal_id=uuid7(moment), counted_at=moment)
    surging.refresh(now=moment)
    crossed = Crossing.objects.get(account=row)
    Feedback.objects.create(user=accounts.user(), account=row, crossing=crossed, verdict="good", at=moment)
    Retune.objects.create(quarter=moment.date(), proposed_at=moment)
    ThresholdDrift.objects.create(
        threshold=crossed.threshold, version=crossed.version, direction="more", noticed_at=moment, tested=1,
        recent_crossings=9, recent_exposure=40, baseline_crossings=3, baseline_exposure=120, p=0.001, p_of_all=0.001,
    )  # fmt: skip
    run = RemovalRun.objects.create(pk=uuid7(moment), kind="bot", reason="A crawler", asked_at=moment)
    SignalRemoval.objects.create(
        run=run, account=row, kind="bot", reason="A crawler", signals=1, removed_at=moment
    )
    RemovedEvidence.objects.create(crossing=crossed, run=run, signals=1)
    run.shares.create(account_id=row.pk, signals=1)
    Resolution.objects.create(
        pk=uuid7(moment), act="alias", keys=["domain:x.example"], account=row, at=moment
    )
    IgnoredKey.objects.create(key="domain:nobody.example", ignored_at=moment)
    BotPattern.objects.create(kind="user_agent", pattern="Crawler")
    Walk.objects.create(name="recompute", begun_at=moment, moved_at=moment)
    return site


def address(model: str | None, page: str, *args: Any) -> str:
    """The address of an admin page."""
    return reverse(f"admin:signals_{model}_{page}", args=args)


@pytest.mark.parametrize("model", MODELS)
def test_every_model_lists_searches_and_opens(desk: Client, lived: make.Site, model: str) -> None:
    page = desk.get(address(model, "changelist"))
    assert page.status_code == 200
    assert page.context["cl"].result_list
    assert desk.get(address(model, "changelist"), {"q": "acme.example"}).status_code == 200
    if model not in ("signalkey", "settledkey"):
        one = page.context["cl"].result_list[0]
        assert desk.get(address(model, "change", one.pk)).status_code == 200


@pytest.mark.parametrize(
    ("model", "term", "found"),
    [
        ("signal", "https://www.acme.example", 3),
        ("signal", "nobody.example", 0),
        ("signal", "no domain at all", 0),
        ("identity", "u1", 1),
        ("identity", "u2", 0),
        ("unmatchedsignal", "stranger.example", 1),
        ("rejectedevent", "m0", 1),
        ("crossing", "acme.example", 1),
        ("signalkey", "zz", 0),
        ("threshold", "three", 1),
    ],
)
def test_searches_find(desk: Client, lived: make.Site, model: str, term: str, found: int) -> None:
    page = desk.get(address(model, "changelist"), {"q": term})
    assert len(page.context["cl"].result_list) == found


def test_a_signal_is_found_by_its_id(desk: Client, lived: make.Site) -> None:
    signal = Signal.objects.earliest("id")
    page = desk.get(address("signal", "changelist"), {"q": str(signal.pk)})
    assert list(page.context["cl"].result_list) == [signal]


@pytest.mark.parametrize(
    "model",
    ["signal", "signalkey", "settledkey", "crossing", "accountstate", "thresholdversion", "rejectedevent"],
)
def test_what_happened_is_only_looked_at(desk: Client, lived: make.Site, model: str) -> None:
    assert desk.get(address(model, "add")).status_code == 403
    if model not in ("signalkey", "settledkey"):
        one = apps.get_model("signals", model)._default_manager.all()[0]
        assert desk.post(address(model, "change", one.pk), {}).status_code == 403
        assert desk.post(address(model, "delete", one.pk), {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("model", ["signal", "signalkey", "rejectedevent", "unmatchedsignal", "identity"])
def test_no_page_counts_a_big_table(
    desk: Client, lived: make.Site, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = apps.get_model("signals", model)
    # More rows than a page holds, so that it asks for a part of them.
    monkeypatch.setattr(admin.site._registry[kind], "list_per_page", 1)
    table = kind._meta.db_table
    with CaptureQueriesContext(connection) as queries:
        desk.get(address(model, "changelist"))
    asked = [query["sql"] for query in queries if f'FROM "{table}"' in query["sql"]]
    assert asked
    assert all("LIMIT" in sql and "COUNT(" not in sql for sql in asked)


def test_the_number_of_queries_does_not_grow(
    desk: Client, lived: make.Site, integration: Caller, moment: datetime
) -> None:
    def queries() -> list[int]:
        counts = []
        for model in MODELS:
            with CaptureQueriesContext(connection) as asked:
                desk.get(address(model, "changelist"))
            counts.append(len(asked))
        return counts

    queries()
    before = queries()
    more = [make.record(moment, message_id=f"x{n}", account_domain=f"x{n % 5}.example") for n in range(20)]
    for number in range(5):
        accounts.account(f"X{number}", f"x{number}.example")
    integration.bulk("signals", *more)
    work.drain_all()
    assert queries() == before


def test_a_new_source_shows_its_key_once(desk: Client) -> None:
    said = {"slug": "web", "name": "Website", "kind": "first_party", "weight": "1.5", "is_active": "on"}
    answer = desk.post(address("source", "add"), said)
    assert answer.status_code == 302
    key = _key_in(answer)
    source = Source.objects.get()
    assert (ingest.source_of(key), source.weight) == (source, 1.5)
    assert key in desk.get(address("source", "changelist")).content.decode()
    assert key not in desk.get(address("source", "changelist")).content.decode()


def test_an_action_makes_a_new_key(desk: Client, site: make.Site) -> None:
    said = {"action": "make_write_key", "_selected_action": [site.source.pk]}
    new = _key_in(desk.post(address("source", "changelist"), said))
    assert (ingest.source_of(site.key), ingest.source_of(new)) == (None, site.source)


def _key_in(answer: Any) -> str:
    said = " ".join(str(message) for message in get_messages(answer.wsgi_request))
    found = re.search(r"wk_[\w-]+", said)
    assert found is not None
    return found[0].rstrip(".")


THRESHOLD = {
    "name": "Three visits",
    "status": "active",
    "condition": '{"count": {"types": ["pricing-page"], "at_least": 3, "days": 14}}',
    "tiers": ["1", "2"],
    "urgency": "hot",
    "rearm_days": "14",
    "versions-TOTAL_FORMS": "0",
    "versions-INITIAL_FORMS": "0",
}


def test_a_threshold_is_written_in_versions(desk: Client, site: make.Site) -> None:
    assert desk.post(address("threshold", "add"), THRESHOLD | {"slug": "mine"}).status_code == 302
    mine = Threshold.objects.get(slug="mine")
    change = address("threshold", "change", mine.pk)
    page = desk.get(change).content.decode()
    assert "a tier 1 or tier 2 account is hot" in page
    assert desk.post(change, THRESHOLD | {"name": "Three looks"}).status_code == 302
    assert desk.post(change, THRESHOLD | {"rearm_days": "30"}).status_code == 302
    mine.refresh_from_db()
    assert mine.current is not None
    assert (mine.current.number, mine.current.rearm_days, mine.current.tiers) == (2, 30, [1, 2])
    assert mine.current.created_by == User.objects.get(email="root@ours.example")


@pytest.mark.parametrize(
    ("model", "said", "words"),
    [
        (
            "threshold",
            THRESHOLD | {"slug": "t", "condition": '{"count": {"at_least": 0, "days": 14}}'},
            "/condition/count/at_least",
        ),
        ("threshold", THRESHOLD | {"slug": "t", "condition": "{"}, "valid JSON"),
        ("signaltype", {"slug": "t", "name": "T", "rules": '[{"evnt": "x"}]'}, "/rules/0/evnt"),
    ],
)
def test_what_is_wrong_is_said_beside_the_field(
    desk: Client, site: make.Site, model: str, said: dict[str, Any], words: str
) -> None:
    answer = desk.post(address(model, "add"), said)
    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert not SignalType.objects.filter(slug="t").exists()
    assert not Threshold.objects.filter(slug="t").exists()


def test_every_model_is_registered() -> None:
    assert set(apps.get_app_config("signals").get_models()) <= set(admin.site._registry)
