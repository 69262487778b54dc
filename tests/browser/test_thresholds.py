"""The pages of thresholds in a real browser: sound for axe, and the editor by hand and key."""

import pytest
from django.utils import timezone

from abmops.lib.choices import Role
from accounts.models import Account
from signals.models import Crossing, Threshold
from signals.services import definitions
from tests.accounts import make
from tests.browser.conftest import PHONE, WIDE, Visit
from tests.signals import make as signals
from tests.web.test_evidence import crossed

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

CONDITION = {
    "all": [
        {
            "any": [
                {"count": {"types": ["pricing-page"], "at_least": 2, "days": 14}},
                {"intent": {"at_least": 60}},
            ]
        },
        {"distinct_signals": {"qualifying": True, "at_least": 2, "days": 30}},
    ]
}


@pytest.fixture
def crossing() -> Crossing:
    """A threshold with two versions, crossed once."""
    signals.site()
    signals_of = {"name": "Two signals", "status": "active", "rationale": "They compare."}
    definitions.put_threshold(slug="two-signals", fields={**signals_of, "condition": CONDITION}, by=None)
    definitions.put_threshold(
        slug="two-signals",
        fields={"tiers": [1, 2], "rearm_days": 30},
        by=make.user(Role.REVOPS),
        reason="Quieter.",
    )
    signals_type = {"name": "Webinar registration", "kind": "first_party"}
    definitions.put_signal_type(slug="webinar-registration", fields=signals_type)
    account: Account = make.account()
    return crossed(account, timezone.now())


PAGES = (
    "/thresholds/",
    "/thresholds/new/",
    "/thresholds/two-signals/",
    "/thresholds/two-signals/edit/",
    "/thresholds/two-signals/versions/",
    "/thresholds/three-pricing/near/",
    "/signals/crossings/",
    "/signals/crossings/{crossing}/",
)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_sound_in_both_themes_and_at_both_widths(
    visit: Visit, crossing: Crossing, path: str
) -> None:
    visitor = visit(make.user(Role.REVOPS, toured_at=timezone.now()))
    visitor.open(path.format(crossing=crossing.pk))
    for width, scheme in ((WIDE, "light"), (PHONE, "dark")):
        visitor.look(width=width, scheme=scheme)
        assert visitor.faults() == []
        assert visitor.overflow() <= 0
    assert visitor.said == []


def test_the_sentence_follows_the_hand_and_is_saved(visit: Visit, crossing: Crossing) -> None:
    visitor = visit(make.user(Role.REVOPS, toured_at=timezone.now()))
    page = visitor.open("/thresholds/two-signals/edit/")
    page.locator("#days-r-0-0").fill("0")
    page.locator("#faults-r-0-0 >> text=must be a whole number from 1 to 730").wait_for()
    page.locator("#days-r-0-0").fill("7")
    page.locator("#reading .say >> text=within 7 days").wait_for()
    page.locator("#down-r-0").press("Enter")
    page.locator("#key-r-1-1").wait_for()
    visitor.settled()
    page.locator("#new-r").select_option("fit")
    page.locator("#add-r").click()
    page.locator("#reading .say >> text=the fit score is at least 60").wait_for()
    visitor.settled()
    page.locator("#key-r-2").select_option("dormant")
    page.locator("#reading .say >> text=no touch and no signal for 90 days").wait_for()
    visitor.settled()
    page.locator("#id_reason").fill("Only who sleeps.")
    page.locator("button[value=save]").click()
    page.locator("text=is at version 3 now").wait_for()
    assert "Only who sleeps." in page.locator("#version-3").inner_text()
    assert visitor.said == []
    current = Threshold.objects.select_related("current").get(slug="two-signals").current
    assert current is not None
    assert current.condition == {
        "all": [
            CONDITION["all"][1],
            {
                "any": [
                    {"count": {"types": ["pricing-page"], "at_least": 2, "days": 7}},
                    {"intent": {"at_least": 60}},
                ]
            },
            {"dormant": {"days": 90}},
        ]
    }
