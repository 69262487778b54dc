"""Guardrails when a step opens, their numbers, what a person sets aside, phases."""
