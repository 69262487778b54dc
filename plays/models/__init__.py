"""The action plane's tables. One module a noun; import from here."""

from plays.models.decision import Decision
from plays.models.enrollment import Enrollment, EnrollmentEvent, StepRun
from plays.models.notice import Notice
from plays.models.pause import Pause
from plays.models.play import Play, PlayVersion
from plays.models.task import Task, TaskEvent

__all__ = [
    "Decision",
    "Enrollment",
    "EnrollmentEvent",
    "Notice",
    "Pause",
    "Play",
    "PlayVersion",
    "StepRun",
    "Task",
    "TaskEvent",
]
