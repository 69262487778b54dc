"""The Account page and what a person does on it."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from abmops.lib.choices import Role
from accounts.models import Account, Contact, ListMembership, Touch, User
from tests.accounts import make
from tests.web import world
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db


@pytest.fixture
def one(rep: User) -> Account:
    """An account of the rep's in tier 1."""
    return world.accounts(1, owner=rep, now=timezone.now())[0]


def test_one_screen_answers_who_where_since_when_and_what_is_missing(as_rep: Client, one: Account) -> None:
    page = as_rep.get(f"/accounts/{one.pk}/").content.decode()
    for words in (
        "Account 000", "Tier 1", "Maya Lindqvist, SDR", "3 days ago", "5 days ago", "€1,000", "Germany", "100 people",
        "Economic Buyer missing", "Boss 0", "no call", "Roll-out", "on the list", "Fits.", 'hx-trigger="load"',
    ):  # fmt: skip
        assert words in page, words


def test_the_org_chart_nests_a_report_below_their_boss(as_rep: Client, one: Account) -> None:
    page = as_rep.get(f"/accounts/{one.pk}/").content.decode()
    boss = page.index("Boss 0", page.index('id="committee"'))
    report = page.index("Report 0", boss)
    assert "<ul>" in page[boss:report]
    assert "</li>" not in page[boss:report]


def test_an_account_that_does_not_exist_is_not_found(as_rep: Client) -> None:
    assert as_rep.get("/accounts/99/").status_code == 404


def test_the_panels_of_upper_apps_are_links_before_they_load(as_rep: Client, one: Account) -> None:
    page = as_rep.get(f"/accounts/{one.pk}/").content.decode()
    for name in ("score_panel", "trend_panel"):
        address = {"score_panel": "score", "trend_panel": "trend"}[name]
        assert f'hx-get="/signals/accounts/{one.pk}/{address}/"' in page
        assert f'href="/signals/accounts/{one.pk}/{address}/"' in page


def test_a_row_of_links_leads_to_every_section(as_rep: Client, one: Account) -> None:
    page = as_rep.get(f"/accounts/{one.pk}/").content.decode()
    row = page[page.index('class="jumps"') :].partition("</nav>")[0]
    asked = re.findall(r'href="#([a-z-]+)"', row)
    assert sorted(asked) == sorted(re.findall(r'<section[^>]* id="([a-z-]+)"', page))


@pytest.mark.parametrize(
    ("only", "there", "not_there"),
    [
        pytest.param("", ("Email", "Pricing page"), (), id="everything"),
        pytest.param("signals", ("Pricing page",), ("Email to",), id="the account's own acts"),
        pytest.param("sales", ("Email to",), ("Pricing page",), id="sales"),
        pytest.param("marketing", ("Email to",), ("Pricing page",), id="marketing"),
        pytest.param("nonsense", ("Email", "Pricing page"), (), id="an unknown filter shows everything"),
    ],
)
def test_the_timeline_shows_both_sides_or_one(
    as_rep: Client, one: Account, only: str, there: tuple[str, ...], not_there: tuple[str, ...]
) -> None:
    part = as_rep.get(
        f"/accounts/{one.pk}/timeline/?only={only}", headers={"HX-Request": "true"}
    ).content.decode()
    assert all(words in part for words in there)
    assert not any(words in part for words in not_there)


def test_the_timeline_goes_on_where_it_stopped_and_loses_nothing(
    as_rep: Client, one: Account, rep: User
) -> None:
    now = timezone.now()
    Touch.objects.bulk_create(
        Touch(
            account=one,
            side="sales",
            channel="call",
            occurred_at=now - timedelta(days=n, hours=1),
            person=rep,
            subject=f"Call {n:03d}",
        )
        for n in range(70)
    )
    seen, url = "", f"/accounts/{one.pk}/timeline/"
    for _ in range(10):
        part = as_rep.get(url, headers={"HX-Request": "true"}).content.decode()
        seen += part
        if "Show earlier" not in part:
            break
        url = part.split('hx-get="')[-1].split('"')[0].replace("&amp;", "&")
    assert all(seen.count(f"Call {n:03d}") == 1 for n in range(70))


def test_a_broken_moment_in_the_address_is_now(as_rep: Client, one: Account) -> None:
    for before in ("yesterday", "2026-13-01T00:00:00Z", "2026-01-01T00:00:00"):
        assert as_rep.get(f"/accounts/{one.pk}/timeline/", {"before": before}).status_code == 200


