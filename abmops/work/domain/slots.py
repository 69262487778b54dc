"""The slots of periodic work: every moment belongs to exactly one, whoever asks."""

from datetime import UTC, datetime, timedelta

EPOCH = datetime(2000, 1, 3, tzinfo=UTC)  # a Monday, so that weekly slots start on Mondays


def slot_of(now: datetime, *, every: timedelta, offset: timedelta = timedelta(0)) -> datetime:
    """The start of the slot that holds `now`: slots are `every` long and begin `offset` after a UTC multiple
    of it.
    """
    whole = (now - EPOCH - offset) // every
    return EPOCH + offset + whole * every
