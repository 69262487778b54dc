"""The Target list as a browser without JavaScript sees it."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from abmops.lib.choices import Role, Side
from accounts.models import (
    Account,
    ListMembership,
    ListPolicy,
    Nomination,
    Opportunity,
    Quarantine,
    TierPolicy,
    User,
)
from accounts.services.membership import Place, place_many
from accounts.services.target_list.nominations import nominate
from tests.accounts import make
from tests.budgets import queries_of
from tests.web.conftest import SignIn

pytestmark = pytest.mark.django_db


def of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def person(role: Role = Role.REVOPS, **fields: object) -> User:
    return make.user(role, toured_at=timezone.now(), **fields)


def text(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address, follow=True)
    assert answer.status_code == status, answer.content.decode()[:500]
    return str(answer.content.decode())


def placed(count: int = 3, tier: int = 1, **fields: object) -> list[Account]:
    start = Account.objects.count()
    rows = [make.account(f"Firm {start + n:03}", f"firm{start + n}.example", **fields) for n in range(count)]
    by, now = person(), timezone.now() - timedelta(days=30)
    place_many(places=[Place(row.pk, tier, Side.REVOPS, "Fits") for row in rows], by=by, now=now)
    return rows


def full(tier: int, most: int, **fields: object) -> None:
    TierPolicy.objects.update_or_create(tier=tier, defaults={"least": 0, "most": most, **fields})


def test_one_is_added_with_side_and_reason_and_taken_back_from_the_toast() -> None:
    revops, account = person(), make.account()
    client = of(revops)
    found = text(client, "/list/change/?q=acme")
    assert f'name="pick" value="{account.pk}"' in found
    chosen = text(client, f"/list/change/?pick={account.pk}")
    assert "Tier 1: would hold 1 of at most 50" in chosen
    form = {"pick": [account.pk], "tier": "1", "side": "sales", "reason": "Knows us."}
    answer = client.post("/list/change/", form)
    assert answer.status_code == 302
    row = ListMembership.objects.get()
    assert (row.tier, row.side, row.reason, row.by, row.override) == (1, "sales", "Knows us.", revops, "")
    page = text(client, "/list/accounts/")
    assert "Acme is now in tier 1." in page
    undo = page.split('action="/list/undo/')[1].split('"')[0]
    assert client.post(f"/list/undo/{undo}").status_code == 302
    account.refresh_from_db()
    assert account.tier is None
    assert [one.reason for one in ListMembership.objects.all()] == ["Taken back: Knows us.", "Knows us."]


def test_only_their_author_or_revops_takes_changes_back() -> None:
    account = make.account()
    form = {"pick": [account.pk], "tier": "2", "side": "marketing", "reason": "Fits."}
    author = of(person(Role.MARKETER))
    author.post("/list/change/", form)
    undo = "/list/undo/" + text(author, "/list/accounts/").split('action="/list/undo/')[1].split('"')[0]
    assert of(person(Role.MARKETER)).post(undo).status_code == 403
    assert of(person(Role.EXECUTIVE)).post(undo).status_code == 403
    assert of(person()).post(undo).status_code == 302
    account.refresh_from_db()
    assert account.tier is None


@pytest.mark.parametrize(("field", "says"), [
    ("reason", "This field is required"), ("tier", "This field is required"), ("pick", "Choose at least one account"),
])  # fmt: skip
def test_nothing_is_changed_without_reason_tier_or_account(field: str, says: str) -> None:
    form = {"pick": [make.account().pk], "tier": "1", "side": "sales", "reason": "Fits."}
    del form[field]
    answer = of(person()).post("/list/change/", form)
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert not ListMembership.objects.exists()


def test_a_full_tier_is_said_before_and_asks_for_a_reason_of_its_own() -> None:
    placed(2, tier=1)
    full(1, 2)
    account = make.account()
    client = of(person())
    shown = text(client, f"/list/change/?pick={account.pk}")
    assert "Tier 1: would hold 3 of at most 2" in shown
    assert 'name="override"' in shown
    form = {"pick": [account.pk], "tier": "1", "side": "sales", "reason": "Fits."}
    refused = client.post("/list/change/", form)
    assert refused.status_code == 422
    assert "Tier 1 would hold 3 of at most 2. Write why" in refused.content.decode()
    assert client.post("/list/change/", {**form, "override": "Agreed for Q4."}).status_code == 302
    row = ListMembership.objects.get(account=account)
    assert (row.passed_over, row.override) == (["Tier 1 would hold 3 of at most 2."], "Agreed for Q4.")
    listed = text(client, "/list/overrides/")
    assert "Agreed for Q4." in listed
    assert "Tier 1 would hold 3 of at most 2." in listed
    on_account = text(client, f"/accounts/{account.pk}/")
    assert "Agreed for Q4." in on_account
    assert "1 over its ceiling." in text(client, "/list/")


def test_an_owner_has_a_ceiling_too() -> None:
    owner = person(Role.REP, name="Ann Berg")
    placed(2, tier=1, owner=owner)
    full(1, 50, most_per_owner=1)
    page = text(of(person()), "/list/")
    assert "Ann Berg holds 2 of at most 1 tier 1 accounts." in page
    account = make.account(owner=owner)
    form = {"pick": [account.pk], "tier": "1", "side": "sales", "reason": "Fits."}
    answer = of(person()).post("/list/change/", form)
    assert "Ann Berg would hold 3 of at most 1 tier 1 accounts." in answer.content.decode()


def test_revops_corrects_the_past_and_others_may_not() -> None:
    account = make.account()
    at = timezone.localtime(timezone.now() - timedelta(days=10)).replace(second=0, microsecond=0)
    form = {
        "pick": [account.pk], "tier": "2", "side": "revops", "reason": "Forgotten.",
        "at": at.strftime("%Y-%m-%dT%H:%M"),
    }  # fmt: skip
    assert 'name="at"' not in text(of(person(Role.MARKETER)), "/list/change/")
    assert of(person()).post("/list/change/", form).status_code == 302
    assert ListMembership.objects.get().valid_from == at
    before, after = (at - timedelta(days=1)).date(), (at + timedelta(days=1)).date()
    client = of(person())
    assert "Nobody was on the list" in text(client, f"/list/accounts/?as_of={before}")
    assert "Acme" in text(client, f"/list/accounts/?as_of={after}")


def test_a_rep_changes_only_their_own() -> None:
    rep = person(Role.REP)
    mine, other = make.account("Mine", "mine.example", owner=rep), make.account("Other", "other.example")
    form = {"pick": [mine.pk, other.pk], "tier": "3", "side": "sales", "reason": "Fits."}
    client = of(rep)
    assert "1 of the chosen are somebody else" in text(
        client, f"/list/change/?pick={mine.pk}&pick={other.pk}"
    )
    assert client.post("/list/change/", form).status_code == 302
    assert [row.account for row in ListMembership.objects.all()] == [mine]


@pytest.mark.parametrize(("query", "names"), [
    ("", {"Firm 000", "Firm 001", "Firm 002"}),
    ("?tier=2", {"Firm 002"}),
    ("?q=firm1.ex", {"Firm 001"}),
    ("?owner=none&tier=1", {"Firm 000", "Firm 001"}),
    ("?side=sales", set()),
    ("?sort=-name", {"Firm 000", "Firm 001", "Firm 002"}),
    ("?as_of=nonsense&tier=9&page=77&owner=x", {"Firm 000", "Firm 001", "Firm 002"}),
])  # fmt: skip
def test_the_list_is_narrowed_and_exported_alike(query: str, names: set[str]) -> None:
    placed(2, tier=1)
    placed(1, tier=2)
    client = of(person())
    page = text(client, f"/list/accounts/{query}")
    csv = b"".join(client.get(f"/list/accounts.csv{query}").streaming_content).decode()  # type: ignore[attr-defined]
    for name in ("Firm 000", "Firm 001", "Firm 002"):
        assert (f">{name}</a>" in page) == (name in names)
        assert (name in csv) == (name in names)


def test_changes_say_who_joined_left_and_moved_with_who_and_why() -> None:
    accounts = placed(3, tier=2)
    by, now = person(name="Rana Ops"), timezone.now()
    place_many(places=[Place(accounts[0].pk, 1, Side.SALES, "Hot")], by=by, now=now - timedelta(days=2))
    place_many(
        places=[Place(accounts[1].pk, None, Side.MARKETING, "Gone")], by=by, now=now - timedelta(days=1)
    )
    client = of(person())
    page = text(client, "/list/changes/")
    for words in ("Hot", "Gone", "Rana Ops", "Marketing"):
        assert words in page
    assert "Firm 002" not in page
    only = text(client, "/list/changes/?kind=left_list")
    assert "Gone" in only
    assert "Hot" not in only
    long = text(client, f"/list/changes/?from={(now - timedelta(days=60)).date()}&to=nonsense")
    assert "Firm 002" in long
    csv = b"".join(client.get("/list/changes.csv").streaming_content).decode()  # type: ignore[attr-defined]
    assert "Changed tier,2,1" in csv


def test_both_sides_nominate_and_one_acceptance_places_the_account() -> None:
    account = make.account(fit=80.0)
    sales, marketer, revops = person(Role.REP, name="Sal"), person(Role.MARKETER), person()
    form = {"pick": [account.pk], "tier": "1"}
    for user, side, why in ((sales, "sales", "The CFO asked."), (marketer, "marketing", "Intent is up.")):
        answer = of(user).post("/list/nominations/new/", {**form, "side": side, "reason": why})
        assert answer.status_code == 302
    page = text(of(revops), "/list/nominations/")
    assert page.count("both sides agree") == 2
    assert "The CFO asked." in page
    assert '<span class="n">2</span>' in page
    first = Nomination.objects.get(side="sales")
    decide = {"pick": [first.pk], "do": "accept", "decision": "Clear case."}
    assert of(sales).post("/list/nominations/decide/", decide).status_code == 403
    assert "As nominated" in text(of(revops), f"/list/nominations/decide/?pick={first.pk}&do=accept")
    assert of(revops).post("/list/nominations/decide/", decide).status_code == 302
    row = ListMembership.objects.get()
    assert (row.tier, row.side, row.by) == (1, "sales", revops)
    for words in ("The CFO asked.", "Intent is up.", "Accepted: Clear case."):
        assert words in row.reason
    assert set(Nomination.objects.values_list("state", "membership")) == {("accepted", row.pk)}
    assert "Nominated by Sales" in text(of(sales), f"/accounts/{account.pk}/")


def test_a_rejection_needs_words_and_keeps_the_account_where_it_is() -> None:
    account, rep, revops = make.account(), person(Role.REP), person()
    nominate(accounts=[account.pk], side="sales", tier=2, reason="Met them.", by=rep, now=timezone.now())
    pk = Nomination.objects.get().pk
    client = of(revops)
    assert client.post("/list/nominations/decide/", {"pick": [pk], "do": "reject"}).status_code == 422
    done = {"pick": [pk], "do": "reject", "decision": "Too small."}
    assert client.post("/list/nominations/decide/", done).status_code == 302
    assert not ListMembership.objects.exists()
    assert "Too small." in text(client, "/list/nominations/?state=rejected")
    assert "Choose some open nominations" in text(client, f"/list/nominations/decide/?pick={pk}&do=reject")


def test_the_nominator_withdraws() -> None:
    account, rep = make.account(), person(Role.REP)
    nominate(accounts=[account.pk], side="sales", tier=2, reason="Met them.", by=rep, now=timezone.now())
    address = f"/list/nominations/{Nomination.objects.get().pk}/withdraw/"
    assert of(rep).get(address).status_code == 405
    of(person(Role.REP)).post(address)
    assert Nomination.objects.get().state == "open"
    of(rep).post(address)
    assert Nomination.objects.get().state == "withdrawn"


def lost(account: Account, days: int = 5) -> Opportunity:
    at = timezone.now() - timedelta(days=days)
    return Opportunity.objects.create(
        external_id=f"d{account.pk}", account=account, name="Line 4", opened_at=at - timedelta(days=9), closed_at=at,
        outcome="lost",
    )  # fmt: skip


def test_a_held_account_is_let_in_by_revops_alone_and_with_a_reason() -> None:
    account = make.account()
    lost(account)
    form = {"pick": [account.pk], "tier": "3", "side": "sales", "reason": "Fits."}
    marketer = of(person(Role.MARKETER))
    answer = marketer.post("/list/change/", {**form, "override": "Please."})
    assert answer.status_code == 422
    assert "Acme is held back until" in answer.content.decode()
    assert "Only RevOps" in answer.content.decode()
    revops = of(person())
    assert revops.post("/list/change/", form).status_code == 422
    assert revops.post("/list/change/", {**form, "override": "They called us."}).status_code == 302
    row = ListMembership.objects.get()
    assert row.override == "They called us."
    assert row.passed_over[0].startswith("Acme is held back until")


def test_quarantine_shows_who_is_held_until_when_and_why() -> None:
    first, second, third = (make.account(name, f"{name}.example") for name in ("one", "two", "three"))
    lost(first)
    Opportunity.objects.create(external_id="open", account=second, name="Big", opened_at=timezone.now())
    marketer = person(Role.MARKETER)
    client = of(marketer)
    day = (timezone.localtime(timezone.now()) + timedelta(days=20)).date()
    form = {"pick": [third.pk], "until": day.isoformat(), "reason": "Merger running."}
    assert client.post("/list/quarantine/new/", form).status_code == 302
    page = text(client, "/list/quarantine/")
    for words in ("one", "two", "three", "Line 4", "Big", "Merger running."):
        assert words in page
    only = text(client, "/list/quarantine/?kind=person")
    assert "three" in only
    assert "Line 4" not in only
    csv = b"".join(client.get("/list/quarantine.csv").streaming_content).decode()  # type: ignore[attr-defined]
    assert csv.count("\n") == 4
    hold = Quarantine.objects.get()
    assert timezone.localtime(hold.until).date() == day + timedelta(days=1)
    of(person(Role.REP)).post(f"/list/quarantine/{hold.pk}/lift/")
    hold.refresh_from_db()
    assert hold.lifted_at is None
    client.post(f"/list/quarantine/{hold.pk}/lift/")
    hold.refresh_from_db()
    assert hold.lifted_by == marketer


def test_the_rules_are_revops_to_write() -> None:
    form = {f"{name}_{tier}": value for tier in (1, 2, 3) for name, value in (("least", 1), ("most", 9))}
    form |= {"most_per_owner_1": 4, "quarantine_days": 30, "refresh_days": 14, "propose_up_score": 60}
    form |= {"propose_down_score": 10, "quiet_days": 45}
    assert of(person(Role.MARKETER)).get("/list/rules/").status_code == 403
    client = of(person())
    assert "Days held back after a lost deal" in text(client, "/list/rules/")
    assert client.post("/list/rules/", {**form, "most_2": 0}).status_code == 422
    assert client.post("/list/rules/", form).status_code == 302
    assert set(TierPolicy.objects.values_list("tier", "least", "most", "most_per_owner")) == {
        (1, 1, 9, 4), (2, 1, 9, None), (3, 1, 9, None),
    }  # fmt: skip
    assert ListPolicy.objects.get().quarantine_days == 30


@pytest.mark.parametrize("role", [Role.EXECUTIVE, Role.INTEGRATION])
@pytest.mark.parametrize(
    "path", ["change/", "nominations/new/", "quarantine/new/", "rules/", "nominations/decide/"]
)
def test_acts_are_closed_to_those_who_only_read(sign_in: SignIn, role: Role, path: str) -> None:
    assert sign_in(role).get(f"/list/{path}").status_code == 403


@pytest.mark.parametrize("path", ["", "accounts/", "changes/", "nominations/", "quarantine/", "overrides/"])
def test_queries_do_not_grow_with_rows(path: str) -> None:
    def more(count: int) -> None:
        full(1, 0)
        rows = placed(0)
        start = Account.objects.count()
        for n in range(start, start + count):
            owner = person(Role.REP)
            account = make.account(f"More {n}", f"more{n}.example", owner=owner)
            place_many(
                places=[Place(account.pk, 1, Side.SALES, "In")],
                by=person(),
                now=timezone.now() - timedelta(days=1),
                override="Full on purpose",
            )
            rows.append(account)
            wish = make.account(f"Wish {n}", f"wish{n}.example", owner=owner)
            for side in ("sales", "marketing"):
                nominate(accounts=[wish.pk], side=side, tier=1, reason="Up", by=owner, now=timezone.now())
            lost(wish)

    user = person()
    more(2)
    cache.clear()
    first = queries_of(lambda: of(user).get(f"/list/{path}"))
    more(6)
    cache.clear()
    assert queries_of(lambda: of(user).get(f"/list/{path}")) == first


def test_the_account_page_s_form_keeps_the_rules_too() -> None:
    placed(1, tier=1)
    full(1, 1)
    account, client = make.account(), of(person())
    assert f"/list/nominations/new/?pick={account.pk}" in text(client, f"/accounts/{account.pk}/")
    form = {"tier": "1", "side": "sales", "reason": "Fits."}
    refused = client.post(f"/accounts/{account.pk}/tier/", form)
    assert refused.status_code == 422
    assert "Tier 1 would hold 2 of at most 1." in refused.content.decode()
    assert 'name="override"' in refused.content.decode()
    again = client.post(f"/accounts/{account.pk}/tier/", {**form, "override": "Agreed."})
    assert again.status_code == 302
    row = ListMembership.objects.get(account=account)
    assert row.override == "Agreed."
    place_many(places=[Place(account.pk, None, Side.SALES, "Off")], by=person(), now=timezone.now())
    off = ListMembership.objects.get(account=account, valid_to=None)
    assert client.post(f"/accounts/{account.pk}/tier/{off.pk}/undo/").status_code == 302
    back = ListMembership.objects.get(account=account, valid_to=None)
    assert (back.tier, back.override) == (1, "Taken back: Off")


def test_what_acceptance_goes_past_is_said_before() -> None:
    full(1, 0)
    account, other = make.account(), make.account("Other", "other.example")
    by, now = person(Role.REP), timezone.now()
    nominate(accounts=[account.pk], side="sales", tier=1, reason="Up", by=by, now=now)
    nominate(accounts=[other.pk], side="sales", tier=2, reason="Up", by=by, now=now)
    first, second = Nomination.objects.order_by("tier")
    client = of(person())
    page = text(client, f"/list/nominations/decide/?pick={first.pk}&do=accept")
    assert "Tier 1 would hold 1 of at most 0." in page
    assert 'name="override"' in page
    page = text(client, f"/list/nominations/decide/?pick={second.pk}&do=accept")
    assert 'name="override"' not in page
    form = {"pick": [second.pk], "do": "accept", "decision": "Yes", "tier": "1"}
    refused = client.post("/list/nominations/decide/", form)
    assert refused.status_code == 422
    assert 'name="override"' in refused.content.decode()
    done = client.post("/list/nominations/decide/", {**form, "override": "Agreed."})
    assert done.status_code == 302
    assert ListMembership.objects.get().override == "Agreed."
