"""Addresses of the guardrails, of what goes past them, and of phases."""

from django.urls import path

from plays.views import guardrails, overrides, phases, starting

urlpatterns = [
    path("plays/<int:pk>/start/", starting.start, name="start"),
    path("enrollments/<int:pk>/open-anyway/", starting.open_anyway, name="open_anyway"),
    path("guardrails/", guardrails.guardrails, name="guardrails"),
    path("guardrails/change/", guardrails.change, name="guardrails_change"),
    path("guardrails/<int:pk>/put-back/", guardrails.put_back, name="guardrails_put_back"),
    path("guardrails/held/", guardrails.held, name="held"),
    path("guardrails/held.csv", guardrails.held_csv, name="held_csv"),
    path("guardrails/overrides/", overrides.overrides, name="overrides"),
    path("guardrails/overrides.csv", overrides.overrides_csv, name="overrides_csv"),
    path("accounts/<int:pk>/phase/", phases.panel, name="phase_panel"),
    path("accounts/<int:pk>/phase/change/", phases.change, name="phase_change"),
]
