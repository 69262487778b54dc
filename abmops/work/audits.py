"""Audits: promises checked each minute on the rows. Apps register theirs in `AppConfig.ready()`."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Finding:
    """One broken promise. `key` names what is broken, the same in each run; `repaired` if the audit put it
    right.
    """

    key: str
    detail: str
    repaired: bool = False


# now -> what is broken; reads by index, in well under a second, and repairs only by putting work
AuditFunction = Callable[[datetime], Iterable[Finding]]

_audits: dict[str, AuditFunction] = {}


def register(name: str, function: AuditFunction) -> None:
    """Have `function(now)` run each minute; what it finds is kept and shown on the Health page."""
    known = _audits.setdefault(name, function)
    if known is not function:
        raise ValueError(f"The audit {name!r} is registered twice.")


def unregister(name: str) -> None:
    """Forget one (tests)."""
    _audits.pop(name, None)


def all_audits() -> dict[str, AuditFunction]:
    """Every audit by name."""
    return dict(sorted(_audits.items()))
