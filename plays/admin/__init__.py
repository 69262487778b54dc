"""Plays in the admin: the library to look after, what was decided and done to look at. One module a group of nouns."""

from plays.admin import bursts, guardrails, measuring, outgoing, routing, running

__all__ = ["bursts", "guardrails", "measuring", "outgoing", "routing", "running"]
