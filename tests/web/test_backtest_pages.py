"""A threshold over the past on its pages: asked by htmx and by a plain form, told, opened row by row, as CSV."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from abmops.lib.choices import Role
from abmops.work import services as work
from signals.services import backtest_runs
from tests.signals import make
from tests.signals.test_backtest import account, listed, opened, signals
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db

HTMX = {"HX-Request": "true"}
DRAFT = {
    "key-r": "count",
    "types-r": "pricing-page",
    "at_least-r": "2",
    "days-r": "14",
    "rearm_days": "14",
}


@pytest.fixture
def as_revops(sign_in: SignIn) -> Client:
    """RevOps' browser."""
    return sign_in(Role.REVOPS)


@pytest.fixture
def past(db: None) -> None:
    """Two accounts that three pricing pages brought to light, one of which opened, and one that opened unseen."""
    now, site = timezone.now(), make.site()
    for number, name in enumerate(("won", "quiet", "unseen")):
        row = account(name, now)
        listed(row, now, 1, 400)
        if name != "unseen":
            signals(row, site, now, 203 - number, 202 - number, 201 - number)
        if name != "quiet":
            opened(row, now, 180)


def told(client: Client, url: str, **fields: Any) -> str:
    return client.post(url, fields, headers=HTMX).content.decode()


def test_what_is_in_force_over_the_past(past: None, as_rep: Client) -> None:
    answer = told(as_rep, reverse("signals:backtest", args=["three-pricing"]))
    assert 'id="backtest"' in answer
    assert "2 times" in answer
    assert "<strong>50%</strong>" in answer
    assert "missed 1" in answer
    assert "which is in force" in answer
    assert "Against version" not in answer


def test_a_draft_is_held_against_what_is_in_force(past: None, as_revops: Client) -> None:
    as_revops.post(reverse("signals:backtest", args=["three-pricing"]), DRAFT)
    answer = told(as_revops, reverse("signals:backtest", args=["three-pricing"]), **DRAFT)
    assert "at least 2 “" in answer
    assert "Against version 1" in answer
    weeks = re.search(r"/backtests/[^/]+/weeks/", answer)
    assert weeks is not None
    chart = as_revops.get(weeks[0]).json()
    assert [sum(one["values"]) for one in chart["series"]] == [2, 2]
    assert len(chart["labels"]) == len(chart["series"][0]["values"]) >= 52
    assert "2 accounts</a> cross either way" in answer


def test_a_plain_form_comes_back_with_its_answer(past: None, as_rep: Client) -> None:
    url = reverse("signals:backtest", args=["three-pricing"])
    assert "Run the backtest" in as_rep.get(url).content.decode()
    answer = as_rep.post(url, follow=True)
    assert "2 times" in answer.content.decode()
    assert answer.redirect_chain[0][0].startswith(f"{url}?key=")


def test_every_number_opens_to_its_rows(past: None, as_rep: Client) -> None:
    url = reverse("signals:backtest", args=["three-pricing"])
    key = as_rep.post(url).headers["Location"].partition("key=")[2]
    rows = reverse("signals:backtest_rows", args=[key])
    for show, names in {
        "crossed": {"won", "quiet"},
        "opened": {"won"},
        "quiet": {"quiet"},
        "seen": {"won"},
        "missed": {"unseen"},
        "waiting": set(),
    }.items():
        page = as_rep.get(rows, {"show": show}).content.decode()
        assert {name for name in ("won", "quiet", "unseen") if f">{name}</a>" in page} == names, show
    csv = as_rep.get(reverse("signals:backtest_csv", args=[key]), {"show": "missed"})
    assert "unseen" in csv.getvalue().decode()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        pytest.param({"key-r": "count", "at_least-r": "0", "days-r": "14"}, "not in order", id="a fault"),
        pytest.param({**DRAFT, "rearm_days": "soon"}, "not in order", id="no number"),
        pytest.param(
            {"past-since": "2026-10-01", "past-until": "2026-09-01"}, "must begin before", id="no window"
        ),
        pytest.param({"past-since": "2001-01-01"}, "three years at most", id="absurdly long"),
    ],
)
def test_what_cannot_be_tried_is_said(
    past: None, as_revops: Client, fields: dict[str, str], said: str
) -> None:
    assert said in told(as_revops, reverse("signals:backtest", args=["three-pricing"]), **fields)


def test_a_draft_that_nobody_saved(past: None, as_revops: Client) -> None:
    answer = told(as_revops, reverse("signals:backtest_new"), **DRAFT)
    assert "2 times" in answer
    assert "in force" not in answer


def test_a_large_one_is_worked_out_behind_the_scenes(
    past: None, as_rep: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backtest_runs, "AT_ONCE", -1)
    url = reverse("signals:backtest", args=["three-pricing"])
    key = as_rep.post(url).headers["Location"].partition("key=")[2]
    look = reverse("signals:backtest_told", args=[key])
    assert "Look again" in as_rep.get(look, headers=HTMX).content.decode()
    work.drain_all(timezone.now() + timedelta(minutes=1))
    assert "2 times" in as_rep.get(look, headers=HTMX).content.decode()


def test_what_is_no_longer_kept_says_so(past: None, as_rep: Client) -> None:
    assert "run it again" in as_rep.get(reverse("signals:backtest_told", args=["gone"])).content.decode()
    assert as_rep.get(reverse("signals:backtest_rows", args=["gone"])).status_code == 404


def test_rows_take_the_same_queries_however_many(past: None, as_rep: Client) -> None:
    counts = []
    for round_ in range(2):
        now, site = timezone.now(), make.site()
        for number in range(4 * round_):
            row = account(f"more{number}", now)
            signals(row, site, now, 103, 102, 101)
            opened(row, now, 90)
        key = (
            as_rep.post(reverse("signals:backtest", args=["three-pricing"]))
            .headers["Location"]
            .partition("key=")[2]
        )
        with CaptureQueriesContext(connection) as queries:
            as_rep.get(reverse("signals:backtest_rows", args=[key]), {"show": "seen"})
            as_rep.get(reverse("signals:backtest_told", args=[key]), headers=HTMX)
        counts.append(len(queries))
    assert counts[0] == counts[1]
