"""Registration of merging and of the search for duplicates."""

from datetime import datetime, timedelta

from abmops.ui import navigation
from abmops.work import services as work
from accounts.selectors.duplicates import open_count
from accounts.services.duplicates import look_for_duplicates
from accounts.services.merging import parts


def register() -> None:
    """What `ready()` registers: the parts of a merge, the periodic look for duplicates, the count beside the page."""
    parts.register()
    work.periodic("accounts.look_for_duplicates", every=timedelta(minutes=10), handler=look)
    navigation.count("duplicates:list", open_count)


def look(now: datetime) -> None:
    """Compare what was written since the last look."""
    look_for_duplicates(now=now)
