"""The pages of the retune: the effect before the lines, deciding with and without a script, who may."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from abmops.lib.choices import Role
from abmops.work import services as work
from accounts.models import Account, User
from signals.domain.retune import quarter_of
from signals.models import Retune, Source
from signals.services import retune
from tests.accounts import make as people
from tests.signals import make
from tests.signals.test_retune import tags

pytestmark = pytest.mark.django_db
PAGE = "/signals/retunes/"


def browser(role: Role = Role.REVOPS) -> tuple[Client, User]:
    """Somebody signed in who has seen the tour."""
    cache.clear()
    user, client = people.user(role, toured_at=timezone.now()), Client()
    client.force_login(user)
    return client, user


@pytest.fixture
def acme(site: make.Site) -> Account:
    """An account with a quarter of noise."""
    row = people.account()
    tags(row, "noise", 10, at=timezone.now())
    return row


def open_one(*, worked_out: bool = True) -> Retune:
    """An open proposal of this quarter."""
    now = timezone.now()
    row = retune.propose(quarter=quarter_of(now), by=None, now=now)
    if worked_out:
        work.drain_all()
    row.refresh_from_db()
    return row


def test_it_is_proposed_by_hand_looked_at_and_accepted(acme: Account) -> None:
    client, _ = browser()
    assert b"Nothing was proposed yet" in client.get(PAGE).content
    answer = client.post(f"{PAGE}propose/", {"quarter": quarter_of(timezone.now()).isoformat()})
    row = Retune.objects.get()
    url = f"{PAGE}{row.pk}/"
    assert answer.headers["Location"] == url
    body = client.get(url).content.decode()
    assert f'data-live-url="{url}"' in body
    assert client.get(url, headers={"X-Live": "1"}).status_code == 204
    assert client.post(url, {"do": "accept", "line": ["source:site"]}).status_code == 422
    work.drain_all()
    assert client.get(url, headers={"X-Live": "1"}).status_code == 200
    body = client.get(url).content.decode()
    assert body.index("What it would do") < body.index("What it proposes")
    assert "No active threshold looks at a score" in body
    assert "0 good and 10 noise: more often noise than good, so 0.50 times the weight." in body
    assert client.post(url, {"do": "accept", "line": ["source:site"], "reason": "Agreed."}).status_code == 302
    assert Source.objects.get().weight == 0.5
    body = client.get(url).content.decode()
    assert "“Agreed.”" in unescape(body)
    undo = re.search(r'action="([^"]+/revert/)"', body)
    assert undo is not None
    client.post(undo[1])
    assert Source.objects.get().weight == 1.0
    assert b"reverted it" in client.get(url).content


def test_declining_asks_for_words(acme: Account) -> None:
    client, _ = browser()
    url = f"{PAGE}{open_one().pk}/"
    answer = client.post(url, {"do": "decline", "reason": " "})
    assert answer.status_code == 422
    assert "Say why the weights stay" in answer.content.decode()
    assert client.post(url, {"do": "decline", "reason": "One rep."}).status_code == 302
    assert Retune.objects.get().status == "declined"


def test_no_line_chosen_says_so(acme: Account) -> None:
    client, _ = browser()
    answer = client.post(f"{PAGE}{open_one().pk}/", {"do": "accept"})
    assert answer.status_code == 422
    assert "Choose at least one line" in answer.content.decode()
    assert 'value="source:site" checked' not in answer.content.decode()


@pytest.mark.parametrize("role", [Role.MARKETER, Role.REP, Role.EXECUTIVE])
def test_others_read(acme: Account, role: Role) -> None:
    row = open_one()
    client, _ = browser(role)
    url = f"{PAGE}{row.pk}/"
    body = client.get(url).content.decode()
    assert "RevOps decides on it." in body
    assert 'value="accept"' not in body
    assert "Propose now" not in client.get(PAGE).content.decode()
    assert client.post(url, {"do": "accept", "line": ["source:site"]}).status_code == 422
    assert client.post(f"{PAGE}propose/").status_code == 403
    assert client.post(f"{url}revert/").status_code == 403
    assert Source.objects.get().weight == 1.0


def test_nothing_to_propose_is_said(site: make.Site) -> None:
    client, _ = browser()
    assert client.post(f"{PAGE}propose/", {"quarter": "nonsense"}, follow=True).redirect_chain == [
        (PAGE, 302)
    ]
    assert not Retune.objects.exists()


def test_the_csv_has_a_line_a_weight_and_the_list_narrows(acme: Account) -> None:
    open_one()
    client, _ = browser()
    text = b"".join(client.get(f"{PAGE}retunes.csv")).decode()
    assert len(text.strip().splitlines()) == 3
    assert "source,site,0,0,10,1.0,0.5," in text
    assert b"No retune is like that" in client.get(f"{PAGE}?status=accepted").content
    assert b"Proposed" in client.get(f"{PAGE}?status=proposed").content


def test_rows_cost_no_queries(acme: Account) -> None:
    client, user = browser()

    def asked() -> int:
        client.get(PAGE)
        with CaptureQueriesContext(connection) as queries:
            client.get(PAGE)
        return len(queries)

    def declined() -> None:
        row = open_one()
        retune.decline(retune=row.pk, reason="No.", by=user, now=timezone.now())

    declined()
    few = asked()
    for _ in range(4):
        declined()
    assert asked() == few
