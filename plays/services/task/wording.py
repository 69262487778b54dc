"""What a task says to whom: the step's text for its contact, and another contact by hand."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from abmops.lib.errors import FieldErrors, Refused
from accounts.models import Contact, User
from plays.domain import vocabulary as words
from plays.domain.definition import Step
from plays.domain.people import Someone, Wording, word_task
from plays.models import Task, TaskEvent
from plays.selectors import facts as facts_of
from plays.selectors.library import definition_of
from plays.services.task.closing import locked


def step_of(task: Task) -> Step | None:
    """What the version says of the task's step; None for a job given by hand."""
    if task.step_run is None or task.enrollment is None:
        return None
    return definition_of(task.enrollment.version).steps[task.step_run.position]


def worded(task: Task, step: Step, chosen: Someone | None, *, known: int) -> Wording:
    """The step's title and text for somebody."""
    return word_task(
        step,
        chosen,
        account=task.account.name,
        industry=task.account.industry,
        owner=task.owner.name,
        known_contacts=known,
    )


@transaction.atomic
def change_contact(*, task: Task, contact: Contact, by: User, now: datetime) -> Task:
    """Somebody else at the account; a step's text is written anew for them, a job by hand keeps its words.

    FieldErrors where they are of another account or must not be contacted; Refused where it is theirs already.
    """
    account, _ = locked(task, by=by, now=now)
    fresh = Task.objects.select_related("account", "owner", "contact", "step_run", "enrollment__version").get(
        pk=task.pk
    )
    if contact.account_id != account.pk:
        raise FieldErrors.one("/contact", "Not of this account.")
    if fresh.contact_id == contact.pk:
        raise Refused(f"This already goes to {contact}.")
    channel = fresh.channel if fresh.channel in words.DIRECT_CHANNELS else None
    if not Contact.objects.contactable(channel).filter(pk=contact.pk).exists():
        why = contact.refuses(fresh.channel) or "must not be contacted"
        raise FieldErrors.one("/contact", f"{contact} {why}. Choose somebody else.")
    give_to(fresh, contact, by=by, now=now)
    return fresh


def give_to(task: Task, contact: Contact, *, by: User | None, now: datetime) -> None:
    """Write a locked task anew for another contact."""
    before, step = task.contact, step_of(task)
    if step is not None:
        people = facts_of.dossiers([task.account], now=now)[task.account_id].people
        chosen = next((one for one in people if one.id == contact.pk), None)
        said = worded(task, step, chosen, known=len(people))
        task.title, task.instructions = said.title, said.instructions
    task.contact, task.updated_at = contact, now
    task.save(update_fields=["contact", "title", "instructions", "updated_at"])
    text = f"{contact} in place of {before}." if before else f"{contact}."
    TaskEvent.objects.create(task=task, kind=TaskEvent.Kind.CONTACT, text=text[:300], by=by, at=now)
