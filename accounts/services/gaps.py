"""Who looks after holes in the data: asking somebody, taking it back, confirming, and closing what is filled."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import transaction
from django.urls import reverse

from abmops.lib import notices
from abmops.lib.errors import FieldErrors, Refused
from accounts.domain.gaps import BY_KEY
from accounts.models import Account, GapAssignment, User
from accounts.selectors.gaps import open_gaps
from accounts.services import storing
from accounts.services.locking import take_turn


@transaction.atomic
def assign_gaps(
    *,
    accounts: Sequence[int],
    to: User | None,
    by: User,
    now: datetime,
    gaps: Collection[str] = (),
    note: str = "",
) -> int:
    """Ask a person to fill the open holes of these accounts, all of them or the named ones; returns how many.

    What was somebody else's is theirs from now on; `to` None asks nobody any more. The person is told once a call.
    """
    unknown = sorted(set(gaps) - set(BY_KEY))
    if unknown:
        raise FieldErrors.one("/gaps", f"There is no gap called {unknown[0]}.")
    if to is not None and to.why_no_work:
        raise Refused(f"{to} cannot be asked to fill gaps: {to.why_no_work}")
    take_turn("gap")
    found = open_gaps(accounts, now=now)
    wanted = {(pk, gap) for pk, open_ in found.items() for gap in open_ if not gaps or gap in gaps}
    standing = GapAssignment.objects.filter(account__in=accounts, closed_at=None)
    replaced = [
        one
        for one in standing
        if (one.account_id, one.field) in wanted and (to is None or one.to_id != to.pk)
    ]
    kept = {(one.account_id, one.field) for one in standing} - {
        (one.account_id, one.field) for one in replaced
    }
    GapAssignment.objects.filter(pk__in=[one.pk for one in replaced]).update(closed_at=now)
    if to is None:
        return len(replaced)
    fresh = sorted(wanted - kept)
    storing.insert(
        [GapAssignment(account_id=pk, field=gap, to=to, by=by, at=now, note=note[:300]) for pk, gap in fresh],
        now=now,
    )
    if fresh and to.pk != by.pk:
        many = len({pk for pk, _ in fresh})
        what = "1 account" if many == 1 else f"{many} accounts"
        holes = "1 gap" if len(fresh) == 1 else f"{len(fresh)} gaps"
        notices.tell(
            [to],
            kind="gaps",
            subject=f"gaps:{now:%Y%m%d%H%M%S%f}:{by.pk}",
            text=f"{by} asks you to fill {holes} on {what}. {note}".strip(),
            url=f"{reverse('gaps:list')}?assignee={to.pk}&view=all",
            now=now,
        )
    return len(fresh)


@transaction.atomic
def close_filled(*, now: datetime) -> int:
    """Close the assignments whose holes are filled by now; returns how many."""
    take_turn("gap")
    standing = list(GapAssignment.objects.filter(closed_at=None).values_list("pk", "account_id", "field"))
    if not standing:
        return 0
    found = open_gaps({account for _, account, _ in standing}, now=now)
    filled = [pk for pk, account, gap in standing if gap not in found.get(account, ())]
    return GapAssignment.objects.filter(pk__in=filled).update(closed_at=now)


@transaction.atomic
def confirm(*, accounts: Collection[int], by: User, now: datetime) -> int:
    """A person has looked: what is known of these accounts is right, and counts as fresh for another year."""
    rows = list(
        Account.objects.editable_by(by)
        .filter(pk__in=accounts)
        .order_by("pk")
        .select_for_update(of=("self",), no_key=True)
    )
    storing.update(rows, ("updated_at",), now=now)
    GapAssignment.objects.filter(account__in=rows, field="stale", closed_at=None).update(closed_at=now)
    storing.insert(
        [
            GapAssignment(
                account=row,
                field="stale",
                to=by,
                by=by,
                at=now,
                closed_at=now,
                note="Confirmed as still right.",
            )
            for row in rows
        ],
        now=now,
    )
    return len(rows)
