"""A person's choices of how to be told."""

from __future__ import annotations

import re
from collections.abc import Mapping

from django.db import transaction

from abmops.lib.errors import FieldErrors
from accounts.models import User
from plays.domain.notifying import GROUPS, WAYS, default_way
from plays.models import NoticeWishes

_MEMBER = re.compile(r"[UW][A-Z0-9]{5,20}")


@transaction.atomic
def save_wishes(
    *,
    user: User,
    ways: Mapping[str, str],
    digest_hour: int,
    digest_way: str,
    quiet_from: int | None,
    quiet_to: int | None,
    slack_member: str,
) -> NoticeWishes:
    """Store them. Only what differs from the default is kept, so that a better default reaches everybody else."""
    member = slack_member.strip().upper()
    if member and not _MEMBER.fullmatch(member):
        raise FieldErrors.one(
            "/slack_member",
            "A member id looks like U012AB3CD: in Slack, your profile, the three dots, Copy member ID.",
        )
    if (quiet_from is None) is not (quiet_to is None):
        raise FieldErrors.one(
            "/quiet_to", "Give both the hour at which the quiet begins and the one at which it ends."
        )
    wants_slack = digest_way == "slack" or "slack" in ways.values()
    if wants_slack and not member:
        raise FieldErrors.one(
            "/slack_member", "Give your Slack member id, so that Slack knows whom to reach."
        )
    chosen = {
        group.key: way
        for group in GROUPS
        if (way := ways.get(group.key, "")) in WAYS and way != default_way(group)
    }
    row, _ = NoticeWishes.objects.update_or_create(
        user=user,
        defaults={
            "ways": chosen,
            "digest_hour": digest_hour,
            "digest_way": digest_way,
            "quiet_from": quiet_from,
            "quiet_to": quiet_to,
            "slack_member": member,
        },
    )
    return row
