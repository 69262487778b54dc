"""Named places where a fault test makes the process die: `ABM_CRASH_AT=after_claim`, `before_commit:3`,
`after_effect:1%`.

The name alone dies at the first pass, `:n` at the n-th, `:p%` at each pass with that chance. The variable is
read once, at import; without it `point` is one comparison. Any name may be used:
`crash.point("detect.before_commit")`.
"""

import os
import random
import signal
from dataclasses import dataclass

VARIABLE = "ABM_CRASH_AT"


@dataclass(slots=True)
class Plan:
    """Where to die: at pass number `on_pass` of the point, or at any pass with chance `chance`."""

    name: str
    on_pass: int = 1
    chance: float = 0.0
    passes: int = 0

    def is_due(self) -> bool:
        """Count a pass and say whether this is the one."""
        self.passes += 1
        if self.chance:
            return random.random() < self.chance  # noqa: S311  (a fault plan, not a secret)
        return self.passes == self.on_pass


def parse(text: str) -> Plan | None:
    """The plan that the variable names; empty means none."""
    name, _, when = text.strip().partition(":")
    if not name:
        return None
    if when.endswith("%"):
        return Plan(name, chance=float(when[:-1]) / 100)
    return Plan(name, on_pass=int(when or 1))


_plan: Plan | None = parse(os.environ.get(VARIABLE, ""))


def point(name: str) -> None:
    """Kill this process by SIGKILL, with no cleaning up, if the plan names this place."""
    if _plan is not None and _plan.name == name and _plan.is_due():
        os.kill(os.getpid(), signal.SIGKILL)
