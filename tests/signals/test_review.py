"""The Wednesday review: what shows, how it is narrowed, tagged and assigned in place, and the figures before it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from abmops.lib.choices import Direction, Role, Side
from abmops.work import services as work
from accounts.models import Account, Touch, User
from accounts.services.membership import place_on_list
from accounts.services.touch import log_touch
from plays.models import Task
from signals.domain.surge import TIMES
from signals.models import AccountState, Crossing, ScoreDay, ScoreNight, SourceAlert, Surge
from signals.selectors import review
from signals.selectors.review import Wanted
from signals.services.feedback import say
from signals.views.review import last_wednesday
from tests.accounts import make as people
from tests.signals import make
from tests.signals.test_feedback import crossing, signal

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def cold() -> None:
    """No count of another test is left in the cache."""
    cache.clear()


@pytest.fixture
def rep(site: make.Site) -> User:
    """A rep."""
    return people.user(Role.REP, name="Maya Lindqvist", toured_at=timezone.now())


@pytest.fixture
def revops(site: make.Site) -> User:
    """RevOps."""
    return people.user(Role.REVOPS, toured_at=timezone.now())


@pytest.fixture
def browser(revops: User) -> Client:
    """RevOps's browser."""
    client = Client()
    client.force_login(revops)
    return client


def warm(name: str, *, score: float = 60, owner: User | None = None, **fields: object) -> Account:
    """An account in market, with a crossing of an hour ago and its signal."""
    account = people.account(name=name, domain=f"{name.lower()}.example", owner=owner, **fields)
    AccountState.objects.create(
        account=account, intent=50, score=score, score_week_ago=score - 20, last_signal_at=timezone.now()
    )
    crossing(account, [signal(account)], at=timezone.now() - HOUR)
    return account


def shown(browser: Client, query: str = "") -> str:
    """The page as text."""
    answer = browser.get(f"/signals/{query}")
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_stranger_knows_what_to_do_next(browser: Client) -> None:
    html = shown(browser)
    assert "Nothing has crossed a threshold since last Wednesday" in html
    assert "No account shows intent yet" in html
    assert "no figure of a week ago yet" in html


def test_both_lists_show_what_a_review_asks(browser: Client, rep: User) -> None:
    account = warm("Acme", owner=rep)
    Surge.objects.create(
        account=account,
        at=timezone.now(),
        points=48,
        signals=6,
        weeks=8,
        usual=16,
        spread=5,
        times=3,
        is_surging=True,
    )
    html = shown(browser)
    assert html.count("Maya Lindqvist") >= 3  # twice on the page, once among the filters
    for words in (
        "three-pricing",
        f"3.0 {TIMES} its usual week",
        "looked at the pricing page",
        "up 20",
        "Assign",
    ):
        assert words in html, words
    assert "48.0 points from 6 signals in 7 days" in html


@pytest.mark.parametrize(
    ("query", "names"),
    [
        pytest.param("", {"Acme", "Bolt", "Cora"}, id="all"),
        pytest.param("?whose=mine", set(), id="mine"),
        pytest.param("?whose=nobody", {"Bolt", "Cora"}, id="of the pool"),
        pytest.param("?whose={rep}", {"Acme"}, id="of one person"),
        pytest.param("?q=bo", {"Bolt"}, id="by name"),
        pytest.param("?tier=1", {"Acme"}, id="by tier"),
        pytest.param("?surging=1", {"Bolt"}, id="surging"),
        pytest.param("?kind=first_party", {"Acme", "Bolt", "Cora"}, id="by source kind"),
        pytest.param("?kind=community", set(), id="of a kind nobody sent"),
        pytest.param("?urgency=normal", {"Acme", "Bolt", "Cora"}, id="by urgency"),
        pytest.param("?urgency=urgent", set(), id="of an urgency nothing has"),
        pytest.param("?threshold=999999", set(), id="of another threshold"),
        pytest.param("?untagged=1", {"Acme", "Cora"}, id="not tagged"),
        pytest.param(
            "?whose=nonsense&threshold=x&urgency=y&kind=z&window=q", {"Acme", "Bolt", "Cora"}, id="nonsense"
        ),
    ],
)
def test_crossings_are_narrowed(browser: Client, rep: User, query: str, names: set[str]) -> None:
    acme, bolt, _ = warm("Acme", owner=rep), warm("Bolt"), warm("Cora")
    place_on_list(account=acme, tier=1, by=rep, side=Side.SALES, reason="Known.", now=timezone.now())
    Surge.objects.create(account=bolt, at=timezone.now(), is_surging=True)
    say(
        user=rep,
        verdict="good",
        note=None,
        crossing=Crossing.objects.get(account=bolt).pk,
        now=timezone.now(),
    )
    html = shown(browser, query.format(rep=rep.pk) + ("&" if query else "?") + "show=crossings")
    assert {name for name in ("Acme", "Bolt", "Cora") if f">{name}</a>" in html} == names


