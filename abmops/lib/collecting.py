"""Python's collector of circles, made to look seldom: a batch at work of thousands of events is no garbage.

Measured on the drain of 20,000 signals: with Python's own thresholds 90 us of CPU a signal, with these 51.
"""

import gc

# Of young objects, and how many such rounds go before the older ones are looked through.
YOUNG, MIDDLE, OLD = 100_000, 50, 100


def look_seldom() -> None:
    """To be called once in a process that has loaded its program and lives long: what is there by now stays."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, OLD)
