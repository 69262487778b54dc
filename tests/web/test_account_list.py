"""The Accounts page: views, filters, sorting, CSV, the look beside the list, acts on the chosen."""

import csv
import io
import re

import pytest
from django.test import Client
from django.utils import timezone

from abmops.lib.choices import Role
from accounts.models import Account, Contact, ListMembership, Touch, User
from tests.accounts import make
from tests.web import world
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db


def shown(client: Client, query: str) -> list[str]:
    """The account names in the order of the page."""
    return re.findall(
        r'<th scope="row"><a href="/accounts/\d+/">([^<]+)</a>',
        client.get(f"/accounts/{query}").content.decode(),
    )


def bulk(what: str, rows: list[Account]) -> str:
    """The address of a button below the list, with these rows chosen."""
    return "/accounts/bulk/?" + "&".join([f"do={what}", *(f"pick={row.pk}" for row in rows)])


@pytest.fixture
def four(rep: User) -> list[Account]:
    """Tiers 1, 2, 3 and one off the list; the first and third are the rep's."""
    rows = world.accounts(4, owner=rep, now=timezone.now())
    ListMembership.objects.filter(account=rows[3]).delete()
    return rows


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        pytest.param("?sort=name", ["000", "001", "002"], id="the whole list"),
        pytest.param("?view=all&sort=name", ["000", "001", "002", "003"], id="all accounts"),
        pytest.param("?view=mine&sort=name", ["000", "002"], id="mine"),
        pytest.param("?view=gaps&sort=name", ["000"], id="tier 1 with gaps"),
        pytest.param("?view=quiet", [], id="nobody is quiet"),
        pytest.param(
            "?view=nonsense&sort=name", ["000", "001", "002"], id="an unknown view is the whole list"
        ),
        pytest.param("?sort=-name", ["002", "001", "000"], id="down"),
        pytest.param("?sort=-score", ["002", "001", "000"], id="by the score of the signals app"),
        pytest.param("?sort=nonsense", ["002", "001", "000"], id="an unknown sort is the score"),
        pytest.param("?sort=-sales", ["000", "001", "002"], id="same touch, by name"),
        pytest.param("?tier=1&tier=3&sort=name", ["000", "002"], id="two tiers"),
        pytest.param("?view=all&tier=none", ["003"], id="off the list"),
        pytest.param("?owner=none", ["001"], id="the pool's"),
        pytest.param("?owner=abc&sort=name", [], id="an owner that is no number is nobody"),
        pytest.param("?q=account1.example", ["001"], id="by domain"),
        pytest.param("?q=ACCOUNT+002", ["002"], id="by name in any case"),
        pytest.param("?gap=champion", [], id="everybody has a champion"),
        pytest.param("?gap=champion&gap=end_user&sort=name", ["000", "001", "002"], id="any of two gaps"),
        pytest.param("?phase=active", [], id="phase"),
        pytest.param("?lifecycle=prospect&sort=name", ["000", "001", "002"], id="lifecycle"),
        pytest.param("?page=99&sort=name", ["000", "001", "002"], id="past the end is the last page"),
    ],
)
def test_the_list_shows_what_was_asked_for(
    as_rep: Client, four: list[Account], query: str, wanted: list[str]
) -> None:
    assert shown(as_rep, query) == [f"Account {number}" for number in wanted]


def test_a_quiet_account_has_no_outbound_sales_touch_in_thirty_days(
    as_rep: Client, four: list[Account]
) -> None:
    Touch.objects.filter(account=four[0], side="sales").update(direction="inbound")
    assert shown(as_rep, "?view=quiet") == ["Account 000"]


def test_every_figure_of_a_row_is_there(as_rep: Client, four: list[Account]) -> None:
    page = as_rep.get("/accounts/?sort=name").content.decode()
    row = page[page.index("Account 000") : page.index("Account 001")]
    for words in (
        "<strong>44</strong>",
        "M. Lindqvist",
        "3 d",
        "5 d",
        "3 roles",
        "Awareness",
        ">50<",
        ">40<",
    ):
        assert words in row, words


