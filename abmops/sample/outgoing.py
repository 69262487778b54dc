"""What the sample may send to people: nothing. A mailbox for decisions and all mail are there, and switched off."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from abmops.lib.choices import Role
from accounts.models import User
from plays.services.outbox.endpoints import add_endpoint, disable_endpoint
from plays.services.outbox.publishing import mail_endpoint


def write(staff: Mapping[str, User], *, at: datetime) -> None:
    """One surface, owned by RevOps; and the mail to people, before the sample's year has anything to tell them.

    Its people do not exist: on an installation whose mail is set up they would be written to all the same.
    """
    revops = next(user for user in staff.values() if user.role == Role.REVOPS)
    mailbox = add_endpoint(
        name="Leadership mailbox",
        surface="email",
        target=f"leadership@{revops.email.partition('@')[2]}",
        secret="",
        types=["escalation.opened", "escalation.resolved"],
        owner=revops,
        now=at,
    )
    for endpoint in (mailbox, mail_endpoint(now=at)):
        disable_endpoint(endpoint=endpoint, by=revops, now=at)
