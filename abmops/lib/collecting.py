"""Python's collector of circles, made to look between batches: one at work of thousands of events is no garbage.

Measured on the drain of signals: with Python's own thresholds 90 us of CPU a signal, with these 51. What costs is one
circle that holds a whole batch: an error that Django keeps while it looks up a key of a JSON column by a path such as
`trigger__score` did, and looking through those batches took 27 of 148 us.
"""

import gc

# Of young objects, and how many such rounds go before the older ones are looked through.
YOUNG, MIDDLE, OLD = 250_000, 50, 100
WORTH_LOOKING = 20_000


def look_seldom() -> None:
    """To be called once in a process that has loaded its program and lives long: what is there by now stays."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, OLD)


def look_between() -> None:
    """To be called where the objects of one batch have just gone: few are left to look through."""
    if gc.get_count()[0] > WORTH_LOOKING:
        gc.collect(0)
