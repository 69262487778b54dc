"""Signals in Django's admin: definitions are kept here through their services; what happened is only looked at."""

from signals.admin import definitions, happenings, removals

__all__ = ["definitions", "happenings", "removals"]
