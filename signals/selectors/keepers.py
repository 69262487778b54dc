"""Who is told of what is wrong with a source or a threshold."""

from __future__ import annotations

from abmops.lib.choices import Role
from accounts.models import User


def keepers(owner: User | None) -> list[User]:
    """The owner; where nobody who is here owns it, everybody of RevOps."""
    if owner is not None and owner.is_active:
        return [owner]
    return list(User.objects.filter(role=Role.REVOPS, is_active=True))
