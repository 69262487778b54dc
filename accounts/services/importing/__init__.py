"""Files that people bring: kept, read, mapped, tried dry, run slice by slice, and taken back whole.

    upload ─▶ map_columns ─▶ (worker) read the rows ─▶ survey: questions? ─▶ dry run ─▶ start_run ─▶ (worker) run
                  ▲                                        │ yes
                  └────────────────────────────────────────┘

One slice of rows is one transaction: the records, their verdicts, the import's progress and the work for the next
slice stand or fall together, so a worker that dies anywhere leaves nothing out and does nothing twice.
"""

from accounts.services.importing.kinds import (
    KINDS,
    Ask,
    Back,
    Kind,
    Records,
    Written,
    add,
    kinds_for,
    may_import,
    register,
)
from accounts.services.importing.mapping import answers_of, map_columns, offered
from accounts.services.importing.slices import undo_plan
from accounts.services.importing.steps import give_up, start_run, start_undo, step
from accounts.services.importing.tidying import drop_old_files
from accounts.services.importing.uploading import reopen, upload

__all__ = [
    "KINDS",
    "Ask",
    "Back",
    "Kind",
    "Records",
    "Written",
    "add",
    "answers_of",
    "drop_old_files",
    "give_up",
    "kinds_for",
    "map_columns",
    "may_import",
    "offered",
    "register",
    "reopen",
    "start_run",
    "start_undo",
    "step",
    "undo_plan",
    "upload",
]
