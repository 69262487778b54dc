"""The Accounts page: views, filters, sorting, CSV, the look beside the list, acts on the chosen."""

import csv
import io
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from openpyxl import load_workbook

from abmops.lib.choices import Role
from accounts.models import Account, ChangeSet, Contact, ListMembership, SavedView, Touch, User
from accounts.selectors import account_list as listing
from accounts.selectors import account_paging
from accounts.selectors.account_facets import facets
from signals.models import AccountState
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
        pytest.param("?industry=Optics&sort=name", ["000", "001", "002"], id="industry"),
        pytest.param("?industry=none", [], id="no industry"),
        pytest.param("?country=DE&country=FR&sort=name", ["000", "001", "002"], id="any of two countries"),
        pytest.param("?owner=²&owner=99999999999999999999", [], id="an owner that is no number"),
        pytest.param("?gap=nonsense", [], id="a gap that is none"),
        pytest.param("?page=-3&sort=name", ["000", "001", "002"], id="before the first is the first page"),
        pytest.param("?q=%00acc&sort=name", ["000", "001", "002"], id="a NUL is no letter"),
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


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch, rep: User) -> list[Account]:
    """Nine accounts, two a page, three of them without any touch, score or owner; far pages begin at once."""
    monkeypatch.setattr(account_paging, "PAGE_SIZE", 2)
    monkeypatch.setattr(account_paging, "FAR", 3)
    rows = world.accounts(9, owner=rep, now=timezone.now())
    for row in rows[::3]:
        Touch.objects.filter(account=row).delete()
        AccountState.objects.filter(account=row).delete()
        Account.objects.filter(pk=row.pk).update(owner=None, employees=None, domain=None)
    return rows


@pytest.mark.parametrize("sort", sorted(listing.sort_paths()))
@pytest.mark.parametrize("turn", ["", "-"])
@pytest.mark.parametrize("narrowing", ["view=all", "view=all&phase=awareness"])
def test_pages_together_are_the_whole_order(
    as_rep: Client, many: list[Account], sort: str, turn: str, narrowing: str
) -> None:
    query = f"?{narrowing}&sort={turn}{sort}"
    paged = [name for page in range(1, 6) for name in shown(as_rep, f"{query}&page={page}")]
    answer = as_rep.get(f"/accounts/accounts.csv{query}")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    whole = [line["Account"] for line in csv.DictReader(io.StringIO(text))]
    assert paged == whole
    assert sorted(whole) == [f"Account {number:03d}" for number in range(9)]
    assert shown(as_rep, f"{query}&page=99") == whole[8:]


def test_every_count_of_a_filter_is_what_choosing_it_shows(as_rep: Client, many: list[Account]) -> None:
    now, user = timezone.now(), User.objects.get(name="Maya Lindqvist")
    menus = facets(listing.Wanted(view="all"), user=user, now=now)
    assert {menu.name for menu in menus} >= {"tier", "owner", "industry", "country", "gap"}
    for menu in menus:
        for option in menu.options:
            wanted = listing.Wanted(view="all", chosen={menu.name: (option.value,)})
            found = listing.narrowed(wanted, user=user, now=now).count()
            assert option.count in (None, found), (menu.name, option)


def test_the_columns_are_those_that_were_chosen_in_their_order(as_rep: Client, four: list[Account]) -> None:
    chosen = {"col": ["industry", "fit", "people"], "at_people": "1", "at_fit": "3", "at_industry": "2"}
    answer = as_rep.post("/accounts/columns/?view=all&sort=name", chosen)
    address = answer.headers["Location"]
    assert parse_qs(urlsplit(address).query)["cols"] == ["people,industry,fit"]
    page = as_rep.get(address).content.decode()
    table = page[page.index('class="dense') : page.index("</thead>")]
    heads = re.findall(r'<th scope="col"[^>]*>(?:<a [^>]*>)?([^<]+)', table)
    assert heads == ["Account", "Tier", "People", "Industry", "Fit"]
    back = as_rep.post("/accounts/columns/?view=all&cols=fit", {"reset": "1"})
    assert "cols" not in back.headers["Location"]


def test_the_workbook_holds_the_chosen_columns_and_no_formula(as_rep: Client, four: list[Account]) -> None:
    Account.objects.filter(pk=four[1].pk).update(name='=HYPERLINK("x")', industry="a\x0bb")
    answer = as_rep.get("/accounts/accounts.xlsx?sort=name&cols=people,industry,sales")
    body = io.BytesIO(b"".join(answer.streaming_content))  # type: ignore[attr-defined]
    sheet = load_workbook(body).active
    assert sheet is not None
    lines = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert lines[0] == ["Account", "Domain", "Tier", "People", "Industry", "Last sales"]
    assert [line[0] for line in lines[1:]] == ['=HYPERLINK("x")', "Account 000", "Account 002"]
    assert lines[1][3:5] == [2, "ab"]
    assert sheet["A2"].data_type == "s"


