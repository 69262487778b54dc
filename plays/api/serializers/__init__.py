"""What the API answers about plays: explicit fields, related rows by the words people use, read only."""

from plays.api.serializers.decision import DecisionOut
from plays.api.serializers.enrollment import EnrollmentOut
from plays.api.serializers.play import PlayOut, PlayVersionOut, PlayWithVersionsOut
from plays.api.serializers.task import TaskOut

__all__ = ["DecisionOut", "EnrollmentOut", "PlayOut", "PlayVersionOut", "PlayWithVersionsOut", "TaskOut"]