def test_what_narrows_one_list_stands_in_it_and_leaves_the_other(browser: Client) -> None:
    warm("Acme")
    html = shown(browser, "?urgency=urgent")
    both, _, crossings = html.partition('id="crossed-h"')
    crossings, _, market = crossings.partition('id="market-h"')
    for name in ("tier", "whose", "kind", "surging"):
        assert f'name="{name}"' in both
        assert f'name="{name}"' not in crossings + market
    for name in ("window", "threshold", "urgency", "untagged", "waiting"):
        assert re.search(rf'name="{name}"[^>]* form="narrow"', crossings), name
        assert f'name="{name}"' not in both + market
    assert "No crossing is like that" in crossings
    assert ">Acme</a>" in market
    assert 'name="urgency"' not in shown(browser, "?show=market")


@pytest.mark.parametrize(
    ("sort", "first"), [("score", "Low"), ("week", "High"), ("rise", "Low"), ("last", "High"), ("x", "Low")]
)
def test_accounts_in_market_are_ordered(browser: Client, sort: str, first: str) -> None:
    low, high = warm("Low", score=70), warm("High", score=60)
    AccountState.objects.filter(account=low).update(
        score_week_ago=10, last_signal_at=timezone.now() - 5 * HOUR
    )
    Surge.objects.create(account=low, at=timezone.now(), times=1)
    Surge.objects.create(account=high, at=timezone.now(), times=4)
    html = shown(browser, f"?show=market&sort={sort}")
    other = {"Low": "High", "High": "Low"}[first]
    assert html.index(f">{first}</a>") < html.index(f">{other}</a>")
    assert html.count('aria-sort="descending"') == 1


def test_what_waits_longer_than_its_urgency_allows(browser: Client, rep: User) -> None:
    now = timezone.now()
    late, answered, fresh = warm("Late"), warm("Answered"), warm("Fresh")
    Crossing.objects.filter(account__in=[late, answered]).update(crossed_at=now - 25 * HOUR, urgency="hot")
    log_touch(
        account=answered, contact=None, side=Side.SALES, channel="call", direction=Direction.OUTBOUND,
        occurred_at=now - 24 * HOUR, person=rep, programmed=False, subject="", external_id="t1", now=now,
    )  # fmt: skip
    assert Touch.objects.count() == 1
    html = shown(browser, "?waiting=1&show=crossings")
    assert ">Late</a>" in html
    assert ">Answered</a>" not in html
    assert ">Fresh</a>" not in html
    figures = review.agenda(rep, since=now - 7 * 24 * HOUR, now=now)
    assert (figures.waiting, figures.crossed, figures.untagged) == (1, 3, 3)
    assert fresh.name not in review.crossed(rep, Wanted(is_waiting=True), now=now).values_list(
        "account__name", flat=True
    )


def test_the_figures_before_the_review(browser: Client, revops: User, site: make.Site) -> None:
    account, now = warm("Acme"), timezone.now()
    day = (now - timedelta(days=7)).date()
    assert review.agenda(revops, since=now - 48 * HOUR, now=now).in_market_before is None
    ScoreNight.objects.create(day=day, finished_at=now)
    ScoreDay.objects.create(account=account, day=day, fit=0, intent=31, score=20)
    SourceAlert.objects.create(
        source=site.source, kind="silent", began_at=now, noticed_at=now, expected=10, seen=0, p=0.0001
    )
    figures = review.agenda(revops, since=now - 48 * HOUR, now=now)
    assert (figures.in_market, figures.in_market_before, figures.silent) == (1, 1, ("Website",))
    html = shown(browser)
    assert "1 a week ago" in html
    assert "Website" in html


@pytest.mark.parametrize(
    ("now", "began"),
    [
        pytest.param(
            datetime(2026, 11, 18, 10, tzinfo=UTC), datetime(2026, 11, 11, tzinfo=UTC), id="on a Wednesday"
        ),
        pytest.param(
            datetime(2026, 11, 19, 0, 0, tzinfo=UTC), datetime(2026, 11, 18, tzinfo=UTC), id="a day later"
        ),
        pytest.param(
            datetime(2026, 11, 17, 23, tzinfo=UTC), datetime(2026, 11, 11, tzinfo=UTC), id="on a Tuesday"
        ),
    ],
)
def test_the_week_begins_on_the_wednesday_before(now: datetime, began: datetime) -> None:
    with timezone.override("UTC"):
        assert last_wednesday(now) == began


