"""The account graph in Django's admin: people and set-up are kept here; history is only looked at."""

from accounts.admin import account, contact, history, people, setup

__all__ = ["account", "contact", "history", "people", "setup"]
