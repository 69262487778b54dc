"""The REST resources of the action plane; `register` puts them under `/api/v1/`."""

from rest_framework.routers import BaseRouter

from plays.api.burst import BurstApi, TreatmentApi
from plays.api.delivery import DeliveryApi
from plays.api.endpoint import EndpointApi
from plays.api.enrollment import DecisionApi, EnrollmentApi
from plays.api.guardrails import GuardrailApi, OverrideApi, StepHoldApi
from plays.api.meeting import BookedMeetingApi
from plays.api.notice import NoticePreferencesApi
from plays.api.pause import PauseApi
from plays.api.play import PlayApi
from plays.api.routing import AbsenceApi, RoutingRuleApi
from plays.api.task import TaskApi


def register(router: BaseRouter) -> None:
    """Add every resource of this app to the program's router."""
    router.register("plays", PlayApi, basename="play")
    router.register("tasks", TaskApi, basename="task")
    router.register("enrollments", EnrollmentApi, basename="enrollment")
    router.register("pauses", PauseApi, basename="pause")
    router.register("decisions", DecisionApi, basename="decision")
    router.register("guardrails", GuardrailApi, basename="guardrail")
    router.register("step-holds", StepHoldApi, basename="step-hold")
    router.register("overrides", OverrideApi, basename="override")
    router.register("routing-rules", RoutingRuleApi, basename="routing-rule")
    router.register("absences", AbsenceApi, basename="absence")
    router.register("booked-meetings", BookedMeetingApi, basename="booked-meeting")
    router.register("bursts", BurstApi, basename="burst")
    router.register("treatments", TreatmentApi, basename="treatment")
    router.register("endpoints", EndpointApi, basename="endpoint")
    router.register("deliveries", DeliveryApi, basename="delivery")
    router.register("notice-preferences", NoticePreferencesApi, basename="notice-preferences")
