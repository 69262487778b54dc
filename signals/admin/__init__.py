"""Signals in Django's admin: definitions are kept here through their services; what happened is only looked at."""

from signals.admin import catalogue, definitions, feedback, happenings, hooks, machines, removals, scores

__all__ = ["catalogue", "definitions", "feedback", "happenings", "hooks", "machines", "removals", "scores"]
