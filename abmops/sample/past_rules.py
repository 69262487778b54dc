"""Guardrails that people of the sample set aside: two steps that opened all the same, two plays started past a deal."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from abmops.lib.choices import Role
from abmops.lib.errors import AbmopsError
from accounts.models import Account, User
from plays.domain.guardrails import SETTABLE
from plays.models import Play, StepRun
from plays.selectors.guarded import Question
from plays.services.enrollment.starting import start_play
from plays.services.guardrail.overriding import in_the_way, open_step_anyway

STEPS = ("They asked for the comparison on the phone.", "Their fair is next week; a week later is too late.")
STARTS = ("The open deal is of another division.", "Agreed with the owner of the deal on Monday.")
LOOKED_THROUGH = 20


def write(staff: Mapping[str, User], *, end: datetime) -> None:
    """At the end of the sample, so that nothing else of it changes."""
    revops = next(one for one in staff.values() if one.role == Role.REVOPS)
    held = StepRun.objects.filter(state=StepRun.State.PENDING, stopped_at__isnull=True).exclude(held="")
    for run, reason in zip(
        held.select_related("enrollment__account__owner", "enrollment__version").order_by("pk"),
        STEPS,
        strict=False,
    ):
        rules = [no.rule for no in in_the_way(run, now=end)]
        if rules and SETTABLE.issuperset(rules):
            by = run.enrollment.account.owner or revops
            open_step_anyway(run=run, rules=rules, by=by, reason=reason, now=end)
    _start(revops, end=end)


def _start(revops: User, *, end: datetime) -> None:
    plays = {play.name: play for play in Play.objects.filter(status=Play.Status.ACTIVE)}
    reasons = list(STARTS)
    turned = Question(since=end - timedelta(days=28), rules=("quarantine",), what="decision")
    for row in turned[0:LOOKED_THROUGH]:
        if not reasons or row.play not in plays:
            continue
        account = Account.objects.select_related("owner").get(pk=row.account_id)
        try:
            start_play(
                play=plays[row.play],
                account=account,
                by=account.owner or revops,
                reason=reasons[0],
                override=["quarantine"],
                now=end,
            )
        except AbmopsError:
            continue  # another rule is in the way there
        reasons.pop(0)
