"""What of governance goes along when two accounts are made one: what escalations are about."""

from abmops.lib import merging
from abmops.lib.merging import Collision, Rows


def register() -> None:
    """Register the part. The label stays what was written: the account's name at that time."""
    merging.register(
        Rows(
            "escalations",
            "governance_escalationlink",
            "escalation about it",
            "escalations about it",
            column="target_id",
            only="t.kind = 'account'",
            collisions=(
                Collision(
                    "EXISTS (SELECT FROM governance_escalationlink w WHERE w.escalation_id = t.escalation_id "
                    "AND w.kind = 'account' AND w.target_id = %(winner)s)",
                    "The same escalation is about both ({count}): it names the account once.",
                ),
            ),
        )
    )
