"""The tester: what an event would become, and why. The real code runs, and everything it did is undone."""

from signals.services.trying.happening import try_out
from signals.services.trying.outcome import KeyTried, Moved, Outcome, Rival, Step, Trial

__all__ = ["KeyTried", "Moved", "Outcome", "Rival", "Step", "Trial", "try_out"]
