"""Background edges of the account graph."""

from datetime import datetime

from abmops.rest.idempotency import forget


def forget_idempotent_answers(now: datetime) -> None:
    """Drop the answers kept for repeated calls once they are 30 days old."""
    forget(now=now)
