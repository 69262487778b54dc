"""What a handler may raise to say more than "it failed", and what the list itself raises."""

from datetime import timedelta


class GiveUp(Exception):  # noqa: N818  (an instruction, not an error)
    """This will never work: the item is dead at once, with the message as its reason."""


class Later(Exception):  # noqa: N818  (an instruction, not an error)
    """Not now: back to ready after `after`. Counted as an attempt unless `counted=False` (a closed breaker, a
    limit).
    """

    def __init__(self, message: str, *, after: timedelta, counted: bool = True) -> None:
        super().__init__(message)
        self.after = after
        self.counted = counted


class Fenced(Exception):  # noqa: N818  (the word of the design)
    """The lease has gone to somebody else; whatever was about to be written must not be."""
