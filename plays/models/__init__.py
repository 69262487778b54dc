"""The action plane's tables. One module a noun; import from here."""

from plays.models.burst import Burst, BurstAccount, CalendarFeed
from plays.models.decision import Attempt, Decision, Review, Waiting
from plays.models.delivery import Delivery, DeliveryAttempt
from plays.models.departure import Departure
from plays.models.endpoint import Endpoint
from plays.models.enrollment import Enrollment, EnrollmentEvent, StepRun
from plays.models.guardrail import GuardrailNumbers, Override, StepHold
from plays.models.notice import Notice
from plays.models.pause import Pause
from plays.models.play import Play, PlayVersion
from plays.models.routing import RoutingRule
from plays.models.sla import SlaBreach
from plays.models.task import Task, TaskEvent
from plays.models.treatment import AccountTreatment
from plays.models.wishes import NoticeWishes

__all__ = [
    "AccountTreatment",
    "Attempt",
    "Burst",
    "BurstAccount",
    "CalendarFeed",
    "Decision",
    "Delivery",
    "DeliveryAttempt",
    "Departure",
    "Endpoint",
    "Enrollment",
    "EnrollmentEvent",
    "GuardrailNumbers",
    "Notice",
    "NoticeWishes",
    "Override",
    "Pause",
    "Play",
    "PlayVersion",
    "Review",
    "RoutingRule",
    "SlaBreach",
    "StepHold",
    "StepRun",
    "Task",
    "TaskEvent",
    "Waiting",
]
