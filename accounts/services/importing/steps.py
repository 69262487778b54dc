"""How an import goes on: what a worker does next, one transaction after another, and what people start."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from django.db import transaction

from abmops.lib.errors import AbmopsError, Conflict, Refused
from abmops.work import services as work
from accounts.models import Import, User
from accounts.services.importing import links, reading, slices, surveying
from accounts.services.importing.kinds import KINDS

KIND_OF_WORK = "import"
S = Import.State
_AT_WORK = (S.CHECKING, S.RUNNING, S.UNDOING)


def start_check(import_: Import) -> None:
    """Have a locked import's rows read and tried dry."""
    _begin(import_, S.CHECKING)
    import_.found = {
        name: import_.found[name] for name in ("sheets", "notes", "is_read") if name in import_.found
    }
    import_.save()
    _go_on(import_)


@transaction.atomic
def start_run(*, import_: Import, by: User, now: datetime) -> Import:
    """Write what the check has shown. A run that failed goes on where it stopped."""
    locked = Import.objects.select_for_update().get(pk=import_.pk)
    if locked.state == S.CHECKED:
        if not locked.created + locked.updated:
            raise Refused("There is nothing to write: no row is new and none changes anything.")
        _begin(locked, S.RUNNING)
        locked.change_set_id = uuid4()
        locked.started_at, locked.by = now, by
    elif locked.state == S.FAILED and locked.change_set_id:
        locked.state, locked.problem = S.RUNNING, ""
    else:
        raise Conflict(f"This import cannot be run now: it is “{locked.get_state_display().lower()}”.")
    locked.save()
    _go_on(locked)
    return locked


@transaction.atomic
def start_undo(*, import_: Import, by: User, now: datetime) -> Import:
    """Have a worker take the whole import back. Refuses where newer changes stand on its rows."""
    locked = Import.objects.select_for_update().get(pk=import_.pk)
    if locked.state not in (S.DONE, S.FAILED) or not locked.change_set_id:
        raise Conflict(f"This import cannot be taken back: it is “{locked.get_state_display().lower()}”.")
    if back := KINDS[locked.kind].back:
        back.begin(locked, by, now)
    elif blocked := slices.undo_plan(locked).blocked:
        raise Refused(f"{len(blocked):,} rows have been changed since or are in use. Nothing was taken back.")
    locked.state, locked.problem = S.UNDOING, ""
    locked.found["undone_by"] = by.pk
    locked.save()
    _go_on(locked)
    return locked


@transaction.atomic
def step(*, import_id: int, now: datetime) -> None:
    """Do the next piece of an import, and put the work for the one after it. A file that cannot be used ends the
    import with a sentence; what was written before stays, and can be taken back."""
    import_ = Import.objects.select_for_update(of=("self",)).select_related("by").filter(pk=import_id).first()
    if import_ is None or import_.state not in _AT_WORK:
        return
    before = import_.state
    try:
        with transaction.atomic():
            _next(import_, now)
    except AbmopsError as error:
        import_ = Import.objects.select_for_update().get(pk=import_id)
        stop(import_, error.message, now)
    import_.save()
    if import_.state == before:
        _go_on(import_)


@transaction.atomic
def give_up(*, import_id: int, now: datetime) -> None:
    """End an import over a mistake of the program itself; its cause is in the log."""
    import_ = Import.objects.select_for_update().get(pk=import_id)
    stop(
        import_,
        "The program made a mistake at this file and has written its cause into the log. Tell RevOps.",
        now,
    )
    import_.save()


def stop(import_: Import, problem: str, now: datetime) -> None:
    """End what an import is doing, with the reason: an undo leaves it as it was, all else has failed."""
    import_.state = S.DONE if import_.state == S.UNDOING else S.FAILED
    import_.problem, import_.finished_at = problem, now


def _next(import_: Import, now: datetime) -> None:
    if import_.state == S.UNDOING:
        if not slices.undo(import_, now=now):
            import_.state, import_.finished_at = S.UNDONE, now
    elif import_.state == S.RUNNING:
        if not _run(import_, now):
            import_.state, import_.finished_at = S.DONE, now
    elif not import_.found.get("is_read"):
        reading.read_on(import_)
    elif not import_.found.get("is_surveyed"):
        if not surveying.survey(import_):
            import_.state = S.UPLOADED
    elif not slices.take(import_, dry=True, now=now):
        import_.state = S.CHECKED


def _run(import_: Import, now: datetime) -> bool:
    """The next slice, then what lines could not refer to before later ones were there; False at the end."""
    if not import_.found.get("is_linking"):
        if slices.take(import_, dry=False, now=now):
            return True
        import_.found["is_linking"] = import_.found.get("has_links", False)
        import_.upto = 0
        return bool(import_.found["is_linking"])
    return links.take(import_, now=now)


def _begin(import_: Import, state: str) -> None:
    import_.state, import_.problem = state, ""
    import_.done = import_.upto = 0
    import_.created = import_.updated = import_.unchanged = import_.refused = 0


def _go_on(import_: Import) -> None:
    work.put(kind=KIND_OF_WORK, subject_id=import_.pk, lane="bulk")
