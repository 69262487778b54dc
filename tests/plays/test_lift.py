"""What is said of a play's yield beside its holdout: never more than the numbers bear."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from plays.domain.yields import Arm, Yield
from plays.models import Enrollment, Play
from tests.plays.make import CALL, a_play, a_user, an_account


@pytest.mark.parametrize(
    ("run", "held", "said"),
    [
        (Arm(40, 20), Arm(0, 0), ""),
        (Arm(0, 0), Arm(10, 1), ""),
        (Arm(17, 4), Arm(1, 0), "Too few to say: wait for 3 more runs and 9 more held out."),
        (Arm(20, 4), Arm(9, 0), "Too few to say: wait for 1 more held out."),
        (Arm(19, 4), Arm(10, 0), "Too few to say: wait for 1 more run."),
        (Arm(20, 6), Arm(10, 3), "It may be chance."),
        (Arm(200, 100), Arm(50, 5), "More than without the play; hardly chance."),
        (Arm(200, 10), Arm(50, 25), "Less than without the play; hardly chance."),
    ],
)
def test_what_is_said(run: Arm, held: Arm, said: str) -> None:
    assert Yield(run, held).said_of_lift == said


def test_points_carry_their_signs() -> None:
    assert Yield(Arm(20, 6), Arm(10, 4)).lift_in_points == ("-10", "-43", "+22")
    assert Yield(Arm(20, 6), Arm()).lift_in_points == ("", "", "")


def enrolled(play: Play, number: int, *, held: bool, days: int) -> None:
    """Accounts that were enrolled, or held out, so many days ago."""
    at = timezone.now() - timedelta(days=days)
    state = "holdout" if held else "completed"
    Enrollment.objects.bulk_create(
        Enrollment(
            account=an_account(name=f"{play.slug}-{held}-{index}"), play=play, version=play.current, state=state,
            held_out=held, enrolled_at=at, finished_at=None if held else at,
        )
        for index in range(number)
    )  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("held", "days", "said"),
    [
        (12, 40, "It may be chance."),
        (2, 40, "Too few to say: wait for 8 more held out."),
        (2, 3, "nobody held out for long enough yet"),
        (0, 0, "no holdout to compare with"),
    ],
)
def test_both_pages_say_it(held: int, days: int, said: str) -> None:
    play = a_play("cold", steps=[CALL], contract={"outcome": "meeting_booked", "days": 30}, holdout=0.2)
    enrolled(play, 21, held=False, days=40)
    enrolled(play, held, held=True, days=days)
    client = Client()
    client.force_login(a_user(role="revops", job=""))
    for url in (reverse("plays:instrumentation"), reverse("plays:measured", args=[play.pk])):
        page = client.get(url).content.decode()
        assert said in page
        assert ("0%, " in page and "+0 points" in page) == (days == 40)
