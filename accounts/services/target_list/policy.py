"""Writing the rules of the list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db import transaction

from abmops.lib.choices import Role
from abmops.lib.errors import Refused
from accounts.domain.capacity import Ceiling
from accounts.models import ListPolicy, TierPolicy, User
from accounts.services.target_list.rules import take_the_list


@transaction.atomic
def write_policy(*, ceilings: Iterable[Ceiling], rules: Mapping[str, int], by: User) -> None:
    """Put new capacities and new rules (fields of `ListPolicy`) in force from now on. RevOps only.

    What is on the list already stays on it, however full that makes it; the change log keeps what was in force before.
    """
    if not by.has_role(Role.REVOPS):
        raise Refused("Only RevOps writes the rules of the list.")
    take_the_list()
    for ceiling in ceilings:
        if ceiling.most < ceiling.least:
            raise Refused(
                f"Tier {ceiling.tier} cannot hold at most {ceiling.most} and at least {ceiling.least}."
            )
        TierPolicy.objects.update_or_create(
            tier=ceiling.tier,
            defaults={
                "least": ceiling.least,
                "most": ceiling.most,
                "most_per_owner": ceiling.most_per_owner,
            },
        )
    low, high = rules.get("propose_down_score"), rules.get("propose_up_score")
    if low is not None and high is not None and low >= high:
        raise Refused("The score that proposes a lower tier must lie below the one that proposes a higher.")
    ListPolicy.objects.update_or_create(pk=1, defaults=dict(rules))
