"""The way of a play's version: written as a draft, sent to review with a reason, put in force by somebody else.

Whoever writes, submits, approves or sends back locks the play's row first; a mark of what was seen keeps two people
from undoing each other's work unseen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.text import slugify

from abmops.lib.errors import Conflict, FieldErrors, Refused, Stale
from accounts.models import User
from plays.domain import vocabulary as words
from plays.domain.parse import as_json, parse_play
from plays.models import Play, PlayVersion
from plays.selectors.drafts import (
    APPROVERS,
    authors_of,
    is_overtaken,
    mark_of,
    open_version,
    others_who_may_approve,
)
from plays.services.notice.telling import settle, tell
from plays.services.play.library import new_version, put_in_force, rewrite, save_play
from plays.services.play.naming import must_be_free, save_named

__all__ = [
    "APPROVERS",
    "Overtaken",
    "Sheet",
    "approve",
    "authors_of",
    "is_overtaken",
    "make_draft",
    "mark_of",
    "open_version",
    "others_who_may_approve",
    "save_draft",
    "send_back",
    "set_aside",
    "submit_draft",
]

LONGEST_SLUG = 44


class Overtaken(Stale):
    """Somebody else saved, submitted or approved since this was opened."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What the editor holds: the play's name, purpose and owner, and what it says."""

    name: str
    definition: Mapping[str, Any]
    purpose: str = ""
    owner: User | None = None
    reason: str = ""


@transaction.atomic
def make_draft(*, sheet: Sheet, by: User, now: datetime, submit: bool = False) -> tuple[Play, PlayVersion]:
    """A new play with its first draft, under an address made of its name; submitted at once where that is asked."""
    if not sheet.name.strip():
        raise FieldErrors.one("/name", "Give the play a name.")
    play, created = save_play(
        slug=_free_slug(sheet.name),
        name=sheet.name,
        purpose=sheet.purpose,
        owner=sheet.owner,
        definition=sheet.definition,
        reason=sheet.reason,
        by=by,
        now=now,
    )
    if not created:
        raise Conflict("Somebody has just made a play of this name. Look at it, or save yours again.")
    assert play.current is not None
    return play, submit_draft(play=play, reason=sheet.reason, by=by, now=now) if submit else play.current


def _free_slug(name: str) -> str:
    stem = slugify(name)[:LONGEST_SLUG].strip("-") or "play"
    taken = set(Play.objects.filter(slug__startswith=stem).values_list("slug", flat=True))
    number, slug = 1, stem
    while slug in taken:
        number += 1
        slug = f"{stem}-{number}"
    return slug


@transaction.atomic
def save_draft(
    *,
    play: Play,
    sheet: Sheet,
    seen: str,
    by: User,
    now: datetime,
    based_on: int | None = None,
    submit: bool = False,
) -> PlayVersion | None:
    """Write the play's draft as it was `seen` (`mark_of`), begun from the active version where there is none.

    None: it says what the active version says, so there is nothing to draft. `based_on`: the active version that the
    writer has compared with. Overtaken where somebody saved meanwhile; FieldErrors with all that is wrong.
    """
    locked = _locked(play)
    draft = open_version(locked)
    if mark_of(locked, draft) != seen:
        raise Overtaken(
            "Somebody else has saved this play since you opened it. Nothing of yours is lost: "
            "compare the two below, then save yours over it or take theirs."
        )
    said = as_json(parse_play(sheet.definition))
    if not sheet.name.strip():
        raise FieldErrors.one("/name", "Give the play a name.")
    must_be_free(sheet.name, play=locked)
    locked.name, locked.purpose, locked.owner = sheet.name.strip(), sheet.purpose, sheet.owner
    save_named(locked, "name", "purpose", "owner")
    if draft is None:
        if locked.current is not None and as_json(parse_play(locked.current.as_json())) == said:
            return None
        draft = new_version(locked, said, by=by, now=now, reason=sheet.reason)
    else:
        if based_on is not None and based_on != draft.based_on:
            draft.based_on = based_on
            draft.save(update_fields=["based_on"])
        if as_json(parse_play(draft.as_json())) != said or sheet.reason not in ("", draft.reason):
            rewrite(draft, said, by=by, now=now, reason=sheet.reason)
    return submit_draft(play=locked, reason=sheet.reason, by=by, now=now) if submit else draft


