"""Who is told of what is wrong with a source or a threshold."""

from __future__ import annotations

from collections.abc import Sequence

from abmops.lib.choices import Role
from accounts.models import User


def keepers(owner: User | None, *, revops: Sequence[User] | None = None) -> Sequence[User]:
    """The owner; where nobody who is here owns it, everybody of RevOps (`revops`, for who asks of many owners)."""
    if owner is not None and owner.works_here:
        return [owner]
    return list(User.objects.here().filter(role=Role.REVOPS)) if revops is None else revops
