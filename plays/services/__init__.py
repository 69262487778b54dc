"""What may happen in the action plane: `from plays import services as plays`."""

from plays.services.decision.deciding import decide_crossings
from plays.services.decision.reconsidering import decide_again
from plays.services.enrollment.ending import cancel_enrollment, react_to_events
from plays.services.enrollment.handing_over import hand_over
from plays.services.enrollment.pausing import end_due_pauses, pause, resume, scope_of, settle_clocks
from plays.services.enrollment.restoring import restore_enrollment
from plays.services.enrollment.starting import start_play
from plays.services.enrollment.stepping import open_due_steps
from plays.services.play.library import install_starter_plays, put_play, save_play, set_status
from plays.services.sla.clock import mark_breached, mark_stalled
from plays.services.sla.late import hand_on_overdue, remind
from plays.services.task.changing import add_task, hand_on_task, move_task, snooze_task, wake_task
from plays.services.task.claiming import claim_first, claim_task, release_task, take_over
from plays.services.task.closing import cancel_task, complete_task, skip_task
from plays.services.task.outcomes import record_outcome
from plays.services.task.undoing import reopen_task
from plays.services.task.wording import change_contact

__all__ = [
    "add_task",
    "cancel_enrollment",
    "cancel_task",
    "change_contact",
    "claim_first",
    "claim_task",
    "complete_task",
    "decide_again",
    "decide_crossings",
    "end_due_pauses",
    "hand_on_overdue",
    "hand_on_task",
    "hand_over",
    "install_starter_plays",
    "mark_breached",
    "mark_stalled",
    "move_task",
    "open_due_steps",
    "pause",
    "put_play",
    "react_to_events",
    "record_outcome",
    "release_task",
    "remind",
    "reopen_task",
    "restore_enrollment",
    "resume",
    "save_play",
    "scope_of",
    "set_status",
    "settle_clocks",
    "skip_task",
    "snooze_task",
    "start_play",
    "take_over",
    "wake_task",
]
