"""What a person says to the suggestion to retire a play."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from abmops.lib.errors import Refused
from accounts.models import User
from plays.domain.measuring import KEPT_FOR
from plays.models import Play, Review
from plays.services.play.library import set_status


@transaction.atomic
def review_play(*, play: Play, verdict: str, said: str, by: User, now: datetime) -> Review:
    """Keep the play for a quarter, in which it is not suggested again; or retire it: what runs goes on."""
    if verdict not in Review.Verdict.values:
        raise Refused("Choose to keep or to retire it.")
    if verdict == Review.Verdict.RETIRE:
        set_status(play=play, status=Play.Status.RETIRED, by=by, now=now)
    return Review.objects.create(
        play=play,
        verdict=verdict,
        said=said,
        by=by,
        at=now,
        until=now + KEPT_FOR if verdict == Review.Verdict.KEEP else None,
    )
