"""Changing the play library: a change to what an activated play says is a new version."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from abmops.lib.errors import FieldErrors, Refused
from accounts.models import User
from plays.domain import starter
from plays.domain.parse import DEFINITION_FIELDS, as_json, parse_play
from plays.models import Play, PlayVersion
from signals.services.definitions.written import Written, owned


@transaction.atomic
def save_play(
    *,
    slug: str,
    name: str,
    definition: Mapping[str, Any],
    by: User | None,
    now: datetime,
    purpose: str = "",
    owner: User | None = None,
    status: str | None = None,
) -> tuple[Play, bool]:
    """Write a play by its slug; (play, whether it is new). Saying the same again changes nothing.

    A version that was never active is edited in place; otherwise a changed definition becomes the next
    version, and running enrollments finish on theirs. Raises FieldErrors with all that is wrong.
    """
    parsed = as_json(parse_play(definition))
    if not name.strip():
        raise FieldErrors.one("/name", "Give the play a name.")
    play = Play.objects.select_for_update(of=("self",)).select_related("current").filter(slug=slug).first()
    created = play is None
    if play is None:
        play = Play(slug=slug, created_at=now)
    play.name, play.purpose, play.owner = name.strip(), purpose, owner
    if play.pk is None:
        play.save()
    current = play.current
    said = as_json(parse_play(current.as_json())) if current is not None else None
    if current is None or (said != parsed and current.activated_at is not None):
        last = (
            PlayVersion.objects.filter(play=play).order_by("-number").values_list("number", flat=True).first()
            or 0
        )
        current = PlayVersion.objects.create(
            play=play, number=last + 1, created_by=by, created_at=now, **parsed
        )
    elif said != parsed:
        for field in DEFINITION_FIELDS:
            setattr(current, field, parsed[field])
        current.save(update_fields=DEFINITION_FIELDS)
    play.current = current
    play.save()
    if status is not None and status != play.status:
        set_status(play=play, status=status, now=now)
    elif play.status == Play.Status.ACTIVE:
        _freeze(current, now=now)
    return play, created


@transaction.atomic
def put_play(*, slug: str, fields: Mapping[str, Any], by: User | None, now: datetime) -> Written[Play]:
    """Make a play, or change the fields given of the one there is; a field that is left out keeps its value.

    A new one needs name, trigger and steps. `owner` is a user, an e-mail address or None.
    """
    values = owned(fields)
    play = Play.objects.select_related("current", "owner").filter(slug=slug).first()
    kept: dict[str, Any] = {}
    if play is not None:
        kept = {"name": play.name, "purpose": play.purpose, "owner": play.owner}
        kept |= play.current.as_json() if play.current else {}
    before = _state_of(play)
    said = kept | {name: value for name, value in values.items() if name != "status"}
    saved, created = save_play(
        slug=slug,
        name=said.get("name", ""),
        purpose=said.get("purpose", ""),
        owner=said.get("owner"),
        definition={name: said.get(name) for name in DEFINITION_FIELDS},
        status=values.get("status"),
        by=by,
        now=now,
    )
    return Written(saved, created=created, changed=created or before != _state_of(saved))


def _state_of(play: Play | None) -> tuple[object, ...]:
    if play is None:
        return ()
    version = play.current
    return (
        play.name,
        play.purpose,
        play.owner_id,
        play.status,
        version and (version.pk, str(version.as_json())),
    )


@transaction.atomic
def set_status(*, play: Play, status: str, now: datetime) -> Play:
    """Activate, pause or retire a play, or put it back to draft while nothing has ever run in it."""
    if status == Play.Status.DRAFT and play.enrollments.exists():
        raise Refused(
            "Accounts have been in this play: pause or retire it instead of making it a draft again."
        )
    if status == Play.Status.ACTIVE:
        if play.current is None:
            raise Refused("This play has no definition yet.")
        _freeze(play.current, now=now)
    play.status = status
    play.save(update_fields=["status"])
    return play


def _freeze(version: PlayVersion, *, now: datetime) -> None:
    if version.activated_at is None:
        version.activated_at = now
        version.save(update_fields=["activated_at"])


@transaction.atomic
def install_starter_plays(*, owner: User | None, now: datetime, activate: bool = True) -> list[Play]:
    """The starter library: adds the plays that are missing and leaves those that exist as they are."""
    known = {play.slug: play for play in Play.objects.all()}
    for made in starter.PLAYS:
        if made.slug not in known:
            known[made.slug], _ = save_play(
                slug=made.slug,
                name=made.name,
                purpose=made.purpose,
                definition=made.definition,
                owner=owner,
                by=owner,
                status=Play.Status.ACTIVE if activate else None,
                now=now,
            )
    return [known[made.slug] for made in starter.PLAYS]