def test_a_view_is_saved_opened_changed_and_taken_away(as_rep: Client, four: list[Account]) -> None:
    form = as_rep.get("/accounts/views/new/?view=all&tier=1").content.decode()
    assert "Save this view" in form
    said = {"name": "Top", "starts": "on"}
    answer = as_rep.post("/accounts/views/new/?view=all&tier=1&cols=fit&page=3", said, follow=True)
    view = SavedView.objects.get()
    assert (view.query, view.columns, view.is_shared) == ("tier=1&view=all", ["fit"], False)
    page = answer.content.decode()
    assert f'<a href="?saved={view.pk}" aria-current="page">Top</a>' in page
    assert shown(as_rep, "") == ["Account 000"], "it is the beginning now"
    assert shown(as_rep, "?view=list&sort=name") == ["Account 000", "Account 001", "Account 002"]
    changed = as_rep.get(f"/accounts/?saved={view.pk}&view=all&tier=2&cols=fit").content.decode()
    assert "Top, changed" in changed
    as_rep.post(f"/accounts/views/{view.pk}/keep/?saved={view.pk}&view=all&tier=2&cols=fit")
    assert shown(as_rep, f"?saved={view.pk}") == ["Account 001"]
    gone = as_rep.post(f"/accounts/views/{view.pk}/remove/", follow=True).content.decode()
    assert f"?saved={view.pk}" not in gone
    assert f"/accounts/views/{view.pk}/restore/" in gone
    back = as_rep.post(f"/accounts/views/{view.pk}/restore/", follow=True).content.decode()
    assert "Top is back" in back


def test_a_shared_view_is_everybodys_to_open_and_its_owners_to_change(
    as_rep: Client, sign_in: SignIn, rep: User, four: list[Account]
) -> None:
    as_rep.post("/accounts/views/new/?view=all", {"name": "Ours", "is_shared": "on"})
    as_rep.post("/accounts/views/new/?view=all", {"name": "Mine"})
    shared, private = SavedView.objects.order_by("-name")
    other = sign_in(Role.MARKETER)
    page = other.get("/accounts/").content.decode()
    assert "Ours" in page
    assert ">Mine<" not in page
    assert other.get(f"/accounts/views/{private.pk}/").status_code == 404
    settings = other.get(f"/accounts/views/{shared.pk}/").content.decode()
    assert 'name="name"' not in settings
    assert 'name="starts"' in settings
    other.post(f"/accounts/views/{shared.pk}/", {"sent": "1", "starts": "on"})
    assert "Ours</a>" in other.get("/accounts/").content.decode()
    other.post(f"/accounts/views/{shared.pk}/remove/")
    assert SavedView.objects.filter(removed_at__isnull=True).count() == 2


def test_all_that_match_change_in_one_act_and_come_back_in_one(
    sign_in: SignIn, four: list[Account], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account_paging, "PAGE_SIZE", 1)
    revops = sign_in(Role.REVOPS)
    other = make.user(Role.REP, name="Piet van Dorn")
    assert "All 3 that match" in revops.get("/accounts/?view=list").content.decode()
    asked = revops.get("/accounts/bulk/?do=owner&all=1&match=view%3Dlist").content.decode()
    assert "All 3 accounts that match" in asked
    sent = {"do": "owner", "all": "1", "match": "view=list", "owner": other.pk}
    done = revops.post("/accounts/bulk/", sent, follow=True).content.decode()
    assert "Done for 3 accounts" in done
    act = ChangeSet.objects.get(what__startswith="Handed 3 accounts")
    assert f"/changes/{act.pk}/undo/" in done
    back = revops.post(f"/changes/{act.pk}/undo/?next=/accounts/", follow=True)
    assert back.redirect_chain[-1][0] == "/accounts/"
    assert not Account.objects.filter(owner=other).exists()


def test_the_page_makes_as_many_queries_for_a_long_list_as_for_a_short_one(as_rep: Client, rep: User) -> None:
    def queries(query: str) -> int:
        as_rep.get(f"/accounts/{query}")
        with CaptureQueriesContext(connection) as captured:
            as_rep.get(f"/accounts/{query}")
        return len(captured)

    asked = ("", "?view=all", "?view=all&q=acc&gap=champion&gap=end_user", "?view=all&sort=-sales")
    world.accounts(3, owner=rep, now=timezone.now())
    few = [queries(query) for query in asked]
    world.accounts(57, owner=rep, now=timezone.now(), start=3)
    assert [queries(query) for query in asked] == few
    assert max(few) <= 19