def test_a_touch_is_logged_in_the_readers_zone(as_rep: Client, one: Account, rep: User) -> None:
    boss = Contact.objects.get(name="Boss 0")
    sent = {
        "channel": "call", "contact": boss.pk, "direction": "outbound", "side": "sales",
        "occurred_at": "2026-01-10T15:30", "subject": "Budget is in spring.",
    }  # fmt: skip
    answer = as_rep.post(f"/accounts/{one.pk}/touch/", sent, follow=True)
    assert "Logged on Account 000." in answer.content.decode()
    touch = Touch.objects.get(subject="Budget is in spring.")
    assert touch.occurred_at.isoformat() == "2026-01-10T14:30:00+00:00"
    assert (touch.person, touch.contact) == (rep, boss)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        pytest.param({"occurred_at": "2999-01-01T00:00"}, "cannot lie in the future", id="the future"),
        pytest.param({"occurred_at": ""}, "This field is required", id="no time"),
        pytest.param({"occurred_at": "soon"}, "Enter a valid date/time", id="no moment"),
        pytest.param({"channel": "pigeon"}, "not one of the available choices", id="unknown channel"),
        pytest.param({"contact": "999999"}, "not one of the available choices", id="somebody else's contact"),
    ],
)
def test_a_touch_that_cannot_be_is_said_beside_its_field(
    as_rep: Client, one: Account, changed: dict[str, str], said: str
) -> None:
    sent = {
        "channel": "call",
        "direction": "outbound",
        "side": "sales",
        "occurred_at": "2026-01-10T15:30",
    } | changed
    answer = as_rep.post(f"/accounts/{one.pk}/touch/", sent)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert Touch.objects.count() == 2


def test_a_tier_changes_with_side_and_reason_and_is_taken_back(as_rep: Client, one: Account) -> None:
    sent = {"tier": "2", "side": "sales", "reason": "They froze the budget."}
    page = as_rep.post(f"/accounts/{one.pk}/tier/", sent, follow=True).content.decode()
    one.refresh_from_db()
    assert one.tier == 2
    change = ListMembership.objects.get(account=one, valid_to=None)
    undo = f"/accounts/{one.pk}/tier/{change.pk}/undo/"
    assert f'action="{undo}"' in page
    as_rep.post(undo)
    one.refresh_from_db()
    assert one.tier == 1
    assert (
        ListMembership.objects.get(account=one, valid_to=None).reason == "Taken back: They froze the budget."
    )
    assert "has been changed again since" in as_rep.post(undo, follow=True).content.decode()


def test_a_tier_without_a_reason_stays(as_rep: Client, one: Account) -> None:
    assert (
        as_rep.post(f"/accounts/{one.pk}/tier/", {"tier": "2", "side": "sales", "reason": "  "}).status_code
        == 422
    )
    one.refresh_from_db()
    assert one.tier == 1


def test_a_missing_role_is_filled_from_its_gap(as_rep: Client, one: Account) -> None:
    form = as_rep.get(f"/accounts/{one.pk}/people/new/?role=economic_buyer").content.decode()
    assert '<option value="economic_buyer" selected>' in form
    boss = Contact.objects.get(name="Boss 0")
    sent = {
        "name": "Nia Roth",
        "email": "Nia@account0.example",
        "role": "economic_buyer",
        "influence": "5",
        "reports_to": boss.pk,
    }
    as_rep.post(f"/accounts/{one.pk}/people/new/", sent)
    nia = Contact.objects.get(name="Nia Roth")
    assert (nia.account, nia.role, nia.influence, nia.reports_to) == (one, "economic_buyer", 5, boss)
    assert "Economic Buyer missing" not in as_rep.get(f"/accounts/{one.pk}/").content.decode()


def test_nobody_is_moved_here_from_another_account(as_rep: Client, one: Account) -> None:
    elsewhere = make.account("Other", "other.example")
    make.contact(elsewhere, "jane@other.example")
    sent = {"name": "Jane", "email": "JANE@other.example"}
    answer = as_rep.post(f"/accounts/{one.pk}/people/new/", sent)
    assert answer.status_code == 422
    assert "is Jane of Other" in answer.content.decode()


@pytest.mark.parametrize("path", ["touch/", "tier/", "people/new/"])
def test_somebody_elses_account_is_only_looked_at(sign_in: SignIn, one: Account, path: str) -> None:
    stranger = sign_in(Role.REP)
    assert stranger.get(f"/accounts/{one.pk}/{path}").status_code == 403
    assert "Log a touch" not in stranger.get(f"/accounts/{one.pk}/").content.decode()


def test_the_score_panel_explains_itself_and_opens_to_its_signals(as_rep: Client, one: Account) -> None:
    part = as_rep.get(f"/signals/accounts/{one.pk}/score/", headers={"HX-Request": "true"}).content.decode()
    assert part.strip().startswith('<section id="score"')
    assert f'href="/accounts/{one.pk}/#fit">Fit gives' in part  # what it is made of stands there, once
    page = as_rep.get(f"/signals/accounts/{one.pk}/?type=pricing-page&source=web").content.decode()
    assert page.count('<th scope="row">Pricing page</th>') == 2
    assert "/pricing" in page
