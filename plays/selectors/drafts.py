"""The open version of a play: whether there is one, what of it was seen, who wrote it and who may approve it."""

from __future__ import annotations

from hashlib import blake2b

import msgspec
from django.db.models import Q

from abmops.lib.choices import Role
from accounts.models import User
from plays.models import Play, PlayVersion

APPROVERS = (Role.REVOPS, Role.EXECUTIVE)
"""Who may put a version in force: RevOps keeps the library, executives approve changes (DOMAIN §2)."""

NAMED_AT_MOST = 3


def open_version(play: Play) -> PlayVersion | None:
    """The version that is worked on or in review, if there is one."""
    stages = (PlayVersion.Stage.DRAFT, PlayVersion.Stage.REVIEW)
    return play.versions.filter(stage__in=stages).select_related("created_by", "edited_by").first()


def mark_of(play: Play, version: PlayVersion | None) -> str:
    """A short text that is another as soon as anything of the play or its open version is: what somebody has seen."""
    seen: list[object] = [play.name, play.purpose, play.owner_id, play.current_id]
    if version is not None:
        seen += [version.pk, version.stage, version.reason, version.as_json()]
    return blake2b(msgspec.json.encode(seen), digest_size=9).hexdigest()


def authors_of(version: PlayVersion) -> set[int]:
    """Whoever wrote, changed or submitted a version."""
    return {
        pk
        for pk in (
            version.submitted_by_id,
            version.edited_by_id or version.created_by_id,
        )
        if pk is not None
    }


def others_who_may_approve(version: PlayVersion) -> list[User]:
    """Some of the people who may approve and did not write it."""
    may = User.objects.here().filter(Q(role__in=APPROVERS) | Q(is_superuser=True))
    return list(may.exclude(pk__in=authors_of(version)).order_by("name")[:NAMED_AT_MOST])


def is_overtaken(play: Play, version: PlayVersion | None) -> bool:
    """Whether another version went live since this one was begun."""
    current = play.current
    return (
        version is not None
        and current is not None
        and current.pk != version.pk
        and current.number != version.based_on
    )
