"""The Customer profile in a real browser: the preview follows the hand, and nothing is amiss for axe or the console."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from abmops.lib.choices import Role
from accounts.models import IcpProposal, ListMembership
from accounts.services.account import adopt_icp
from tests.accounts import make
from tests.browser.conftest import PHONE, WIDE, Visit
from tests.web.test_icp import EVIDENCE, SIZE, STEEL

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def proposal() -> IcpProposal:
    """Accounts, two versions, a proposal."""
    for number in range(12):
        account = make.account(
            f"Works {number}",
            f"works{number}.example",
            industry=("Steel", "Optics", "Bank")[number % 3],
            employees=None if number == 5 else 100 * number,
        )
        if number % 2:
            ListMembership.objects.create(
                account=account,
                tier=1 + number % 3,
                valid_from=timezone.now() - timedelta(days=9),
                side="revops",
                reason="x",
            )
    adopt_icp(name="Makers", criteria=STEEL, now=timezone.now() - timedelta(days=40), reason="Where we win.")
    adopt_icp(name="Makers", criteria=[*STEEL, *SIZE], now=timezone.now(), reason="Size counts as well.")
    return IcpProposal.objects.create(
        criteria=SIZE, evidence=EVIDENCE, made_at=timezone.now(), progress=100, state="open"
    )


PAGES = (
    "/profile/",
    "/profile/?version=1",
    "/profile/moves/?version=1",
    "/profile/adopt/?version=1",
    "/profile/compare/?from=1&to=2",
    "/profile/proposals/{proposal}/",
)


@pytest.mark.parametrize("path", PAGES)
def test_a_profile_page_is_sound_in_both_themes_and_at_both_widths(
    visit: Visit, proposal: IcpProposal, path: str
) -> None:
    visitor = visit(make.user(Role.REVOPS, toured_at=timezone.now()))
    visitor.open(path.format(proposal=proposal.pk))
    for width, scheme in ((WIDE, "light"), (PHONE, "dark")):
        visitor.look(width=width, scheme=scheme)
        assert visitor.faults() == []
        assert visitor.overflow() <= 0
    assert visitor.said == []


def test_the_preview_follows_a_weight_and_the_buttons_change_the_rows(
    visit: Visit, proposal: IcpProposal
) -> None:
    visitor = visit(make.user(Role.REVOPS, toured_at=timezone.now()))
    page = visitor.open("/profile/")
    expect(page.locator("#preview")).to_contain_text("fit would change; 12 accounts")
    page.locator("input[name=weight-0]").fill("10")
    page.locator("#preview >> text=accounts would have another fit").wait_for()
    visitor.click("button[value='down 0']")
    page.locator("input[name=was-0][value=employees]").wait_for(state="attached")
    assert "draft=" in page.url
    visitor.settled()
    page.locator("select[name=field-1]").select_option("country")
    page.locator("#preview >> text=Criterion 2: country takes any_of").wait_for()
    visitor.click("button[value='remove 1']")
    page.locator("legend >> text=Criterion 2").wait_for(state="detached")
    visitor.click("#preview >> text=Adopt this profile")
    page.locator("textarea[name=reason]").fill("Only size counts.")
    page.locator("button >> text=Adopt it").click()
    page.locator("text=Version 3 is in force.").wait_for()
    assert visitor.said == []


def test_without_javascript_a_draft_is_made_by_plain_forms(visit: Visit, proposal: IcpProposal) -> None:
    visitor = visit(make.user(Role.REVOPS, toured_at=timezone.now()), scripts=False)
    page = visitor.open("/profile/")
    page.locator("input[name=weight-0]").fill("10")
    page.locator("button >> text=Preview").last.click()
    expect(page.locator("#preview")).to_contain_text("accounts would have another fit")
    page.locator("button[value='remove 0']").click()
    expect(page.locator("fieldset.criterion")).to_have_count(1)
    page.locator("select[name=new]").select_option("contacts")
    page.locator("button >> text=Add").last.click()
    expect(page.locator("input[name=was-1]")).to_have_attribute("value", "contacts")
