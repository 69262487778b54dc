"""The pages of the list and its data in a real browser, with something on each: sound in both themes and widths."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from abmops.lib.choices import Role
from abmops.work import services as work
from accounts.models import (
    ChangeSet,
    Contact,
    DuplicatePair,
    Erasure,
    IcpProposal,
    Import,
    SavedView,
    SidecarReading,
    User,
)
from accounts.services.account import adopt_icp
from accounts.services.duplicates import look_for_duplicates
from accounts.services.gaps import assign_gaps
from accounts.services.merging import merge_accounts
from accounts.services.target_list.nominations import nominate
from accounts.services.target_list.quarantine import hold_back
from signals.services.tiering import propose_tiers
from tests.accounts import make
from tests.browser.conftest import PHONE, WIDE, Visit
from tests.web import world

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

COMPANIES = (
    "Company;Domain;Employees;Founded\n"
    "Account 000;account000.example;1.200;12/11/2026\n"
    "Brand New AG;brandnew.example;40;\n"
    "Broken;broken.example;many;\n"
)
HELD = "Domain,Tier\naccount000.example,3\nnobody.example,1\n"

AREAS = {
    "list": [
        "/list/", "/list/accounts/", "/list/changes/", "/list/overrides/", "/list/change/?pick={account}",
        "/list/nominations/", "/list/nominations/new/?pick={account}", "/list/quarantine/",
        "/list/quarantine/new/", "/list/rules/", "/list/weekly/", "/list/audit/", "/list/audit/silent/",
        "/list/proposals/",
    ],
    "imports": [
        "/imports/", "/imports/new/", "/imports/{done}/", "/imports/{done}/undo/", "/imports/{open}/columns/",
    ],
    "duplicates": [
        "/duplicates/", "/duplicates/merge/?winner={account}&loser={other}", "/duplicates/merges/",
    ],
    "drift": [
        "/drift/", "/drift/new/", "/drift/systems/crm/", "/drift/systems/crm/upload/", "/drift/readings/{reading}/",
    ],
    "profile": [
        "/profile/", "/profile/moves/", "/profile/compare/?from=1&to=2", "/profile/accounts/{account}/",
        "/profile/proposals/{proposal}/",
    ],
    "people": [
        "/committees/", "/committees/erasures/", "/accounts/{account}/committee/", "/accounts/people/{contact}/",
        "/accounts/people/{contact}/erase/",
    ],
    "gaps": ["/gaps/", "/gaps/?assigned=me"],
    "changes": ["/changes/", "/changes/{changes}/", "/changes/{changes}/undo/", "/changes/accounts/{account}/"],
    "views": [
        "/accounts/views/new/", "/accounts/views/{view}/", "/accounts/?saved={view}",
        "/accounts/bulk/?do=tier&pick={account}",
    ],
}  # fmt: skip


@pytest.fixture
def revops(rep: User) -> User:
    """Runs the program."""
    return make.user(Role.REVOPS, name="Ruth Okafor", toured_at=timezone.now())


@pytest.fixture
def graph(rep: User, revops: User) -> dict[str, object]:
    """One of everything, made through the services and pages."""
    now = timezone.now()
    found = world.accounts(8, owner=rep, now=now)
    twin = make.account("Account 000 GmbH", "account-000.example", country="DE")
    lost = make.account("Account 001 GmbH", "account-001.example", country="DE")
    off = make.account("Late Comer", "late.example")
    for least in (10, 100):
        large = {"field": "employees", "weight": 10, "at_least": least, "label": "Large"}
        adopt_icp(name="Makers", criteria=[large], now=now)
    nominate(accounts=[off.pk], side="sales", tier=2, reason="They build a plant.", by=rep, now=now)
    hold_back(accounts=[twin.pk], until=now + timedelta(days=30), reason="Legal.", by=revops, now=now)
    propose_tiers(now=now)
    look_for_duplicates(now=now)
    merge_accounts(winner=found[1].pk, loser=lost.pk, by=revops, now=now, reason="One company.")
    assign_gaps(accounts=[found[0].pk], to=rep, by=revops, now=now)
    browser = Client()
    browser.force_login(revops)
    done, waiting = _import(browser), _import(browser)
    _check_and_run(browser, done)
    browser.post("/drift/new/", {"name": "CRM", "kind": "crm", "tiers": []})
    sent = browser.post("/drift/systems/crm/upload/", {"file": SimpleUploadedFile("held.csv", HELD.encode())})
    browser.post(sent.headers["Location"], {"account_domain": "0", "tier": "1"})
    browser.post("/profile/proposals/")
    browser.post("/accounts/views/new/", {"name": "Mine", "query": "tier=1"})
    work.drain_all()
    gone = Contact.objects.create(account=found[2], email="gone@account002.example", name="Gone")
    browser.post(f"/accounts/people/{gone.pk}/erase/", {"request": "Letter", "sure": "on"})
    work.drain_all()
    assert Erasure.objects.exists()
    assert DuplicatePair.objects.exists()
    return {
        "account": found[0].pk,
        "other": twin.pk,
        "contact": Contact.objects.filter(account=found[0])[0].pk,
        "done": done,
        "open": waiting,
        "reading": SidecarReading.objects.get().pk,
        "proposal": IcpProposal.objects.get().pk,
        "changes": ChangeSet.objects.filter(changes__account_id=found[0].pk)[0].pk,
        "view": SavedView.objects.get().pk,
    }


def _import(browser: Client) -> int:
    file = SimpleUploadedFile("companies.csv", COMPANIES.encode())
    sent = browser.post(
        "/imports/new/", {"file": file, "kind": "accounts", "side": "revops", "reason": "Fair."}
    )
    assert sent.status_code == 302, sent.content.decode()
    return Import.objects.latest("pk").pk


def _check_and_run(browser: Client, pk: int) -> None:
    said = {
        "side": "revops",
        "reason": "Fair.",
        "column-0": "name",
        "column-1": "domain",
        "column-2": "employees",
    }
    sent = browser.post(f"/imports/{pk}/columns/", said)
    assert sent.status_code == 302, sent.content.decode()
    work.drain_all()
    browser.post(f"/imports/{pk}/run/")
    work.drain_all()
    assert Import.objects.get(pk=pk).state == Import.State.DONE


@pytest.mark.parametrize("area", AREAS)
def test_the_pages_of_an_area_are_sound(
    visit: Visit, revops: User, graph: dict[str, object], area: str
) -> None:
    visitor = visit(revops)
    wrong = []
    for path in AREAS[area]:
        visitor.look(width=WIDE, scheme="light")
        visitor.open(path.format(**graph))
        wrong += [f"{path}: {said}" for said in visitor.said]
        visitor.said.clear()
        for width, scheme in ((WIDE, "light"), (PHONE, "dark")):
            visitor.look(width=width, scheme=scheme)
            where = f"{path} at {width} px, {scheme}"
            if (wide := visitor.overflow()) > 0:
                wrong.append(f"{where}: {wide} px too wide")
            wrong += [f"{where}: {fault}" for fault in visitor.faults()]
    assert not wrong, "\n".join(wrong)


def test_a_file_that_is_being_read_leads_to_its_reading(visit: Visit, revops: User) -> None:
    browser = Client()
    browser.force_login(revops)
    browser.post("/drift/new/", {"name": "CRM", "kind": "crm", "tiers": []})
    sent = browser.post("/drift/systems/crm/upload/", {"file": SimpleUploadedFile("held.csv", HELD.encode())})
    sent = browser.post(sent.headers["Location"], {"account_domain": "0", "tier": "1"})
    visitor = visit(revops)
    for width, scheme in ((WIDE, "light"), (PHONE, "dark")):
        visitor.look(width=width, scheme=scheme)
        window = visitor.open(sent.headers["Location"])
        expect(window.get_by_role("heading", name="CRM is being read")).to_be_visible()
        assert visitor.overflow() <= 0
        assert visitor.faults() == []
    work.drain_all()
    window.wait_for_url(f"**/drift/readings/{SidecarReading.objects.get().pk}/")
    assert visitor.said == []
