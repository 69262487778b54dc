"""Rating a component of the operating framework."""

from datetime import datetime

from django.db import transaction

from abmops.lib.choices import Role
from abmops.lib.errors import FieldErrors, Refused
from accounts.models import User
from governance.domain.rating import COMPONENTS, RATINGS
from governance.models import GovernanceRating


@transaction.atomic
def rate_component(
    *, component: int, rating: int, evidence: str, by: User, now: datetime
) -> GovernanceRating:
    """Add a rating with what shows it; earlier ones stay as history."""
    if not by.has_role(Role.REVOPS, Role.EXECUTIVE):
        raise Refused("RevOps and executives rate the components.", code="role")
    if component not in COMPONENTS:
        raise FieldErrors.one("/component", "Must be from 1 to 7.")
    if rating not in RATINGS:
        raise FieldErrors.one("/rating", "Must be 0, 1 or 2.")
    if not evidence.strip():
        raise FieldErrors.one("/evidence", "Say what shows it.")
    return GovernanceRating.objects.create(
        component=component, rating=rating, evidence=evidence.strip(), rated_at=now, by=by
    )
