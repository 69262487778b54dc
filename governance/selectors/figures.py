"""Governance's numbers on the scoreboard: escalations a week, time to resolve, governance score."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from governance.domain.rating import COMPONENTS, FULL_SCORE, score
from governance.models import GovernanceRating
from scoreboard.domain.figures import Case, Figure, Scope, a_week, counted_mean
from scoreboard.domain.windows import ESCALATION_WEEKS
from scoreboard.selectors.sql import IN_SCOPE, LISTED, parameters, rows

KEYS = ("escalation_rate", "escalation_mean_hours", "governance_score")
_HOUR = timedelta(hours=1)

# One row an escalation and account that it is about; an escalation about no account has one row without.
_STATEMENT = f"""
WITH {LISTED}
SELECT e.id, a.id, l.tier, e.opened_at, CASE WHEN e.state = 'resolved' AND e.closed_at < %(at)s THEN
e.closed_at END FROM governance_escalation e
LEFT JOIN governance_escalationlink k ON k.escalation_id = e.id AND k.kind = 'account'
LEFT JOIN accounts_account a ON a.id = k.target_id
LEFT JOIN listed l ON l.account_id = a.id
WHERE e.opened_at < %(at)s AND (e.opened_at >= %(weeks)s OR e.closed_at IS NULL OR e.closed_at >= %(weeks)s)
  AND {IN_SCOPE} AND (%(tier)s::int IS NULL OR l.tier IS NOT NULL)
"""  # noqa: S608  (our own constants)


@dataclass(frozen=True, slots=True)
class About:
    """An escalation, one account it is about, and when it was resolved (before T)."""

    escalation: int
    account: int | None
    tier: int | None
    opened: datetime
    resolved: datetime | None


def escalations(at: datetime, scope: Scope) -> list[About]:
    """Those opened in the twelve weeks before T, and older ones open or closed in them."""
    weeks = at - timedelta(weeks=ESCALATION_WEEKS)
    return [About(*row) for row in rows(_STATEMENT, parameters(at, scope) | {"weeks": weeks})]


def _opened(found: list[About], since: datetime) -> list[Case]:
    return [Case(row.account, row.tier, counted=True, at=row.opened) for row in found if row.opened >= since]


def _resolved(found: list[About], since: datetime) -> list[Case]:
    """Resolved ones are counted with their hours; open ones are what is missing."""
    return [
        Case(
            row.account,
            row.tier,
            counted=row.resolved is not None,
            value=((row.resolved or row.opened) - row.opened) / _HOUR,
            at=row.opened,
        )
        for row in found
        if row.resolved is None or row.resolved >= since
    ]


def figures(at: datetime, scope: Scope) -> dict[str, Figure]:
    """An escalation counts once, however many accounts it is about. The score is everybody's, in any
    scope.
    """
    since = at - timedelta(weeks=ESCALATION_WEEKS)
    once = list({row.escalation: row for row in escalations(at, scope)}.values())
    resolved = [case for case in _resolved(once, since) if case.counted]
    return {
        "escalation_rate": a_week(ESCALATION_WEEKS)(_opened(once, since)),
        "escalation_mean_hours": counted_mean(resolved),
        "governance_score": _score(at),
    }


def _score(at: datetime) -> Figure:
    latest = dict(
        GovernanceRating.objects.filter(rated_at__lt=at)
        .order_by("component", "-rated_at")
        .distinct("component")
        .values_list("component", "rating")
    )
    total = score(latest)
    notes = {"rated": len(latest), "components": len(COMPONENTS)}
    return Figure(total, total, FULL_SCORE if latest else None, notes)


def cases(key: str, at: datetime, scope: Scope) -> list[Case]:
    """The accounts that the escalations are about; the governance score is about none."""
    since = at - timedelta(weeks=ESCALATION_WEEKS)
    if key == "escalation_rate":
        return _opened(escalations(at, scope), since)
    return _resolved(escalations(at, scope), since) if key == "escalation_mean_hours" else []
