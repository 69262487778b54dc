"""The account graph in Django's admin: people and set-up are kept here; history is only looked at."""

from accounts.admin import account, changes, contact, figures, history, imports, people, program, setup
from accounts.admin.bases import Kept, ReadOnly, ReadOnlyRows

__all__ = [
    "Kept",
    "ReadOnly",
    "ReadOnlyRows",
    "account",
    "changes",
    "contact",
    "figures",
    "history",
    "imports",
    "people",
    "program",
    "setup",
]
