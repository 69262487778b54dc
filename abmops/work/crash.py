"""Named places where a fault test makes the process die or freeze: `ABMOPS_CRASH_AT=after_claim`,
`before_commit:3`.

The name alone acts at the first pass, `:n` at the n-th, `:p%` at each pass with that chance; `@STOP` freezes
(SIGSTOP) where otherwise the process dies (SIGKILL). The variable is read once, at import; without it `point`
is one comparison. Any name may be used: `crash.point("detect.before_commit")`.
"""

import os
import random
import signal
from dataclasses import dataclass


@dataclass(slots=True)
class Plan:
    """What to do where: at pass number `on_pass` of the point, or at any pass with chance `chance`."""

    name: str
    on_pass: int = 1
    chance: float = 0.0
    number: signal.Signals = signal.SIGKILL
    passes: int = 0

    def is_due(self) -> bool:
        """Count a pass and say whether this is the one."""
        self.passes += 1
        if self.chance:
            return random.random() < self.chance  # noqa: S311  (a fault plan, not a secret)
        return self.passes == self.on_pass


def parse(text: str) -> Plan | None:
    """The plan that the variable names; empty means none."""
    place, _, verb = text.strip().partition("@")
    name, _, when = place.partition(":")
    if not name:
        return None
    number = signal.Signals[f"SIG{verb or 'KILL'}"]
    if when.endswith("%"):
        return Plan(name, chance=float(when[:-1]) / 100, number=number)
    return Plan(name, on_pass=int(when or 1), number=number)


_plan: Plan | None = parse(os.environ.get("ABMOPS_CRASH_AT", ""))


def point(name: str) -> None:
    """Kill this process, with no cleaning up, if the plan names this place."""
    if _plan is not None and _plan.name == name and _plan.is_due():
        os.kill(os.getpid(), _plan.number)
