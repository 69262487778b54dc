"""The register as a browser without JavaScript sees it."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from abmops.lib.choices import Role
from abmops.lib.timeline import of as timeline_of
from accounts.models import User
from governance.models import Escalation
from governance.services import Subject
from tests import budgets
from tests.accounts import make
from tests.governance.test_escalation import OUTCOME, opened

pytestmark = pytest.mark.django_db


def browser_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize("role", list(Role))
def test_every_person_reads_the_register(role: Role) -> None:
    client = browser_of(make.user(role, toured_at=timezone.now()))
    escalation = opened(timezone.now())
    for address in ("/escalations/", f"/escalations/{escalation.pk}/", "/escalations/new/"):
        assert client.get(address).status_code == (403 if role == Role.INTEGRATION else 200)


def test_a_person_opens_one_with_a_plain_form() -> None:
    user, account = make.user(Role.REP), make.account()
    now = timezone.now()
    from accounts.models import ListMembership

    ListMembership.objects.create(account=account, tier=1, valid_from=now, side="revops", reason="Test.")
    people = [make.user(Role.EXECUTIVE) for _ in range(3)]
    form = {
        "title": "Pause the compete play",
        "why": "It runs on accounts that nobody can follow up.",
        "deadline": (now + timedelta(days=1)).date().isoformat(),
        "deciders": [person.pk for person in people],
        "accounts": [account.pk],
    }
    answer = browser_of(user).post("/escalations/new/", form)
    escalation = Escalation.objects.get()
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/escalations/{escalation.pk}/")
    assert [link.label for link in escalation.links.all()] == ["Acme"]
    entries = timeline_of(account.pk, before=timezone.now() + timedelta(hours=1), limit=9)
    told = {entry.text: entry.side for entry in entries}
    assert told["Escalation opened: Pause the compete play"] == "revops"  # no act of the account


def test_what_is_wrong_stands_at_its_field_and_nothing_is_lost() -> None:
    answer = browser_of(make.user()).post(
        "/escalations/new/",
        {"title": "A decision", "why": "Soon.", "deadline": "2020-01-01", "deciders": [make.user().pk]},
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Name three or four deciders; 1 is named." in page
    assert "has passed already" in page
    assert "why this decision cannot wait" in page
    assert 'value="A decision"' in page
    assert not Escalation.objects.exists()


def test_a_decider_resolves_it_and_others_see_no_form() -> None:
    escalation = opened(timezone.now())
    decider, other = escalation.deciders.all()[0], make.user(Role.REP)
    address = f"/escalations/{escalation.pk}/"
    assert "What was decided" in browser_of(decider).get(address).content.decode()
    assert "What was decided" not in browser_of(other).get(address).content.decode()
    short = browser_of(decider).post(f"{address}resolve/", {"outcome": "Done."})
    assert short.status_code == 422
    assert "it takes a paragraph of 40 or more" in short.content.decode()
    assert browser_of(other).post(f"{address}resolve/", {"outcome": OUTCOME}).status_code == 422
    assert browser_of(decider).post(f"{address}resolve/", {"outcome": OUTCOME}).status_code == 302
    page = browser_of(other).get(address).content.decode()
    assert OUTCOME in page
    assert "Resolved" in page


def test_comments_and_withdrawal() -> None:
    escalation = opened(timezone.now())
    opener = escalation.opened_by
    assert opener is not None
    address = f"/escalations/{escalation.pk}/"
    browser_of(opener).post(f"{address}comment/", {"text": "<b>Ask Jonas first.</b>"})
    assert (
        browser_of(opener).post(f"{address}withdraw/", {"reason": "They agreed by phone."}).status_code == 302
    )
    page = browser_of(opener).get(address).content.decode()
    assert "&lt;b&gt;Ask Jonas first." in page
    assert "Why it was withdrawn" in page


def test_overdue_is_shown_and_the_nearest_day_comes_first() -> None:
    now = timezone.now()
    opened(now, title="Later", deadline=now.date() + timedelta(days=5))
    late = opened(now, title="Late")
    Escalation.objects.filter(pk=late.pk).update(deadline=now.date() - timedelta(days=1))
    page = browser_of(make.user()).get("/escalations/").content.decode()
    assert page.index("Late<") < page.index("Later<")
    assert page.count("overdue") == 1


@pytest.mark.parametrize("path", ["resolve/", "withdraw/", "comment/"])
def test_acts_are_posted(path: str) -> None:
    escalation = opened(timezone.now())
    assert browser_of(make.user()).get(f"/escalations/{escalation.pk}/{path}").status_code == 405


@pytest.mark.parametrize(
    ("name", "address"),
    [("page governance:escalations", "/escalations/"), ("page governance:escalation", "/escalations/{}/")],
)
def test_a_page_keeps_its_budget(name: str, address: str) -> None:
    now = timezone.now()
    client = browser_of(make.user(toured_at=now))
    account = make.account()
    first = opened(now, subjects=[Subject("account", account.pk)])

    def count() -> int:
        cache.clear()
        return budgets.queries_of(lambda: client.get(address.format(first.pk)))

    count()  # the session's first write
    few = count()
    for _ in range(5):
        opened(now)
    assert count() == few
    budgets.hold(name, few)
