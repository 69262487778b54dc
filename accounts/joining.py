"""Registration of merging and of the search for duplicates."""

from accounts.services.merging import parts


def register() -> None:
    """What `ready()` registers: the parts of a merge."""
    parts.register()