@transaction.atomic
def submit_draft(*, play: Play, reason: str, by: User, now: datetime) -> PlayVersion:
    """Draft to review, for a reason that stays with the version."""
    locked = _locked(play)
    draft = open_version(locked)
    if draft is None:
        raise Refused("There is no draft to submit: change the play first.")
    if draft.stage == PlayVersion.Stage.REVIEW:
        raise Refused(f"Version {draft.number} waits for its review already.")
    _not_overtaken(locked, draft)
    why = reason.strip() or draft.reason.strip()
    if not why:
        raise FieldErrors.one(
            "/reason", "Say why in a sentence: whoever reads this version in a year will ask."
        )
    said = parse_play(draft.as_json())
    current = locked.current
    if current is not None and current.pk != draft.pk and parse_play(current.as_json()) == said:
        raise Refused(
            f"It says the same as version {current.number}, which is active: there is nothing to review."
        )
    draft.stage, draft.reason = PlayVersion.Stage.REVIEW, why[:2_000]
    draft.submitted_by, draft.submitted_at = by, now
    draft.note = ""
    draft.save()
    may = User.objects.here().filter(Q(role__in=APPROVERS) | Q(is_superuser=True))
    _tell(
        {user.pk for user in may} - authors_of(draft),
        draft,
        kind="play_review",
        text=f"{by} asks for a review of {locked.name}, version {draft.number}: {draft.reason}",
        now=now,
    )
    return draft


@transaction.atomic
def approve(*, play: Play, by: User, now: datetime, note: str = "", seen: str | None = None) -> PlayVersion:
    """Review to active: it is in force from now on, and a play that was a draft is active.

    By somebody else than whoever wrote or submitted it, where there is one who may; where there is none, with a
    written note. `seen`: the mark of what the approver read. Running enrollments finish on their version.
    """
    locked = _locked(play)
    version = open_version(locked)
    if version is None or version.stage != PlayVersion.Stage.REVIEW:
        raise Refused("No version of this play is in review.")
    if seen is not None and mark_of(locked, version) != seen:
        raise Overtaken(
            "This version has changed since you opened the page. Read it again before you approve."
        )
    _not_overtaken(locked, version)
    if by.pk in authors_of(version):
        others = others_who_may_approve(version)
        if others:
            named = words.listed([str(one) for one in others])
            raise Refused(f"You wrote this version, so somebody else approves it: {named} may.")
        if not note.strip():
            raise FieldErrors.one(
                "/note",
                "Nobody else here may approve, so you can. Write down what you checked; it stays with the version.",
            )
    put_in_force(locked, version, by=by, note=note.strip()[:2_000], now=now)
    if locked.status == Play.Status.DRAFT:
        locked.status = Play.Status.ACTIVE
        locked.save(update_fields=["status"])
    settle(kind="play_review", subject=_subject(version), now=now)
    _tell(
        authors_of(version) - {by.pk},
        version,
        kind="play_approved",
        text=f"{by} has approved {locked.name}, version {version.number}. New starts follow it.",
        now=now,
    )
    return version


@transaction.atomic
def send_back(*, play: Play, by: User, reason: str, now: datetime) -> PlayVersion:
    """Review back to draft, with words for whoever wrote it."""
    locked = _locked(play)
    version = open_version(locked)
    if version is None or version.stage != PlayVersion.Stage.REVIEW:
        raise Refused("No version of this play is in review.")
    if not reason.strip():
        raise FieldErrors.one("/note", "Say what is missing, so that the next draft can be better.")
    version.stage = PlayVersion.Stage.DRAFT
    version.note = f"{by}: {reason.strip()}"[:2_000]
    version.save(update_fields=["stage", "note"])
    settle(kind="play_review", subject=_subject(version), now=now)
    _tell(
        authors_of(version) - {by.pk},
        version,
        kind="play_sent_back",
        text=f"{by} has sent {locked.name}, version {version.number} back to you: {reason.strip()}",
        now=now,
    )
    return version


@transaction.atomic
def set_aside(*, play: Play, by: User, now: datetime) -> PlayVersion:
    """Give up the draft of a play that has an active version. It stays in the history, to begin from again."""
    locked = _locked(play)
    draft = open_version(locked)
    if draft is None or locked.current_id == draft.pk:
        raise Refused("There is no draft beside an active version.")
    draft.stage = PlayVersion.Stage.PAST
    draft.note = f"Set aside by {by} without having been active."
    draft.edited_by, draft.edited_at = by, now
    draft.save(update_fields=["stage", "note", "edited_by", "edited_at"])
    return draft


def _not_overtaken(play: Play, version: PlayVersion) -> None:
    if is_overtaken(play, version):
        assert play.current is not None
        raise Overtaken(
            f"Version {play.current.number} went live after this draft was begun. Open the draft, compare the two and "
            "save it once more; then it can go on."
        )


def _subject(version: PlayVersion) -> str:
    return f"play_version:{version.pk}:{version.submitted_at:%FT%T.%f}"


def _tell(user_ids: set[int], version: PlayVersion, *, kind: str, text: str, now: datetime) -> None:
    """Tell people of one round of a version's review, once."""
    if user_ids:
        url = f"/plays/{version.play_id}/#draft"
        tell(user_ids=user_ids, kind=kind, subject=_subject(version), text=text, url=url, now=now)


def _locked(play: Play) -> Play:
    return Play.objects.select_for_update(of=("self",)).select_related("current", "owner").get(pk=play.pk)
