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
from plays.services.play.naming import free_name, must_be_free, save_named
from signals.services.definitions.written import Written, insert, owned

AT_ONCE = "It went live at once, without a review."
"""What is noted of a version that a direct write put in force: `status: active` over the API, and the starters'."""


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
    reason: str = "",
) -> tuple[Play, bool]:
    """Write a play by its slug, the direct way; (play, whether it is new). Saying the same again changes nothing.

    A version that was never active is edited in place, and is a draft again if it was in review; otherwise a changed
    definition is the next version, in force at once and noted as such. Running enrollments finish on theirs, and a
    draft that somebody works on stays what it is. Raises FieldErrors with all that is wrong.
    """
    parsed = as_json(parse_play(definition))
    if not name.strip():
        raise FieldErrors.one("/name", "Give the play a name.")
    play = Play.objects.select_for_update(of=("self",)).select_related("current").filter(slug=slug).first()
    created = play is None
    must_be_free(name, play=play)
    if play is None:
        play = Play(slug=slug, created_at=now, name=name.strip(), purpose=purpose, owner=owner)
        insert(play, "play")
    else:
        play.name, play.purpose, play.owner = name.strip(), purpose, owner
        save_named(play, "name", "purpose", "owner")
    current = play.current
    if current is None:
        play.current = new_version(play, parsed, by=by, now=now, reason=reason)
        play.save(update_fields=["current"])
    elif as_json(parse_play(current.as_json())) != parsed:
        if current.activated_at is None:
            rewrite(current, parsed, by=by, now=now, reason=reason)
        else:
            put_in_force(
                play,
                new_version(play, parsed, by=by, now=now, reason=reason, stage=PlayVersion.Stage.PAST),
                by=by,
                note=AT_ONCE,
                now=now,
            )
    if status is not None and status != play.status:
        set_status(play=play, status=status, now=now, by=by)
    elif play.status == Play.Status.ACTIVE and play.current is not None and play.current.activated_at is None:
        put_in_force(play, play.current, by=by, note=AT_ONCE, now=now)
    return play, created


def new_version(
    play: Play,
    said: Mapping[str, Any],
    *,
    by: User | None,
    now: datetime,
    reason: str = "",
    stage: str = PlayVersion.Stage.DRAFT,
) -> PlayVersion:
    """The next version of a locked play. A play has one draft at most: the database keeps it so."""
    last = play.versions.order_by("-number").values_list("number", flat=True).first() or 0
    return PlayVersion.objects.create(
        play=play,
        number=last + 1,
        stage=stage,
        based_on=play.current.number if play.current else None,
        reason=reason,
        created_by=by,
        created_at=now,
        **{field: said[field] for field in DEFINITION_FIELDS},
    )


def rewrite(
    version: PlayVersion, said: Mapping[str, Any], *, by: User | None, now: datetime, reason: str
) -> None:
    """What an open version says from now on. One in review becomes a draft again: nobody approves what they did not
    read.
    """
    for field in DEFINITION_FIELDS:
        setattr(version, field, said[field])
    version.stage = PlayVersion.Stage.DRAFT
    version.submitted_by = version.submitted_at = None
    version.edited_by, version.edited_at = by, now
    version.reason = reason or version.reason
    version.save()


def put_in_force(play: Play, version: PlayVersion, *, by: User | None, note: str, now: datetime) -> None:
    """Make a version the active one of a locked play; the one before it is past."""
    play.versions.filter(stage=PlayVersion.Stage.ACTIVE).exclude(pk=version.pk).update(
        stage=PlayVersion.Stage.PAST
    )
    version.stage = PlayVersion.Stage.ACTIVE
    version.activated_at = version.approved_at = now
    version.approved_by, version.note = by, note
    version.save()
    play.current = version
    play.save(update_fields=["current"])


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
def set_status(
    *, play: Play, status: str, now: datetime, by: User | None = None, reviewed: bool = False
) -> Play:
    """Activate, pause or retire a play, or put it back to draft while nothing has ever run in it.

    `reviewed`: only what somebody has approved may go live; otherwise what was never active goes live at once.
    Refused where another play has the name by now, or there is nothing to put live.
    """
    if status != Play.Status.RETIRED:
        must_be_free(play.name, play=play, comes_back=True)
    if status == Play.Status.DRAFT and play.enrollments.exists():
        raise Refused(
            "Accounts have been in this play: pause or retire it instead of making it a draft again."
        )
    if status == Play.Status.ACTIVE:
        if play.current is None:
            raise Refused("This play has no definition yet.")
        if play.current.activated_at is None:
            if reviewed:
                raise Refused("What this play says has not been approved yet. Submit it for review first.")
            put_in_force(play, play.current, by=by, note=AT_ONCE, now=now)
    play.status = status
    save_named(play, "status")
    return play


@transaction.atomic
def install_starter_plays(*, owner: User | None, now: datetime, activate: bool = True) -> list[Play]:
    """The starter library: adds the plays that are missing and leaves those that exist as they are."""
    known = {play.slug: play for play in Play.objects.all()}
    for made in starter.PLAYS:
        if made.slug not in known:
            known[made.slug], _ = save_play(
                slug=made.slug,
                name=free_name(made.name),
                purpose=made.purpose,
                definition=made.definition,
                owner=owner,
                by=owner,
                status=Play.Status.ACTIVE if activate else None,
                now=now,
            )
    return [known[made.slug] for made in starter.PLAYS]
