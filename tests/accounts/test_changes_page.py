"""The change log as people read it: acts in words, narrowed, opened to their rows, taken back."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from abmops.lib.choices import Role
from accounts.models import Account, Change, ChangeSet, Contact, Territory, User, Via
from accounts.selectors import changes as log
from accounts.selectors.change_words import tell
from accounts.services.bulk import hand_over
from accounts.services.changes import acting
from accounts.services.membership import place_on_list
from tests.accounts import make
from tests.api.caller import Caller
from tests.api.conftest import caller_of

pytestmark = pytest.mark.django_db
ZONE = timezone.get_default_timezone()


@pytest.fixture
def revops() -> User:
    """Who acts."""
    return make.user(Role.REVOPS, name="Rosa Ops")


def browser(user: User) -> Client:
    """Signed in."""
    client = Client()
    client.force_login(user)
    return client


def text(client: Client, url: str) -> str:
    """A page."""
    return client.get(url).content.decode()


def sentences(act: Callable[[Account], object], account: Account) -> list[str]:
    """What the log says of an act."""
    with acting(via=Via.PAGE) as said:
        act(account)
    rows = Change.objects.filter(change_set=said).order_by("pk")
    return [told.sentence for told in tell(rows, now=timezone.now(), zone=ZONE)]


def by_rep(account: Account) -> None:
    """Handed to Ann."""
    Account.objects.filter(pk=account.pk).update(owner=make.user(Role.REP, name="Ann Rep"))


def by_money(account: Account) -> None:
    """More revenue."""
    Account.objects.filter(pk=account.pk).update(annual_revenue=Decimal(1_500_000))


def by_place(account: Account) -> None:
    """Into a territory."""
    place, _ = Territory.objects.get_or_create(slug="dach", name="DACH")
    Account.objects.filter(pk=account.pk).update(territory=place)


def by_list(account: Account) -> None:
    """On the list."""
    by, now = make.user(), timezone.now()
    place_on_list(account=account, tier=1, side="sales", reason="They asked.", by=by, now=now)


@pytest.mark.parametrize(("act", "said"), [
    pytest.param(lambda a: Account.objects.filter(pk=a.pk).update(industry="Software"),
                 "Acme: Industry: Steel → Software", id="a word"),
    pytest.param(lambda a: Account.objects.filter(pk=a.pk).update(industry=""),
                 "Acme: Industry: Steel → nothing", id="cleared"),
    pytest.param(by_rep, "Acme: Owner: nothing → Ann Rep", id="a person by name"),
    pytest.param(by_money, "Acme: Annual revenue: €1,000,000 → €1,500,000", id="money with its currency"),
    pytest.param(by_list, "Acme was put into tier 1", id="the list"),
    pytest.param(lambda a: Account.objects.filter(pk=a.pk).update(lifecycle="customer"),
                 "Acme: Lifecycle: Prospect → Customer", id="a choice by its label"),
    pytest.param(make.contact, "Contact Jane of Acme was added", id="a person is added"),
    pytest.param(lambda a: Contact.objects.filter(account=a).delete(),
                 "Contact Old of Acme was removed", id="a person is removed"),
    pytest.param(lambda a: a.delete(), "Acme was removed", id="an account that is gone"),
])  # fmt: skip
def test_a_change_is_told_in_words(act: Callable[[Account], object], said: str) -> None:
    account = make.account(industry="Steel", annual_revenue=1_000_000, currency="EUR")
    make.contact(account, "old@acme.example", name="Old")
    assert said in sentences(act, account)


def test_a_territory_is_told_by_its_name() -> None:
    account = make.account()
    assert "Acme: Territory: nothing → DACH" in sentences(by_place, account)


def test_no_secret_is_ever_told(revops: User) -> None:
    revops.set_password("a very long secret")
    revops.save()
    told = str(list(Change.objects.values_list("before", "after")))
    assert revops.password not in told


@pytest.fixture
def lived(revops: User) -> dict[str, Account]:
    """Three acts of two people."""
    ann = make.user(Role.REP, name="Ann Rep")
    with acting(via=Via.COMMAND, what="Set-up"):
        acme, other = make.account("Acme", "acme.example"), make.account("Other", "other.example")
    ChangeSet.objects.update(at=timezone.now() - timedelta(days=10))
    hand_over(accounts=[acme.pk], owner=ann, by=revops, now=timezone.now())
    with acting(by=ann, via=Via.API, what="PATCH /api/v1/accounts/", reason="They moved."):
        Account.objects.filter(pk=other.pk).update(region="North")
    return {"acme": acme, "other": other}


DAY_AGO = f"{timezone.now() - timedelta(days=2):%Y-%m-%d}"


@pytest.mark.parametrize(("query", "shown", "hidden"), [
    ("", ["Handed 1 account to Ann Rep", "Other: Region: nothing → North", "Set-up"], []),
    ("?via=api", ["Other: Region"], ["Handed 1 account", "Set-up"]),
    ("?kind=accounts_accountdomain", ["Set-up"], ["Handed 1 account"]),
    ("?field=region", ["Other: Region", "Set-up"], ["Handed 1 account"]),
    (f"?since={DAY_AGO}", ["Handed 1 account"], ["Set-up"]),
    (f"?until={DAY_AGO}", ["Set-up"], ["Handed 1 account"]),
    ("?q=they+moved", ["Other: Region"], ["Handed 1 account"]),
    ("?q=acme", ["Handed 1 account", "Set-up"], ["Other: Region"]),
    ("?q=zzz", ["No change is like that"], ["Handed 1 account"]),
    ("?since=nonsense&person=x&account=-1&before=~", ["Handed 1 account", "Set-up"], []),
])  # fmt: skip
def test_the_log_is_narrowed(
    revops: User, lived: dict[str, Account], query: str, shown: list[str], hidden: list[str]
) -> None:
    page = text(browser(revops), f"/changes/{query}")
    listed = page[page.index('class="filters"') :]
    assert [words for words in shown if words not in listed] == []
    assert [words for words in hidden if words in listed] == []


def test_by_person_and_by_account(revops: User, lived: dict[str, Account]) -> None:
    page = text(browser(revops), f"/changes/?person={revops.pk}")
    assert "Handed 1 account" in page
    assert "Set-up" not in page
    page = text(browser(revops), f"/changes/?account={lived['other'].pk}")
    assert "Other: Region" in page
    assert "Handed 1 account" not in page


def test_pages_go_on_by_key_and_lose_nothing(
    revops: User, monkeypatch: pytest.MonkeyPatch, lived: dict[str, Account]
) -> None:
    ChangeSet.objects.update(at=timezone.now())  # one moment for all: the id decides
    monkeypatch.setattr(log, "ACTS_A_PAGE", 2)
    seen: list[object] = []
    before = None
    while True:
        found = log.acts(log.Asked(), user=revops, before=before, now=timezone.now(), zone=ZONE)
        seen += [act.row.pk for act in found.acts]
        if (before := found.older) is None:
            break
    assert seen == list(ChangeSet.objects.order_by("-at", "-pk").values_list("pk", flat=True))


def test_an_act_opens_to_its_rows_and_goes_back_for_revops(revops: User, lived: dict[str, Account]) -> None:
    act = ChangeSet.objects.get(what__startswith="Handed")
    client = browser(revops)
    assert "Owner" in text(client, f"/changes/{act.pk}/")
    plan = text(client, f"/changes/{act.pk}/undo/")
    assert "1 row would be as before" in plan
    client.post(f"/changes/{act.pk}/undo/")
    assert Account.objects.get(pk=lived["acme"].pk).owner is None
    assert "Taken back" in text(client, f"/changes/{act.pk}/")
    again = client.post(f"/changes/{act.pk}/undo/", follow=True).content.decode()
    assert "taken back already" in again


def test_what_newer_changes_stand_on_is_said_before(revops: User, lived: dict[str, Account]) -> None:
    act = ChangeSet.objects.get(what__startswith="Handed")
    hand_over(accounts=[lived["acme"].pk], owner=None, by=revops, now=timezone.now())
    page = text(browser(revops), f"/changes/{act.pk}/undo/")
    assert "newer changes stand on it" in page
    assert 'class="btn danger"' not in page


@pytest.mark.parametrize(("role", "status"), [
    (Role.REP, 403), (Role.MARKETER, 403), (Role.EXECUTIVE, 403), (Role.REVOPS, 200),
])  # fmt: skip
def test_only_revops_takes_others_acts_back(lived: dict[str, Account], role: Role, status: int) -> None:
    act = ChangeSet.objects.get(what__startswith="Handed")
    client = browser(make.user(role))
    assert client.get(f"/changes/{act.pk}/").status_code == 200
    assert client.get(f"/changes/{act.pk}/undo/").status_code == status


def test_an_undo_never_leads_elsewhere(revops: User, lived: dict[str, Account]) -> None:
    act = ChangeSet.objects.get(what__startswith="Handed")
    answer = browser(revops).post(f"/changes/{act.pk}/undo/?next=https://elsewhere.example/")
    assert answer.headers["Location"].startswith("/changes/")


def test_the_file_has_a_line_a_field(revops: User, lived: dict[str, Account]) -> None:
    answer = browser(revops).get("/changes/changes.csv?kind=accounts_account&via=api")
    body = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    lines = list(csv.DictReader(io.StringIO(body)))
    assert [
        (line["Account"], line["Field"], line["Before"], line["After"], line["Who"]) for line in lines
    ] == [("Other", "Region", "nothing", "North", "Ann Rep")]


def test_the_account_page_has_its_history(revops: User, lived: dict[str, Account]) -> None:
    client, account = browser(revops), lived["other"]
    assert f"/changes/accounts/{account.pk}/" in text(client, f"/accounts/{account.pk}/")
    panel = client.get(f"/changes/accounts/{account.pk}/", headers={"HX-Request": "true"}).content.decode()
    assert "Other: Region: nothing → North" in panel
    assert "They moved." in panel


def test_the_number_of_queries_does_not_grow_with_the_log(revops: User, lived: dict[str, Account]) -> None:
    client = browser(revops)

    def queries(url: str) -> int:
        client.get(url)
        with CaptureQueriesContext(connection) as captured:
            client.get(url)
        return len(captured)

    act = ChangeSet.objects.get(what__startswith="Handed")
    urls = ("/changes/", f"/changes/{act.pk}/", f"/changes/accounts/{lived['acme'].pk}/")
    make.contact(lived["acme"])  # each kind of row that lines point to costs one query, so all are there
    few = [queries(url) for url in urls]
    for number in range(12):
        with acting(by=revops, what=f"Act {number}"):
            row = make.account(f"N{number}", f"n{number}.example", owner=revops)
            make.contact(row, f"p@n{number}.example")
        with acting(change_set=None, by=revops):
            Account.objects.filter(pk=lived["acme"].pk).update(region=f"R{number}")
    assert all(many <= few for many, few in zip([queries(url) for url in urls], few, strict=True))


def test_a_large_act_is_counted_up_to_a_bound(revops: User, monkeypatch: pytest.MonkeyPatch) -> None:
    with acting(by=revops, what="Many"):
        Account.objects.bulk_create(Account(name=f"A{n}") for n in range(12))
    monkeypatch.setattr(log, "COUNTED", 10)
    page = text(browser(revops), "/changes/")
    assert "Over 7 more" in page


def test_the_api_reads_the_log_by_key(lived: dict[str, Account]) -> None:
    caller = caller_of(Role.REVOPS)
    answer = caller.get("changes/?account_domain=other.example&limit=1&ordering=-id").json()
    row = answer["results"][0]
    assert (row["table"], row["op"], row["after"], row["account"]) == (
        "accounts_account", "changed", {"region": "North"}, lived["other"].pk,
    )  # fmt: skip
    assert row["change_set"]["reason"] == "They moved."
    following = caller.get(answer["next"].partition("testserver")[2]).json()
    assert following["results"][0]["id"] < row["id"]
    assert Caller().get("changes/").status_code == 401
    assert caller_of(Role.INTEGRATION).get("changes/").status_code == 403


@pytest.mark.parametrize(("path", "name"), [
    ("changes/?since=5290-09-19T09:02:36-18:22", "/since"),
    ("accounts/?updated_since=5290-09-19T09:02:36-18:22", "/updated_since"),
    ("accounts/?is_target=maybe", "/is_target"),
    ("users/?is_active=1x", "/is_active"),
    ("touches/?since=0001-01-01T00:00:00%2B15:00", "/since"),
    ("list/?as_of=5290-09-19T09:02:36-18:22", "/as_of"),
])  # fmt: skip
def test_a_filter_that_cannot_be_read_is_a_problem_that_names_it(db: None, path: str, name: str) -> None:
    answer = caller_of(Role.REVOPS).get(path)
    assert answer.status_code == 400, answer.content
    assert [error["pointer"] for error in answer.json()["errors"]] == [name]


@pytest.mark.parametrize(("value", "count"), [("true", 0), ("false", 1), ("True", 0), ("0", 1)])
def test_a_yes_or_no_is_read_as_it_is_written(db: None, value: str, count: int) -> None:
    make.account()
    assert len(caller_of(Role.REVOPS).get(f"accounts/?is_target={value}").json()["results"]) == count
