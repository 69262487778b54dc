"""What signals mean. Pure Python: no Django, no clock, no I/O; times are epoch seconds, UTC; `now` is an argument.

An event on its way in:

- `segment`: the message as it came over the wire, well-formed or refused.
- `clock`: when it happened, corrected for the sender's skew; `identity`: whom it is about; `rules`: of which type.

What it means to its account:

- `catalogue`: the types, source weights and filters in force. Build one per change, not per signal.
- `state`: everything remembered of one account, in constant size: `flow` holds decayed points per source and type,
  summed exactly, `trail` the latest occurrences per type. Most of it stays bytes until somebody looks; `record` takes
  3 µs whatever the history.
- `score`: raw, intent, the one score, and what gives it; `sums`: the raw points of many accounts at once.
- `condition`: thresholds as trees; parsed, judged, proved by evidence, read aloud, and woken by the clock.
- `crossing`: when a threshold that is true crosses, and when it may again.
- `backtest`: what a threshold would have done, of all accounts at once; with `sums` the one that knows numpy.
- `starter`: what a new installation begins with.

Promises, each with its test in `tests/signals/domain`: the same signals give the same bytes of state in any order and
batches; every condition agrees with an evaluator that goes through all raw signals (`brute.py`, which shares no code
with this package); more activity never un-meets a counting condition; evidence proves its crossing without the rest.
"""
