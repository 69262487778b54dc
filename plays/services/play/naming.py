"""What a play may be called: no two plays in use have one name, so that nobody takes one for the other."""

from __future__ import annotations

from itertools import chain, count

from django.db import IntegrityError, transaction

from abmops.lib.errors import Conflict, FieldErrors
from plays.models import Play

LONGEST = 120


def must_be_free(name: str, *, play: Play | None = None, comes_back: bool = False) -> None:
    """FieldErrors with the other play, where one in use is called this, in capitals or not. `play`: whose name it is
    to be; a retired one may be called anything until it comes back.
    """
    if play is not None and play.status == Play.Status.RETIRED and not comes_back:
        return
    others = Play.objects.called(name.strip())
    other = (others.exclude(pk=play.pk) if play is not None else others).first()
    if other is not None:
        raise FieldErrors.one(
            "/name",
            f"Another play is called “{other.name}” already: {other.slug}, {other.get_status_display().lower()}. "
            "Give this one a name of its own.",
        )


def free_name(name: str) -> str:
    """The name, with a number behind it where it is taken."""
    numbered = (f"{name[: LONGEST - 6]} ({number})" for number in count(2))
    return next(one for one in chain([name], numbered) if not Play.objects.called(one).exists())


def save_named(play: Play, *fields: str) -> None:
    """Save a play whose name or status may be new; Conflict where somebody took the name at this moment."""
    try:
        with transaction.atomic():
            play.save(update_fields=fields)
    except IntegrityError as error:
        raise Conflict(
            f"Somebody has just called another play “{play.name}”. Choose another name."
        ) from error
