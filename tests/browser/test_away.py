"""Pages that only a moment shows: Today of somebody away, a refused form, a button opened as a page; both widths."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.services.absences import save_absence
from plays.services.staff.away import hand_over_absences
from plays.services.task.changing import add_task
from tests.browser.conftest import PHONE, WIDE, Visit
from tests.plays.make import a_user, an_account

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_they_fit_and_can_be_read_by_everybody(visit: Visit, rep: User) -> None:
    now, piet = timezone.now(), a_user(name="Piet van Dorn", toured_at=timezone.now())
    account = an_account(owner=rep)
    for channel in ("call", "email"):
        add_task(
            account=account, owner=rep, channel=channel, side="sales", title=f"Ask about the fair by {channel}", by=rep,
            due=now + timedelta(days=1), now=now,
        )  # fmt: skip
    first, last = now.date() - timedelta(days=2), now.date() + timedelta(days=3)
    save_absence(user=rep, starts_on=first, ends_on=last, stand_in=piet, note="Leave", by=rep)
    hand_over_absences(now=now)
    away, stand_in = visit(), visit(piet)
    for visitor, path, said in (
        (away, "/", "You are away until"),
        (stand_in, "/", "Piet van Dorn stands in for Maya Lindqvist"),
        (away, reverse("plays:pause", args=["account", account.pk]), "This address is a button, not a page"),
    ):
        page = visitor.open(path)
        for width in (WIDE, PHONE):
            visitor.look(width=width, scheme="light")
            assert said in page.inner_text("main")
            assert visitor.overflow() == 0
            assert visitor.faults() == []
    page = away.open(reverse("accounts:account", args=[account.pk]))
    away.click("summary:has-text('Pause this account')")
    form = page.locator("form[action*='/pauses/account/']")
    form.locator("input[name=reason]").fill("They move offices.")
    form.locator("input[name=until]").fill("2020-01-01")
    away.click(form.locator("button[type=submit]"))
    page.wait_for_url("**/pauses/account/**")
    for width in (WIDE, PHONE):
        away.look(width=width, scheme="light")
        assert page.locator("input[name=reason]").input_value() == "They move offices."
        assert page.locator("input[name=until]").input_value() == "2020-01-01"
        assert away.overflow() == 0
        assert away.faults() == []
