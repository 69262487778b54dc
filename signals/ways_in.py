"""What the ways in register beside the doors: files of signals, the facts of the CRM, and the nightly tidying."""

from __future__ import annotations

from datetime import datetime, timedelta

from abmops.work import kinds
from abmops.work import services as work
from accounts.services import events
from signals import importing
from signals.services import crm, hooks


def forget_hook_calls(now: datetime) -> None:
    """Drop what came to the hooks more than 90 days ago."""
    hooks.forget_calls(now=now)


def retract_facts(now: datetime) -> None:
    """Take out the signals of what an undone import has taken away."""
    crm.retract(now=now)


def register() -> None:
    """Called once the models are loaded."""
    importing.register()
    events.LISTENERS.append(crm.note_facts)
    kinds.register(kinds.Kind(crm.KIND, "bulk", crm.take_facts, batch=10))
    kinds.register(kinds.Kind(crm.KIND_BACK, "bulk", crm.take_back, batch=2))
    nightly = timedelta(days=1)
    work.periodic("signals.forget_hook_calls", every=nightly, handler=forget_hook_calls)
    work.periodic("signals.retract_facts", every=nightly, offset=timedelta(hours=3), handler=retract_facts)
