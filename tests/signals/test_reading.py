"""What was received, what it meant and what it came to, over REST."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from abmops.lib.choices import Role
from abmops.work import services as work
from accounts.models import Account, IcpModel
from signals.models import Crossing, Signal
from tests.accounts import make as accounts
from tests.api.caller import Caller
from tests.api.conftest import caller_of
from tests.signals import make

pytestmark = pytest.mark.django_db

READ = [
    "sources",
    "signal-types",
    "thresholds",
    "signals",
    "crossings",
    "rejected-events",
    "unmatched-signals",
]


@pytest.fixture
def lived(integration: Caller, site: make.Site, moment: datetime) -> Account:
    """Acme has crossed by three pricing pages and a demo request; a stranger has one signal."""
    acme = accounts.account(fit=50.0)
    jane = accounts.contact(acme)
    visits = [
        make.record(moment, type="pricing-page", message_id=f"p{n}", occurred_at=_ago(moment, days=n + 1))
        for n in range(3)
    ]
    demo = make.record(moment, type="demo-request", message_id="d1", contact_email=jane.email)
    stranger = make.record(moment, type="pricing-page", message_id="s1", account_domain="stranger.example")
    integration.bulk("signals", *visits, demo, stranger)
    work.drain_all()
    return acme


def _ago(moment: datetime, **span: float) -> str:
    return (moment - timedelta(**span)).isoformat()


def _messages(caller: Caller, query: str) -> list[str]:
    answer = caller.get(f"signals/?{query}")
    assert answer.status_code == 200, answer.content
    return sorted(one["message_id"] for one in answer.json()["results"])


@pytest.mark.parametrize(
    ("query", "messages"),
    [
        pytest.param("", ["d1", "p0", "p1", "p2", "s1"], id="everything of late"),
        pytest.param("account_domain=acme.example", ["d1", "p0", "p1", "p2"], id="an account"),
        pytest.param(
            "account_domain=https://www.acme.example/x", ["d1", "p0", "p1", "p2"], id="by any address of it"
        ),
        pytest.param("account_domain=nobody.example", [], id="a domain that nobody has"),
        pytest.param("account={acme}", ["d1", "p0", "p1", "p2"], id="by its number"),
        pytest.param("type=demo-request", ["d1"], id="a type"),
        pytest.param("type=nothing", [], id="an unknown type"),
        pytest.param(
            "source=site&type=pricing-page&account_domain=acme.example", ["p0", "p1", "p2"], id="all together"
        ),
        pytest.param("unmatched=true", ["s1"], id="unmatched"),
        pytest.param("unmatched=false", ["d1", "p0", "p1", "p2"], id="matched"),
        pytest.param("since={two_days}", ["d1", "p0", "s1"], id="since"),
        pytest.param("until={two_days}", ["p1", "p2"], id="until"),
        pytest.param("since={three_days}&until={two_days}", ["p1"], id="a span"),
    ],
)
def test_signals_narrow_down(
    lived: Account, integration: Caller, moment: datetime, query: str, messages: list[str]
) -> None:
    spans = {
        "acme": str(lived.pk),
        "two_days": _ago(moment, days=1.5).replace("+00:00", "Z"),
        "three_days": _ago(moment, days=2.5).replace("+00:00", "Z"),
    }
    assert _messages(integration, query.format(**spans)) == messages


@pytest.mark.parametrize(
    "query",
    [
        "acount_domain=acme.example",
        "since=yesterday",
        "ordering=occurred_at",
        "limit=0",
        "cursor=x",
        "unmatched=maybe",
    ],
)
def test_a_filter_that_is_not_understood_is_refused(lived: Account, integration: Caller, query: str) -> None:
    assert integration.get(f"signals/?{query}").status_code == 400


@pytest.mark.parametrize(
    "resource", ["signals", "crossings", "unmatched-signals", "rejected-events", "thresholds"]
)
def test_pages_hold_everything_once(
    lived: Account, integration: Caller, moment: datetime, site: make.Site, resource: str
) -> None:
    more = [make.record(moment, message_id=f"u{n}", account_domain=f"u{n}.example") for n in range(3)]
    integration.bulk("signals", *more)
    work.drain_all()
    integration.bulk("signals", *[one | {"topic": "Other"} for one in more])
    work.drain_all()
    everything = integration.get(f"{resource}/").json()["results"]
    assert len(everything) >= 2
    paged: list[Any] = []
    address: str | None = f"{resource}/?limit=2"
    while address:
        page = integration.get(address.removeprefix("http://testserver")).json()
        paged += page["results"]
        address = page["next"]
    assert paged == everything


def test_one_signal(lived: Account, integration: Caller) -> None:
    signal = Signal.objects.get(message_id="d1")
    shown = integration.get(f"signals/{signal.pk}/").json()
    assert (shown["account_domain"], shown["contact_email"], shown["type"]) == (
        "acme.example",
        "jane@acme.example",
        "demo-request",
    )
    assert integration.get("signals/00000000-0000-0000-0000-000000000000/").status_code == 404


def test_a_crossing_shows_its_evidence(lived: Account, integration: Caller) -> None:
    rows = integration.get("crossings/?account_domain=acme.example").json()["results"]
    assert {one["threshold"] for one in rows} == {"three-pricing", "hand-raise"}
    visits = integration.get("crossings/?threshold=three-pricing&urgency=hot").json()["results"]
    assert len(visits) == 1
    one = visits[0]
    assert [signal["message_id"] for signal in one["evidence"]] == ["p0", "p1", "p2"]
    assert (one["account_name"], one["account_domain"], one["sequence"], one["version"]) == (
        "Acme",
        "acme.example",
        1,
        1,
    )
    assert one["sentence"].startswith(
        "When there are at least 3 “pricing-page” signals within 14 days, any account is hot"
    )
    assert integration.get(f"crossings/{one['id']}/").json() == one
    assert (
        integration.get(f"crossings/?since={_ago(timezone.now(), days=-1).replace('+00:00', 'Z')}").json()[
            "results"
        ]
        == []
    )


def test_the_score_is_the_sum_of_its_parts(lived: Account, integration: Caller) -> None:
    IcpModel.objects.create(
        number=1,
        name="ICP",
        adopted_at=timezone.now(),
        criteria=[{"field": "industry", "weight": 100, "any_of": ["Software"]}],
    )
    shown = integration.get(f"accounts/{lived.pk}/score/").json()
    assert shown["value"] == pytest.approx(0.4 * shown["fit"] + 0.6 * shown["intent"])
    assert shown["value"] == pytest.approx(shown["parts"]["fit"] + shown["parts"]["intent"])
    assert (shown["fit"], shown["fit_name"], shown["account_domain"]) == (50.0, "moderate", "acme.example")
    parts = shown["contributions"]
    assert [(part["source"], part["type"]) for part in parts] == [
        ("site", "demo-request"),
        ("site", "pricing-page"),
    ]
    assert sum(part["intent"] for part in parts) == pytest.approx(shown["intent"])
    assert sum(part["points"] for part in parts) == pytest.approx(shown["parts"]["intent"])
    assert sum(part["share"] for part in parts) == pytest.approx(1)
    assert [(part["label"], part["met"]) for part in shown["fit_contributions"]] == [("Industry", False)]


def test_an_account_without_signals_scores_its_fit(integration: Caller, site: make.Site) -> None:
    quiet = accounts.account(fit=81.0)
    shown = integration.get(f"accounts/{quiet.pk}/score/").json()
    assert (shown["value"], shown["intent"], shown["contributions"]) == (pytest.approx(32.4), 0.0, [])
    assert integration.get(f"accounts/{quiet.pk + 1}/score/").status_code == 404


@pytest.mark.parametrize("role", Role.values)
def test_everybody_reads_and_nobody_changes_what_happened(lived: Account, role: str) -> None:
    caller = caller_of(role)
    for resource in READ:
        assert caller.get(f"{resource}/").status_code == 200
        assert Caller().get(f"{resource}/").status_code == 401
    for resource in ("crossings", "rejected-events", "unmatched-signals"):
        assert caller.post(f"{resource}/", {}).status_code in {403, 405}
    assert caller.get(f"accounts/{lived.pk}/score/").status_code == 200
    assert caller.send("DELETE", f"crossings/{Crossing.objects.first().pk}/").status_code in {403, 405}  # type: ignore[union-attr]


@pytest.mark.parametrize("resource", READ)
def test_the_number_of_queries_does_not_grow(
    resource: str, lived: Account, integration: Caller, moment: datetime
) -> None:
    integration.bulk(
        "signals", *[make.record(moment, type="pricing-page", message_id=f"x{n}") for n in range(20)]
    )
    work.drain_all()
    integration.get(f"{resource}/?limit=1")
    counts = []
    for limit in (1, 1000):
        with CaptureQueriesContext(connection) as queries:
            assert integration.get(f"{resource}/?limit={limit}").status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 8