def test_the_wednesday_is_the_readers_also_over_a_change_of_clocks() -> None:
    with timezone.override("Europe/Berlin"):
        began = last_wednesday(datetime(2026, 3, 30, 12, tzinfo=UTC))  # clocks went forward on the 29th
        assert began == datetime(2026, 3, 24, 23, tzinfo=UTC)


def test_an_account_is_handed_over_without_leaving(browser: Client, rep: User) -> None:
    account = warm("Acme")
    form = browser.get(f"/signals/accounts/{account.pk}/assign/?place=c7&back=/signals/", headers=HTMX)
    assert "Maya Lindqvist" in form.content.decode()
    assert "/hand-task/" in form.content.decode()
    answer = browser.post(
        f"/signals/accounts/{account.pk}/assign/?place=c7&back=/signals/", {"owner": rep.pk}, headers=HTMX
    )
    html = answer.content.decode()
    assert 'id="owner-c7" hx-swap-oob="innerHTML"' in html
    assert "Acme now belongs to Maya Lindqvist." in html
    account.refresh_from_db()
    assert account.owner == rep
    assert "undo" in html


def test_without_scripts_the_same_is_a_page_and_leads_back(browser: Client, rep: User) -> None:
    account = warm("Acme")
    back = "/signals/?tier=1"
    page = browser.get(f"/signals/accounts/{account.pk}/assign/", {"back": back})
    assert "<html" in page.content.decode()
    answer = browser.post(
        f"/signals/accounts/{account.pk}/assign/?place=&back=%2Fsignals%2F%3Ftier%3D1", {"owner": rep.pk}
    )
    assert (answer.status_code, answer["Location"]) == (302, back)
    elsewhere = browser.post(
        f"/signals/accounts/{account.pk}/assign/?back=https://evil.example/", {"owner": ""}
    )
    assert elsewhere["Location"] == "/signals/"


def test_a_task_is_given_and_taken_back(browser: Client, rep: User) -> None:
    account = warm("Acme", owner=rep)
    url = f"/accounts/{account.pk}/hand-task/"
    bad = browser.post(url, {"title": "", "channel": "call", "urgency": "hot"}, headers=HTMX)
    assert "This field is required" in bad.content.decode()
    answer = browser.post(
        url, {"title": "Call about pricing", "channel": "call", "urgency": "hot"}, headers=HTMX
    )
    assert "is in the queue of Maya Lindqvist, due" in answer.content.decode()
    task = Task.objects.get()
    assert (task.owner, task.title, task.urgency) == (rep, "Call about pricing", "hot")
    browser.post(f"/tasks/{task.pk}/take-back/")
    task.refresh_from_db()
    assert task.state == "cancelled"


@pytest.mark.parametrize("role", [Role.EXECUTIVE, Role.REP])
def test_who_may_not_hand_over_is_not_offered_it(site: make.Site, role: Role) -> None:
    account = warm("Acme")
    client = Client()
    client.force_login(people.user(role, toured_at=timezone.now()))
    answer = client.post(f"/signals/accounts/{account.pk}/assign/", {"owner": ""})
    assert answer.status_code == 403
    assert client.post(f"/accounts/{account.pk}/hand-task/", {"title": "x"}).status_code == 403
    assert ('data-act="assign"' in shown(client)) == (role == Role.REP)


def test_files_hold_all_of_it_and_no_formula(browser: Client) -> None:
    warm("=cmd")
    market = browser.get("/signals/in-market.csv").getvalue().decode()
    assert "'=cmd" in market
    crossed = browser.get("/signals/crossings.csv").getvalue().decode()
    assert "three-pricing" in crossed
    assert "'=cmd" in crossed


def test_more_rows_ask_no_more_queries(browser: Client) -> None:
    def queries() -> int:
        cache.clear()
        with CaptureQueriesContext(
            connection,
        ) as asked:
            shown(browser)
        return len(asked)

    for name in ("A", "B"):
        warm(name)
    shown(browser)
    few = queries()
    for number in range(12):
        warm(f"More{number}")
    assert queries() == few


def test_a_whole_list_has_pages(browser: Client) -> None:
    for number in range(27):
        warm(f"N{number:02}", score=50 + number)
    html = shown(browser)
    assert "All 27 crossings" in html
    assert "show=market" in html
    second = shown(browser, "?show=crossings&page=2")
    assert second.count('class="crossing"') == 2
    assert shown(browser, "?show=market&page=2").count("<tr data-row") == 2
    assert Wanted().tiers == ()
    work.drain_all()
