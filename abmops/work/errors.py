"""What a handler may raise to say more than "it failed", and what the list itself raises."""

from datetime import timedelta


class GiveUp(Exception):
    """This will never work: the item is dead at once, with the message as its reason."""


class Later(Exception):
    """Not now: back to ready after `after`. Counted as an attempt unless `counted=False` (a closed breaker, a
    limit).
    """

    def __init__(self, message: str, *, after: timedelta, counted: bool = True) -> None:
        super().__init__(message)
        self.after = after
        self.counted = counted


class Fenced(Exception):
    """The lease has gone to somebody else; whatever was about to be written must not be."""
