"""What a threshold would have done over the past.

`life` lives one account's past through the engine itself, look by look. `sweep` gives the same crossings of all
accounts at once, from columns (`history`), and leaves to `life` the few accounts where a score comes so near its limit
that rounding would decide. `outcome` says what the crossings were worth: precision, recall, lead time and load.
"""

from signals.domain.backtest.history import History, Moments, Seen, Spans
from signals.domain.backtest.sweep import Found, Question, crossings

__all__ = ["Found", "History", "Moments", "Question", "Seen", "Spans", "crossings"]
