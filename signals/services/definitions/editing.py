"""Thresholds written by people in the editor, who may be two at a time: nobody's change is lost unseen."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

import msgspec
from django.db import transaction
from django.utils.text import slugify

from abmops.lib.errors import Conflict
from accounts.models import User
from signals.models import Threshold
from signals.services.definitions.threshold import put_threshold
from signals.services.definitions.written import Written

UNNAMED = "threshold"
LONGEST = 44
"""Room for a number behind the name within the 50 characters of a slug."""


class Overtaken(Conflict):
    """Somebody else saved this threshold after it was opened here."""


def mark_of(row: Threshold) -> str:
    """A short text that is another as soon as anything of the threshold is: what the editor has seen."""
    seen = [row.current_id, row.name, row.rationale, row.owner_id, row.status]
    return blake2b(msgspec.json.encode(seen), digest_size=9).hexdigest()


@transaction.atomic
def make_threshold(*, fields: Mapping[str, Any], reason: str, by: User) -> Written[Threshold]:
    """A new threshold, with an address made of its name. Conflict where another one of the name comes in between."""
    written = put_threshold(slug=_free_slug(str(fields["name"])), fields=fields, reason=reason, by=by)
    if not written.created:
        raise Conflict("Somebody has just made a threshold of this name. Look at it, or save yours again.")
    return written


@transaction.atomic
def edit_threshold(
    *, slug: str, fields: Mapping[str, Any], reason: str, seen: str, by: User
) -> Written[Threshold]:
    """Change a threshold as it was `seen` (`mark_of`); Overtaken where it is no longer that one."""
    row = Threshold.objects.select_for_update(of=("self",)).get(slug=slug)
    if mark_of(row) != seen:
        raise Overtaken(
            "Somebody else has saved this threshold since you opened it. Nothing of yours is lost: "
            "compare the two below, then save yours over it or take theirs."
        )
    return put_threshold(slug=slug, fields=fields, reason=reason, by=by)


def _free_slug(name: str) -> str:
    """`score-surge`, or `score-surge-2` where that is taken."""
    stem = slugify(name)[:LONGEST].strip("-") or UNNAMED
    # An address of its own: /thresholds/new/ is where the next one is written.
    taken = {"new"} | set(Threshold.objects.filter(slug__startswith=stem).values_list("slug", flat=True))
    number, slug = 1, stem
    while slug in taken:
        number += 1
        slug = f"{stem}-{number}"
    return slug
