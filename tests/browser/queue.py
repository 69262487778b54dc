"""Tasks for a queue, made the way the program makes them: a crossing that a play answers."""

from django.utils import timezone

from accounts.models import User
from plays.models import Play, Task
from plays.services.decision.deciding import decide_crossings
from tests.plays.make import a_contact, a_crossing, a_play, a_threshold, an_account


def some_tasks(owner: User, count: int) -> list[Task]:
    """This many calls at as many accounts of the owner's, oldest first."""
    if not Play.objects.exists():
        a_play()
    threshold = a_threshold()
    crossings = []
    for _ in range(count):
        account = an_account(owner=owner)
        a_contact(account)
        crossings.append(a_crossing(account, threshold).pk)
    decide_crossings(crossing_ids=crossings, now=timezone.now())
    return list(Task.objects.filter(owner=owner).order_by("pk"))
