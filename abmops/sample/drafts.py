"""A change of a play that waits for its review: a marketer has written it, RevOps or the executive says yes or no."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from abmops.lib.choices import Role
from accounts.models import User
from plays.models import Play
from plays.services.play import drafting

SLUG = "hot-intent-response"
REASON = (
    "Whoever answers does so on the second try. A second call two days later, in the morning, before the message on "
    "LinkedIn. The holdout stays as it is until it shows what the play adds."
)


def write(staff: Mapping[str, User], *, end: datetime) -> None:
    """The next version of the hot intent play, submitted a day ago."""
    play = Play.objects.select_related("current").filter(slug=SLUG).first()
    writer = next((one for one in staff.values() if one.role == Role.MARKETER), None)
    if play is None or play.current is None or writer is None:
        return
    said = play.current.as_json()
    call = {
        "key": "second-call",
        "wait_business_days": 2,
        "channel": "call",
        "side": "sales",
        "role": "owner",
        "sla_hours": 8,
        "opens_between": "08:30-10:30",
        "instructions": (
            "Call {{contact.first_name|them}} before the day fills up. One sentence on why you call again, then the "
            "same question as the first time; no new pitch."
        ),
    }
    steps = said["steps"]
    drafting.save_draft(
        play=play,
        sheet=drafting.Sheet(
            name=play.name,
            purpose=play.purpose,
            owner=play.owner,
            definition=said | {"steps": [*steps[:2], call, *steps[2:]]},
            reason=REASON,
        ),
        seen=drafting.mark_of(play, None),
        submit=True,
        by=writer,
        now=end - timedelta(days=1),
    )
