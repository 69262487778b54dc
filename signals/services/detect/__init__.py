"""From the inbox to crossings: repeats dropped, accounts resolved, signals stored, states advanced, thresholds judged.

The order is: read (arrivals) → known or new (keys) → who (placement) → stored (store) → what it means (evaluate).
All of a batch happens in the one transaction that the work list opened, in a number of statements that does not
grow with it.
"""

from signals.services.detect.batch import detect, evaluate_accounts, forget_unnamed
from signals.services.detect.resolving import resolve
from signals.services.detect.sweeping import sweep_unmatched

__all__ = ["detect", "evaluate_accounts", "forget_unnamed", "resolve", "sweep_unmatched"]
