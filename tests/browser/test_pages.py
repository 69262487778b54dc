"""Every page in a real browser: nothing for axe, nothing in the console, no sideways scrolling, light and dark."""

import pytest
from django.utils import timezone

from abmops.lib.choices import Role
from accounts.models import Account, User
from plays.models import Decision
from signals.models import Crossing
from tests.accounts import make
from tests.browser.conftest import PHONE, RULES, WIDE, Visit
from tests.browser.queue import some_tasks
from tests.web import world

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PAGES = [
    "/", "/accounts/", "/accounts/?view=all&tier=1", "/accounts/{account}/", "/accounts/{account}/tier/",
    "/accounts/{account}/touch/", "/accounts/{account}/people/new/", "/accounts/bulk/?do=owner&pick={account}",
    "/signals/", "/signals/crossings/", "/signals/crossings/{crossing}/", "/signals/unmatched/",
    "/signals/accounts/{account}/", "/thresholds/", "/catalogue/", "/password/",
    "/plays/", "/plays/{play}/", "/plays/{play}/start/", "/enrollments/{enrollment}/", "/decisions/{decision}/",
    "/tasks/{task}/skip/", "/tasks/{task}/hand-on/",
    "/scoreboard/", "/scoreboard/coverage/", "/escalations/", "/escalations/new/",
]  # fmt: skip


@pytest.fixture
def program(rep: User) -> dict[str, int]:
    """Accounts with everything, tasks in the queue, leftovers."""
    now = timezone.now()
    world.accounts(8, owner=rep, now=now)
    world.leftovers(3, now=now)
    task = some_tasks(rep, 3)[0]
    assert task.enrollment is not None
    return {
        "account": Account.objects.filter(owner=rep).order_by("pk")[0].pk,
        "crossing": Crossing.objects.order_by("pk")[0].pk,
        "task": task.pk,
        "play": task.enrollment.play_id,
        "enrollment": task.enrollment.pk,
        "decision": Decision.objects.order_by("pk")[0].pk,
    }


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_sound_in_both_themes_and_at_both_widths(
    visit: Visit, program: dict[str, int], path: str
) -> None:
    visitor = visit()
    visitor.open(path.format(**program))
    assert visitor.said == []
    for width in (WIDE, PHONE):
        for scheme in ("light", "dark"):
            visitor.look(width=width, scheme=scheme)
            where = f"{path} at {width} px, {scheme}"
            assert visitor.overflow() <= 0, where
            assert visitor.faults() == [], where


def test_the_health_page_is_sound(visit: Visit, program: dict[str, int]) -> None:
    visitor = visit(make.user(Role.REVOPS))
    visitor.open("/health/")
    assert visitor.said == []
    assert visitor.faults() == []
    visitor.look(width=PHONE, scheme="dark")
    assert visitor.overflow() <= 0
    assert visitor.faults() == []


@pytest.mark.parametrize(
    "path", ["/admin/", "/admin/accounts/account/", "/admin/accounts/account/{account}/change/"]
)
def test_the_administration_is_sound_too(visit: Visit, program: dict[str, int], path: str) -> None:
    """By the rules of WCAG. Django's select with search and its inline tables name their fields in ways of its own."""
    visitor = visit(make.user(Role.REVOPS, is_staff=True, is_superuser=True))
    visitor.open(path.format(**program))
    assert visitor.said == []
    for scheme in ("light", "dark"):
        visitor.look(width=WIDE, scheme=scheme)
        assert visitor.faults(but=[".select2-container", ".tabular"], rules=RULES[:-1]) == [], scheme