def test_an_empty_view_says_what_to_do_next(as_rep: Client) -> None:
    assert "Send your accounts through the API" in as_rep.get("/accounts/").content.decode()
    assert "No account of this view is like that" in as_rep.get("/accounts/?q=zzz").content.decode()


def test_the_csv_holds_the_whole_narrowed_list_and_runs_no_formula(
    as_rep: Client, four: list[Account]
) -> None:
    Account.objects.filter(pk=four[1].pk).update(name='=HYPERLINK("x")')
    answer = as_rep.get("/accounts/accounts.csv?sort=name")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    lines = list(csv.DictReader(io.StringIO(text)))
    assert [line["Account"] for line in lines] == ['\'=HYPERLINK("x")', "Account 000", "Account 002"]
    assert lines[1]["Tier"] == "1"
    assert lines[1]["Score"] == "44.0"
    assert lines[1]["Missing"] == "Economic Buyer, Technical Evaluator, End User"


def test_the_look_beside_the_list_is_the_same_part_on_a_page_of_its_own(
    as_rep: Client, four: list[Account]
) -> None:
    url = f"/accounts/{four[0].pk}/peek/"
    part = as_rep.get(url, headers={"HX-Request": "true"}).content.decode()
    assert part.strip().startswith("<aside")
    page = as_rep.get(url).content.decode()
    assert "<h1>Account 000</h1>" in page
    assert 'id="peek-committee"' in page
    assert 'id="peek-committee"' in part


def test_the_chosen_are_handed_on_after_being_asked(sign_in: SignIn, four: list[Account]) -> None:
    revops = sign_in(Role.REVOPS)
    other = make.user(Role.REP, name="Piet van Dorn")
    asked = revops.get(bulk("owner", four[:2]))
    assert "2 accounts" in asked.content.decode()
    sent = {"do": "owner", "pick": [row.pk for row in four[:2]], "owner": other.pk}
    assert revops.post("/accounts/bulk/", sent).status_code == 302
    assert list(Account.objects.filter(owner=other).order_by("name")) == four[:2]


def test_the_chosen_leave_the_list_with_a_reason_and_not_without(
    sign_in: SignIn, four: list[Account]
) -> None:
    revops = sign_in(Role.REVOPS)
    sent = {"do": "off", "pick": [row.pk for row in four[:2]], "tier": "off", "side": "revops"}
    refused = revops.post("/accounts/bulk/", sent)
    assert refused.status_code == 422
    assert 'aria-invalid="true"' in refused.content.decode()
    assert Account.objects.on_list().count() == 3
    revops.post("/accounts/bulk/", sent | {"reason": "Out of business."})
    assert list(Account.objects.on_list()) == [four[2]]


def test_a_rep_changes_only_what_is_theirs(as_rep: Client, rep: User, four: list[Account]) -> None:
    asked = as_rep.get(bulk("tier", four)).content.decode()
    assert "2 of the chosen are somebody else" in asked
    theirs = as_rep.get(bulk("tier", [four[1]]))
    assert theirs.headers["Location"] == "/accounts/"


def test_nothing_chosen_says_so(as_rep: Client) -> None:
    page = as_rep.get(bulk("tier", []), follow=True).content.decode()
    assert "Choose some accounts" in page


def test_an_executive_looks_and_does_not_choose(sign_in: SignIn, four: list[Account]) -> None:
    executive = sign_in(Role.EXECUTIVE)
    assert 'name="pick"' not in executive.get("/accounts/").content.decode()
    assert executive.get(bulk("tier", [four[0]])).status_code == 403


def test_a_stranger_in_a_name_is_text(as_rep: Client, four: list[Account]) -> None:
    Account.objects.filter(pk=four[0].pk).update(name="<script>alert(1)</script>")
    Contact.objects.filter(account=four[0]).update(name="<b>x</b>")
    for url in ("/accounts/", f"/accounts/{four[0].pk}/", f"/accounts/{four[0].pk}/peek/"):
        page = as_rep.get(url).content.decode()
        assert "<script>alert" not in page
        assert "<b>x</b>" not in page
