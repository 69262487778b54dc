"""A contact said no: open tasks that were to go to them get another contact, or none, and read accordingly."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from accounts.models import Contact
from plays.domain.people import choose_contact
from plays.models import Task, TaskEvent
from plays.selectors import facts as facts_of
from plays.services.task.wording import step_of, worded


def let_go(contacts: Sequence[int], now: datetime) -> None:
    """Take refusing contacts off their open tasks, in the transaction of their no; the accounts are locked.

    The contacts are locked first: a no that is written at this moment, of somebody who has moved to another account,
    is waited for. A step goes to whoever is next by its own rule. A job given by hand keeps its words, and says that
    the person it was for said no.
    """
    list(
        Contact.objects.select_for_update(no_key=True)
        .filter(pk__in=contacts)
        .order_by("pk")
        .values_list("pk")
    )
    tasks = list(
        Task.objects.unfinished()
        .filter(contact__in=contacts)
        .select_related("account", "owner", "contact", "step_run", "enrollment__version")
        .select_for_update(of=("self",), no_key=True)
        .order_by("pk")
    )
    refusing = _refusing(contacts, {task.channel for task in tasks})
    tasks = [task for task in tasks if (task.contact_id, task.channel) in refusing]
    if not tasks:
        return
    dossiers = facts_of.dossiers({task.account_id: task.account for task in tasks}.values(), now=now)
    events = []
    for task in tasks:
        gone = str(task.contact)
        people = dossiers[task.account_id].people
        step = step_of(task)
        if step is None:
            task.contact = None
            note = f"{gone} said no to this; choose somebody else, or skip it."
            task.instructions = f"{note} {task.instructions}".strip()
            text = f"{gone} said no; nobody in their place."
        else:
            chosen = choose_contact(people, step)
            task.contact_id = chosen.id if chosen else None
            said = worded(task, step, chosen, known=len(people))
            task.title, task.instructions = said.title, said.instructions
            text = f"{gone} said no; " + (f"{chosen.name} in their place." if chosen else "nobody is left.")
        task.updated_at = now
        events.append(TaskEvent(task=task, kind=TaskEvent.Kind.CONTACT, text=text[:300], at=now))
    Task.objects.bulk_update(tasks, ["contact", "title", "instructions", "updated_at"])
    TaskEvent.objects.bulk_create(events)


def _refusing(contacts: Sequence[int], channels: set[str]) -> set[tuple[int | None, str]]:
    """Which of them may not be gone to, by channel."""
    open_to = {
        (pk, channel)
        for channel in channels
        for pk in Contact.objects.contactable(channel).filter(pk__in=contacts).values_list("pk", flat=True)
    }
    every: set[tuple[int | None, str]] = {(pk, channel) for pk in contacts for channel in channels}
    return every - open_to
