"""Registration of merging and of the search for duplicates."""

from datetime import timedelta

from abmops.ui import navigation
from abmops.work import rounds
from accounts.selectors.duplicates import open_count
from accounts.services.duplicates import look_next
from accounts.services.merging import parts


def register() -> None:
    """What `ready()` registers: the parts of a merge, the periodic look for duplicates, the count beside the page."""
    parts.register()
    rounds.register("accounts.look_for_duplicates", every=timedelta(minutes=10), step=look_next)
    navigation.count("duplicates:list", open_count)
