"""The Scoreboard page as a browser without JavaScript sees it."""

import csv
import io
import json
import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from abmops.lib.choices import Role
from accounts.models import Account
from scoreboard.domain.catalogue import NUMBERS
from scoreboard.services.snapshots import write_day
from scoreboard.views.board import FIGURES
from tests import budgets
from tests.accounts import make
from tests.scoreboard.test_api import covered
from tests.scoreboard.test_examples import sides
from tests.scoreboard.world import DAY, Crossed, T, World, write

pytestmark = pytest.mark.django_db

PAGE = "/scoreboard/?as_of=2026-11-18T10:00:00Z"


@pytest.fixture(autouse=True)
def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages are asked for an hour after T."""
    monkeypatch.setattr("scoreboard.views.page.timezone.now", lambda: T + timedelta(hours=1))


def text_of(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, answer.status_code
    return answer.content.decode()


@pytest.mark.parametrize(
    ("role", "status"),
    [(role, 403 if role == Role.INTEGRATION else 200) for role in Role],
)
def test_every_person_reads_it(role: Role, status: int) -> None:
    client = Client()
    client.force_login(make.user(role, toured_at=timezone.now()))
    for address in (PAGE, "/scoreboard/coverage/", "/scoreboard/coverage/csv/"):
        assert client.get(address).status_code == status


def test_an_empty_program_says_so_and_never_zero_percent(browser: Client) -> None:
    page = text_of(browser, PAGE)
    assert "No number has both a band and data yet." in page
    assert "0 accounts on the list" in page
    assert ">0%<" not in page


def test_the_figures_and_what_they_open_to(browser: Client) -> None:
    write(covered(5))
    page = text_of(browser, PAGE)
    assert "5 accounts on the list" in page
    assert "3 of 5" in page
    missing = re.search(r'href="(/scoreboard/coverage/\?[^"]*part=missing[^"]*tier=1[^"]*)"', page)
    assert missing is not None
    opened = text_of(browser, missing.group(1).replace("&amp;", "&"))
    assert "2 accounts that had no outbound sales touch in the 30 days." in opened
    assert "Account 1" in opened
    assert "Account 2<" not in opened


@pytest.mark.parametrize("key", list(NUMBERS))
@pytest.mark.parametrize("part", ["numerator", "missing"])
def test_every_number_has_a_page(browser: Client, key: str, part: str) -> None:
    write(sides())
    page = text_of(browser, f"/scoreboard/{key}/?part={part}&tier=1&as_of=2026-11-18T10:00:00Z")
    assert NUMBERS[key].title in page


def test_an_unknown_number_is_not_found(browser: Client) -> None:
    assert browser.get("/scoreboard/nonsense/").status_code == 404


def test_the_sentence_names_what_is_out_of_band(browser: Client) -> None:
    """Nothing programmed in tier 1, which should lie at 80 to 95 %, and no marketing at all."""
    write(covered(5))
    page = text_of(browser, PAGE)
    assert (
        "None of two numbers are in band. <strong>Joint engagement in tier 1 is 80 points short</strong>"
        in page
    )
    assert "list to action in tier 1 is 80 points short" in page


def test_the_trend_is_data_for_the_chart_and_words_for_the_ear(browser: Client) -> None:
    write(covered(4))
    for weeks in (0, 12):
        write_day(day=(T - DAY - timedelta(weeks=weeks)).date(), now=T)
    page = text_of(browser, PAGE)
    found = re.search(r'data-label="([^"]*)">\s*<script type="application/json">(.*?)</script>', page, re.S)
    assert found is not None
    assert found.group(1) == "Coverage over 12 weeks: tier 1 from 0% to 50%"
    chart = json.loads(found.group(2))
    assert len(chart["labels"]) == 13
    assert chart["series"][0]["values"] == [0.0, *[None] * 11, 0.5]
    assert "up 50 points in 12 weeks" in page


def test_an_owners_page_shows_no_trend_of_everybody(browser: Client) -> None:
    write(covered(4))
    page = text_of(browser, f"{PAGE}&owner=owner0@abm.example")
    assert "data-chart" not in page
    assert page.count("Trends are kept for the whole program") == len(FIGURES)


def test_a_day_means_its_end_and_today_means_now(browser: Client) -> None:
    write(covered(4))
    assert "50%" in text_of(browser, "/scoreboard/?as_of=2026-11-17")
    assert 'datetime="2026-11-18T00:00:00+00:00"' in text_of(browser, "/scoreboard/?as_of=2026-11-17")
    assert 'datetime="2026-11-18T11:00:00+00:00"' in text_of(browser, "/scoreboard/?as_of=2026-11-18")


def test_a_wrong_question_is_answered_without_its_wrong_part(browser: Client) -> None:
    write(covered(4))
    page = text_of(browser, "/scoreboard/?as_of=soon&owner=nobody@x.example&tier=1")
    assert "is not a time" in page
    assert "There is no person" in page
    assert "4 accounts on the list" in page


def test_who_still_waits_is_drawn_and_said(browser: Client) -> None:
    world = covered(1)
    write(
        World(tiers=world.tiers, owners=[0], created=world.created, crossings=[Crossed(0, T - DAY, "urgent")])
    )
    page = text_of(browser, PAGE)
    assert "Medians: urgent not reached." in page
    assert "over 24 h" in page


def test_the_csv_holds_the_same_accounts_and_starts_no_formula(browser: Client) -> None:
    write(covered(3))
    Account.objects.filter(name="Account 0").update(name="=cmd|' /C calc'!A0")
    answer = browser.get("/scoreboard/coverage/csv/?as_of=2026-11-18T10:00:00Z")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["account"] for row in rows] == ["'=cmd|' /C calc'!A0", "Account 2"]
    assert [row["tier"] for row in rows] == ["1", "1"]


def test_names_cannot_become_markup(browser: Client) -> None:
    write(covered(2))
    Account.objects.update(name="<script>alert(1)</script>")
    assert "<script>alert(1)" not in text_of(browser, "/scoreboard/coverage/?part=missing")


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("page scoreboard:page", "/scoreboard/"),
        ("page scoreboard:number", "/scoreboard/coverage/?part=missing"),
        ("page scoreboard:csv", "/scoreboard/coverage/csv/?part=missing"),
    ],
)
def test_a_page_keeps_its_budget(browser: Client, name: str, address: str) -> None:
    def count() -> int:
        cache.clear()
        return budgets.queries_of(lambda: browser.get(address))

    write(covered(3))
    count()  # the session's first write
    few = count()
    _add_more(40)
    assert count() == few
    budgets.hold(name, few)


def _add_more(n: int) -> None:
    from accounts.models import ListMembership

    for place in range(n):
        account = Account.objects.create(name=f"More {place}", domain=f"more{place}.example")
        ListMembership.objects.create(
            account=account, tier=1 + place % 3, valid_from=T - DAY, side="revops", reason="Test."
        )
